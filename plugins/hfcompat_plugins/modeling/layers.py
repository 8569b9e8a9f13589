"""Layers and attentions of transformers' models, called by somebody's own loop as 4.x code calls them."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins.checkpointing import within_checkpointing

_CACHES = ("past_key_value", "layer_past")
_SWALLOWED = (*_CACHES, "layer_head_mask")


def warning_of_old_names(original: Any) -> Any:
    """A `forward` that says, once for each name, which of its arguments it swallows."""

    def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        for name in _SWALLOWED:
            if name in kwargs and kwargs[name] is not None and not torch.compiler.is_compiling():
                _warn(type(self).__name__, name)
        return original(self, *args, **kwargs)

    return within_checkpointing(original, forward)


def _warn(cls: str, name: str) -> None:
    from transformers.utils import logging

    mend = 'hfcompat.apply(dialect="4.57") gives it its meaning back.' if name in _CACHES else "It has no equal."
    logging.get_logger("transformers.modeling_utils").warning_once(
        f"{name} has no effect on {cls} in this version of transformers. {mend}"
    )


def with_old_cache_names(original: Any) -> Any:
    """A `forward` whose `past_key_values` may be called `past_key_value` or `layer_past`."""

    def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        for name in _CACHES:
            if name in kwargs:
                cache = kwargs[name]
                kwargs = {other: value for other, value in kwargs.items() if other != name}
                if cache is not None:
                    kwargs["past_key_values"] = cache
        return original(self, *args, **kwargs)

    return within_checkpointing(original, forward)
