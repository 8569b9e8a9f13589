"""What a name that still exists meant in v4, for code that says which version it was written for.

transformers itself keeps today's meaning: these look at who calls. torch.compile sees no callers, so compiled code
keeps today's meaning too, except where the arguments tell.
"""

from __future__ import annotations

import sys
from typing import Any

import torch
from hfcompat_plugins.cache.layers import limit_of


def _is_foreign(depth: int = 2) -> bool:
    """Whether the caller of the function that asks is neither transformers, nor PyTorch, nor this plugin."""
    if torch.compiler.is_compiling():
        return False
    home = sys._getframe(depth).f_globals.get("__name__", "")
    return not f"{home}.".startswith(("transformers.", "torch.", f"{__package__}."))


def emptied_by_zero(original: Any) -> Any:
    """`crop(0)` up to 5.13: keep nothing. Since then: remove nothing."""

    def crop(self: Any, *args: Any, **kwargs: Any) -> Any:
        count = args[0] if args else next(iter(kwargs.values()), None)
        if not (isinstance(count, int) and count == 0 and _is_foreign()):
            return original(self, *args, **kwargs)
        cache = getattr(self, "self_attention_cache", self)
        for layer in cache.layers:
            length = layer.get_seq_length() if hasattr(layer, "get_seq_length") else cache.get_seq_length()
            if length > 0:
                layer.crop(-length)
        return None

    return crop


def in_pairs(original: Any) -> Any:
    """`for layer in cache` up to 4.57: keys and values, without the window."""

    def __iter__(self: Any) -> Any:
        if not _is_foreign():
            return original(self)
        return iter([(item[0], item[1]) for item in original(self)])

    return __iter__


def in_fours(original: Any) -> Any:
    """The same for an encoder-decoder cache."""

    def __iter__(self: Any) -> Any:
        if not _is_foreign():
            return original(self)
        return iter([(item[0], item[1], item[3], item[4]) for item in original(self)])

    return __iter__


def batch_size_as_told(original: property) -> property:
    """`max_batch_size` up to 5.12: what the constructor was told. In 5.13 to 5.19 it is -1 before the first update."""
    get: Any = original.fget

    def max_batch_size(self: Any) -> Any:
        size, told = get(self), getattr(self, "_v4_shape", None)
        return told[0] if size == -1 and told is not None else size

    return property(max_batch_size, original.fset, doc=original.__doc__)


def without_limit_none(original: Any) -> Any:
    """A limit that is missing: None, where it is -1 since 4.54."""

    def limit(self: Any, *args: Any, **kwargs: Any) -> Any:
        return limit_of(self) if _is_foreign() else original(self, *args, **kwargs)

    return limit


def at_cache_position(original: Any) -> Any:
    """`StaticLayer.update` up to 5.3: write where `cache_position` says. Since then: after what is there."""

    def update(self: Any, key_states: Any, value_states: Any, *args: Any, **kwargs: Any) -> Any:
        given = args[0] if args else kwargs.get("cache_kwargs")
        position = given.get("cache_position") if isinstance(given, dict) else None
        if position is None:
            return original(self, key_states, value_states, *args, **kwargs)
        held = self.cumulative_length.clone()
        self.cumulative_length.copy_(position[:1].reshape(held.shape))
        states = original(self, key_states, value_states, *args, **kwargs)
        self.cumulative_length.copy_(torch.maximum(self.cumulative_length, held.to(self.cumulative_length.device)))
        return states

    return update


def by_position(original: Any) -> Any:
    """`get_mask_sizes` up to 5.3: told the positions of the new tokens. Since then: their number."""

    def get_mask_sizes(self: Any, query_length: Any, layer_idx: int) -> Any:
        if isinstance(query_length, torch.Tensor) and query_length.dim() == 1:
            query_length = query_length.shape[0]
        return original(self, query_length, layer_idx)

    return get_mask_sizes
