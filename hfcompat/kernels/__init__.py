"""Kernel swaps: attention, backends of scaled_dot_product_attention, Liger, and the loss; each in one model alone.

Plugins declare what there is (`hfcompat_swaps`), as data. Importing this imports no torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hfcompat.kernels.books import Attempt, attempts, undo
from hfcompat.kernels.swap import Situation, Slot, Swap

if TYPE_CHECKING:
    from hfcompat.kernels.loss import linear_cross_entropy
    from hfcompat.kernels.packing import packed_mask
    from hfcompat.kernels.registering import register_attention
    from hfcompat.kernels.wishes import swap_kernels

__all__ = [
    "Attempt",
    "Situation",
    "Slot",
    "Swap",
    "attempts",
    "linear_cross_entropy",
    "packed_mask",
    "register_attention",
    "swap_kernels",
    "undo",
]

_LAZY = {
    "linear_cross_entropy": "loss",
    "packed_mask": "packing",
    "register_attention": "registering",
    "swap_kernels": "wishes",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        import importlib

        return getattr(importlib.import_module(f"{__name__}.{_LAZY[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
