"""Youtu on 4.x: DeepSeek-V3, all of whose layers are dense."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins import backporting
from hfcompat_plugins.backporting import built_with, takes_rope_parameters
from torch import nn
from transformers.models.deepseek_v3.configuration_deepseek_v3 import DeepseekV3Config
from transformers.models.deepseek_v3.modeling_deepseek_v3 import DeepseekV3ForCausalLM, DeepseekV3Model


@takes_rope_parameters
class YoutuConfig(DeepseekV3Config):
    model_type = "youtu"

    def __init__(
        self,
        vocab_size: int = 128256,
        hidden_size: int = 2048,
        intermediate_size: int = 6144,
        num_hidden_layers: int = 32,
        num_attention_heads: int = 16,
        num_key_value_heads: int = 16,
        max_position_embeddings: int = 131072,
        initializer_range: float | None = None,
        embedding_initializer_range: float | None = None,
        bos_token_id: int | None = 128000,
        eos_token_id: int | None = 128001,
        tie_word_embeddings: bool = True,
        **kwargs: Any,
    ) -> None:
        for name in ("qk_head_dim", "head_dim"):  # from others
            kwargs.pop(name, None)
        deviation = initializer_range or 2 / (5 * hidden_size) ** 0.5
        self.embedding_initializer_range = embedding_initializer_range or 2 * deviation
        super().__init__(
            vocab_size=vocab_size,
            hidden_size=hidden_size,
            intermediate_size=intermediate_size,
            num_hidden_layers=num_hidden_layers,
            num_attention_heads=num_attention_heads,
            num_key_value_heads=num_key_value_heads,
            max_position_embeddings=max_position_embeddings,
            initializer_range=deviation,
            bos_token_id=bos_token_id,
            eos_token_id=eos_token_id,
            tie_word_embeddings=tie_word_embeddings,
            **{**kwargs, "first_k_dense_replace": num_hidden_layers},
        )


class YoutuModel(DeepseekV3Model):
    config_class = YoutuConfig

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, nn.Embedding):
            with torch.no_grad():
                module.weight.normal_(0, self.config.embedding_initializer_range)
                if module.padding_idx is not None:
                    module.weight[module.padding_idx].zero_()


class YoutuForCausalLM(DeepseekV3ForCausalLM):
    config_class = YoutuConfig
    __init__ = built_with(DeepseekV3ForCausalLM, DeepseekV3Model=YoutuModel)


def register() -> None:
    backporting.register(YoutuConfig, AutoModel=YoutuModel, AutoModelForCausalLM=YoutuForCausalLM)
