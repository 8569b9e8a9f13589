"""Keys and values that the last layers of a model share with the last ones before them.

Up to 5.5 Gemma 3n hands them on in the cache, and where there is none each layer computes its own. From 5.6 on they go
from layer to layer in a dict, as those of Gemma 4 from its beginning; 5.9 made of it something that FSDP2 leaves alone.
"""

from __future__ import annotations

from typing import Any

import torch


class Lent:
    """Stands in for the cache of one forward: keeps what the lending layers computed, and nothing else.

    It answers as the caches that Gemma3nTextAttention asked: for `key_cache` (4.53), `layers` (4.54) and
    `shared_layers` (4.56).
    """

    def __init__(self, lenders: set[int]) -> None:
        self.lenders = lenders
        self.shared_layers: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
        self.key_cache: dict[int, _Whole] = {}
        self.value_cache: dict[int, _Whole] = {}
        self.layers: dict[int, _Layer] = {}

    def update(
        self, keys: torch.Tensor, values: torch.Tensor, layer: int, *_: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        if layer in self.lenders:
            self.shared_layers[layer] = keys, values
            self.key_cache[layer], self.value_cache[layer] = _Whole(keys), _Whole(values)
            self.layers[layer] = _Layer(self.key_cache[layer], self.value_cache[layer])
        return keys, values


class _Whole:
    """Keys or values of one forward: those of all its positions, whichever are asked for."""

    def __init__(self, states: torch.Tensor) -> None:
        self.states, self.device = states, states.device

    def __getitem__(self, _: Any) -> torch.Tensor:
        return self.states


class _Layer:
    def __init__(self, keys: _Whole, values: _Whole) -> None:
        self.keys, self.values = keys, values


def lending(original: Any) -> Any:
    """`Gemma3nTextModel.forward`: its layers get one more keyword, on its way through all that lies between."""

    def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        sharing = (layer.self_attn for layer in self.layers)
        lenders = {part.kv_shared_layer_index for part in sharing if part.is_kv_shared_layer}
        return original(self, *args, **kwargs, lent=Lent(lenders)) if lenders else original(self, *args, **kwargs)

    return forward


def borrowing(original: Any) -> Any:
    """`Gemma3nTextAttention.forward`, which reads where there is no cache what the model lends."""

    def forward(self: Any, *args: Any, lent: Lent | None = None, **kwargs: Any) -> Any:
        name = "past_key_values" if "past_key_values" in kwargs else "past_key_value"
        if lent is not None and kwargs.get(name) is None:
            kwargs[name] = lent
        return original(self, *args, **kwargs)

    return forward


class _Shared:
    """A dict that no tree of tensors takes apart: what is written here is written there."""

    def __init__(self, states: dict[Any, Any]) -> None:
        self.states = states

    def __getitem__(self, key: Any) -> Any:
        return self.states[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self.states[key] = value

    def __contains__(self, key: Any) -> bool:
        return key in self.states


def uncopied(original: Any) -> Any:
    """`__call__` of a layer: hooks of FSDP2 make every dict among the arguments anew."""

    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        states = kwargs.get("shared_kv_states")
        if type(states) is dict:
            kwargs["shared_kv_states"] = _Shared(states)
        return original(self, *args, **kwargs)

    return __call__
