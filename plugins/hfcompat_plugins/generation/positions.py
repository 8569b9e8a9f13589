"""Positions of tokens: after what is in a cache, and in a batch that is padded on the right.

Up to 5.1 the latter were counted anew at every step, over the attention mask; since 5.2 each is the one before it plus
one, and what is padding has position 0, where it had 1. With padding on the left both give the same.
"""

from __future__ import annotations

from typing import Any

import torch


def past_length(past: Any) -> int:
    """How many tokens are in a cache, or in tensors nested in tuples; 0 where that cannot be told."""
    if past is None:
        return 0
    if hasattr(past, "get_seq_length"):
        return int(past.get_seq_length())
    try:
        return int(past[0][0].shape[2])
    except (TypeError, IndexError, AttributeError):  # states of a layout of the model's own
        return 0


def of_prompt(config: Any, model_kwargs: dict[str, Any], length: int, device: Any) -> torch.Tensor:
    """`cache_position` of a prompt of `length` ids, or of its embeddings: of what is not in the cache yet."""
    embeds = model_kwargs.get("decoder_inputs_embeds" if config.is_encoder_decoder else "inputs_embeds")
    length = length if embeds is None else embeds.shape[1]
    return torch.arange(past_length(model_kwargs.get("past_key_values")), length, device=device)


def counted(mask: torch.Tensor) -> torch.Tensor:
    """Positions by an attention mask, both of shape (batch, length)."""
    positions = mask.long().cumsum(-1) - 1
    return positions.masked_fill(mask == 0, 1)


def counting(original: Any) -> Any:
    """`GenerationMixin._prepare_position_ids_for_generation`, where the mask says what the positions are."""

    def _prepare_position_ids_for_generation(self: Any, inputs_tensor: Any, model_kwargs: dict[str, Any]) -> Any:
        positions = original(self, inputs_tensor, model_kwargs)
        mask = model_kwargs.get("attention_mask")
        return counted(mask) if _fits(positions, mask) else positions

    return _prepare_position_ids_for_generation


def counting_on(original: Any) -> Any:
    """`GenerationMixin._update_model_kwargs_for_generation`, which counts positions on where they were counted."""

    def _update_model_kwargs_for_generation(
        self: Any, outputs: Any, model_kwargs: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        positions, mask = model_kwargs.get("position_ids"), model_kwargs.get("attention_mask")
        are_counted = _fits(positions, mask) and torch.equal(positions, counted(mask))
        updated = original(self, outputs, model_kwargs, *args, **kwargs)
        if are_counted and _fits(updated.get("position_ids"), updated.get("attention_mask")):
            updated["position_ids"] = counted(updated["attention_mask"])
        return updated

    return _update_model_kwargs_for_generation


def _fits(positions: Any, mask: Any) -> bool:
    """Whether both are there, one position for each entry of the mask."""
    tensors = isinstance(positions, torch.Tensor) and isinstance(mask, torch.Tensor)
    return tensors and positions.dim() == 2 and positions.shape == mask.shape
