"""The causal masks that decoders made for themselves up to 4.52, and some of them up to 5.1.

Forwards that were copied from transformers, in subclasses of its models, call these methods on themselves.
"""

from __future__ import annotations

import inspect
from typing import Any

import torch

from hfcompat.origin import native_caller

_PREPARE = "_prepare_4d_causal_attention_mask_with_cache_position"


def causal_mask(
    attention_mask: torch.Tensor | None,
    sequence_length: int,
    target_length: int,
    dtype: torch.dtype,
    positions: torch.Tensor,
    batch_size: int,
    window: int | None = None,
) -> torch.Tensor:
    """An additive mask: 0 where attention goes, the lowest value where it must not.

    Args:
        attention_mask: 1 for open, 0 for closed, shape (batch, keys); or an additive mask of four dimensions, which is
            given back as it is.
        sequence_length: number of queries.
        target_length: number of keys.
        positions: where the queries are among the keys, int64 of shape (queries,).
        window: how many keys a query sees at most.

    Returns:
        Shape (batch, 1, queries, keys).
    """
    if attention_mask is not None and attention_mask.dim() == 4:
        return attention_mask
    keys = torch.arange(target_length, device=positions.device)
    last = positions.reshape(-1, 1)
    closed = keys > last
    if window is not None:
        closed = closed | (keys <= last - window)
    closed = closed.expand(sequence_length, target_length)[None, None].expand(batch_size, 1, -1, -1)
    if attention_mask is not None:
        padding = attention_mask[:, None, None, :target_length].to(positions.device) == 0
        closed = closed | torch.nn.functional.pad(padding, (0, target_length - padding.shape[-1]))
    return torch.zeros(closed.shape, dtype=dtype, device=positions.device).masked_fill(closed, torch.finfo(dtype).min)


def _prepare(
    windowed: bool, attention_mask: Any, sequence_length: int, target_length: int, dtype: Any, rest: Any, named: Any
) -> torch.Tensor:
    if rest and not isinstance(rest[0], torch.Tensor):  # up to 4.51 the device came before the positions
        rest = rest[1:]
    named = {**dict(zip(("cache_position", "batch_size", "config"), rest, strict=False)), **named}
    window = _window(named["config"]) if windowed else None
    positions, batch_size = named["cache_position"], named["batch_size"]
    return causal_mask(attention_mask, sequence_length, target_length, dtype, positions, batch_size, window)


class Prepare:
    """`causal_mask` as a static method, by the names `cache_position` and `batch_size`; a `device` and others are taken
    and not used. Those of models with a sliding window cut it by that of `config`.

    `generate` looks for this name to know models that make masks in a way of their own; to that there is none.
    """

    def __init__(self, windowed: bool) -> None:
        def prepare(
            attention_mask: Any, sequence_length: int, target_length: int, dtype: Any, *rest: Any, **named: Any
        ) -> torch.Tensor:
            return _prepare(windowed, attention_mask, sequence_length, target_length, dtype, rest, named)

        prepare.__name__ = prepare.__qualname__ = _PREPARE
        self.function = prepare

    def __get__(self, model: Any, owner: type | None = None) -> Any:
        if not torch.compiler.is_compiling() and native_caller():
            raise AttributeError(f"{(owner or type(model)).__name__!r} object has no attribute {_PREPARE!r}")
        return self.function


prepare_4d = Prepare(windowed=False)
prepare_4d_windowed = Prepare(windowed=True)


def _window(config: Any) -> int | None:
    config = config.get_text_config()
    return config.sliding_window if getattr(config, "use_sliding_window", True) else None


def update_causal_mask(
    self: Any,
    attention_mask: Any,
    input_tensor: torch.Tensor,
    cache_position: torch.Tensor,
    past_key_values: Any = None,
    output_attentions: bool = False,
) -> Any:
    """What the model's attention takes for a mask.

    Args:
        attention_mask: 1 for open, 0 for closed, shape (batch, keys); or None.
        input_tensor: embeddings, shape (batch, queries, features).
        cache_position: where the queries are among the keys, int64 of shape (queries,).
        past_key_values: a cache, or None.
        output_attentions: whether sdpa will be left for eager attention, which needs a mask always.

    Returns:
        An additive mask of shape (batch, 1, queries, keys); the mask itself for flash attention; None where a mask
        would say no more than causal attention does.
    """
    return _update(self, attention_mask, input_tensor, cache_position, past_key_values, output_attentions, None)


def update_windowed_causal_mask(
    self: Any,
    attention_mask: Any,
    input_tensor: torch.Tensor,
    cache_position: torch.Tensor,
    past_key_values: Any = None,
    output_attentions: bool = False,
) -> Any:
    """`update_causal_mask` for models with a sliding window."""
    window = _window(self.config)
    return _update(self, attention_mask, input_tensor, cache_position, past_key_values, output_attentions, window)


def update_whole_causal_mask(
    self: Any,
    attention_mask: Any,
    input_tensor: torch.Tensor,
    cache_position: torch.Tensor,
    past_key_values: Any = None,
    output_attentions: bool = False,
) -> Any:
    """`update_causal_mask` for models whose layers cut the window out of it: there always is one."""
    if self.config._attn_implementation in ("flash_attention_2", "flex_attention"):
        return _update(self, attention_mask, input_tensor, cache_position, past_key_values, True, None)
    length = _fixed_length(past_key_values)
    if length is None:
        length = input_tensor.shape[1] if attention_mask is None else attention_mask.shape[-1]
    return _of(attention_mask, input_tensor, length, cache_position, None)


def _update(
    self: Any, attention_mask: Any, embeddings: Any, positions: Any, past: Any, output_attentions: bool, window: Any
) -> Any:
    implementation = self.config._attn_implementation
    if implementation == "flash_attention_2":
        return attention_mask if attention_mask is not None and (attention_mask == 0).any() else None
    if implementation == "flex_attention":
        return _block_mask(attention_mask)
    from transformers.modeling_attn_mask_utils import AttentionMaskConverter

    fixed = _fixed_length(past)
    if window is not None and fixed is not None and _slides(past):
        return _by_runtime(self.config, attention_mask, embeddings, positions, past)
    seen = 0 if past is None else past.get_seq_length()
    fused = implementation == "sdpa" and not output_attentions
    if fused and fixed is None:
        more = {"sliding_window": window, "is_training": self.training}
        if AttentionMaskConverter._ignore_causal_mask_sdpa(attention_mask, embeddings, seen, **more):
            return None
    if fixed is not None:
        length = fixed
    elif isinstance(attention_mask, torch.Tensor):
        length = attention_mask.shape[-1]
    else:
        length = seen + embeddings.shape[1] + 1  # one more than there are, as it was
    mask = _of(attention_mask, embeddings, length, positions, window)
    if fused and attention_mask is not None and attention_mask.device.type in ("cuda", "xpu", "npu"):
        mask = AttentionMaskConverter._unmask_unattended(mask, torch.finfo(embeddings.dtype).min)
    return mask


def _of(attention_mask: Any, embeddings: Any, length: int, positions: Any, window: int | None) -> torch.Tensor:
    batch, queries = embeddings.shape[:2]
    return causal_mask(attention_mask, queries, length, embeddings.dtype, positions, batch, window)


def _fixed_length(past: Any) -> int | None:
    """The length of a cache that has its whole length from the start."""
    # An empty DynamicCache of 4.54 says of itself that it has, since none of its layers has not.
    if past is None or not getattr(past, "layers", True) or not getattr(past, "is_compileable", False):
        return None
    ask = getattr(past, "get_max_cache_shape", None) or past.get_max_length
    return max(ask(layer) for layer in range(len(past.layers))) if hasattr(past, "layers") else ask()


def _slides(past: Any) -> bool:
    """Whether there are layers that keep no more than the window, which no version before 4.54 had in a StaticCache."""
    sliding = getattr(past, "is_sliding", False)
    return any(sliding) if isinstance(sliding, (list, tuple)) else bool(sliding)


def _by_runtime(config: Any, attention_mask: Any, embeddings: Any, positions: Any, past: Any) -> Any:
    from transformers.masking_utils import create_sliding_window_causal_mask

    more = {"past_key_values": past}
    if "cache_position" in inspect.signature(create_sliding_window_causal_mask).parameters:
        more["cache_position"] = positions
    return create_sliding_window_causal_mask(config, embeddings, attention_mask, **more)


def _block_mask(attention_mask: Any) -> Any:
    if not isinstance(attention_mask, torch.Tensor):
        return attention_mask
    from transformers.integrations.flex_attention import make_flex_block_causal_mask

    return make_flex_block_causal_mask(attention_mask)
