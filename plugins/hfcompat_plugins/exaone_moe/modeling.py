"""ExaoneMoe on 4.x: layers of dots.llm1 with the attention of EXAONE 4, some with experts."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins import backporting
from hfcompat_plugins.backporting import built_with, takes_rope_parameters
from transformers.models.dots1.modeling_dots1 import (
    Dots1DecoderLayer,
    Dots1ForCausalLM,
    Dots1MLP,
    Dots1Model,
    Dots1MoE,
    Dots1TopkRouter,
)
from transformers.models.exaone4.configuration_exaone4 import Exaone4Config
from transformers.models.exaone4.modeling_exaone4 import Exaone4Attention


@takes_rope_parameters
class ExaoneMoeConfig(Exaone4Config):
    model_type = "exaone_moe"
    attribute_map = {"n_routed_experts": "num_experts", "n_shared_experts": "num_shared_experts"}

    def __init__(
        self,
        bos_token_id: int | None = 1,
        eos_token_id: int | None = 53,
        pad_token_id: int | None = 0,
        num_hidden_layers: int = 32,
        mlp_layer_types: list[str] | None = None,
        first_k_dense_replace: int = 1,
        moe_intermediate_size: int = 1024,
        num_experts: int = 64,
        num_experts_per_tok: int = 8,
        num_shared_experts: int = 1,
        norm_topk_prob: bool = True,
        routed_scaling_factor: float = 2.5,
        n_group: int = 1,
        topk_group: int = 1,
        **kwargs: Any,
    ) -> None:
        dense = min(first_k_dense_replace, num_hidden_layers)
        self.mlp_layer_types = mlp_layer_types or ["dense"] * dense + ["sparse"] * (num_hidden_layers - dense)
        self.first_k_dense_replace = [*self.mlp_layer_types, "sparse"].index("sparse")
        self.moe_intermediate_size = moe_intermediate_size
        self.num_experts = num_experts
        self.num_experts_per_tok = num_experts_per_tok
        self.num_shared_experts = num_shared_experts
        self.norm_topk_prob = norm_topk_prob
        self.routed_scaling_factor = routed_scaling_factor
        self.n_group = n_group
        self.topk_group = topk_group
        kwargs.setdefault("sliding_window_pattern", 4)
        super().__init__(
            bos_token_id=bos_token_id,
            eos_token_id=eos_token_id,
            pad_token_id=pad_token_id,
            num_hidden_layers=num_hidden_layers,
            **kwargs,
        )


class ExaoneMoeTopkRouter(Dots1TopkRouter):
    """Its bias is the block's, where checkpoints have it."""

    @property
    def e_score_correction_bias(self) -> torch.Tensor:
        return self.block[0].e_score_correction_bias


class ExaoneMoeSparseMoEBlock(Dots1MoE):
    _parts = built_with(Dots1MoE, Dots1TopkRouter=ExaoneMoeTopkRouter)

    def __init__(self, config: ExaoneMoeConfig) -> None:
        self._parts(config)
        self.register_buffer("e_score_correction_bias", self.gate._buffers.pop("e_score_correction_bias"))
        self.gate.block = [self]  # in a list, so that it is no part of the gate


class ExaoneMoeDecoderLayer(Dots1DecoderLayer):
    _parts = built_with(Dots1DecoderLayer, Dots1Attention=Exaone4Attention, Dots1MoE=ExaoneMoeSparseMoEBlock)

    def __init__(self, config: ExaoneMoeConfig, layer_idx: int) -> None:
        self._parts(config, layer_idx)
        part = ExaoneMoeSparseMoEBlock if config.mlp_layer_types[layer_idx] == "sparse" else Dots1MLP
        if not isinstance(self.mlp, part):
            self.mlp = part(config)


class ExaoneMoeModel(Dots1Model):
    config_class = ExaoneMoeConfig
    _no_split_modules = ["ExaoneMoeDecoderLayer"]
    _keys_to_ignore_on_load_unexpected = [r"mtp.*"]
    _can_record_outputs = {"hidden_states": ExaoneMoeDecoderLayer, "attentions": Exaone4Attention}
    __init__ = built_with(Dots1Model, Dots1DecoderLayer=ExaoneMoeDecoderLayer)


class ExaoneMoeForCausalLM(Dots1ForCausalLM):
    config_class = ExaoneMoeConfig
    _no_split_modules = ["ExaoneMoeDecoderLayer"]
    _keys_to_ignore_on_load_unexpected = [r"mtp.*"]
    _can_record_outputs = ExaoneMoeModel._can_record_outputs
    __init__ = built_with(Dots1ForCausalLM, Dots1Model=ExaoneMoeModel)


def register() -> None:
    backporting.register(ExaoneMoeConfig, AutoModel=ExaoneMoeModel, AutoModelForCausalLM=ExaoneMoeForCausalLM)
