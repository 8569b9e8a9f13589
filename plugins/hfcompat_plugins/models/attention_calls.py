"""Calls of transformers' own attention and decoder layers in the words of transformers 4.36 to 4.47.

Since 4.48 attention wants `position_embeddings` where it took a mask, and gives two values; since 4.54 a decoder layer
gives its states, not a tuple of them; since 4.56 both call the cache `past_key_values`, and swallow `past_key_value`.
What transformers itself says is passed on untouched.
"""

from __future__ import annotations

import copy
import inspect
import sys
from typing import Any

import torch
from hfcompat_plugins.checkpointing import within_checkpointing

__all__ = ["FromConfig", "attending_in_old_words", "layer_in_old_words", "without_layer_idx"]

_OLD_ATTENTION = (
    "attention_mask",
    "position_ids",
    "past_key_value",
    "output_attentions",
    "use_cache",
    "cache_position",
    "position_embeddings",
)


class FromConfig:
    """An attribute that attention layers had, and that is in their config.

    A descriptor without `__set__`: a subclass that assigns one has its own, as it would without us.
    """

    def __init__(self, *names: str) -> None:
        self.names = names

    def __get__(self, layer: Any, owner: type | None = None) -> Any:
        if layer is None:
            return self
        config = layer.__dict__.get("config")
        for name in self.names:
            if hasattr(config, name):
                return getattr(config, name)
        raise AttributeError(f"{type(layer).__name__!r} object has no attribute {self.names[0]!r}")


class _RopeTheta(FromConfig):
    def __get__(self, layer: Any, owner: type | None = None) -> Any:
        parameters = getattr(layer.__dict__.get("config"), "rope_parameters", None) if layer is not None else None
        if isinstance(parameters, dict) and "rope_theta" in parameters:
            return parameters["rope_theta"]
        return super().__get__(layer, owner)


hidden_size = FromConfig("hidden_size")
num_heads = FromConfig("num_attention_heads")
num_key_value_heads = FromConfig("num_key_value_heads", "num_attention_heads")
max_position_embeddings = FromConfig("max_position_embeddings")
rope_theta = _RopeTheta("rope_theta")


def without_layer_idx(original: Any) -> Any:
    """`__init__` of an attention layer, whose number is only needed for a cache."""

    def __init__(self: Any, config: Any, layer_idx: int | None = None, *args: Any, **kwargs: Any) -> None:
        # Some look up what kind of layer they are: the first one's will do.
        original(self, config, 0 if layer_idx is None else layer_idx, *args, **kwargs)
        if layer_idx is None:
            self.layer_idx = None

    return __init__


def attending_in_old_words(original: Any) -> Any:
    """`forward` of an attention layer that was given no `position_embeddings`: they are made of `position_ids`.

    Such a call raised. It gives the output (batch, length, features), the weights (batch, heads, length, keys) if they
    were asked for, else None, and the cache.
    """
    names = frozenset(inspect.signature(original).parameters)

    def forward(self: Any, hidden_states: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        embeddings = args[0] if args else kwargs.get("position_embeddings")
        if isinstance(embeddings, (tuple, list)) or _stacked(embeddings, hidden_states, self):
            if "past_key_value" in kwargs and "past_key_value" not in names:
                kwargs = _renamed(kwargs)
            return original(self, hidden_states, *args, **kwargs)
        old = dict(zip(_OLD_ATTENTION, args, strict=False))
        return _attend(original, names, self, hidden_states, **old, **kwargs)

    return forward


def _stacked(embeddings: Any, states: torch.Tensor, layer: Any) -> bool:
    """Whether a tensor is cosines and sines (2, batch, length, head), and not a mask (batch, 1, length, keys)."""
    if not isinstance(embeddings, torch.Tensor) or embeddings.dim() != 4 or not embeddings.is_floating_point():
        return False
    return embeddings.shape[0] == 2 and embeddings.shape[1] == states.shape[0] and embeddings.shape[3] == layer.head_dim


def _renamed(kwargs: dict[str, Any]) -> dict[str, Any]:
    cache = kwargs.pop("past_key_value")
    if cache is not None and kwargs.get("past_key_values") is None:
        kwargs["past_key_values"] = cache
    return kwargs


def _attend(
    original: Any,
    names: frozenset[str],
    self: Any,
    hidden_states: torch.Tensor,
    attention_mask: torch.Tensor | None = None,
    position_ids: torch.Tensor | None = None,
    past_key_value: Any = None,
    output_attentions: bool = False,
    use_cache: bool = False,
    cache_position: torch.Tensor | None = None,
    position_embeddings: Any = None,
    **kwargs: Any,
) -> tuple[Any, Any, Any]:
    cache = kwargs.pop("past_key_values", None) if past_key_value is None else past_key_value
    if position_embeddings is None:
        if position_ids is None:
            position_ids = _positions(hidden_states, cache, self.layer_idx)
        position_embeddings = _rotary(self)(hidden_states, position_ids)
    kwargs["past_key_value" if "past_key_value" in names else "past_key_values"] = cache
    if "cache_position" in names:
        kwargs["cache_position"] = cache_position
    if attention_mask is not None and attention_mask.dim() == 4:
        keys = hidden_states.shape[1] + (0 if cache is None else _past(cache, self.layer_idx))
        if not _is_static(cache):
            attention_mask = attention_mask[..., :keys]
    kwargs |= {"position_embeddings": position_embeddings, "attention_mask": attention_mask}
    if output_attentions:
        with _Eager(self):
            answer = original(self, hidden_states, **kwargs)
    else:
        answer = original(self, hidden_states, **kwargs)
    return answer[0], answer[1] if output_attentions else None, cache


def layer_in_old_words(original: Any) -> Any:
    """`forward` of a decoder layer that was given `past_key_value`, or the eight arguments of gradient checkpointing.

    transformers itself says neither. The answer is a tuple then: the states (batch, length, features), the weights
    (batch, heads, length, keys) if they were asked for, and the cache if it is in use.
    """

    names = frozenset(inspect.signature(original).parameters)

    def forward(self: Any, hidden_states: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        if "past_key_value" not in kwargs and len(args) != len(_OLD_ATTENTION):
            return original(self, hidden_states, *args, **kwargs)
        old = dict(zip(_OLD_ATTENTION, args, strict=False))
        return _layer(original, names, self, hidden_states, **old, **kwargs)

    return within_checkpointing(original, forward)


def _layer(
    original: Any,
    names: frozenset[str],
    self: Any,
    hidden_states: torch.Tensor,
    attention_mask: torch.Tensor | None = None,
    position_ids: torch.Tensor | None = None,
    past_key_value: Any = None,
    output_attentions: bool | None = False,
    use_cache: bool | None = False,
    cache_position: torch.Tensor | None = None,
    position_embeddings: Any = None,
    **kwargs: Any,
) -> tuple[Any, ...]:
    attention = self.self_attn
    if position_ids is None:
        position_ids = _positions(hidden_states, past_key_value, attention.layer_idx)
    if position_embeddings is None:
        position_embeddings = _rotary(attention)(hidden_states, position_ids)
    if "cache_position" in names:
        kwargs["cache_position"] = cache_position
    kwargs |= {
        "attention_mask": attention_mask,
        "position_ids": position_ids,
        "past_key_values": past_key_value,
        "use_cache": use_cache,
        "position_embeddings": position_embeddings,
    }
    seen: list[Any] = []
    if output_attentions:
        hook = attention.register_forward_hook(lambda _, __, answer: seen.append(answer[1]))
        try:
            with _Eager(attention):
                states = original(self, hidden_states, **kwargs)
        finally:
            hook.remove()
    else:
        states = original(self, hidden_states, **kwargs)
    return (states, *seen, *((past_key_value,) if use_cache else ()))


class _Eager:
    """Eager attention for a while, for a layer whose weights are wanted: the others have none to show."""

    def __init__(self, layer: Any) -> None:
        self.layer, self.before = layer, layer.config

    def __enter__(self) -> None:
        self.layer.config = copy.copy(self.before)
        self.layer.config._attn_implementation = "eager"

    def __exit__(self, *error: object) -> None:
        self.layer.config = self.before


def _rotary(layer: Any) -> Any:
    """The layer's own rotary embedding, as it had one; it is made when it is first needed."""
    if getattr(layer, "rotary_emb", None) is None:
        native = next(cls for cls in type(layer).__mro__ if cls.__module__.startswith("transformers.models."))
        module = sys.modules[native.__module__]
        name = native.__name__.removesuffix("Attention") + "RotaryEmbedding"
        layer.rotary_emb = getattr(module, name)(config=layer.config).to(next(layer.parameters()).device)
    return layer.rotary_emb


def _positions(states: torch.Tensor, cache: Any, layer_idx: int | None) -> torch.Tensor:
    past = 0 if cache is None else _past(cache, layer_idx)
    return torch.arange(past, past + states.shape[1], device=states.device)[None]


def _past(cache: Any, layer_idx: int | None) -> int:
    return cache.get_seq_length(layer_idx or 0)


def _is_static(cache: Any) -> bool:
    return "Static" in type(cache).__name__
