"""`generate` under the runtime's arguments."""

from __future__ import annotations

import importlib
from typing import Any

from hfcompat.sideload.bridges.identity import both, of_runtime
from hfcompat.sideload.relocation import ALIAS

__all__ = ["mixin"]


def mixin(theirs: Any) -> Any:
    """`GenerationMixin`."""

    def generate(self: Any, inputs: Any = None, generation_config: Any = None, *args: Any, **kwargs: Any) -> Any:
        return theirs.generate(self, inputs, _translated(generation_config), *args, **kwargs)

    def _prepare_generation_config(
        self: Any, generation_config: Any, use_model_defaults: Any = None, *args: Any, **kwargs: Any
    ) -> Any:
        """Asked for by the runtime's pipelines, which want the defaults of the model; the wheel always takes them."""
        return theirs._prepare_generation_config(self, _translated(generation_config), *args, **kwargs)

    generate.__doc__ = theirs.generate.__doc__
    body = {"generate": generate, "_prepare_generation_config": _prepare_generation_config}
    return both(theirs, of_runtime("generation.utils", "GenerationMixin"), body)


def _translated(config: Any) -> Any:
    """A GenerationConfig of the wheel that says what the runtime's says, and no more than that.

    The runtime's fills in defaults; the wheel's leaves them to the model.
    """
    wheel = importlib.import_module(f"{ALIAS}.generation.configuration_utils").GenerationConfig
    if config is None or isinstance(config, wheel):
        return config
    return wheel(**config.to_diff_dict())
