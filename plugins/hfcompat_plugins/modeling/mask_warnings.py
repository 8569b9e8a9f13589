"""What `transformers.modeling_attn_mask_utils` knows as `warnings`: no compiled graph can hold a warning."""

from __future__ import annotations

import warnings as real
from typing import Any

import torch


class warnings:
    """In eager mode it warns as ever."""

    @staticmethod
    def warn(message: Any, category: Any = None, stacklevel: int = 1, source: Any = None) -> None:
        if not torch.compiler.is_compiling():
            real.warn(message, category, stacklevel + 1, source)
