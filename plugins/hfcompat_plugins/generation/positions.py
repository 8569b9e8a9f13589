"""Positions of tokens in a batch that is padded on the right.

Up to 5.1 they were counted anew at every step, over the attention mask; since 5.2 each is the one before it plus one,
and what is padding has position 0, where it had 1. With padding on the left both give the same.
"""

from __future__ import annotations

from typing import Any

import torch


def _counted(mask: torch.Tensor) -> torch.Tensor:
    """Positions by an attention mask, both of shape (batch, length)."""
    positions = mask.long().cumsum(-1) - 1
    return positions.masked_fill(mask == 0, 1)


def counting(original: Any) -> Any:
    """`GenerationMixin._prepare_position_ids_for_generation`, where the mask says what the positions are."""

    def _prepare_position_ids_for_generation(self: Any, inputs_tensor: Any, model_kwargs: dict[str, Any]) -> Any:
        positions = original(self, inputs_tensor, model_kwargs)
        mask = model_kwargs.get("attention_mask")
        return _counted(mask) if _fits(positions, mask) else positions

    return _prepare_position_ids_for_generation


def counting_on(original: Any) -> Any:
    """`GenerationMixin._update_model_kwargs_for_generation`, which counts positions on where they were counted."""

    def _update_model_kwargs_for_generation(
        self: Any, outputs: Any, model_kwargs: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        positions, mask = model_kwargs.get("position_ids"), model_kwargs.get("attention_mask")
        counted = _fits(positions, mask) and torch.equal(positions, _counted(mask))
        updated = original(self, outputs, model_kwargs, *args, **kwargs)
        if counted and _fits(updated.get("position_ids"), updated.get("attention_mask")):
            updated["position_ids"] = _counted(updated["attention_mask"])
        return updated

    return _update_model_kwargs_for_generation


def _fits(positions: Any, mask: Any) -> bool:
    """Whether both are there, one position for each entry of the mask."""
    tensors = isinstance(positions, torch.Tensor) and isinstance(mask, torch.Tensor)
    return tensors and positions.dim() == 2 and positions.shape == mask.shape
