"""The self-attention classes of BERT and its kin that were bound to torch's sdpa: `BertSdpaSelfAttention` and others.

They are made when they are asked for, from the runtime's own class of the family, with the call and the answer of
transformers 4.49: keys and values are tuples, and come last where the layer is a decoder's.
"""

from __future__ import annotations

import importlib
import math
from functools import cache
from typing import Any

import torch
from torch import nn

__all__ = ["AlbertSdpa", "SdpaSelfAttention", "require_contiguous_qkv"]

require_contiguous_qkv = False  # sdpa of torch before 2.2 needed it


class SdpaSelfAttention:
    """Goes in front of a runtime's self-attention class, whose projections it uses."""

    _can_decode = True
    require_contiguous_qkv = require_contiguous_qkv

    def __init__(self, config: Any, position_embedding_type: str | None = None, **kwargs: Any) -> None:
        """Raises ValueError when the heads do not divide the hidden size."""
        super().__init__(config, **kwargs)
        kind = position_embedding_type or getattr(config, "position_embedding_type", None) or "absolute"
        self.position_embedding_type = kind
        self.is_decoder = self._can_decode and getattr(config, "is_decoder", False)
        self.dropout_prob = config.attention_probs_dropout_prob
        if kind in ("relative_key", "relative_key_query"):
            self.max_position_embeddings = config.max_position_embeddings
            size = config.hidden_size // config.num_attention_heads
            self.distance_embedding = nn.Embedding(2 * config.max_position_embeddings - 1, size)

    def transpose_for_scores(self: Any, x: torch.Tensor) -> torch.Tensor:
        """(batch, length, features) to (batch, heads, length, features of a head)."""
        return x.view(*x.shape[:-1], self.num_attention_heads, self.attention_head_size).transpose(1, 2)

    def forward(
        self: Any,
        hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        head_mask: torch.Tensor | None = None,
        encoder_hidden_states: torch.Tensor | None = None,
        encoder_attention_mask: torch.Tensor | None = None,
        past_key_value: tuple[torch.Tensor, torch.Tensor] | None = None,
        output_attentions: bool | None = False,
    ) -> tuple[Any, ...]:
        """Attend to the tokens themselves and those before them, or to the states of an encoder.

        Args:
            hidden_states: (batch, length, features).
            attention_mask: (batch, 1, 1 or length, keys), added to the scores; so is `encoder_attention_mask`.
            head_mask: multiplied with the weights; 0 takes a head out.
            encoder_hidden_states: (batch, keys, features): then this is cross-attention.
            past_key_value: keys and values so far, each (batch, heads, keys, features of a head).

        Returns:
            The context (batch, length, features), the weights (batch, heads, length, keys) where they are asked for,
            and the keys and values where the layer is a decoder's.
        """
        across = encoder_hidden_states is not None
        states = encoder_hidden_states if across else hidden_states
        mask = encoder_attention_mask if across else attention_mask
        query = self.transpose_for_scores(self.query(hidden_states))
        if across and past_key_value is not None and past_key_value[0].shape[2] == states.shape[1]:
            key, value = past_key_value
        else:
            key, value = self.transpose_for_scores(self.key(states)), self.transpose_for_scores(self.value(states))
            if past_key_value is not None and not across:
                key = torch.cat((past_key_value[0], key), 2)
                value = torch.cat((past_key_value[1], value), 2)
        if self.position_embedding_type != "absolute" or output_attentions or head_mask is not None:
            scores = query @ key.transpose(2, 3) + self._distances(query, key, past_key_value is not None)
            weights = _weights(scores / math.sqrt(self.attention_head_size), mask, self._dropout(), head_mask)
            answer = (_merged(weights @ value),) + ((weights,) if output_attentions else ())
        else:
            causal = True if self.is_decoder and not across and mask is None and query.shape[2] > 1 else False  # noqa: SIM210
            dropout = self.dropout_prob if self.training else 0.0
            answer = (_merged(_sdpa(query, key, value, mask, dropout, causal)),)
        return (*answer, (key, value)) if self.is_decoder else answer

    def _dropout(self: Any) -> nn.Dropout:
        return self.dropout

    def _distances(self: Any, query: torch.Tensor, key: torch.Tensor, cached: bool) -> Any:
        """What the distances between tokens add to the scores."""
        if self.position_embedding_type == "absolute":
            return 0.0
        keys = torch.arange(key.shape[2], device=query.device)
        queries = keys[-1:] if cached else torch.arange(query.shape[2], device=query.device)
        distances = queries[:, None] - keys[None] + self.max_position_embeddings - 1
        embedded = self.distance_embedding(distances).to(query.dtype)
        added = torch.einsum("bhld,lrd->bhlr", query, embedded)
        if self.position_embedding_type == "relative_key_query":
            added = added + torch.einsum("bhrd,lrd->bhlr", key, embedded)
        return added


class AlbertSdpa(SdpaSelfAttention):
    """ALBERT's attention has the output projection and the normalisation in it, and is no decoder's."""

    _can_decode = False

    def _dropout(self: Any) -> nn.Dropout:
        return self.attention_dropout

    def forward(  # type: ignore[override]
        self: Any,
        hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        head_mask: torch.Tensor | None = None,
        output_attentions: bool = False,
    ) -> tuple[torch.Tensor, ...]:
        """The states (batch, length, features), and the weights (batch, heads, length, keys) if they are asked for."""
        context, *weights = super().forward(
            hidden_states, attention_mask, head_mask, output_attentions=output_attentions
        )
        projected = self.output_dropout(self.dense(context))
        return (self.LayerNorm(hidden_states + projected), *weights)


def _weights(scores: torch.Tensor, mask: torch.Tensor | None, dropout: Any, head_mask: Any) -> torch.Tensor:
    weights = dropout(nn.functional.softmax(scores if mask is None else scores + mask, dim=-1))
    return weights if head_mask is None else weights * head_mask


def _sdpa(query: Any, key: Any, value: Any, mask: Any, dropout: float, causal: bool) -> torch.Tensor:
    return nn.functional.scaled_dot_product_attention(
        query, key, value, attn_mask=mask, dropout_p=dropout, is_causal=causal
    )


def _merged(context: torch.Tensor) -> torch.Tensor:
    return context.transpose(1, 2).flatten(2)


_CLASSES = {
    "AlbertSdpaAttention": ("albert", "AlbertAttention", AlbertSdpa),
    "BertSdpaSelfAttention": ("bert", "BertSelfAttention", SdpaSelfAttention),
    "CamembertSdpaSelfAttention": ("camembert", "CamembertSelfAttention", SdpaSelfAttention),
    "RobertaSdpaSelfAttention": ("roberta", "RobertaSelfAttention", SdpaSelfAttention),
    "XLMRobertaSdpaSelfAttention": ("xlm_roberta", "XLMRobertaSelfAttention", SdpaSelfAttention),
    "XLMRobertaXLSdpaSelfAttention": ("xlm_roberta_xl", "XLMRobertaXLSelfAttention", SdpaSelfAttention),
}

_TABLES = {
    "ALBERT_ATTENTION_CLASSES": "AlbertSdpaAttention",
    "BERT_SELF_ATTENTION_CLASSES": "BertSdpaSelfAttention",
    "CAMEMBERT_SELF_ATTENTION_CLASSES": "CamembertSdpaSelfAttention",
    "ROBERTA_SELF_ATTENTION_CLASSES": "RobertaSdpaSelfAttention",
    "XLM_ROBERTA_SELF_ATTENTION_CLASSES": "XLMRobertaSdpaSelfAttention",
    "XLMROBERTAXL_SELF_ATTENTION_CLASSES": "XLMRobertaXLSdpaSelfAttention",
}


@cache
def __getattr__(name: str) -> Any:
    sdpa = _TABLES.get(name, name)
    if sdpa not in _CLASSES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    family, native, ours = _CLASSES[sdpa]
    eager = getattr(importlib.import_module(f"transformers.models.{family}.modeling_{family}"), native)
    if name in _TABLES:
        return {"eager": eager, "sdpa": __getattr__(sdpa)}
    return type(name, (ours, eager), {"__module__": __name__, "__doc__": f"See `{ours.__name__}`."})
