"""Layers, functions and outputs of the models' own."""

from __future__ import annotations

from hfcompat_plugins.models.tables import OURS, gone

LAYERS = [
    *(
        row
        for name, traced in {
            "LlamaLinearScalingRotaryEmbedding": True,
            "LlamaDynamicNTKScalingRotaryEmbedding": False,  # the runtime's own branches on the positions
        }.items()
        for row in gone(
            name,
            "llama",
            last="4.47.1",
            to="rotary",
            reason="and LlamaRotaryEmbedding lost the constructor that it had.",
            traced=traced,
        )
    ),
    *gone(
        "ViTSelfAttention ViTSelfOutput ViTIntermediate ViTOutput",
        "vit",
        last="5.8.0",
        to="vit",
        reason="where ViT's layers have other parts and names, so adapters for it fail on import.",
        traced=True,
    ),
    *gone(
        "CLIPVisionTransformer CLIPTextTransformer",
        "clip",
        last="5.5.4",
        to="clip_towers",
        reason="when the towers moved up into the models, so code that builds or patches one fails on import.",
        traced=True,
    ),
    *gone(
        "MixtralBlockSparseTop2MLP",
        "mixtral",
        last="4.57.6",
        to="layers",
        reason="when the experts became one parameter, so kernels that replace its forward fail on import.",
        traced=True,
    ),
    *gone(
        "DetrConvModel",
        "detr",
        last="5.0.0",
        to="layers",
        reason="so models that build a DETR of their own fail on import.",
        traced=True,
    ),
    *gone(
        "PixtralRotaryEmbedding position_ids_in_meshgrid",
        "pixtral",
        last="5.16.0",
        to="vision_rotary",
        reason="so serving code with a vision tower of its own fails on import.",
        traced=True,
    ),
    *gone(
        "VisionRotaryEmbedding",
        "qwen2_vl",
        last="5.16.0",
        to="vision_rotary",
        reason="so exporters and remote models built on Qwen2-VL fail on import.",
        traced=True,
    ),
    *gone(
        "Qwen2_5_VisionRotaryEmbedding",
        "qwen2_5_vl",
        last="5.16.0",
        to=f"{OURS}vision_rotary:VisionRotaryEmbedding",
        reason="so remote models built on Qwen2.5-VL fail on import.",
        traced=True,
    ),
    *(
        row
        for family in ("qwen2_5_omni", "qwen2_5_vl", "qwen2_vl")
        for row in gone(
            "apply_multimodal_rotary_pos_emb",
            family,
            last="5.16.0",
            to="vision_rotary",
            reason="so kernels and remote models that rotate by it fail on import.",
            traced=True,
        )
    ),
    *(
        row
        for family, name in {"qwen2_5_vl": "Qwen2_5_VLRMSNorm", "qwen2_vl": "Qwen2VLRMSNorm"}.items()
        for row in gone(
            "Qwen2RMSNorm",
            family,
            last="5.1.0",
            to=f"transformers.models.{family}.modeling_{family}:{name}",
            reason=f"where it is called {name}, so kernels that replace it fail on import.",
        )
    ),
    *(
        row
        for family, name in {"xlm": "XLMSequenceSummary", "xlnet": "XLNetSequenceSummary"}.items()
        for row in gone(
            "SequenceSummary",
            family,
            last="4.51.3",
            to=f"transformers.models.{family}.modeling_{family}:{name}",
            reason=f"where it is called {name}, so classifiers of other libraries fail on import.",
        )
    ),
    *(
        row
        for family in (
            "bloom chameleon cohere dbrx falcon gemma gemma2 gpt_neox gptj granite llama mixtral mllama olmo phi phi3"
            " qwen2 qwen2_moe qwen2_vl stablelm starcoder2 whisper"
        ).split()
        for row in gone(
            "_prepare_4d_causal_attention_mask_with_cache_position",
            family,
            last="4.45.2",
            to="masks",
            reason="so forwards that were copied from 4.44 and 4.45 fail on import.",
            traced=True,
        )
    ),
]

OUTPUTS = [
    row
    for endings, families in {
        "CausalLM": {"qwen2_5_omni": "Qwen2_5OmniThinker", "qwen3_omni_moe": "Qwen3OmniMoeThinker"},
        "Model": {"cohere_compass": "CohereCompass"},
        "CausalLM Model": {
            "cosmos3_edge": "Cosmos3Edge",
            "cosmos3_omni": "Cosmos3Omni",
            "glm46v": "Glm46V",
            "glm4v": "Glm4v",
            "glm4v_moe": "Glm4vMoe",
            "glm_image": "GlmImage",
            "glm_ocr": "GlmOcr",
            "paddleocr_vl": "PaddleOCRVL",
            "qwen2_5_vl": "Qwen2_5_VL",
            "qwen2_vl": "Qwen2VL",
            "qwen3_5": "Qwen3_5",
            "qwen3_5_moe": "Qwen3_5Moe",
            "qwen3_vl": "Qwen3VL",
            "qwen3_vl_moe": "Qwen3VLMoe",
            "qwen4_exp": "Qwen4Exp",
        },
    }.items()
    for family, prefix in families.items()
    for ending in endings.split()
    for row in gone(
        f"{prefix}{ending}OutputWithPast",
        family,
        last="5.22.0",
        to="outputs",
        reason="so forwards that replace the model's, and give it back, fail on import.",
        traced=True,
    )
]
