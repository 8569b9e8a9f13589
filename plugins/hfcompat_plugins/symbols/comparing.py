"""isin_mps_friendly, from when torch.isin did not work on Apple's GPUs."""

from __future__ import annotations

import torch

__all__ = ["isin_mps_friendly"]


def isin_mps_friendly(elements: torch.Tensor, test_elements: torch.Tensor | int) -> torch.Tensor:
    """Which `elements` are among `test_elements`, which has at most one axis; a bool tensor, shaped as `elements`."""
    return torch.isin(elements, test_elements)
