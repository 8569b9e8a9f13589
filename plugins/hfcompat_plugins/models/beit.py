"""BEiT's self-attention from before its layers were rewritten in 5.9, with the call of transformers 4.57."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from transformers.models.beit.modeling_beit import BeitRelativePositionBias

__all__ = ["BEIT_SELF_ATTENTION_CLASSES", "BeitSdpaSelfAttention", "BeitSelfAttention"]


class BeitSelfAttention(nn.Module):
    """Self-attention with the parameter names `query`, `key` (which has no bias) and `value` of checkpoints.

    Args:
        window_size: patches of an image, as (rows, columns): then the layer learns what distances add to the scores.

    Raises:
        ValueError: when the heads do not divide the hidden size.
    """

    def __init__(self, config: Any, window_size: tuple[int, int] | None = None) -> None:
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
        self.query = nn.Linear(config.hidden_size, self.all_head_size)
        self.key = nn.Linear(config.hidden_size, self.all_head_size, bias=False)
        self.value = nn.Linear(config.hidden_size, self.all_head_size)
        self.dropout = nn.Dropout(config.attention_probs_dropout_prob)
        self.has_relative_position_bias = bool(window_size)
        if window_size:
            self.relative_position_bias = _RelativePositionBias(config, window_size)

    def transpose_for_scores(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, length, features) to (batch, heads, length, features of a head)."""
        return x.view(*x.shape[:-1], self.num_attention_heads, self.attention_head_size).transpose(1, 2)

    def forward(
        self,
        hidden_states: torch.Tensor,
        head_mask: torch.Tensor | None = None,
        output_attentions: bool = False,
        relative_position_bias: torch.Tensor | None = None,
        interpolate_pos_encoding: bool = False,
        resolution: tuple[int, int] | None = None,
    ) -> tuple[torch.Tensor, ...]:
        """Context (batch, length, features), and the probabilities (batch, heads, length, length) if asked for.

        Args:
            head_mask: multiplied with the probabilities; 0 takes a head out.
            relative_position_bias: (1, heads, length, length), added to the scores; what all layers share.
            resolution: height and width of the pictures, for a layer with a window.
        """
        bias = self._bias(hidden_states, relative_position_bias, interpolate_pos_encoding, resolution)
        query, key, value = (
            self.transpose_for_scores(part(hidden_states)) for part in (self.query, self.key, self.value)
        )
        return self._attend(query, key, value, bias, head_mask, output_attentions)

    def _bias(self, states: torch.Tensor, shared: Any, interpolate: bool, resolution: Any) -> torch.Tensor | None:
        if not self.has_relative_position_bias:
            return shared
        height, width = resolution
        window = (height // self.config.patch_size, width // self.config.patch_size)
        own = self.relative_position_bias(window, interpolate, dim_size=states.shape[1])
        return own if shared is None else own + shared

    def _attend(self, query: Any, key: Any, value: Any, bias: Any, head_mask: Any, wanted: bool) -> Any:
        scores = query @ key.transpose(-1, -2) / math.sqrt(self.attention_head_size)
        weights = self.dropout(nn.functional.softmax(scores if bias is None else scores + bias, dim=-1))
        if head_mask is not None:
            weights = weights * head_mask
        context = (weights @ value).transpose(1, 2).flatten(2)
        return (context, weights) if wanted else (context,)


class BeitSdpaSelfAttention(BeitSelfAttention):
    """`torch.nn.functional.scaled_dot_product_attention`; probabilities and head masks are worked out by hand."""

    def _attend(self, query: Any, key: Any, value: Any, bias: Any, head_mask: Any, wanted: bool) -> Any:
        if wanted or head_mask is not None:
            return super()._attend(query, key, value, bias, head_mask, wanted)
        dropout = self.config.attention_probs_dropout_prob if self.training else 0.0
        context = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=bias, dropout_p=dropout)
        return context.transpose(1, 2).flatten(2), None


class _RelativePositionBias(BeitRelativePositionBias):
    """The runtime's, which takes its window from the config."""

    def __init__(self, config: Any, window_size: tuple[int, int]) -> None:
        nn.Module.__init__(self)
        self.window_size = window_size
        self.num_relative_distance = (2 * window_size[0] - 1) * (2 * window_size[1] - 1) + 3
        self.relative_position_bias_table = nn.Parameter(
            torch.zeros(self.num_relative_distance, config.num_attention_heads)
        )


BEIT_SELF_ATTENTION_CLASSES = {"eager": BeitSelfAttention, "sdpa": BeitSdpaSelfAttention}
