"""`SinkCache`: the first tokens and the last, up to a window, with the rotary embedding of what moves put right."""

from __future__ import annotations

from typing import Any

import torch


class Sink:
    """What a `SinkCache` does, over any runtime's `Cache`.

    Attributes:
        key_cache, value_cache: by layer, [batch, heads, tokens, head size], at most `window_length` tokens.
        num_sink_tokens: how many of the first tokens are never dropped.
    """

    key_cache: list[torch.Tensor]
    value_cache: list[torch.Tensor]

    def _set_up(self, window_length: int, num_sink_tokens: int) -> None:
        self.layers: list[Any] = []
        self.layer_class_to_replicate, self.offloading, self.cache_processor = None, False, None
        self.window_length, self.num_sink_tokens = window_length, num_sink_tokens
        self.key_cache, self.value_cache = [], []
        self._cos: torch.Tensor | None = None
        self._sin: torch.Tensor | None = None
        self._seen_tokens = 0

    def update(
        self,
        key_states: torch.Tensor,
        value_states: torch.Tensor,
        layer_idx: int,
        cache_kwargs: dict[str, Any] | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Add states, [batch, heads, tokens, head size], and return what the layer holds then.

        Args:
            cache_kwargs: `cos` and `sin` of a rotary embedding, [batch, tokens, head size] of the new tokens or
                [positions, head size] of all; `partial_rotation_size`, when only so much of a head is rotated.

        Raises:
            TypeError: no cache_kwargs. Models from 5.4 on hand over none, and without their rotary embedding the keys
                that move would be wrong.
        """
        if cache_kwargs is None:
            raise TypeError(
                "SinkCache.update needs cache_kwargs, with the model's cos and sin if it has a rotary embedding; "
                "models of transformers 5.4 and newer do not pass them"
            )
        rotary = cache_kwargs.get("cos") is not None and cache_kwargs.get("sin") is not None
        if layer_idx == 0:
            self._seen_tokens += key_states.shape[-2]
            if rotary:
                self._note(cache_kwargs["cos"], cache_kwargs["sin"])
        if len(self.key_cache) <= layer_idx:
            self.key_cache.append(key_states)
            self.value_cache.append(value_states)
        elif self.get_seq_length(layer_idx) + key_states.shape[-2] < self.window_length:
            self.key_cache[layer_idx] = torch.cat([self.key_cache[layer_idx], key_states], dim=-2)
            self.value_cache[layer_idx] = torch.cat([self.value_cache[layer_idx], value_states], dim=-2)
        else:
            self._slide(key_states, value_states, layer_idx, rotary, cache_kwargs.get("partial_rotation_size"))
        return self.key_cache[layer_idx], self.value_cache[layer_idx]

    def _note(self, cos: torch.Tensor, sin: torch.Tensor) -> None:
        """Collect the embedding's table, up to the window."""
        if cos.dim() == 2:
            self._cos, self._sin = cos, sin
        elif self._cos is None or self._sin is None:
            self._cos, self._sin = cos[0], sin[0]
        elif self._cos.shape[0] < self.window_length:
            self._cos, self._sin = torch.cat([self._cos, cos[0]]), torch.cat([self._sin, sin[0]])

    def _slide(self, keys: torch.Tensor, values: torch.Tensor, layer_idx: int, rotary: bool, part: int | None) -> None:
        old_keys, old_values = self.key_cache[layer_idx], self.value_cache[layer_idx]
        sinks, new = self.num_sink_tokens, keys.shape[-2]
        start = max(old_keys.shape[-2] - (self.window_length - sinks - new), 0)
        moved = old_keys[:, :, start:]
        if rotary:
            rest = moved[..., moved.shape[-1] if part is None else part :]
            moved = torch.cat([self._moved_back(moved[..., : moved.shape[-1] - rest.shape[-1]], new), rest], dim=-1)
        self.key_cache[layer_idx] = torch.cat([old_keys[:, :, :sinks], moved, keys], dim=-2)
        self.value_cache[layer_idx] = torch.cat([old_values[:, :, :sinks], old_values[:, :, start:], values], dim=-2)

    def _moved_back(self, keys: torch.Tensor, steps: int) -> torch.Tensor:
        """`keys` as if each stood `steps` positions earlier: rotated by the difference of the two angles."""
        assert self._cos is not None
        assert self._sin is not None
        cos, sin = self._cos[: self.window_length].float(), self._sin[: self.window_length].float()
        there, here = slice(self.num_sink_tokens + steps, None), slice(self.num_sink_tokens, -steps)
        by_cos = (cos[there] * cos[here] + sin[there] * sin[here]).to(keys.dtype)
        by_sin = (cos[there] * sin[here] - sin[there] * cos[here]).to(keys.dtype)
        low, high = keys.chunk(2, dim=-1)
        return keys * by_cos + torch.cat([-high, low], dim=-1) * by_sin

    def get_seq_length(self, layer_idx: int | None = 0) -> int:
        """Tokens that a layer holds."""
        layer_idx = layer_idx or 0
        return self.key_cache[layer_idx].shape[-2] if layer_idx < len(self.key_cache) else 0

    def get_max_cache_shape(self, layer_idx: int = 0) -> int:
        """The window's length."""
        return self.window_length

    def get_max_length(self, layer_idx: int | None = None) -> int:
        """The window's length."""
        return self.window_length

    def get_mask_sizes(self, query: Any, layer_idx: int) -> tuple[int, int]:
        """How many keys `update` will return for new tokens, given by number or by position, and their offset."""
        new = query.shape[0] if isinstance(query, torch.Tensor) else query
        held = self.get_seq_length(layer_idx)
        return (new if held == 0 else min(held + new, max(self.window_length, self.num_sink_tokens + new))), 0

    def reorder_cache(self, beam_idx: torch.Tensor) -> None:
        """Take the sequences `beam_idx` of every layer."""
        for states in (self.key_cache, self.value_cache):
            states[:] = [state.index_select(0, beam_idx.to(state.device)) for state in states]

    def __len__(self) -> int:
        return len(self.key_cache)


def working(original: Any) -> Any:
    """`SinkCache.__init__` of 4.53 to 4.57, where the class is a stub that refuses to be made."""

    def __init__(self: Any, window_length: int, num_sink_tokens: int) -> None:
        self.__class__ = type("SinkCache", (Sink, type(self)), {"__module__": Sink.__module__})
        self._set_up(window_length, num_sink_tokens)

    return __init__
