"""Masks that 4.x does not have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from hfcompat_plugins.v5.forwards import is_tracing
from transformers import masking_utils

Mask = Callable[[Any, Any, Any, Any], Any]


def bidirectional_mask_function(batch_idx: Any, head_idx: Any, q_idx: Any, kv_idx: Any) -> Any:
    """Every query sees every key."""
    return q_idx >= 0


def sliding_window_bidirectional_overlay(sliding_window: int) -> Mask:
    """A query sees the keys that are at most so far away."""

    def near(batch_idx: Any, head_idx: Any, q_idx: Any, kv_idx: Any) -> Any:
        return abs(q_idx - kv_idx) <= sliding_window

    return near


def sliding_window_bidirectional_mask_function(sliding_window: int) -> Mask:
    return masking_utils.and_masks(sliding_window_bidirectional_overlay(sliding_window), bidirectional_mask_function)


def blockwise_overlay(block_sequence_ids: torch.Tensor) -> Mask:
    """A query sees the keys of its own block; [batch, length], -1 where there is none."""

    def same_block(batch_idx: Any, head_idx: Any, q_idx: Any, kv_idx: Any) -> Any:
        block = block_sequence_ids[batch_idx, q_idx]
        return (block == block_sequence_ids[batch_idx, kv_idx]) & (block >= 0)

    return same_block


def maybe_pad_block_sequence_ids(
    block_sequence_ids: torch.Tensor, attention_mask: torch.Tensor | None, kv_length: int, kv_offset: int
) -> torch.Tensor:
    """Blocks for all keys: those that are beyond have none."""
    missing = kv_length + kv_offset - block_sequence_ids.shape[-1]
    return torch.nn.functional.pad(block_sequence_ids, (0, missing), value=-1) if missing > 0 else block_sequence_ids


def create_recurrent_attention_mask(
    config: Any, inputs_embeds: torch.Tensor, attention_mask: Any, past_key_values: Any = None, **kwargs: Any
) -> torch.Tensor | None:
    """The padding [batch, length] of the tokens that are fed, for recurrent layers; None where nothing is padded."""
    if attention_mask is None or attention_mask.ndim != 2 or inputs_embeds.shape[1] == 1:
        return None
    if not is_tracing(attention_mask) and torch.all(attention_mask == 1):
        return None
    return attention_mask[:, -inputs_embeds.shape[1] :].contiguous()  # type: ignore[no-any-return]


def create_bidirectional_mask(
    config: Any,
    inputs_embeds: torch.Tensor,
    attention_mask: torch.Tensor | None,
    encoder_hidden_states: torch.Tensor | None = None,
    past_key_values: Any = None,
    or_mask_function: Mask | None = None,
    and_mask_function: Mask | None = None,
    allow_is_bidirectional_skip: bool = True,
    **kwargs: Any,
) -> Any:
    """A mask that hides padding alone, in the form of the attention implementation; None where nothing is hidden.

    Args:
        inputs_embeds: [batch, length, size], of the queries.
        attention_mask: [batch, length of the keys]; one of four dimensions is given back as it is.
        encoder_hidden_states: of the keys, where they are others.
    """
    return _bidirectional(
        config,
        inputs_embeds,
        attention_mask,
        encoder_hidden_states,
        past_key_values,
        _first_layer(past_key_values, sliding=False),
        bidirectional_mask_function,
        None,
        or_mask_function,
        and_mask_function,
        allow_is_bidirectional_skip,
    )


def create_bidirectional_sliding_window_mask(
    config: Any,
    inputs_embeds: torch.Tensor,
    attention_mask: torch.Tensor | None,
    encoder_hidden_states: torch.Tensor | None = None,
    past_key_values: Any = None,
    or_mask_function: Mask | None = None,
    and_mask_function: Mask | None = None,
    allow_is_bidirectional_skip: bool = True,
    **kwargs: Any,
) -> Any:
    """As `create_bidirectional_mask`, for keys that are at most `config.sliding_window` away.

    Raises:
        ValueError: the configuration has no `sliding_window`.
    """
    window = getattr(config, "sliding_window", None)
    if window is None and not _is_ready(config, attention_mask):
        raise ValueError("Could not find a `sliding_window` argument in the config, or it is not set")
    return _bidirectional(
        config,
        inputs_embeds,
        attention_mask,
        encoder_hidden_states,
        past_key_values,
        _first_layer(past_key_values, sliding=True),
        None if window is None else sliding_window_bidirectional_mask_function(window),
        window,
        or_mask_function,
        and_mask_function,
        allow_is_bidirectional_skip,
    )


def _bidirectional(
    config: Any,
    inputs_embeds: torch.Tensor,
    attention_mask: Any,
    encoder_hidden_states: torch.Tensor | None,
    cache: Any,
    layer: int,
    function: Any,
    window: int | None,
    or_mask_function: Mask | None,
    and_mask_function: Mask | None,
    may_skip: bool,
) -> Any:
    if _is_ready(config, attention_mask):
        return attention_mask if _is_full(attention_mask) else None
    device = inputs_embeds.device
    if attention_mask is not None and attention_mask.ndim == 2:
        attention_mask = attention_mask.to(device=device, dtype=torch.bool)
    positions = positions_of(inputs_embeds, cache)
    if cache is not None:
        keys, offset = cache.get_mask_sizes(positions, layer)
    else:
        others = inputs_embeds if encoder_hidden_states is None else encoder_hidden_states
        keys, offset = others.shape[1] if attention_mask is None else attention_mask.shape[-1], 0
    if or_mask_function is not None:
        function, may_skip = masking_utils.or_masks(function, or_mask_function), False
    if and_mask_function is not None:
        function, may_skip = masking_utils.and_masks(function, and_mask_function), False
    implementation = config._attn_implementation
    if may_skip and implementation in ("eager", "sdpa") and _hides_nothing(attention_mask, keys, offset, window):
        return None
    embeds = inputs_embeds if encoder_hidden_states is None else encoder_hidden_states
    return masking_utils.ALL_MASK_ATTENTION_FUNCTIONS[implementation](
        batch_size=embeds.shape[0],
        cache_position=positions,
        kv_length=keys,
        kv_offset=offset,
        mask_function=function,
        attention_mask=attention_mask,
        allow_is_causal_skip=False,
        local_size=window,
        dtype=embeds.dtype,
        config=config,
    )


def _hides_nothing(padding: torch.Tensor | None, keys: int, offset: int, window: int | None) -> bool:
    if window is not None and keys >= window:
        return False
    if padding is None:
        return not is_tracing()
    return padding.shape[-1] >= keys + offset and not is_tracing(padding) and bool(padding.all())


def _is_full(attention_mask: Any) -> bool:
    return attention_mask is not None and len(attention_mask.shape) == 4


def _is_ready(config: Any, attention_mask: Any) -> bool:
    """Whether no mask is to be made: it is there, or the attention makes its own."""
    return _is_full(attention_mask) or config._attn_implementation not in masking_utils.ALL_MASK_ATTENTION_FUNCTIONS


def _first_layer(cache: Any, *, sliding: bool) -> int:
    kinds = getattr(cache, "is_sliding", None) or []
    return kinds.index(sliding) if sliding in kinds else 0


def positions_of(inputs_embeds: torch.Tensor, cache: Any) -> torch.Tensor:
    seen = 0 if cache is None else cache.get_seq_length()
    return torch.arange(inputs_embeds.shape[1], device=inputs_embeds.device) + seen
