"""Constructors and methods that changed on classes that are still there."""

from __future__ import annotations

from typing import Any

import torch

__all__ = ["coder_with_embeddings", "stack_with_embeddings", "transpose_for_scores"]


def stack_with_embeddings(original: Any) -> Any:
    """`T5Stack.__init__`, and those like it, that also takes the embeddings that the stack shares."""

    def __init__(self: Any, config: Any, *args: Any, **kwargs: Any) -> None:
        shared = args[0] if args else kwargs.pop("embed_tokens", None)
        original(self, config, *args[1:], **kwargs)
        if shared is not None:
            self.embed_tokens = shared

    return __init__


def coder_with_embeddings(original: Any) -> Any:
    """`BartEncoder.__init__`, and those like it, that also takes embeddings, whose weight it shares."""

    def __init__(self: Any, config: Any, *args: Any, **kwargs: Any) -> None:
        shared = args[0] if args else kwargs.pop("embed_tokens", None)
        original(self, config, *args[1:], **kwargs)
        if shared is not None:
            self.embed_tokens.weight = shared.weight

    return __init__


def transpose_for_scores(self: Any, x: torch.Tensor) -> torch.Tensor:
    """(batch, length, features) to (batch, heads, length, features of a head)."""
    return x.view(*x.shape[:-1], self.num_attention_heads, self.attention_head_size).transpose(1, 2)
