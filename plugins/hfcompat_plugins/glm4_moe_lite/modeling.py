"""Glm4MoeLite on 4.x: DeepSeek-V3, whose layers say by name whether they have experts."""

from __future__ import annotations

from typing import Any

from hfcompat_plugins import backporting
from hfcompat_plugins.backporting import built_with, takes_rope_parameters
from transformers.models.deepseek_v3.configuration_deepseek_v3 import DeepseekV3Config
from transformers.models.deepseek_v3.modeling_deepseek_v3 import (
    DeepseekV3DecoderLayer,
    DeepseekV3ForCausalLM,
    DeepseekV3MLP,
    DeepseekV3Model,
    DeepseekV3MoE,
)


@takes_rope_parameters
class Glm4MoeLiteConfig(DeepseekV3Config):
    model_type = "glm4_moe_lite"

    def __init__(
        self,
        vocab_size: int = 154880,
        hidden_size: int = 2048,
        intermediate_size: int = 10240,
        moe_intermediate_size: int = 1536,
        num_hidden_layers: int = 47,
        num_attention_heads: int = 20,
        num_key_value_heads: int = 20,
        n_routed_experts: int = 64,
        routed_scaling_factor: float = 1.8,
        q_lora_rank: int | None = 768,
        v_head_dim: int = 256,
        qk_nope_head_dim: int = 192,
        n_group: int = 1,
        topk_group: int = 1,
        num_experts_per_tok: int = 4,
        max_position_embeddings: int = 202752,
        rms_norm_eps: float = 1e-5,
        mlp_layer_types: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        self.mlp_layer_types = mlp_layer_types or ["dense"] + ["sparse"] * (num_hidden_layers - 1)
        kwargs.pop("qk_head_dim", None)  # the sum of two others
        kwargs["first_k_dense_replace"] = [*self.mlp_layer_types, "sparse"].index("sparse")
        super().__init__(
            vocab_size=vocab_size,
            hidden_size=hidden_size,
            intermediate_size=intermediate_size,
            moe_intermediate_size=moe_intermediate_size,
            num_hidden_layers=num_hidden_layers,
            num_attention_heads=num_attention_heads,
            num_key_value_heads=num_key_value_heads,
            n_routed_experts=n_routed_experts,
            routed_scaling_factor=routed_scaling_factor,
            q_lora_rank=q_lora_rank,
            v_head_dim=v_head_dim,
            qk_nope_head_dim=qk_nope_head_dim,
            n_group=n_group,
            topk_group=topk_group,
            num_experts_per_tok=num_experts_per_tok,
            max_position_embeddings=max_position_embeddings,
            rms_norm_eps=rms_norm_eps,
            **kwargs,
        )


class Glm4MoeLiteDecoderLayer(DeepseekV3DecoderLayer):
    def __init__(self, config: Glm4MoeLiteConfig, layer_idx: int) -> None:
        super().__init__(config, layer_idx)
        part = DeepseekV3MoE if config.mlp_layer_types[layer_idx] == "sparse" else DeepseekV3MLP
        if not isinstance(self.mlp, part):
            self.mlp = part(config)


class Glm4MoeLiteModel(DeepseekV3Model):
    config_class = Glm4MoeLiteConfig
    _no_split_modules = ["Glm4MoeLiteDecoderLayer"]
    _keys_to_ignore_on_load_unexpected = [r"model\.layers\.47.*"]
    __init__ = built_with(DeepseekV3Model, DeepseekV3DecoderLayer=Glm4MoeLiteDecoderLayer)


class Glm4MoeLiteForCausalLM(DeepseekV3ForCausalLM):
    config_class = Glm4MoeLiteConfig
    _no_split_modules = ["Glm4MoeLiteDecoderLayer"]
    _keys_to_ignore_on_load_unexpected = [r"model\.layers\.47.*"]
    __init__ = built_with(DeepseekV3ForCausalLM, DeepseekV3Model=Glm4MoeLiteModel)


def register() -> None:
    backporting.register(Glm4MoeLiteConfig, AutoModel=Glm4MoeLiteModel, AutoModelForCausalLM=Glm4MoeLiteForCausalLM)
