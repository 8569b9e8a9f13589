"""What the other modules ask of a cache and its layers, in one vocabulary for every runtime.

From 4.54 a cache is a list of layer objects, each with its own `keys` and `values`; before, it held two lists of
tensors. Nothing here imports transformers: these functions run inside methods of its classes.
"""

from __future__ import annotations

import functools
from typing import Any

import torch


def is_native(cls: type) -> bool:
    """Whether a class is transformers' own: what somebody else derived keeps its own ways."""
    return cls.__module__.startswith("transformers.")


def keeps_own_states(cache: Any) -> bool:
    """Whether a cache stores its states by itself: it has no layers, or its class has an `update` of its own."""
    if getattr(cache, "layers", None) is None:
        return True
    return not type(cache).update.__module__.startswith("transformers.")


def states_of(cache: Any, name: str) -> list[Any]:
    """`keys` or `values` of every layer that has been filled, as up to 4.53: a skipped layer is an empty tensor."""
    allocate(cache)
    states = [getattr(layer, name, None) for layer in cache.layers]
    while states and states[-1] is None:
        states.pop()
    return [torch.tensor([]) if state is None else state for state in states]


def write_states(cache: Any, name: str, states: list[Any]) -> None:
    """Make `states` the `keys` or `values` of the layers; layers beyond are emptied."""
    for index, state in enumerate(states):
        write_state(cache, index, name, state)
    for layer in cache.layers[len(states) :]:
        _put(layer, name, None)
    while cache.layers and _grows(cache) and cache.layers[-1].keys is None and cache.layers[-1].values is None:
        cache.layers.pop()


def write_state(cache: Any, index: int, name: str, state: Any) -> None:
    """Write one layer's `keys` or `values`, adding layers as needed."""
    while len(cache.layers) <= index:
        _append_layer(cache)
    layer = cache.layers[index]
    if state is not None and getattr(layer, "max_cache_len", None) is not None and layer.keys is None:
        batch, heads, _, width = state.shape
        cache.early_initialization(batch, heads, width, state.dtype, state.device)
    state = None if state is None or len(state) == 0 else state
    if index == 0 and name == "keys":  # what is cut out or put in by hand does not change how many tokens were seen
        moved = _length(layer.keys) - _length(state)
        cache._v4_unheld_tokens = getattr(cache, "_v4_unheld_tokens", 0) + moved
    _put(layer, name, state)


def _append_layer(cache: Any) -> None:
    if getattr(cache, "layer_class_to_replicate", None) is not None:
        cache.layers.append(cache.layer_class_to_replicate())
    elif hasattr(cache, "append_new_layers"):  # 4.54 and 4.55
        cache.append_new_layers(len(cache.layers))
    else:
        from transformers.cache_utils import DynamicLayer

        cache.layers.append(DynamicLayer())


def _grows(cache: Any) -> bool:
    # layer_classes: one class, or a list of one for each layer, in 4.54 and 4.55
    return getattr(cache, "layer_class_to_replicate", None) is not None or isinstance(
        getattr(cache, "layer_classes", None), type
    )


def _put(layer: Any, name: str, state: Any) -> None:
    before = getattr(layer, name, None)
    setattr(layer, name, state)
    if name == "keys":
        _count(layer, before, state)
    if hasattr(layer, "is_initialized"):
        layer.is_initialized = layer.keys is not None
    if layer.keys is not None:
        layer.dtype, layer.device = layer.keys.dtype, layer.keys.device


def _count(layer: Any, before: Any, after: Any) -> None:
    """Keep a layer's own count of tokens in step with keys that were written from outside."""
    count = getattr(layer, "cumulative_length", None)
    if count is None:
        return
    if getattr(layer, "max_cache_len", None) is None:
        layer.cumulative_length = count + _length(after) - _length(before)
    elif after is not None and count < layer.max_cache_len:
        occupied = after[0, 0].any(dim=-1).sum()  # how a static cache counted up to 5.3
        if isinstance(count, torch.Tensor):
            count.fill_(occupied)
        else:
            layer.cumulative_length = int(occupied)
        if hasattr(layer, "cumulative_length_int"):
            layer.cumulative_length_int = int(occupied)


def _length(state: Any) -> int:
    return 0 if state is None or state.numel() == 0 else int(state.shape[-2])


def limit_of(cache: Any) -> int | None:
    """Most tokens that a cache can hold, None when there is no limit: a missing limit is None up to 4.53, -1 later."""
    cache = getattr(cache, "self_attention_cache", cache)
    layers = getattr(cache, "layers", None)
    if not layers:
        ask = getattr(cache, "get_max_cache_shape", None) or cache.get_max_length
        limits = [ask()]
    else:
        limits = [layer_limit(layer) for layer in layers]
    if any(limit is None or limit < 0 for limit in limits):
        return None
    return max(limits)


def layer_limit(layer: Any) -> int:
    """Most tokens that a layer can hold, -1 when there is no limit."""
    ask = getattr(layer, "get_max_length", None) or getattr(layer, "get_max_cache_shape", None)
    return -1 if ask is None else ask()


def remember(cache: Any, config: Any, batch_size: int, dtype: Any, device: Any) -> None:
    """Keep what a v4 constructor was told, for those who look at a static cache before its first update.

    Up to 4.55 its tensors were allocated at once, since 4.56 by the first update, with what that brings.
    """
    config = config.get_text_config(decoder=True)
    heads = getattr(config, "num_key_value_heads", None) or getattr(config, "num_attention_heads", None)
    width = getattr(config, "head_dim", None)
    if width is None and isinstance(heads, int):
        width = config.hidden_size // config.num_attention_heads
    if isinstance(heads, int):  # in some configurations each layer has a number of its own: the first update will tell
        cache._v4_shape = (batch_size, heads, width, dtype if dtype is not None else torch.float32, device or "cpu")
    for layer in cache.layers:
        if hasattr(layer, "max_cache_len"):
            layer.max_batch_size = batch_size


def allocate(cache: Any) -> None:
    """Allocate a static cache that was made with a v4 constructor, as that would have done."""
    shape = getattr(cache, "_v4_shape", None)
    if shape is None or all(layer.keys is not None for layer in cache.layers):
        return
    batch_size, heads, width, dtype, device = shape
    cache.early_initialization(batch_size, heads, width, dtype, torch.device(device))


def assignable(original: property) -> property:
    """A property that an instance may have for itself, as when it was an attribute that caches set."""
    get: Any = original.fget
    name = get.__name__

    def read(self: Any) -> Any:
        return self.__dict__[name] if name in self.__dict__ else get(self)

    def assign(self: Any, value: Any) -> None:
        self.__dict__[name] = value

    return property(read, assign, doc=original.__doc__)


class Fallback:
    """An attribute computed by a function, unless the instance has one of its own.

    A property would take the name away from subclasses that assign it, which they may do today.
    """

    def __init__(self, function: Any) -> None:
        self.function = function
        functools.update_wrapper(self, function, updated=())

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else self.function(instance)
