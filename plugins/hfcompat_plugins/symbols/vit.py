"""ViT's self-attention without the output projection, from before queries, keys and values were renamed."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn

__all__ = ["ViTSelfAttention"]


class ViTSelfAttention(nn.Module):
    """Self-attention of ViT, with the parameter names `query`, `key` and `value` of checkpoints.

    Raises:
        ValueError: when the heads do not divide the hidden size.
    """

    def __init__(self, config: Any) -> None:
        super().__init__()
        if config.hidden_size % config.num_attention_heads != 0 and not hasattr(config, "embedding_size"):
            raise ValueError(
                f"The hidden size {config.hidden_size} is not a multiple of the number of attention heads "
                f"{config.num_attention_heads}."
            )
        self.config = config
        self.num_attention_heads = config.num_attention_heads
        self.attention_head_size = config.hidden_size // config.num_attention_heads
        self.all_head_size = self.num_attention_heads * self.attention_head_size
        self.dropout_prob = config.attention_probs_dropout_prob
        self.scaling = self.attention_head_size**-0.5
        self.is_causal = False
        self.query = nn.Linear(config.hidden_size, self.all_head_size, bias=config.qkv_bias)
        self.key = nn.Linear(config.hidden_size, self.all_head_size, bias=config.qkv_bias)
        self.value = nn.Linear(config.hidden_size, self.all_head_size, bias=config.qkv_bias)
        self.dropout = nn.Dropout(self.dropout_prob)

    def transpose_for_scores(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, length, features) to (batch, heads, length, features of a head)."""
        return x.view(*x.shape[:-1], self.num_attention_heads, self.attention_head_size).transpose(1, 2)

    def forward(
        self,
        hidden_states: torch.Tensor,
        head_mask: torch.Tensor | None = None,
        output_attentions: bool | None = None,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, ...]:
        """Context (batch, length, features), and the attention probabilities (batch, heads, length, length).

        Args:
            head_mask: multiplied with the probabilities; 0 takes a head out.
            output_attentions: False leaves the probabilities out of the tuple, as up to transformers 4.52. When it is
                not given the tuple has two elements, as since 4.53; the second is None unless attention is eager.
        """
        query = self.transpose_for_scores(self.query(hidden_states))
        key = self.transpose_for_scores(self.key(hidden_states))
        value = self.transpose_for_scores(self.value(hidden_states))
        probabilities = None
        eager = getattr(self.config, "_attn_implementation", None) in (None, "eager")
        if eager or output_attentions or head_mask is not None:
            scores = query @ key.transpose(-1, -2) / math.sqrt(self.attention_head_size)
            probabilities = self.dropout(nn.functional.softmax(scores, dim=-1))
            if head_mask is not None:
                probabilities = probabilities * head_mask
            context = probabilities @ value
        else:
            dropout = self.dropout_prob if self.training else 0.0
            context = nn.functional.scaled_dot_product_attention(query, key, value, dropout_p=dropout)
        context = context.transpose(1, 2).reshape(*hidden_states.shape[:-1], self.all_head_size)
        return (context,) if output_attentions is False else (context, probabilities)
