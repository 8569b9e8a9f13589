"""Attention layers that are bound to a backend by their class, with the call and the answer of transformers 4.47.

Since 4.48 there is one attention class a model, its backend comes from the config, it wants `position_embeddings`,
and it answers with two values, not three.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

__all__ = ["FlashAttention2", "SdpaAttention", "VersionFourAttention", "flash_attention", "require_flash_attention"]

Answer = tuple[torch.Tensor, torch.Tensor | None, Any]


class VersionFourAttention:
    """Goes in front of a runtime's attention class, whose projections it uses; `_attend` is the backend.

    What differs from family to family is in `_project`, `_rotate`, `_merge` and `_window`.
    """

    _rotary: type[nn.Module]
    _apply_rotary: Callable[..., tuple[torch.Tensor, torch.Tensor]]  #: the family's own

    answers_two: bool = False
    """Whether a layer of today is around it, which wants two values: output and weights."""

    # Class attributes, so that a property of the same name further up the MRO cannot catch the assignments below.
    hidden_size: Any = None
    num_heads: Any = None
    num_key_value_heads: Any = None
    max_position_embeddings: Any = None
    rope_theta: Any = None

    def __init__(self, config: Any, layer_idx: int | None = None) -> None:
        super().__init__(config, layer_idx)  # type: ignore[call-arg]
        self.hidden_size = config.hidden_size
        self.num_heads = config.num_attention_heads
        self.num_key_value_heads = config.num_key_value_heads
        self.max_position_embeddings = config.max_position_embeddings
        self.rope_theta = _rope_theta(config)
        self.rotary_emb = self._rotary(config=config)

    def forward(
        self: Any,
        hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
        past_key_value: Any = None,
        output_attentions: bool = False,
        use_cache: bool = False,
        cache_position: torch.Tensor | None = None,
        position_embeddings: tuple[torch.Tensor, torch.Tensor] | None = None,
        **kwargs: Any,
    ) -> Answer | tuple[torch.Tensor, torch.Tensor | None]:
        """Attend to the tokens, and to those in the cache.

        Args:
            hidden_states: (batch, length, features).
            attention_mask: (batch, 1, length, keys), added to the scores; what flash attention takes is (batch, keys),
                1 for tokens and 0 for padding.
            position_ids: (batch, length); used where there are no `position_embeddings`.
            past_key_value: a Cache, which is updated.
            position_embeddings: cosines and sines, each (batch, length, features of a head).

        Returns:
            The output (batch, length, features), the weights (batch, heads, length, keys) or None, and the cache. A
            layer of today, which calls it `past_key_values`, gets the first two.
        """
        two = self.answers_two or "past_key_values" in kwargs
        if attention_mask is not None and attention_mask.dtype == torch.bool:  # as layers of today give it
            lowest = torch.finfo(hidden_states.dtype).min
            attention_mask = torch.zeros_like(attention_mask, dtype=hidden_states.dtype).masked_fill(
                ~attention_mask, lowest
            )
        if past_key_value is None:
            past_key_value = kwargs.pop("past_key_values", None)
        query, key, value = self._project(hidden_states)
        cos, sin = position_embeddings if position_embeddings is not None else self.rotary_emb(value, position_ids)
        query, key = self._rotate(query, key, cos, sin)
        if past_key_value is not None:
            extra = {"sin": sin, "cos": cos, "cache_position": cache_position}
            key, value = past_key_value.update(key, value, self.layer_idx, extra)
        output, weights = self._attend(query, key, value, attention_mask, output_attentions, **kwargs)
        output = self._merge(output.reshape(*hidden_states.shape[:-1], -1))
        return (output, weights) if two else (output, weights, past_key_value)

    def _project(self: Any, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Query, key and value, each (batch, heads, length, features of a head)."""
        return self._split(self.q_proj(states)), self._split(self.k_proj(states)), self._split(self.v_proj(states))

    def _split(self: Any, states: torch.Tensor) -> torch.Tensor:
        return states.view(*states.shape[:-1], -1, self.head_dim).transpose(1, 2)

    def _rotate(
        self, query: torch.Tensor, key: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return self._apply_rotary(query, key, cos, sin)

    def _merge(self: Any, states: torch.Tensor) -> torch.Tensor:
        return self.o_proj(states)

    def _dropout(self: Any) -> float:
        dropout = self.attention_dropout
        return (dropout.p if isinstance(dropout, nn.Dropout) else dropout) if self.training else 0.0

    def _window(self: Any) -> int | None:
        """How many tokens flash attention looks back; in a mask it is in the mask."""
        return None


class SdpaAttention(VersionFourAttention):
    """`torch.nn.functional.scaled_dot_product_attention`; weights are worked out by hand when they are asked for."""

    def _attend(
        self: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None,
        output_attentions: bool,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        key = key.repeat_interleave(self.num_key_value_groups, dim=1)
        value = value.repeat_interleave(self.num_key_value_groups, dim=1)
        if mask is not None:
            mask = mask[:, :, :, : key.shape[-2]]
        if output_attentions:
            scores = self._capped(query @ key.transpose(2, 3) * self.scaling)
            if mask is not None:
                scores = scores + mask
            weights = nn.functional.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)
            weights = nn.functional.dropout(weights, p=self._dropout(), training=self.training)
            return (weights @ value).transpose(1, 2), weights
        if query.device.type == "cuda" and mask is not None:
            query, key, value = query.contiguous(), key.contiguous(), value.contiguous()
        causal = True if mask is None and query.shape[2] > 1 else False  # noqa: SIM210  sdpa takes no symbolic bool
        output = nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, dropout_p=self._dropout(), is_causal=causal, scale=self.scaling
        )
        return output.transpose(1, 2), None

    def _capped(self: Any, scores: torch.Tensor) -> torch.Tensor:
        return scores


class FlashAttention2(VersionFourAttention):
    """flash-attn 2; there are never weights. Raises ImportError when made where flash-attn is missing."""

    def __init__(self, config: Any, layer_idx: int | None = None) -> None:
        require_flash_attention(type(self).__name__)
        forced = copy.copy(config)
        forced._attn_implementation = "flash_attention_2"
        super().__init__(forced, layer_idx)

    def _attend(
        self: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None,
        output_attentions: bool,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, None]:
        kwargs.setdefault("softcap", getattr(self, "attn_logit_softcapping", None))
        return flash_attention(
            self, query, key, value, mask, self._dropout(), self.scaling, sliding_window=self._window(), **kwargs
        ), None


def require_flash_attention(name: str) -> None:
    """Raises ImportError, and says what `name` needs, where flash-attn is missing."""
    from transformers.utils import is_flash_attn_2_available

    if not is_flash_attn_2_available():
        raise ImportError(
            f"{name} needs the package flash-attn and a GPU that it supports; without them, load the model with "
            "attn_implementation='sdpa'."
        )


def flash_attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    dropout: float,
    scaling: float | None,
    **options: Any,
) -> torch.Tensor:
    """The runtime's flash attention, (batch, length, heads, features of a head), of (batch, heads, length, ...)."""
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    return ALL_ATTENTION_FUNCTIONS["flash_attention_2"](
        module, query, key, value, mask, dropout=dropout, scaling=scaling, **options
    )[0]


def _rope_theta(config: Any) -> float | None:
    parameters = getattr(config, "rope_parameters", None)
    if isinstance(parameters, dict) and "rope_theta" in parameters:
        return parameters["rope_theta"]
    return getattr(config, "rope_theta", None)
