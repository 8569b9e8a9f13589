"""CLIP's attention classes, one a backend, with the two masks and the answer of transformers 4.51."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins.models.attention import flash_attention, require_flash_attention
from torch import nn
from transformers.models.clip.modeling_clip import CLIPAttention

__all__ = ["CLIP_ATTENTION_CLASSES", "CLIPFlashAttention2", "CLIPSdpaAttention"]


class CLIPSdpaAttention(CLIPAttention):
    """`torch.nn.functional.scaled_dot_product_attention`; weights are worked out by hand when they are asked for."""

    def forward(  # type: ignore[override]
        self,
        hidden_states: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        causal_attention_mask: torch.Tensor | None = None,
        output_attentions: bool | None = False,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The output (batch, length, features), and the weights (batch, heads, length, length) or None.

        Args:
            hidden_states: (batch, length, features).
            attention_mask: (batch, 1, length, length), added to the scores; so is `causal_attention_mask`. Flash
                attention takes (batch, length), 1 for tokens, 0 for padding, and only asks whether the other is there.
        """
        query, key, value = (self._heads(part(hidden_states)) for part in (self.q_proj, self.k_proj, self.v_proj))
        context, weights = self._attend(query, key, value, attention_mask, causal_attention_mask, output_attentions)
        return self.out_proj(context.transpose(1, 2).flatten(2)), weights

    def _heads(self, states: torch.Tensor) -> torch.Tensor:
        return states.view(*states.shape[:-1], -1, self.head_dim).transpose(1, 2)

    def _attend(self, query: Any, key: Any, value: Any, mask: Any, causal: Any, wanted: bool | None) -> Any:
        if causal is not None:
            mask = causal if mask is None else mask + causal
        dropout = self.dropout if self.training else 0.0
        if not wanted:
            return nn.functional.scaled_dot_product_attention(
                query, key, value, attn_mask=mask, dropout_p=dropout, scale=self.scale
            ), None
        scores = query * self.scale @ key.transpose(2, 3)
        weights = nn.functional.softmax(scores if mask is None else scores + mask, dim=-1)
        return nn.functional.dropout(weights, p=dropout, training=self.training) @ value, weights


class CLIPFlashAttention2(CLIPSdpaAttention):
    """flash-attn 2; ImportError when it is made where flash-attn is missing. There are never weights."""

    def __init__(self, config: Any) -> None:
        require_flash_attention(type(self).__name__)
        super().__init__(config)

    def _attend(self, query: Any, key: Any, value: Any, mask: Any, causal: Any, wanted: bool | None) -> Any:
        dropout = self.dropout if self.training else 0.0
        context = flash_attention(self, query, key, value, mask, dropout, self.scale, is_causal=causal is not None)
        return context.transpose(1, 2), None


CLIP_ATTENTION_CLASSES = {
    "eager": CLIPAttention,
    "flash_attention_2": CLIPFlashAttention2,
    "sdpa": CLIPSdpaAttention,
}
