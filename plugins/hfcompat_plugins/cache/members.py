"""Methods and attributes that caches had in v4, set on the classes of a runtime that lacks them.

A caller gets the meaning that the name had when it last existed; the rows say when that was.
"""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins.cache.layers import Fallback, allocate, keeps_own_states, layer_limit, limit_of

# Lengths


def get_usable_length(self: Any, new_seq_length: int, layer_idx: int | None = 0) -> int:
    """How many cached tokens can be used together with `new_seq_length` new ones: all, unless a limit is in the way."""
    layer_idx = 0 if layer_idx is None else layer_idx
    previous = self.get_seq_length(layer_idx)
    layers = getattr(self, "layers", None) or ()
    layer = layers[layer_idx] if layer_idx < len(layers) else None
    if getattr(layer, "sliding_window", None) is not None and getattr(layer, "max_cache_len", None) is None:
        return min(previous, layer.sliding_window - 1)  # a layer that no v4 cache had: what `update` hands out
    limit = limit_of(self)
    if limit is not None and previous + new_seq_length > limit:
        return limit - new_seq_length
    return previous


def get_max_length(self: Any) -> int | None:
    """Most tokens that the cache can hold, None when there is no limit."""
    return limit_of(self)


def get_max_cache_shape(self: Any, layer_idx: int = 0) -> int:
    """Most tokens that a layer can hold, -1 when there is no limit."""
    return self.get_max_length(layer_idx)


def of_self_attention(original: Any) -> Any:
    """The limit of an encoder-decoder cache: its self-attention's. Before 4.53 it has none of its own."""

    def get_max_cache_shape(self: Any) -> Any:
        return self.self_attention_cache.get_max_cache_shape()

    return get_max_cache_shape


def layer_get_max_cache_shape(self: Any) -> int:
    """Most tokens that the layer can hold, -1 when there is no limit."""
    return layer_limit(self)


def _max_cache_len(self: Any) -> int:
    """Most tokens that the largest layer can hold; AttributeError for a cache that grows."""
    lengths = [layer.max_cache_len for layer in self.layers if hasattr(layer, "max_cache_len")]
    if not lengths:
        raise AttributeError(f"{type(self).__name__!r} object has no attribute 'max_cache_len': it grows")
    return max(lengths)


def _max_batch_size(self: Any) -> int:
    """Sequences in a static cache; AttributeError when no layer knows."""
    sizes = [size for size in (_layer_max_batch_size(layer) for layer in self.layers) if size is not None]
    if not sizes:
        raise AttributeError(
            f"{type(self).__name__!r} object has no attribute 'max_batch_size' before its first update"
        )
    if any(size != sizes[0] for size in sizes):
        raise ValueError(f"the layers hold different batch sizes: {sizes}")
    return sizes[0]


def _layer_max_batch_size(layer: Any) -> int | None:
    size = getattr(layer, "batch_size", None)
    return layer.__dict__.get("max_batch_size") if size is None else size


def _static_layer_max_batch_size(self: Any) -> int:
    """Sequences in the layer; AttributeError before its first update."""
    return self.batch_size


def _static_layer_head_dim(self: Any) -> int:
    """Head size of the keys; AttributeError before the first update."""
    return self.k_head_dim


max_cache_len = Fallback(_max_cache_len)
max_batch_size = Fallback(_max_batch_size)
static_layer_max_batch_size = Fallback(_static_layer_max_batch_size)
static_layer_head_dim = Fallback(_static_layer_head_dim)

# What a static cache knew of its tensors


def _of_first_layer(name: str, read: Any) -> Fallback:
    def get(self: Any) -> Any:
        allocate(self)
        keys = self.layers[0].keys if hasattr(self, "layers") else self.key_cache[0]
        if keys is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r} before its first update")
        return read(keys)

    get.__name__ = name
    get.__doc__ = f"The {name} of the cache's tensors; AttributeError before they exist."
    return Fallback(get)


static_dtype = _of_first_layer("dtype", lambda keys: keys.dtype)
static_device = _of_first_layer("device", lambda keys: keys.device)
static_num_key_value_heads = _of_first_layer("num_key_value_heads", lambda keys: keys.shape[1])
static_head_dim = _of_first_layer("head_dim", lambda keys: keys.shape[-1])

# Counting


def _get_seen_tokens(self: Any) -> int:
    """Tokens that went into layer 0, less those that were cropped; what is cut out by hand still counts."""
    own = self.__dict__.get("_seen_tokens")
    return _held(self) + getattr(self, "_v4_unheld_tokens", 0) if own is None else own


def _set_seen_tokens(self: Any, value: int) -> None:
    if keeps_own_states(self):
        self.__dict__["_seen_tokens"] = value
    else:
        self._v4_unheld_tokens = value - _held(self)


def _held(self: Any) -> int:
    return self.layers[0].get_seq_length() if self.layers else 0


_seen_tokens = property(_get_seen_tokens, _set_seen_tokens)


def _seen(self: Any) -> int | None:
    """Tokens seen, None for a cache that does not count them: only dynamic ones ever did."""
    return getattr(self, "_seen_tokens", None)


seen_tokens = Fallback(_seen)

# Layers as pairs


def _states(cache: Any) -> list[tuple[Any, Any]]:
    own = cache.__dict__.get("key_cache")
    if own is not None:
        return list(zip(own, cache.value_cache, strict=False))
    allocate(cache)
    return [(getattr(layer, "keys", None), getattr(layer, "values", None)) for layer in cache.layers]


def _at(states: list[Any], layer_idx: int) -> Any:
    if layer_idx < len(states):
        return states[layer_idx]
    raise KeyError(f"Cache only has {len(states)} layers, attempted to access layer with index {layer_idx}")


def _quadruples(cache: Any) -> list[tuple[Any, Any, Any, Any]]:
    pairs = zip(_states(cache.self_attention_cache), _states(cache.cross_attention_cache), strict=False)
    return [(*own, *cross) for own, cross in pairs]


def getitem(self: Any, layer_idx: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Keys and values of a layer, each [batch, heads, tokens, head size]; KeyError beyond the last layer."""
    return _at(_states(self), layer_idx)


def iterate(self: Any) -> Any:
    """Yields keys and values of each layer."""
    yield from _states(self)


def encoder_decoder_getitem(self: Any, layer_idx: int) -> tuple[torch.Tensor, ...]:
    """Keys and values of a layer's self-attention, then of its cross-attention.

    Raises KeyError beyond the last layer, IndexError when the cross-attention has not come that far.
    """
    own = _at(_states(self.self_attention_cache), layer_idx)
    return (*own, *_states(self.cross_attention_cache)[layer_idx])


def encoder_decoder_iterate(self: Any) -> Any:
    """Yields the four states of each layer."""
    yield from _quadruples(self)


# To and from tuples of tuples


def to_legacy_cache(self: Any) -> tuple[tuple[torch.Tensor, torch.Tensor], ...]:
    """Keys and values of each layer, as a tuple of pairs."""
    return tuple(_states(self))


def static_to_legacy_cache(self: Any) -> None:
    """None: a static cache had the name up to 4.43, so that models could call it, and no tuple form."""
    return


def _from_legacy_cache(cls: Any, past_key_values: Any = None, num_hidden_layers: int | None = None) -> Any:
    """A dynamic cache that holds `past_key_values`, keys and values of each layer; None gives an empty one."""
    cache = cls()
    for layer_idx, states in enumerate(past_key_values or ()):
        cache.update(states[0], states[1], layer_idx)
    return cache


from_legacy_cache = classmethod(_from_legacy_cache)


def encoder_decoder_to_legacy_cache(self: Any) -> tuple[tuple[torch.Tensor, ...], ...]:
    """Four states of each layer, two before the cross-attention has any."""
    if len(self.cross_attention_cache) > 0:
        return tuple(_quadruples(self))
    return tuple(_states(self.self_attention_cache))


def _encoder_decoder_from_legacy_cache(cls: Any, past_key_values: Any = None) -> Any:
    """A cache that holds `past_key_values`, four states of each layer, or the two of its self-attention."""
    from transformers.cache_utils import DynamicCache

    own, cross = DynamicCache(), DynamicCache()
    for layer_idx, states in enumerate(past_key_values or ()):
        own.update(states[0], states[1], layer_idx)
        if len(states) > 2:
            cross.update(states[2], states[3], layer_idx)
    return cls(own, cross)


encoder_decoder_from_legacy_cache = classmethod(_encoder_decoder_from_legacy_cache)


def optional_from_legacy_cache(original: Any) -> Any:
    """Takes what 4.45 to 4.49 took: `num_hidden_layers`, which meant nothing, and no argument at all."""

    def from_legacy_cache(cls: Any, past_key_values: Any = (), num_hidden_layers: int | None = None) -> Any:
        return original(cls, past_key_values)

    return from_legacy_cache


# Batches


def batch_split(self: Any, full_batch_size: int, split_size: int, num_hidden_layers: int | None = None) -> list[Any]:
    """One dynamic cache for every `split_size` sequences."""
    from transformers.cache_utils import DynamicCache

    parts = []
    for start in range(0, full_batch_size, split_size):
        part = DynamicCache()
        for layer_idx, (keys, values) in enumerate(_states(self)):
            if keys is not None:
                part.update(keys[start : start + split_size], values[start : start + split_size], layer_idx)
        parts.append(part)
    return parts


def _from_batch_splits(cls: Any, splits: Any, num_hidden_layers: int | None = None) -> Any:
    """The cache that `batch_split` took apart."""
    cache = cls()
    for layer_idx in range(len(splits[0])):
        parts = [split.layers[layer_idx] for split in splits if split.layers[layer_idx].keys is not None]
        if parts:
            keys = torch.cat([part.keys for part in parts], dim=0)
            cache.update(keys, torch.cat([part.values for part in parts], dim=0), layer_idx)
    return cache


from_batch_splits = classmethod(_from_batch_splits)


def encoder_decoder_batch_split(
    self: Any, full_batch_size: int, split_size: int, num_hidden_layers: int | None = None
) -> list[Any]:
    """One cache for every `split_size` sequences."""
    self.check_dynamic_cache("batch_split")
    own = self.self_attention_cache.batch_split(full_batch_size, split_size)
    cross = self.cross_attention_cache.batch_split(full_batch_size, split_size)
    return [type(self)(*caches) for caches in zip(own, cross, strict=True)]


def _encoder_decoder_from_batch_splits(cls: Any, splits: Any, num_hidden_layers: int | None = None) -> Any:
    """The cache that `batch_split` took apart."""
    from transformers.cache_utils import DynamicCache

    own = DynamicCache.from_batch_splits([split.self_attention_cache for split in splits])
    return cls(own, DynamicCache.from_batch_splits([split.cross_attention_cache for split in splits]))


encoder_decoder_from_batch_splits = classmethod(_encoder_decoder_from_batch_splits)


def _from_tensors(cls: Any, keys: torch.Tensor, values: torch.Tensor) -> Any:
    """A layer that holds `keys` and `values`, each [batch, heads, tokens, head size]."""
    layer = cls()
    layer.update(keys, values)
    return layer


from_tensors = classmethod(_from_tensors)
