"""A model that is held to backends of torch.nn.functional.scaled_dot_product_attention."""

from __future__ import annotations

from typing import Any

__all__ = ["hold"]


def hold(model: Any, methods: Any = None) -> None:
    """Hold a model to backends, in order of preference."""
    raise NotImplementedError
