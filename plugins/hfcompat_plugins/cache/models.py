"""Tuples of tuples handed to a model that wants a cache: it gets one, and the caller gets tuples back.

So it was from 4.36 to 4.48 for the models that had moved to caches, the others worked on tuples themselves. Models
defined outside transformers are left alone: they may still do.
"""

from __future__ import annotations

import inspect
from typing import Any

import torch
from hfcompat_plugins.cache.layers import is_native
from hfcompat_plugins.cache.members import encoder_decoder_to_legacy_cache, to_legacy_cache
from hfcompat_plugins.calls import of_the_moment

_NAME = "past_key_values"


def accepting_tuples(original: Any) -> Any:
    """`PreTrainedModel.__call__` from 5.0, where no model takes tuples."""
    return _looking_for_tuples(original, _with_cache)


def accepting_tuples_where_needed(original: Any) -> Any:
    """`PreTrainedModel.__call__` up to 4.55, where it depends on the model."""
    return _looking_for_tuples(original, _as_needed)


def accepting_tuples_since_4_56(original: Any) -> Any:
    """The same for 4.56 and 4.57, where no model converts tuples when it is told not to use a cache."""
    return _looking_for_tuples(original, _as_needed_since_4_56)


def _looking_for_tuples(original: Any, call: Any) -> Any:
    original = of_the_moment(original)

    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        # What every call pays for: is a tuple or a list among the arguments?
        if isinstance(kwargs.get("past_key_values"), (tuple, list)):
            return call(original, self, args, kwargs)
        for arg in args:
            if isinstance(arg, (tuple, list)):
                return call(original, self, args, kwargs)
        return original(self, *args, **kwargs)

    return __call__


def _with_cache(original: Any, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    args, kwargs, states = _found(type(model), args, kwargs)
    if states is None:
        return original(model, *args, **kwargs)
    cross = bool(model.config.is_encoder_decoder) or kwargs.get("encoder_hidden_states") is not None
    cache = cache_of(states, cross)
    return _swapped(original(model, *args, **{**kwargs, _NAME: cache}), cache)


def _as_needed(original: Any, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    needs = _needs(type(model))
    if needs == "cache":
        return _with_cache(original, model, args, kwargs)
    if needs == "tuples":
        args, kwargs, states = _found(type(model), args, kwargs)
        if states is not None:
            kwargs = {**kwargs, _NAME: tuple(tuple(layer) for layer in states)}
    return original(model, *args, **kwargs)


def _as_needed_since_4_56(original: Any, model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if kwargs.get("use_cache") is False and _needs(type(model)):
        return _with_cache(original, model, args, kwargs)
    return _as_needed(original, model, args, kwargs)


def _found(cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any], Any]:
    """The arguments with the states, where there are any, by name; and the states."""
    if not is_native(cls):
        return args, kwargs, None
    if kwargs.get(_NAME) is None:
        at = _position(cls)
        if 0 <= at < len(args) and is_states(args[at]):
            names = _parameters(cls)
            kwargs = {**kwargs, **dict(zip(names[at:], args[at:], strict=False))}
            args = args[:at]
    states = kwargs.get(_NAME)
    return args, kwargs, states if is_states(states) else None


@torch.compiler.assume_constant_result
def _parameters(cls: Any) -> tuple[str, ...]:
    return tuple(inspect.signature(cls.forward).parameters)[1:]


def _position(cls: Any) -> int:
    names = _parameters(cls)
    return names.index(_NAME) if _NAME in names else -1


@torch.compiler.assume_constant_result
def _needs(cls: Any) -> str:
    """What a model up to 4.57 wants instead of a tuple: a "cache", "tuples" for a list, or "" for nothing else.

    The names that its `forward` uses tell. One that works on caches asks them for their length. One that converts
    says `from_legacy_cache`, or leaves that to its encoder and tells `Cache` from tuples when it asks for the length;
    since 4.56 they convert tuples only. One that mentions neither hands on to another model, which is asked in turn.
    """
    if not is_native(cls) or getattr(cls, "_supports_cache_class", True) is False:
        return ""
    names = inspect.unwrap(cls.forward).__code__.co_names
    if "from_legacy_cache" in names or ("Cache" in names and "DynamicCache" not in names):
        return "tuples"
    return "cache" if "get_seq_length" in names else ""


def is_states(value: Any) -> bool:
    """Whether `value` has keys and values, [batch, heads, tokens, head size], of one layer or more.

    A layer may be one tensor, [2, batch, heads, tokens, head size], as PEFT's prefix tuning has it.
    """
    if not isinstance(value, (tuple, list)) or len(value) == 0:
        return False
    for layer in value:
        if not isinstance(layer, (tuple, list, torch.Tensor)) or len(layer) < 2:
            return False
        if not all(isinstance(state, torch.Tensor) for state in layer[:2]):
            return False
    return all(layer[0].dim() == 4 for layer in value)


def cache_of(states: Any, cross: bool) -> Any:
    """A cache that holds `states`; with room for a cross-attention when `cross`, or when they have one."""
    from transformers.cache_utils import DynamicCache, EncoderDecoderCache

    width = len(states[0])
    own = _dynamic(DynamicCache(), [layer[:2] for layer in states])
    if width not in (4, 6) and not cross:
        return own
    # In sixes and threes are the items of a v5 cache, the last of each three being a window.
    others = [layer[width // 2 : width // 2 + 2] for layer in states] if width in (4, 6) else []
    return EncoderDecoderCache(own, _dynamic(DynamicCache(), others))


def _dynamic(cache: Any, states: list[Any]) -> Any:
    for layer_idx, (keys, values) in enumerate(states):
        if keys is not None:
            cache.update(keys, values, layer_idx)
    return cache


def _swapped(output: Any, cache: Any) -> Any:
    """`output` with tuples where `cache` was."""
    if isinstance(output, tuple):
        return tuple(_legacy(cache) if item is cache else item for item in output)
    if getattr(output, _NAME, None) is cache:
        output.past_key_values = _legacy(cache)
    return output


def _legacy(cache: Any) -> Any:
    if hasattr(cache, "cross_attention_cache"):
        return encoder_decoder_to_legacy_cache(cache)
    return to_legacy_cache(cache)


def preparing_tuples(original: Any) -> Any:
    """`GenerationMixin._prepare_cache_for_generation` from 5.0, which refuses tuples."""

    def _prepare_cache_for_generation(
        self: Any, generation_config: Any, model_kwargs: Any, *args: Any, **kwargs: Any
    ) -> Any:
        states = model_kwargs.get(_NAME)
        if is_states(states) and is_native(type(self)):
            model_kwargs[_NAME] = cache_of(states, bool(self.config.is_encoder_decoder))
        return original(self, generation_config, model_kwargs, *args, **kwargs)

    return _prepare_cache_for_generation
