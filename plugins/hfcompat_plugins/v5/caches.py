"""Caches of 4.x in the hands of 5.x code: layers that are told where to write, and questions about the mask."""

from __future__ import annotations

from typing import Any

import torch


def writing_on(original: Any) -> Any:
    """`StaticLayer.update`, called without `cache_position` as 5.x does: after what is there, not over it."""

    def update(self: Any, key_states: Any, value_states: Any, cache_kwargs: dict[str, Any] | None = None) -> Any:
        if "cache_position" not in (cache_kwargs or {}):
            seen = self.get_seq_length() if getattr(self, "is_initialized", True) else 0
            places = torch.arange(key_states.shape[-2], device=key_states.device) + seen
            cache_kwargs = {**(cache_kwargs or {}), "cache_position": places}
        return original(self, key_states, value_states, cache_kwargs)

    return update


def get_query_offset(self: Any, layer_idx: int = 0) -> int:
    """At which position the next token of a layer stands."""
    return int(self.get_seq_length(layer_idx))


def sized_by_length(original: Any) -> Any:
    """`Cache.get_mask_sizes`, called with the number of tokens as 5.x does, and not with their positions."""

    def get_mask_sizes(self: Any, cache_position: Any, layer_idx: int) -> tuple[int, int]:
        if isinstance(cache_position, int):
            cache_position = torch.arange(cache_position) + self.get_seq_length(layer_idx)
        return original(self, cache_position, layer_idx)  # type: ignore[no-any-return]

    return get_mask_sizes
