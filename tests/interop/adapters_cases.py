"""Adapters of peft on models of a few KB, by case: the family, and how peft is asked for it in each generation.

The bases are those of `recorded/adapters/bases`, in words and names that both generations read.
"""

from __future__ import annotations

from typing import Any

import torch
import transformers

FIVE = int(transformers.__version__.split(".")[0]) >= 5
SIZES = dict(
    vocab_size=32,
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=2,
    num_attention_heads=2,
    num_key_value_heads=2,
    max_position_embeddings=64,
    pad_token_id=0,
    tie_word_embeddings=False,
)
EXPERTS = dict(
    num_experts=3, num_experts_per_tok=2, moe_intermediate_size=12, decoder_sparse_step=1, mlp_only_layers=[]
)
IDS = torch.arange(5, 29)[None]


def llama() -> Any:
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**SIZES))


def mixtral() -> Any:
    return transformers.MixtralForCausalLM(
        transformers.MixtralConfig(**SIZES, num_local_experts=3, num_experts_per_tok=2, sliding_window=None)
    )


def phimoe() -> Any:
    sizes = SIZES | {"head_dim": 8, "sliding_window": None}
    config = transformers.PhimoeConfig(**sizes, num_local_experts=3, num_experts_per_tok=2)
    return transformers.PhimoeForCausalLM(config)


def qwen3_moe() -> Any:
    """The first layer has no experts."""
    experts = EXPERTS | {"mlp_only_layers": [0]}
    return transformers.Qwen3MoeForCausalLM(transformers.Qwen3MoeConfig(**SIZES, **experts, head_dim=8))


def qwen2_moe() -> Any:
    """Beside the experts there is a shared one, with projections of the same names."""
    config = transformers.Qwen2MoeConfig(**SIZES, **EXPERTS, shared_expert_intermediate_size=12)
    return transformers.Qwen2MoeForCausalLM(config)


def deepseek_v3() -> Any:
    """A layer without experts, and one with two that are shared."""
    return transformers.DeepseekV3ForCausalLM(
        transformers.DeepseekV3Config(
            **SIZES, n_routed_experts=4, num_experts_per_tok=2, n_group=2, topk_group=1, n_shared_experts=2,
            first_k_dense_replace=1, moe_intermediate_size=12, q_lora_rank=8, kv_lora_rank=8, qk_rope_head_dim=8,
            qk_nope_head_dim=8, v_head_dim=8,
        )
    )  # fmt: skip


def llava() -> Any:
    tower = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
    return transformers.LlavaForConditionalGeneration(
        transformers.LlavaConfig(
            text_config=transformers.LlamaConfig(**SIZES),
            vision_config=transformers.CLIPVisionConfig(**tower, image_size=16, patch_size=8),
            image_token_index=31,
            tie_word_embeddings=False,
        )
    )


def qwen2_vl() -> Any:
    vision = {"depth": 1, "embed_dim": 16, "hidden_size": 16, "num_heads": 2, "mlp_ratio": 2, "patch_size": 4}
    text = SIZES | {"rope_scaling": {"type": "mrope", "mrope_section": [1, 1, 2]}}
    config = transformers.Qwen2VLConfig(
        text_config=text, vision_config=vision, image_token_id=31, vision_start_token_id=30, tie_word_embeddings=False
    )
    return transformers.Qwen2VLForConditionalGeneration(config)


BASES = {base.__name__: base for base in (llama, mixtral, phimoe, qwen3_moe, qwen2_moe, deepseek_v3, llava, qwen2_vl)}

_MLP = ["gate_proj", "up_proj", "down_proj"]
_ATTENTION = ["q_proj", "v_proj"]
_FUSED = ["mlp.experts.gate_up_proj", "mlp.experts.down_proj"]

# By what wrote them: the base, and the arguments of LoraConfig.
OF_BOTH: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("llama", {"target_modules": [*_ATTENTION, *_MLP], "modules_to_save": ["lm_head"]}),
    "llava": ("llava", {"target_modules": _ATTENTION, "modules_to_save": ["multi_modal_projector"]}),
    "qwen2_vl": ("qwen2_vl", {"target_modules": ["q_proj", "qkv", "fc1"]}),
}
OF_FOUR: dict[str, tuple[str, dict[str, Any]]] = {
    "llava-by-pattern": ("llava", {"target_modules": r".*vision_tower\.vision_model\.encoder.*\.(k_proj|fc1)"}),
    "mixtral": ("mixtral", {"target_modules": [*_ATTENTION, "w1", "w2", "w3"], "lora_dropout": 0.1}),
    "mixtral-router": ("mixtral", {"target_modules": ["gate", "w2"]}),
    "mixtral-one": ("mixtral", {"target_modules": ["w1"], "use_rslora": True}),
    "mixtral-rslora": ("mixtral", {"target_modules": ["w1", "w2", "w3"], "use_rslora": True}),
    "mixtral-by-pattern": ("mixtral", {"target_modules": r".*\.layers\.1\..*experts\.[02]\.w[123]|.*q_proj"}),
    "mixtral-ranks": ("mixtral", {"target_modules": ["w1", "w2", "w3"], "rank_pattern": {"w2": 3, "q_proj": 1},
                                  "alpha_pattern": {"w2": 9}}),
    "mixtral-saved": ("mixtral", {"target_modules": _ATTENTION, "modules_to_save": ["block_sparse_moe"]}),
    "phimoe": ("phimoe", {"target_modules": [*_ATTENTION, "w1", "w2", "w3"]}),
    "qwen3_moe": ("qwen3_moe", {"target_modules": [*_ATTENTION, *_MLP]}),
    "qwen2_moe": ("qwen2_moe", {"target_modules": [*_ATTENTION, *_MLP]}),
    "deepseek_v3": ("deepseek_v3", {"target_modules": ["q_a_proj", "kv_b_proj", *_MLP]}),
}  # fmt: skip
OF_FIVE: dict[str, tuple[str, dict[str, Any]]] = {
    "mixtral": ("mixtral", {"target_modules": _ATTENTION, "target_parameters": _FUSED}),
    "mixtral-router": ("mixtral", {"target_modules": _ATTENTION, "target_parameters": ["mlp.gate.weight", _FUSED[1]]}),
    "mixtral-one": ("mixtral", {"target_modules": _ATTENTION, "target_parameters": _FUSED[:1], "use_rslora": True}),
    "mixtral-router-alone": ("mixtral", {"target_modules": _ATTENTION, "target_parameters": ["mlp.gate.weight"]}),
    "phimoe": ("phimoe", {"target_modules": _ATTENTION, "target_parameters": _FUSED}),
    "qwen3_moe": ("qwen3_moe", {"target_modules": _ATTENTION, "target_parameters": _FUSED}),
    "qwen2_moe": ("qwen2_moe", {"target_modules": _ATTENTION, "target_parameters": _FUSED}),
    "deepseek_v3": ("deepseek_v3", {"target_modules": ["q_a_proj"], "target_parameters": _FUSED,
                                    "rank_pattern": {"experts.down_proj": 4}}),
}  # fmt: skip
CASES = {
    "4.49.0": {"llava": OF_BOTH["llava"]},
    "4.57.6": OF_BOTH | OF_FOUR,
    "5.0.0": {"mixtral": OF_FIVE["mixtral"]},
    "5.23.0": OF_BOTH | OF_FIVE,
}


def inputs(base: str) -> dict[str, torch.Tensor]:
    if base == "llava":
        ids = IDS.clone()
        ids[0, 2:6] = 31
        return {"input_ids": ids.clamp(max=31), "pixel_values": torch.linspace(-1, 1, 3 * 16 * 16).view(1, 3, 16, 16)}
    if base == "qwen2_vl":
        ids = IDS.clone()
        ids[0, 1], ids[0, 2:6] = 30, 31
        patches = torch.linspace(-1, 1, 16 * 3 * 2 * 4 * 4).view(16, 3 * 2 * 4 * 4)
        more = {"mm_token_type_ids": (ids == 31).long()} if FIVE else {}
        return {"input_ids": ids, "pixel_values": patches, "image_grid_thw": torch.tensor([[1, 4, 4]]), **more}
    return {"input_ids": IDS}


def logits(model: Any, base: str) -> list[float]:
    """Those of the last token, in float32."""
    with torch.no_grad():
        return [float(value) for value in model.eval()(**inputs(base)).logits[0, -1].float()]
