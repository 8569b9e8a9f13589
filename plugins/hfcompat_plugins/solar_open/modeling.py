"""SolarOpen on 4.x: GLM-4.5 under another configuration."""

from __future__ import annotations

from typing import Any

from hfcompat_plugins import backporting
from hfcompat_plugins.backporting import built_with, takes_rope_parameters
from transformers.models.glm4_moe.configuration_glm4_moe import Glm4MoeConfig
from transformers.models.glm4_moe.modeling_glm4_moe import Glm4MoeForCausalLM, Glm4MoeModel


@takes_rope_parameters
class SolarOpenConfig(Glm4MoeConfig):
    model_type = "solar_open"

    def __init__(
        self,
        vocab_size: int = 196608,
        moe_intermediate_size: int = 1280,
        num_hidden_layers: int = 48,
        num_attention_heads: int = 64,
        head_dim: int = 128,
        num_experts_per_tok: int = 8,
        rope_theta: float = 1e6,
        partial_rotary_factor: float = 1.0,
        **kwargs: Any,
    ) -> None:
        self.head_dim = head_dim
        super().__init__(
            vocab_size=vocab_size,
            moe_intermediate_size=moe_intermediate_size,
            num_hidden_layers=num_hidden_layers,
            num_attention_heads=num_attention_heads,
            num_experts_per_tok=num_experts_per_tok,
            rope_theta=rope_theta,
            partial_rotary_factor=partial_rotary_factor,
            **{**kwargs, "first_k_dense_replace": 0, "use_qk_norm": False},
        )


class SolarOpenModel(Glm4MoeModel):
    config_class = SolarOpenConfig
    _keys_to_ignore_on_load_unexpected = None


class SolarOpenForCausalLM(Glm4MoeForCausalLM):
    config_class = SolarOpenConfig
    _keys_to_ignore_on_load_unexpected = None
    __init__ = built_with(Glm4MoeForCausalLM, Glm4MoeModel=SolarOpenModel)


def register() -> None:
    backporting.register(SolarOpenConfig, AutoModel=SolarOpenModel, AutoModelForCausalLM=SolarOpenForCausalLM)
