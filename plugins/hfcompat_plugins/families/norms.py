"""apex's RMS norm, whose kernel knows some pairs of dtypes and no others."""

from __future__ import annotations

from typing import Any

import torch

_REFUSED = ("not implemented for", "expected scalar type")


def forward(original: Any) -> Any:
    """`FusedRMSNorm.forward`, which without a kernel for the dtypes computes what it computes off the GPU."""

    def forward(self: Any, input: torch.Tensor) -> torch.Tensor:
        try:
            return original(self, input)
        except RuntimeError as error:
            if not any(text in str(error) for text in _REFUSED):
                raise
        return _rms_norm(input, self.weight, len(self.normalized_shape), self.eps)

    return forward


def _rms_norm(states: torch.Tensor, weight: torch.Tensor | None, dimensions: int, eps: float) -> torch.Tensor:
    """(..., *shape) -> the same; mean in float32, the product in the weight's dtype where that is a half."""
    mean = states.float().square().mean(tuple(range(-dimensions, 0)), keepdim=True)
    states = states * torch.rsqrt(mean + eps)
    if weight is None:
        return states
    return weight * (states.to(weight.dtype) if weight.dtype in (torch.float16, torch.bfloat16) else states)
