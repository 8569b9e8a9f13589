"""DistilBERT's attention with the mask of transformers 4.57: (batch, keys), 1 for tokens, 0 for padding."""

from __future__ import annotations

import math
from typing import Any

import torch
from hfcompat_plugins.models.attention import flash_attention, require_flash_attention
from torch import nn

__all__ = [
    "DISTILBERT_ATTENTION_CLASSES",
    "DistilBertFlashAttention2",
    "DistilBertSdpaAttention",
    "MultiHeadSelfAttention",
]


class MultiHeadSelfAttention(nn.Module):
    """Attention with the parameter names `q_lin`, `k_lin`, `v_lin` and `out_lin` of checkpoints.

    Raises:
        ValueError: when the heads do not divide `config.dim`.
    """

    def __init__(self, config: Any) -> None:
        super().__init__()
        if config.dim % config.n_heads:
            raise ValueError(f"The hidden size {config.dim} is not a multiple of the number of heads {config.n_heads}.")
        self.config = config
        self.n_heads, self.dim = config.n_heads, config.dim
        self.attention_head_size = self.dim // self.n_heads
        self.dropout = nn.Dropout(p=config.attention_dropout)
        self.is_causal = False
        self.q_lin, self.k_lin, self.v_lin, self.out_lin = (nn.Linear(config.dim, config.dim) for _ in range(4))
        self.pruned_heads: set[int] = set()

    def prune_heads(self, heads: list[int]) -> None:
        """Take heads out for good; they are counted as they were before any was taken out."""
        from transformers.pytorch_utils import prune_linear_layer

        gone = set(heads) - self.pruned_heads
        if not gone:
            return
        size = self.attention_head_size
        left = sorted(set(range(self.n_heads + len(self.pruned_heads))) - self.pruned_heads)
        index = torch.tensor([i * size + j for i, head in enumerate(left) if head not in gone for j in range(size)])
        for name in ("q_lin", "k_lin", "v_lin"):
            setattr(self, name, prune_linear_layer(getattr(self, name), index))
        self.out_lin = prune_linear_layer(self.out_lin, index, dim=1)
        self.n_heads -= len(gone)
        self.dim = size * self.n_heads
        self.pruned_heads |= gone

    def forward(
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor,
        head_mask: torch.Tensor | None = None,
        output_attentions: bool = False,
    ) -> tuple[torch.Tensor, ...]:
        """Context (batch, length, dim), and the weights (batch, heads, length, keys) if they are asked for.

        Args:
            query: (batch, length, dim).
            key: (batch, keys, dim), as is `value`.
            mask: (batch, keys), 1 for tokens, 0 for padding; (batch, 1, length, keys) for sdpa, added to the scores.
            head_mask: multiplied with the weights; 0 takes a head out.
        """
        context, weights = self._attend(
            self._heads(self.q_lin(query)),
            self._heads(self.k_lin(key)),
            self._heads(self.v_lin(value)),
            mask,
            head_mask,
            output_attentions,
        )
        output = self.out_lin(context.transpose(1, 2).flatten(2))
        return (output, weights) if output_attentions else (output,)

    def _heads(self, states: torch.Tensor) -> torch.Tensor:
        return states.view(*states.shape[:-1], self.n_heads, self.dim // self.n_heads).transpose(1, 2)

    def _attend(self, query: Any, key: Any, value: Any, mask: Any, head_mask: Any, wanted: bool) -> Any:
        scores = query / math.sqrt(query.shape[-1]) @ key.transpose(2, 3)
        scores = scores.masked_fill((mask == 0)[:, None, None], torch.finfo(scores.dtype).min)
        weights = self.dropout(nn.functional.softmax(scores, dim=-1))
        if head_mask is not None:
            weights = weights * head_mask
        return weights @ value, weights


class DistilBertSdpaAttention(MultiHeadSelfAttention):
    """`torch.nn.functional.scaled_dot_product_attention`; weights and head masks are worked out by hand."""

    def _attend(self, query: Any, key: Any, value: Any, mask: Any, head_mask: Any, wanted: bool) -> Any:
        if wanted or head_mask is not None:
            return super()._attend(query, key, value, mask, head_mask, wanted)
        dropout = self.dropout.p if self.training else 0.0
        return nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, dropout_p=dropout), None


class DistilBertFlashAttention2(MultiHeadSelfAttention):
    """flash-attn 2; ImportError when it is made where flash-attn is missing. The weights are None."""

    def __init__(self, config: Any) -> None:
        require_flash_attention(type(self).__name__)
        super().__init__(config)

    def _attend(self, query: Any, key: Any, value: Any, mask: Any, head_mask: Any, wanted: bool) -> Any:
        dropout = self.config.attention_dropout if self.training else 0.0
        return flash_attention(self, query, key, value, mask, dropout, None).transpose(1, 2), None


DISTILBERT_ATTENTION_CLASSES = {
    "eager": MultiHeadSelfAttention,
    "flash_attention_2": DistilBertFlashAttention2,
    "sdpa": DistilBertSdpaAttention,
}
