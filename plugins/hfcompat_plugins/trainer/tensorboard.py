"""`logging_dir` of the arguments: the folder that TensorBoard's events go to."""

from __future__ import annotations

import os
from typing import Any

__all__ = ["writing_to_logging_dir"]


def writing_to_logging_dir(original: Any) -> Any:
    """A folder that was given with the arguments; the environment variable of transformers 5 comes before it."""

    def on_train_begin(self: Any, args: Any, state: Any, control: Any, **kwargs: Any) -> Any:
        folder = vars(args).get("logging_dir")
        if folder and self.logging_dir is None and not state.is_hyper_param_search:
            self.logging_dir = os.path.expanduser(folder)
        return original(self, args, state, control, **kwargs)

    return on_train_begin
