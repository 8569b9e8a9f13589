"""Ministral3 on 4.x: Mistral, whose queries are scaled by their position."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins import backporting
from hfcompat_plugins.backporting import attend, built_with, takes_rope_parameters
from transformers.models.mistral.configuration_mistral import MistralConfig
from transformers.models.mistral.modeling_mistral import (
    MistralAttention,
    MistralDecoderLayer,
    MistralForCausalLM,
    MistralForQuestionAnswering,
    MistralForSequenceClassification,
    MistralForTokenClassification,
    MistralModel,
    apply_rotary_pos_emb,
    eager_attention_forward,
)

YARN = {
    "rope_type": "yarn",
    "factor": 16.0,
    "original_max_position_embeddings": 16384,
    "beta_fast": 32.0,
    "beta_slow": 1.0,
    "mscale_all_dim": 1.0,
    "mscale": 1.0,
    "llama_4_scaling_beta": 0.1,
}


@takes_rope_parameters
class Ministral3Config(MistralConfig):
    model_type = "ministral3"

    def __init__(
        self,
        vocab_size: int = 131072,
        num_hidden_layers: int = 34,
        head_dim: int | None = 128,
        max_position_embeddings: int = 262144,
        rms_norm_eps: float = 1e-5,
        pad_token_id: int | None = 11,
        rope_theta: float = 1e6,
        rope_scaling: dict[str, Any] | None = None,
        sliding_window: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            vocab_size=vocab_size,
            num_hidden_layers=num_hidden_layers,
            head_dim=head_dim,
            max_position_embeddings=max_position_embeddings,
            rms_norm_eps=rms_norm_eps,
            pad_token_id=pad_token_id,
            rope_theta=rope_theta,
            rope_scaling=rope_scaling or dict(YARN),
            sliding_window=sliding_window,
            **kwargs,
        )


class Ministral3Attention(MistralAttention):
    def forward(
        self,
        hidden_states: torch.Tensor,
        position_embeddings: tuple[torch.Tensor, torch.Tensor],
        attention_mask: torch.Tensor | None,
        past_key_value: Any = None,
        cache_position: torch.Tensor | None = None,
        *,
        position_ids: torch.Tensor,
        past_key_values: Any = None,
        **kwargs: Any,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        heads = (*hidden_states.shape[:-1], -1, self.head_dim)
        projections = (self.q_proj, self.k_proj, self.v_proj)
        query, key, value = (project(hidden_states).view(heads).transpose(1, 2) for project in projections)
        cos, sin = position_embeddings
        query, key = apply_rotary_pos_emb(query, key, cos, sin)
        rope = self.config.rope_scaling
        steps = torch.floor(position_ids / rope["original_max_position_embeddings"])
        scale = 1 + rope["llama_4_scaling_beta"] * torch.log(1 + steps)
        query = query * scale[:, None, :, None].to(query.dtype)
        cached = {"sin": sin, "cos": cos, "cache_position": cache_position}
        return attend(
            self, eager_attention_forward, query, key, value, attention_mask, (past_key_values, past_key_value), cached,
            sliding_window=self.config.sliding_window, position_ids=position_ids, **kwargs,
        )  # fmt: skip


class Ministral3DecoderLayer(MistralDecoderLayer):
    __init__ = built_with(MistralDecoderLayer, MistralAttention=Ministral3Attention)


class Ministral3Model(MistralModel):
    config_class = Ministral3Config
    _no_split_modules = ["Ministral3DecoderLayer"]
    __init__ = built_with(MistralModel, MistralDecoderLayer=Ministral3DecoderLayer)


class Ministral3ForCausalLM(MistralForCausalLM):
    config_class = Ministral3Config
    _no_split_modules = ["Ministral3DecoderLayer"]
    __init__ = built_with(MistralForCausalLM, MistralModel=Ministral3Model)


class Ministral3ForSequenceClassification(MistralForSequenceClassification):
    config_class = Ministral3Config


class Ministral3ForTokenClassification(MistralForTokenClassification):
    config_class = Ministral3Config


class Ministral3ForQuestionAnswering(MistralForQuestionAnswering):
    config_class = Ministral3Config


def register() -> None:
    backporting.register(
        Ministral3Config,
        AutoModel=Ministral3Model,
        AutoModelForCausalLM=Ministral3ForCausalLM,
        AutoModelForSequenceClassification=Ministral3ForSequenceClassification,
        AutoModelForTokenClassification=Ministral3ForTokenClassification,
        AutoModelForQuestionAnswering=Ministral3ForQuestionAnswering,
    )
