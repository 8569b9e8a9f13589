"""Helpers of `transformers.generation.utils` that split and stack what a model takes and gives."""

from __future__ import annotations

import copy
from typing import Any

import torch
from transformers.cache_utils import DynamicCache, EncoderDecoderCache

__all__ = ["_split", "_split_model_inputs", "stack_model_outputs"]


def _split_model_inputs(model_input: Any, split_size: int, full_batch_size: int, config: Any = None) -> list[Any]:
    """Split a ModelOutput or a dict along the batch into objects of the same class.

    Bools, `cache_position` and `logits_to_keep` go to every part; `encoder_outputs` is split in turn.

    Args:
        config: not needed; transformers 4.45 to 4.53 asked for it.

    Raises:
        ValueError: when the batch cannot be split evenly.
        TypeError: for a value that is neither a tensor, nor a cache, nor a tuple.
    """
    parts = full_batch_size // split_size
    if model_input is None:
        return [None] * parts
    if full_batch_size % split_size != 0:
        raise ValueError(f"{full_batch_size} rows do not split into parts of {split_size}")
    if split_size > full_batch_size:
        raise ValueError(f"A part of {split_size} rows is larger than all {full_batch_size}")
    names = getattr(model_input, "__dataclass_fields__", model_input)
    split: dict[str, list[Any]] = {}
    for name in [name for name in names if name in model_input]:
        value = model_input[name]
        if name == "encoder_outputs":
            split[name] = _split_model_inputs(value, split_size, full_batch_size, config)
        elif isinstance(value, bool) or name in ("cache_position", "logits_to_keep"):
            split[name] = [value] * parts
        else:
            split[name] = _split(value, full_batch_size, split_size)
    return [type(model_input)(**{name: values[part] for name, values in split.items()}) for part in range(parts)]


def _split(data: Any, full_batch_size: int, split_size: int) -> list[Any]:
    """Split a tensor, a cache, a tuple of tensors or a tuple of tuples of tensors along the batch, their first axis."""
    if data is None:
        return [None] * (full_batch_size // split_size)
    starts = range(0, full_batch_size, split_size)
    if isinstance(data, torch.Tensor):
        return [data[start : start + split_size] for start in starts]
    if isinstance(data, (DynamicCache, EncoderDecoderCache)):
        return [_cache_rows(data, range(start, start + split_size)) for start in starts]
    if isinstance(data, tuple):
        split = [_split(item, full_batch_size, split_size) for item in data]
        return [tuple(item[part] for item in split) for part in range(len(starts))]
    raise TypeError(f"A {type(data)} cannot be split along the batch")


def stack_model_outputs(model_outputs: list[Any], config: Any = None) -> Any:
    """The opposite of `_split_model_inputs`: one ModelOutput of several, put together along the batch.

    Raises:
        ValueError: for no output, or outputs of several classes.
    """
    if not model_outputs:
        raise ValueError("There is no output to stack.")
    kind = type(model_outputs[0])
    if not all(isinstance(output, kind) for output in model_outputs):
        raise ValueError("Outputs are of several classes.")
    names = kind.__dataclass_fields__
    return kind(**{name: _stack([getattr(output, name) for output in model_outputs]) for name in names})


def _stack(items: list[Any]) -> Any:
    first = items[0]
    if any(item is None for item in items):
        return None
    if isinstance(first, torch.Tensor):
        return torch.cat(items, dim=0)
    if isinstance(first, (DynamicCache, EncoderDecoderCache)):
        return _joined_caches(items)
    if isinstance(first, tuple):
        return tuple(_stack(list(column)) for column in zip(*items, strict=True))
    if isinstance(first, (int, float)):
        return torch.tensor(items)
    raise TypeError(f"A {type(first)} cannot be put together along the batch")


def _cache_rows(cache: Any, rows: range) -> Any:
    part = _with_own_layers(cache)
    part.batch_select_indices(torch.tensor(rows))
    return part


def _joined_caches(caches: list[Any]) -> Any:
    joined = _with_own_layers(caches[0])
    for own, others in zip(_layers(joined), zip(*map(_layers, caches), strict=True), strict=True):
        if others[0].keys is not None:
            own.keys = torch.cat([layer.keys for layer in others], dim=0)
            own.values = torch.cat([layer.values for layer in others], dim=0)
    return joined


def _with_own_layers(cache: Any) -> Any:
    """A copy whose layers can be given other tensors; the tensors themselves are shared."""
    copied = copy.copy(cache)
    if isinstance(cache, EncoderDecoderCache):
        copied.self_attention_cache = _with_own_layers(cache.self_attention_cache)
        copied.cross_attention_cache = _with_own_layers(cache.cross_attention_cache)
        copied.is_updated = dict(cache.is_updated)
    else:
        copied.layers = [copy.copy(layer) for layer in cache.layers]
    return copied


def _layers(cache: Any) -> list[Any]:
    if isinstance(cache, EncoderDecoderCache):
        return [*cache.self_attention_cache.layers, *cache.cross_attention_cache.layers]
    return list(cache.layers)
