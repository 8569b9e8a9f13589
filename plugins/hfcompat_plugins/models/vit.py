"""The parts of ViT's layers from before they were renamed: attention without and with the output projection, and the
two halves of the feed-forward network."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import torch
from torch import nn

__all__ = [
    "ViTIntermediate",
    "ViTOutput",
    "ViTSdpaAttention",
    "ViTSdpaSelfAttention",
    "ViTSelfAttention",
    "ViTSelfOutput",
]


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


class ViTSdpaSelfAttention(ViTSelfAttention):
    """Bound to `torch.nn.functional.scaled_dot_product_attention`, whatever the config says."""

    def __init__(self, config: Any) -> None:
        super().__init__(config)
        self.attention_probs_dropout_prob = config.attention_probs_dropout_prob

    def forward(  # type: ignore[override]
        self, hidden_states: torch.Tensor, head_mask: torch.Tensor | None = None, output_attentions: bool = False
    ) -> tuple[torch.Tensor, ...]:
        """Context (batch, length, features), and the probabilities (batch, heads, length, length) or None.

        Args:
            head_mask: multiplied with the probabilities, which are worked out by hand then; if `output_attentions` is
                false all the same, the context comes alone.
        """
        if output_attentions or head_mask is not None:
            return super().forward(hidden_states, head_mask, output_attentions)
        query = self.transpose_for_scores(self.query(hidden_states))
        key = self.transpose_for_scores(self.key(hidden_states))
        value = self.transpose_for_scores(self.value(hidden_states))
        dropout = self.dropout_prob if self.training else 0.0
        context = nn.functional.scaled_dot_product_attention(query, key, value, dropout_p=dropout)
        return context.transpose(1, 2).flatten(2), None  # type: ignore[return-value]


class ViTSelfOutput(nn.Module):
    """The projection behind self-attention; the residual is added by the layer."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, hidden_states: torch.Tensor, input_tensor: torch.Tensor | None = None) -> torch.Tensor:
        """(batch, length, features) to the same; `input_tensor` is not looked at."""
        return self.dropout(self.dense(hidden_states))


class ViTSdpaAttention(nn.Module):
    """Self-attention by sdpa, with the projection behind it: `attention` and `output`."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.attention, self.output = ViTSdpaSelfAttention(config), ViTSelfOutput(config)

    def forward(
        self, hidden_states: torch.Tensor, head_mask: torch.Tensor | None = None, output_attentions: bool = False
    ) -> tuple[torch.Tensor, ...]:
        """As `ViTSdpaSelfAttention`, but projected."""
        context, *rest = self.attention(hidden_states, head_mask, output_attentions)
        return (self.output(context, hidden_states), *rest)


class ViTIntermediate(nn.Module):
    """The first half of the feed-forward network, with its activation."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        from transformers.activations import ACT2FN

        self.dense = nn.Linear(config.hidden_size, config.intermediate_size)
        self.intermediate_act_fn = (
            ACT2FN[config.hidden_act] if isinstance(config.hidden_act, str) else config.hidden_act
        )

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """(..., hidden size) to (..., intermediate size)."""
        return self.intermediate_act_fn(self.dense(hidden_states))


class ViTOutput(nn.Module):
    """The second half of the feed-forward network, with the residual."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.dense = nn.Linear(config.intermediate_size, config.hidden_size)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, hidden_states: torch.Tensor, input_tensor: torch.Tensor) -> torch.Tensor:
        """(..., intermediate size) and the residual (..., hidden size) to (..., hidden size)."""
        return self.dropout(self.dense(hidden_states)) + input_tensor


def __getattr__(name: str) -> Any:
    if name == "VIT_ATTENTION_CLASSES":
        return _classes()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


@cache
def _classes() -> dict[str, Any]:
    from transformers.models.vit.modeling_vit import ViTAttention

    return {"eager": ViTAttention, "sdpa": ViTSdpaAttention}
