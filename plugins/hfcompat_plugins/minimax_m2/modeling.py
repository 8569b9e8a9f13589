"""MiniMaxM2 on 4.x: Mixtral with normed, partly rotated heads and a router of sigmoids."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins import backporting
from hfcompat_plugins.backporting import attend, built_with, mixed, takes_rope_parameters
from torch import nn
from transformers.models.mixtral.configuration_mixtral import MixtralConfig
from transformers.models.mixtral.modeling_mixtral import (
    MixtralAttention,
    MixtralDecoderLayer,
    MixtralForCausalLM,
    MixtralModel,
    MixtralRMSNorm,
    MixtralSparseMoeBlock,
    apply_rotary_pos_emb,
    eager_attention_forward,
)


@takes_rope_parameters
class MiniMaxM2Config(MixtralConfig):
    model_type = "minimax_m2"
    attribute_map = {"num_experts": "num_local_experts"}

    def __init__(
        self,
        vocab_size: int = 200064,
        hidden_size: int = 3072,
        intermediate_size: int = 1536,
        num_hidden_layers: int = 62,
        num_attention_heads: int = 48,
        head_dim: int = 128,
        max_position_embeddings: int = 196608,
        rms_norm_eps: float = 1e-6,
        bos_token_id: int | None = 200034,
        eos_token_id: int | None = 200020,
        num_experts_per_tok: int = 8,
        num_local_experts: int = 256,
        rope_theta: float = 5e6,
        rope_scaling: dict[str, Any] | None = None,
        partial_rotary_factor: float | None = None,
        rotary_dim: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.rope_scaling = rope_scaling
        self.partial_rotary_factor = partial_rotary_factor or (rotary_dim or head_dim) / head_dim
        super().__init__(
            vocab_size=vocab_size,
            hidden_size=hidden_size,
            intermediate_size=intermediate_size,
            num_hidden_layers=num_hidden_layers,
            num_attention_heads=num_attention_heads,
            head_dim=head_dim,
            max_position_embeddings=max_position_embeddings,
            rms_norm_eps=rms_norm_eps,
            bos_token_id=bos_token_id,
            eos_token_id=eos_token_id,
            num_experts_per_tok=num_experts_per_tok,
            num_local_experts=num_local_experts,
            rope_theta=rope_theta,
            **kwargs,
        )


class MiniMaxM2Attention(MixtralAttention):
    def __init__(self, config: MiniMaxM2Config, layer_idx: int) -> None:
        super().__init__(config, layer_idx)
        self.q_norm = MixtralRMSNorm(self.q_proj.out_features, config.rms_norm_eps)
        self.k_norm = MixtralRMSNorm(self.k_proj.out_features, config.rms_norm_eps)

    def forward(
        self,
        hidden_states: torch.Tensor,
        position_embeddings: tuple[torch.Tensor, torch.Tensor],
        attention_mask: torch.Tensor | None,
        past_key_value: Any = None,
        cache_position: torch.Tensor | None = None,
        *,
        past_key_values: Any = None,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        query, key, value = (
            states.view(*hidden_states.shape[:-1], -1, self.head_dim).transpose(1, 2)
            for states in (
                self.q_norm(self.q_proj(hidden_states)),
                self.k_norm(self.k_proj(hidden_states)),
                self.v_proj(hidden_states),
            )
        )
        cos, sin = position_embeddings
        part = cos.shape[-1]
        turned = apply_rotary_pos_emb(query[..., :part], key[..., :part], cos, sin)
        query, key = (torch.cat([new, old[..., part:]], -1) for new, old in zip(turned, (query, key), strict=True))
        cached = {"sin": sin, "cos": cos, "cache_position": cache_position}
        caches = (past_key_values, past_key_value)
        return attend(self, eager_attention_forward, query, key, value, attention_mask, caches, cached, **kwargs)


class MiniMaxM2SparseMoeBlock(MixtralSparseMoeBlock):
    def __init__(self, config: MiniMaxM2Config) -> None:
        super().__init__(config)
        self.register_buffer("e_score_correction_bias", torch.zeros(config.num_local_experts))

    def forward(self, hidden_states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if self.training and self.jitter_noise > 0:
            noise = torch.empty_like(hidden_states).uniform_(1 - self.jitter_noise, 1 + self.jitter_noise)
            hidden_states = hidden_states * noise
        tokens = hidden_states.flatten(0, -2)
        logits = self.gate(tokens)
        scores = nn.functional.sigmoid(logits.float())
        chosen = torch.topk(scores + self.e_score_correction_bias, self.top_k, dim=-1, sorted=False).indices
        weights = scores.gather(1, chosen)
        weights = weights / weights.sum(-1, keepdim=True)
        return mixed(self.experts, tokens, chosen, weights).view_as(hidden_states), logits


class MiniMaxM2DecoderLayer(MixtralDecoderLayer):
    __init__ = built_with(
        MixtralDecoderLayer, MixtralAttention=MiniMaxM2Attention, MixtralSparseMoeBlock=MiniMaxM2SparseMoeBlock
    )


class MiniMaxM2Model(MixtralModel):
    config_class = MiniMaxM2Config
    _no_split_modules = ["MiniMaxM2DecoderLayer"]
    __init__ = built_with(MixtralModel, MixtralDecoderLayer=MiniMaxM2DecoderLayer)


class MiniMaxM2ForCausalLM(MixtralForCausalLM):
    config_class = MiniMaxM2Config
    _no_split_modules = ["MiniMaxM2DecoderLayer"]
    __init__ = built_with(MixtralForCausalLM, MixtralModel=MiniMaxM2Model)


def register() -> None:
    backporting.register(MiniMaxM2Config, AutoModel=MiniMaxM2Model, AutoModelForCausalLM=MiniMaxM2ForCausalLM)
