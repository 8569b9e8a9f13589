"""The vision attention of Mllama that was bound to torch's sdpa, with the argument name of transformers 4.51."""

from __future__ import annotations

import torch
from torch import nn
from transformers.models.mllama.modeling_mllama import MllamaVisionAttention

__all__ = ["MLLAMA_VISION_ATTENTION_CLASSES", "MllamaVisionSdpaAttention"]


class MllamaVisionSdpaAttention(MllamaVisionAttention):
    """`torch.nn.functional.scaled_dot_product_attention`; weights are worked out by hand when they are asked for."""

    def forward(  # type: ignore[override]
        self,
        hidden_state: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        output_attentions: bool | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        """The output (batch, length, features), and the weights (batch, heads, length, length) or None.

        Args:
            hidden_state: (batch, length, features).
            attention_mask: (batch, 1, length, length), added to the scores.
        """
        query, key, value = (
            part(hidden_state).view(*hidden_state.shape[:-1], self.num_heads, self.head_dim).transpose(1, 2)
            for part in (self.q_proj, self.k_proj, self.v_proj)
        )
        weights = None
        if output_attentions:
            scores = query @ key.transpose(2, 3) / self.head_dim**0.5
            if attention_mask is not None:
                scores = scores + attention_mask[:, :, :, : key.shape[-2]]
            weights = nn.functional.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)
            context = weights @ value
        else:
            context = nn.functional.scaled_dot_product_attention(query, key, value, attn_mask=attention_mask)
        return self.o_proj(context.transpose(1, 2).flatten(2)), weights


MLLAMA_VISION_ATTENTION_CLASSES = {"eager": MllamaVisionAttention, "sdpa": MllamaVisionSdpaAttention}
