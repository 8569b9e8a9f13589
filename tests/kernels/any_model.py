"""A model of any model type, in two layers, on the meta device: it has modules and no weights."""

from __future__ import annotations

from typing import Any

import torch
import transformers
from transformers.models.auto import modeling_auto

# Of these, the longest possible list of layer kinds is cut to what is left of the layers.
_COUNTS = (
    "num_hidden_layers", "num_layers", "depth", "encoder_layers", "decoder_layers", "n_layer", "num_global_layers",
    "n_routed_experts", "num_experts", "num_local_experts",
)  # fmt: skip
_HEADS = {"mllama_text_model": "MllamaForCausalLM", "pixtral": "PixtralVisionModel"}
_ROPE = ("mllama_text_model", "qwen3_vl_text", "qwen3_vl_moe_text")
"""Their defaults are no model before 5.0."""
_LISTS = ("layer_types", "mlp_layer_types", "layers_block_type", "attention_types")


def small(config: Any) -> Any:
    """The configuration with two layers of every kind, and few experts; parts too."""
    for name in _COUNTS:
        value = getattr(config, name, None)
        if isinstance(value, int) and value > 2:
            setattr(config, name, 8 if "expert" in name else 2)
    for name in _LISTS:
        value = vars(config).get(name)
        if isinstance(value, (list, tuple)):
            setattr(config, name, value[:2])
    said = vars(config)
    heads = said.get("num_attention_heads") or 0
    if heads and "head_dim" in said and said["head_dim"] is None:
        config.head_dim = config.hidden_size // heads
    if heads and "num_key_value_heads" in said and said["num_key_value_heads"] is None:
        config.num_key_value_heads = heads
    if config.model_type in _ROPE and said.get("rope_scaling", 0) is None:
        config.rope_scaling = {"rope_type": "default", "mrope_section": [24, 20, 20]}
    if (said.get("pad_token_id") or 0) >= (said.get("vocab_size") or 2**40):
        config.pad_token_id = 0
    for value in vars(config).values():
        if isinstance(value, transformers.PretrainedConfig):
            small(value)
    return config


def meta_model(model_type: str) -> Any:
    """A model of `model_type`, with a head where the runtime has one for it; LookupError where it lacks the type."""
    if model_type not in transformers.CONFIG_MAPPING:
        raise LookupError(model_type)
    config = small(transformers.CONFIG_MAPPING[model_type]())
    mappings = ("MODEL_FOR_IMAGE_TEXT_TO_TEXT", "MODEL_FOR_CAUSAL_LM", "MODEL")
    names = [getattr(modeling_auto, f"{one}_MAPPING_NAMES").get(model_type) for one in mappings]
    name = next(filter(None, [_HEADS.get(model_type), *names]))
    with torch.device("meta"):
        return getattr(transformers, name if isinstance(name, str) else name[0])(config)
