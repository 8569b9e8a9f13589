"""Tiny models of the backported families: what they are made of, and what is asked of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

HERE = Path(__file__).parent
RECORDED = HERE / "recorded"

COMMON: dict[str, Any] = {
    "vocab_size": 32,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "max_position_embeddings": 512,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
LATENT = {
    "num_key_value_heads": 2,
    "kv_lora_rank": 8,
    "q_lora_rank": 8,
    "qk_rope_head_dim": 4,
    "qk_nope_head_dim": 6,
    "v_head_dim": 8,
}
EXPERTS = {"moe_intermediate_size": 8, "num_experts_per_tok": 3, "routed_scaling_factor": 1.5}
ROUTED = {**EXPERTS, "n_routed_experts": 4, "n_shared_experts": 1, "n_group": 2, "topk_group": 2}
YARN = {
    "rope_type": "yarn",
    "rope_theta": 5e4,
    "factor": 4.0,
    "original_max_position_embeddings": 8,
    "beta_fast": 32.0,
    "beta_slow": 1.0,
    "mscale": 1.0,
    "mscale_all_dim": 1.0,
    "llama_4_scaling_beta": 0.1,
}
MINISTRAL3 = {**COMMON, "head_dim": 8, "rope_parameters": YARN}
PIXTRAL = {
    "model_type": "pixtral",
    "hidden_size": 16,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "image_size": 16,
    "patch_size": 4,
}
IMAGE = 31

CASES: dict[str, dict[str, Any]] = {
    "ministral3": MINISTRAL3,
    "mistral3": {
        "text_config": {"model_type": "ministral3", **MINISTRAL3},
        "vision_config": PIXTRAL,
        "image_token_index": IMAGE,
        "spatial_merge_size": 2,
    },
    "glm4_moe_lite": {**COMMON, **LATENT, **ROUTED, "mlp_layer_types": ["dense", "sparse", "dense"]},
    "solar_open": {**COMMON, **ROUTED, "head_dim": 12, "rope_parameters": {"rope_type": "default", "rope_theta": 3e4}},
    "youtu": {**COMMON, **LATENT, "pad_token_id": None, "rope_parameters": {**YARN, "mscale": 0.7}},
    "exaone_moe": {
        **COMMON,
        **EXPERTS,
        "num_experts": 4,
        "num_shared_experts": 2,
        "sliding_window": 4,
        "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
        "mlp_layer_types": ["sparse", "dense", "sparse"],
        "rope_parameters": {"rope_type": "default", "rope_theta": 3e4},
    },
    "minimax_m2": {
        **COMMON,
        "head_dim": 8,
        "num_local_experts": 4,
        "num_experts_per_tok": 3,
        "rope_parameters": {"rope_type": "default", "rope_theta": 3e4, "partial_rotary_factor": 0.5},
    },
    "lfm2_moe": {
        **COMMON,
        **EXPERTS,
        "num_experts": 4,
        "num_dense_layers": 1,
        "layer_types": ["conv", "full_attention", "conv"],
        "rope_parameters": {"rope_type": "default", "rope_theta": 3e4},
    },
}


def auto_of(name: str) -> str:
    return "AutoModelForImageTextToText" if name == "mistral3" else "AutoModelForCausalLM"


def inputs(name: str) -> dict[str, torch.Tensor]:
    """Two rows, the first padded on the left; an image of 16 patches, merged into 4 tokens, for mistral3."""
    ids = torch.arange(22).reshape(2, 11) * 7 % 27 + 3
    mask = torch.ones_like(ids)
    if name == "mistral3":
        ids[:, 2:6] = IMAGE
        pixels = torch.linspace(-1, 1, 2 * 3 * 16 * 16).reshape(2, 3, 16, 16)
        return {
            "input_ids": ids,
            "attention_mask": mask,
            "pixel_values": pixels,
            "image_sizes": torch.tensor([[16, 16]] * 2),
        }
    mask[0, :4] = 0
    return {"input_ids": ids.masked_fill(mask == 0, 0), "attention_mask": mask}


def answers(model: Any, name: str) -> dict[str, torch.Tensor]:
    """Logits, with positions far out too, greedy tokens, the loss and the norm of its gradients."""
    given = inputs(name)
    seen = given["attention_mask"].bool()
    found = {}
    with torch.no_grad():
        found["logits"] = model(**given).logits[seen]
        if name != "mistral3":
            far = 300 + torch.arange(11)[None]
            found["far"] = model(**given, position_ids=far.expand(2, -1)).logits[seen]
        found["tokens"] = model.generate(**given, max_new_tokens=6, min_new_tokens=6, do_sample=False, pad_token_id=0)
    loss = model(**given, labels=given["input_ids"].masked_fill(~seen, -100)).loss
    loss.backward()
    norms = [p.grad.norm() for p in model.parameters() if p.grad is not None]
    model.zero_grad()
    return found | {"loss": loss.detach(), "norm": torch.stack(norms).norm()}


def recorded(name: str) -> dict[str, torch.Tensor]:
    said = json.loads((RECORDED / name / "answers.json").read_text())
    return {key: torch.tensor(value) for key, value in said.items()}
