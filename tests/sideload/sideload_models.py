"""Writes tests/sideload/recorded: small checkpoints and what 5.23.0 makes of them. `python sideload_models.py`, on 5.23.0.

A family for each way in which weights are converted or states are kept: linear attention, experts that are fused in memory,
keys and values that layers share, and an image.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import save_file

RECORDED = Path(__file__).parent / "recorded"

TEXT = {
    "vocab_size": 40,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "max_position_embeddings": 64,
    "bos_token_id": 1,
    "eos_token_id": None,
    "pad_token_id": 0,
}
LINEAR = {
    "layer_types": ["linear_attention", "full_attention"],
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 8,
    "linear_value_head_dim": 8,
}
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 8, "shared_expert_intermediate_size": 8}
SHARED = {
    "num_hidden_layers": 4,
    "layer_types": ["sliding_attention", "full_attention"] * 2,
    "num_kv_shared_layers": 2,
    "global_head_dim": 8,
    "hidden_size_per_layer_input": 8,
    "vocab_size_per_layer_input": 40,
    "sliding_window": 4,
}
FAMILIES = {
    "qwen3_5_text": {**TEXT, **LINEAR},
    "qwen3_5_moe_text": {**TEXT, **LINEAR, **EXPERTS},
    "gemma4_text": {**TEXT, **SHARED},
}
IDS = [[3, 9, 27, 4, 12, 36], [31, 16, 8, 24, 35, 28]]


def answers(model, ids):
    """What is compared, by name: tensors."""
    with torch.no_grad():
        found = {"logits": model(input_ids=ids).logits}
        for name, more in {
            "greedy": {},
            "beams": {"num_beams": 2},
            "static": {"cache_implementation": "static"},
        }.items():
            found[name] = model.generate(input_ids=ids, max_new_tokens=6, do_sample=False, **more)
    loss = model(input_ids=ids, labels=ids).loss
    loss.backward()
    norm = torch.stack([p.grad.norm() for p in model.parameters() if p.grad is not None]).norm()
    return {**found, "loss": loss.detach().reshape(1), "norm": norm.reshape(1)}


def main() -> None:
    from transformers import AutoConfig, AutoModelForCausalLM

    ids = torch.tensor(IDS)
    for model_type, words in FAMILIES.items():
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model(model_type, **words)).eval()
        generator = torch.Generator().manual_seed(len(model_type))
        with torch.no_grad():
            for _, parameter in sorted(model.named_parameters()):
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.1)
        model.tie_weights()
        folder = RECORDED / model_type
        model.save_pretrained(folder)
        save_file(
            {name: value.contiguous() for name, value in answers(model, ids).items()}, folder / "answers.safetensors"
        )
        halved = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16)
        with torch.no_grad():
            save_file({"logits": halved(input_ids=ids).logits}, folder / "bfloat16.safetensors")


if __name__ == "__main__":
    main()
