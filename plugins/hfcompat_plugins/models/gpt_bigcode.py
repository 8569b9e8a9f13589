"""GPT-BigCode's attention classes, one a backend, with the call and the answer of transformers 4.53: keys and values
are one tensor, behind each other in the last axis."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins.models.attention import flash_attention, require_flash_attention
from torch import nn
from transformers.models.gpt_bigcode.modeling_gpt_bigcode import GPTBigCodeAttention

__all__ = ["GPTBIGCODE_ATTENTION_CLASSES", "GPTBigCodeFlashAttention2", "GPTBigCodeSdpaAttention"]


class GPTBigCodeSdpaAttention(GPTBigCodeAttention):
    """`torch.nn.functional.scaled_dot_product_attention`; weights are worked out by hand when they are asked for."""

    def forward(  # type: ignore[override]
        self,
        hidden_states: torch.Tensor,
        layer_past: torch.Tensor | None = None,
        attention_mask: torch.Tensor | None = None,
        head_mask: torch.Tensor | None = None,
        encoder_hidden_states: torch.Tensor | None = None,
        encoder_attention_mask: torch.Tensor | None = None,
        use_cache: bool | None = False,
        output_attentions: bool | None = False,
    ) -> tuple[Any, ...]:
        """Attend to the tokens themselves and those before them, or to the states of an encoder.

        Args:
            hidden_states: (batch, length, features).
            layer_past: keys and values so far, (batch, keys, 2 * features of a head) with multi-query attention, else
                (batch, heads, keys, 2 * features of a head).
            attention_mask: (batch, 1 or heads, length, keys), added to the scores, or true where to attend.
            head_mask: refused, unless it is None.

        Returns:
            The output (batch, length, features), keys and values as in `layer_past` (or None without `use_cache`), and
            the weights (batch, heads, length, keys) where they are asked for.
        """
        if head_mask is not None:
            raise NotImplementedError(f"{type(self).__name__} takes no head mask.")
        size = self.head_dim
        if encoder_hidden_states is not None:
            if not self.is_cross_attention:
                raise ValueError(f"For cross-attention, make {type(self).__name__} with is_cross_attention=True.")
            query, both = self.q_attn(hidden_states), self.c_attn(encoder_hidden_states)
            query = query.view(*query.shape[:-1], self.num_heads, size).transpose(1, 2)
            both = both.view(*both.shape[:-1], self.num_heads, 2 * size).transpose(1, 2)
            attention_mask = encoder_attention_mask
        elif self.multi_query:
            query, both = self.c_attn(hidden_states).split((self.embed_dim, 2 * self.kv_dim), dim=2)
            query = query.view(*query.shape[:-1], self.num_heads, size).transpose(1, 2)
        else:
            every = self.c_attn(hidden_states).view(*hidden_states.shape[:2], self.num_heads, 3 * size)
            query, both = every.transpose(1, 2).split((size, 2 * size), dim=3)
        if layer_past is not None:
            both = torch.cat((layer_past, both), dim=-2)
        heads = both[:, None].expand(-1, self.num_heads, -1, -1) if both.dim() == 3 else both
        key, value = heads.split((size, size), dim=-1)
        context, weights = self._attend(query, key, value, attention_mask, output_attentions)
        output = self.resid_dropout(self.c_proj(context.transpose(1, 2).flatten(2)))
        return (output, both if use_cache else None, *((weights,) if output_attentions else ()))

    def _attend(self, query: Any, key: Any, value: Any, mask: Any, wanted: bool | None) -> Any:
        scale = self.head_dim**-0.5 if self.scale_attn_weights else 1.0
        dropout = self.attn_pdrop if self.training else 0.0
        if not wanted:
            causal = True if self.is_causal and mask is None and query.shape[2] > 1 else False  # noqa: SIM210
            return nn.functional.scaled_dot_product_attention(
                query, key, value, attn_mask=mask, dropout_p=dropout, is_causal=causal, scale=scale
            ), None
        scores = query * scale @ key.transpose(2, 3)
        if mask is not None:
            masked = scores.masked_fill(~mask, torch.finfo(scores.dtype).min) if mask.dtype == torch.bool else None
            scores = scores + mask if masked is None else masked
        precise = torch.float32 if self.attention_softmax_in_fp32 else scores.dtype
        weights = nn.functional.softmax(scores, dim=-1, dtype=precise).to(query.dtype)
        weights = nn.functional.dropout(weights, p=dropout, training=self.training)
        return weights @ value, weights


class GPTBigCodeFlashAttention2(GPTBigCodeSdpaAttention):
    """flash-attn 2; ImportError when it is made where flash-attn is missing. The weights are None."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        require_flash_attention(type(self).__name__)
        super().__init__(*args, **kwargs)

    def _attend(self, query: Any, key: Any, value: Any, mask: Any, wanted: bool | None) -> Any:
        dropout = self.attn_pdrop if self.training else 0.0
        return flash_attention(self, query, key, value, mask, dropout, None).transpose(1, 2), None


GPTBIGCODE_ATTENTION_CLASSES = {
    "eager": GPTBigCodeAttention,
    "flash_attention_2": GPTBigCodeFlashAttention2,
    "sdpa": GPTBigCodeSdpaAttention,
}
