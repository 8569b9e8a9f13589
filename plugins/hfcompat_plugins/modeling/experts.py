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
        return _aligned(input, weight) and original(input, weight, *args, **kwargs)

    return _can_use_grouped_mm


def in_a_loop(original: Any) -> Any:
    """`_grouped_linear` of 5.0 to 5.2, which know no other way than torch's product."""

    def _grouped_linear(
        input: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor | None = None,
        offs: torch.Tensor | None = None,
        is_transposed: bool = False,
    ) -> torch.Tensor:
        factors = weight if is_transposed else weight.transpose(-2, -1)
        if offs is None or _aligned(input, factors):
            return original(input, weight, bias, offs, is_transposed)  # type: ignore[no-any-return]
        ends = offs.tolist()
        parts = [input[start:end] @ factors[at] for at, (start, end) in enumerate(zip([0, *ends], ends, strict=False))]
        out = torch.cat(parts)
        return out if bias is None else out + bias

    return _grouped_linear


def _aligned(input: torch.Tensor, weight: torch.Tensor) -> bool:
    """Whether torch takes the strides, of the backward pass too where there will be one."""
    sizes = [stride for tensor in (input, weight) for stride in tensor.stride()[-2:] if stride != 1]
    if torch.is_grad_enabled() and (input.requires_grad or weight.requires_grad):
        sizes += weight.shape[-2:]  # which the backward pass has for strides
    return not any(stride * weight.element_size() % _ALIGNED for stride in sizes)
