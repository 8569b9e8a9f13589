"""GPT-2's attention classes, one a backend, with the call and the answer of transformers 4.47: keys and values are
tuples, `(output, present)` comes back, and a third value behind it."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins.models.attention import flash_attention, require_flash_attention
from torch import nn
from transformers.models.gpt2.modeling_gpt2 import GPT2Attention

__all__ = ["GPT2_ATTENTION_CLASSES", "GPT2FlashAttention2", "GPT2SdpaAttention"]


class GPT2SdpaAttention(GPT2Attention):
    """`torch.nn.functional.scaled_dot_product_attention`; weights and head masks are worked out by hand."""

    def forward(  # type: ignore[override]
        self,
        hidden_states: torch.Tensor,
        layer_past: tuple[torch.Tensor, torch.Tensor] | None = None,
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
            layer_past: keys and values so far, each (batch, heads, keys, features of a head).
            attention_mask: (batch, 1, 1 or length, keys), added to the scores; so is `encoder_attention_mask`.
            head_mask: multiplied with the weights; 0 takes a head out.

        Returns:
            The output (batch, length, features), keys and values (or None without `use_cache`), and the weights
            (batch, heads, length, keys), or None.

        Raises:
            ValueError: with `encoder_hidden_states`, when the layer was not made for cross-attention.
        """
        across = encoder_hidden_states is not None
        if across:
            if not hasattr(self, "q_attn"):
                raise ValueError(f"For cross-attention, make {type(self).__name__} with is_cross_attention=True.")
            query = self.q_attn(hidden_states)
            key, value = self.c_attn(encoder_hidden_states).split(self.split_size, dim=2)
            attention_mask = encoder_attention_mask
        else:
            query, key, value = self.c_attn(hidden_states).split(self.split_size, dim=2)
        query, key, value = self._heads(query), self._heads(key), self._heads(value)
        if layer_past is not None:
            key, value = torch.cat((layer_past[0], key), 2), torch.cat((layer_past[1], value), 2)
        present = (key, value) if use_cache is True else None
        if output_attentions or head_mask is not None:
            context, weights = self._by_hand(query, key, value, attention_mask, head_mask, across)
        else:
            context, weights = self._attend(query, key, value, attention_mask, across), None
        output = self.resid_dropout(self.c_proj(context.transpose(1, 2).flatten(2)))
        if head_mask is not None and not output_attentions:
            return output, present
        return output, present, weights

    def _heads(self, states: torch.Tensor) -> torch.Tensor:
        return states.view(*states.shape[:-1], -1, self.head_dim).transpose(1, 2)

    def _attend(self, query: Any, key: Any, value: Any, mask: Any, across: bool) -> torch.Tensor:
        causal = True if mask is None and query.shape[2] > 1 and not across else False  # noqa: SIM210
        dropout = self.attn_dropout.p if self.training else 0.0
        return nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, dropout_p=dropout, is_causal=causal
        )

    def _by_hand(self, query: Any, key: Any, value: Any, mask: Any, head_mask: Any, across: bool) -> Any:
        if self.reorder_and_upcast_attn:
            with torch.amp.autocast(query.device.type, enabled=False):
                scores = query.float() @ key.float().transpose(2, 3)
        else:
            scores = query @ key.transpose(2, 3)
        if self.scale_attn_weights:
            scores = scores / value.shape[-1] ** 0.5
        if self.scale_attn_by_inverse_layer_idx:
            scores = scores / float(self.layer_idx + 1)
        if not self.is_cross_attention:
            length, keys = query.shape[2], key.shape[2]
            past = torch.ones(length, keys, dtype=torch.bool, device=query.device).tril(keys - length)
            scores = scores.masked_fill(~past, torch.finfo(scores.dtype).min)
        weights = nn.functional.softmax(scores if mask is None else scores + mask, dim=-1).to(value.dtype)
        weights = self.attn_dropout(weights)
        if head_mask is not None:
            weights = weights * head_mask
        return weights @ value, weights


class GPT2FlashAttention2(GPT2SdpaAttention):
    """flash-attn 2; ImportError when it is made where flash-attn is missing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        require_flash_attention(type(self).__name__)
        super().__init__(*args, **kwargs)

    def _attend(self, query: Any, key: Any, value: Any, mask: Any, across: bool) -> torch.Tensor:
        dropout = self.attn_dropout.p if self.training else 0.0
        return flash_attention(self, query, key, value, mask, dropout, None).transpose(1, 2)


GPT2_ATTENTION_CLASSES = {"eager": GPT2Attention, "flash_attention_2": GPT2FlashAttention2, "sdpa": GPT2SdpaAttention}
