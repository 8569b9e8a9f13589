"""Static caches, whose layers are told where to write on 4.x and know it on 5.x."""

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
