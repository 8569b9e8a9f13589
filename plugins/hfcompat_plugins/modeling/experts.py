"""Mixtures of experts whose sizes the grouped matrix product of torch does not take."""

from __future__ import annotations

from typing import Any

import torch

_ALIGNED = 16  # bytes


def where_aligned(original: Any) -> Any:
    """`_can_use_grouped_mm`, false also where torch refuses the strides; then the product is made in a loop.

    What one product of an expert gives is what the next takes, so of such a model some product has always raised.
    """

    def _can_use_grouped_mm(input: torch.Tensor, weight: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        sizes = [stride for tensor in (input, weight) for stride in tensor.stride()[-2:] if stride != 1]
        if torch.is_grad_enabled() and (input.requires_grad or weight.requires_grad):
            sizes += weight.shape[-2:]  # which the backward pass has for strides
        if any(stride * weight.element_size() % _ALIGNED for stride in sizes):
            return False
        return original(input, weight, *args, **kwargs)

    return _can_use_grouped_mm
