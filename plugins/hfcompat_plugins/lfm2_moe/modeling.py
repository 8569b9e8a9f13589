"""Lfm2Moe on 4.x: LFM2, whose later layers have experts, and whose convolutions do not see padding."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins import backporting
from hfcompat_plugins.backporting import built_with, mixed, takes_rope_parameters
from torch import nn
from transformers.models.lfm2.configuration_lfm2 import Lfm2Config
from transformers.models.lfm2.modeling_lfm2 import (
    Lfm2DecoderLayer,
    Lfm2ForCausalLM,
    Lfm2MLP,
    Lfm2Model,
)


@takes_rope_parameters
class Lfm2MoeConfig(Lfm2Config):
    model_type = "lfm2_moe"

    def __init__(
        self,
        hidden_size: int = 2048,
        intermediate_size: int = 7168,
        moe_intermediate_size: int = 1792,
        num_dense_layers: int = 2,
        num_experts_per_tok: int = 4,
        num_experts: int = 32,
        use_expert_bias: bool = True,
        routed_scaling_factor: float = 1.0,
        norm_topk_prob: bool = True,
        **kwargs: Any,
    ) -> None:
        self.moe_intermediate_size = moe_intermediate_size
        self.num_dense_layers = num_dense_layers
        self.num_experts_per_tok = num_experts_per_tok
        self.num_experts = num_experts
        self.use_expert_bias = use_expert_bias
        self.routed_scaling_factor = routed_scaling_factor
        self.norm_topk_prob = norm_topk_prob
        kwargs["block_auto_adjust_ff_dim"] = False
        super().__init__(hidden_size=hidden_size, intermediate_size=intermediate_size, **kwargs)


class Lfm2MoeMLP(Lfm2MLP):
    def __init__(self, config: Lfm2MoeConfig) -> None:
        nn.Module.__init__(self)
        self.w1, self.w3 = (nn.Linear(config.hidden_size, config.moe_intermediate_size, bias=False) for _ in range(2))
        self.w2 = nn.Linear(config.moe_intermediate_size, config.hidden_size, bias=False)


class Lfm2MoeSparseMoeBlock(nn.Module):
    def __init__(self, config: Lfm2MoeConfig) -> None:
        super().__init__()
        self.config = config
        self.gate = nn.Linear(config.hidden_size, config.num_experts, bias=False)
        self.experts = nn.ModuleList(Lfm2MoeMLP(config) for _ in range(config.num_experts))
        if config.use_expert_bias:
            self.register_buffer("expert_bias", torch.zeros(config.num_experts))

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        tokens = hidden_states.flatten(0, -2)
        scores = self.gate(tokens).sigmoid()
        biased = scores + self.expert_bias if self.config.use_expert_bias else scores
        chosen = torch.topk(biased, self.config.num_experts_per_tok, dim=-1).indices
        weights = scores.gather(1, chosen)
        if self.config.norm_topk_prob:
            weights = weights / (weights.sum(-1, keepdim=True) + 1e-6)
        weights = weights * self.config.routed_scaling_factor
        return mixed(self.experts, tokens, chosen, weights).view_as(hidden_states)


class Lfm2MoeDecoderLayer(Lfm2DecoderLayer):
    def __init__(self, config: Lfm2MoeConfig, layer_idx: int) -> None:
        super().__init__(config, layer_idx)
        if layer_idx >= config.num_dense_layers:
            self.feed_forward = Lfm2MoeSparseMoeBlock(config)

    def forward(
        self,
        hidden_states: torch.Tensor,
        position_embeddings: tuple[torch.Tensor, torch.Tensor],
        attention_mask: torch.Tensor | None = None,
        padding_mask: torch.Tensor | None = None,
        **kwargs: Any,
    ) -> torch.Tensor:
        if not self.is_attention_layer:
            first = padding_mask is not None and padding_mask.shape == hidden_states.shape[:2]
            attention_mask = padding_mask if first else None
        return super().forward(hidden_states, position_embeddings, attention_mask, **kwargs)


class Lfm2MoeModel(Lfm2Model):
    config_class = Lfm2MoeConfig
    _no_split_modules = ["Lfm2MoeDecoderLayer"]
    __init__ = built_with(Lfm2Model, Lfm2DecoderLayer=Lfm2MoeDecoderLayer)

    def forward(
        self, input_ids: torch.Tensor | None = None, attention_mask: torch.Tensor | None = None, **kwargs: Any
    ) -> Any:
        return super().forward(input_ids, attention_mask, padding_mask=attention_mask, **kwargs)


class Lfm2MoeForCausalLM(Lfm2ForCausalLM):
    config_class = Lfm2MoeConfig
    _no_split_modules = ["Lfm2MoeDecoderLayer"]
    __init__ = built_with(Lfm2ForCausalLM, Lfm2Model=Lfm2MoeModel)


def register() -> None:
    backporting.register(Lfm2MoeConfig, AutoModel=Lfm2MoeModel, AutoModelForCausalLM=Lfm2MoeForCausalLM)
