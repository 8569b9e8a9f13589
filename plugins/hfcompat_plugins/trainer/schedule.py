"""Warmup: `warmup_steps` where it is more than nothing, otherwise `warmup_ratio` of all steps."""

from __future__ import annotations

import math
from typing import Any

__all__ = ["of_the_ratio"]


def of_the_ratio(original: Any) -> Any:
    def get_warmup_steps(self: Any, num_training_steps: int, *args: Any, **kwargs: Any) -> int:
        ratio = getattr(self, "warmup_ratio", None)
        if not self.warmup_steps and ratio:
            return math.ceil(num_training_steps * ratio)
        steps: int = original(self, num_training_steps, *args, **kwargs)
        return steps

    return get_warmup_steps
