"""Attributes that transformers' own configurations of 4.57 had with one value, by class: 5.x dropped them."""

from __future__ import annotations

from typing import Any


def _everywhere(value: Any, names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split(), value)


FAMILIES: dict[str, dict[str, Any]] = {
    "position_embedding_type": _everywhere(
        "absolute",
        "AlbertConfig AlignTextConfig AltCLIPTextConfig BertConfig BertGenerationConfig Blip2QFormerConfig "
        "BridgeTowerTextConfig CamembertConfig ChineseCLIPTextConfig ClapTextConfig Data2VecTextConfig DPRConfig "
        "ElectraConfig ErnieConfig FlavaTextConfig GitConfig IBertConfig InstructBlipQFormerConfig "
        "InstructBlipVideoQFormerConfig LiltConfig MegatronBertConfig MraConfig RobertaConfig "
        "RobertaPreLayerNormConfig RoCBertConfig XLMRobertaConfig XLMRobertaXLConfig XmodConfig YosoConfig",
    )
    | _everywhere("rope", "GraniteMoeConfig GraniteMoeSharedConfig"),
    "tie_word_embeddings": _everywhere(
        False,
        "CsmDepthDecoderConfig Glm4vTextConfig Qwen2_5_VLTextConfig Qwen2VLTextConfig Qwen3OmniMoeTextConfig "
        "Qwen3VLTextConfig",
    ),
    "use_cache": _everywhere(
        True, "AlignTextConfig AltCLIPTextConfig ChineseCLIPTextConfig ClapTextConfig SplinterConfig T5GemmaConfig"
    ),
    "partial_rotary_factor": _everywhere(1.0, "Phi3Config Phi4MultimodalConfig GPTNeoXJapaneseConfig"),
    "rotary_pct": _everywhere(1.0, "GPTNeoXJapaneseConfig"),
    "tokenizer_class": _everywhere("T5Tokenizer", "MT5Config UMT5Config"),
    "begin_suppress_tokens": {"WhisperConfig": [220, 50256]},  # 5.0 to 5.3
    "forced_eos_token_id": _everywhere(2, "MvpConfig"),
    "global_attn_every_n_layers": _everywhere(3, "ModernBertConfig ModernBertDecoderConfig"),
    "reference_compile": {"ModernBertConfig": None, "ModernBertDecoderConfig": False},
    "repad_logits_with_grad": {"ModernBertConfig": False},
    "initializer_range": {"JanusConfig": 0.02},
    "layer_norm_eps": {"LxmertConfig": 1e-12},
    "num_logits_to_keep": {"JambaConfig": 1},
    "sliding_window": {"JambaConfig": None},
    "norm_topk_prob": {"Qwen3VLMoeTextConfig": True},
    "hidden_activation": {"GemmaConfig": None},
    "qkv_bias": {"VideoMAEConfig": True},
    "rms_norm": {"Mamba2Config": True},
    "use_falcon_mambapy": {"FalconMambaConfig": False},
    "aux_loss_alpha": {"DeepseekV2Config": 0.001},
    "seq_aux": {"DeepseekV2Config": True},
    "untie_r": {"XLNetConfig": True},
    "verbose": {"MptConfig": 0},
    "use_autobackbone": {"DPTConfig": False},
    "use_timm_backbone": _everywhere(
        True,
        "ConditionalDetrConfig DabDetrConfig DeformableDetrConfig DetrConfig OmDetTurboConfig TableTransformerConfig "
        "TimmBackboneConfig",
    )
    | _everywhere(
        False,
        "DFineConfig DepthAnythingConfig DPTConfig GroundingDinoConfig Mask2FormerConfig MaskFormerConfig "
        "MMGroundingDinoConfig OneFormerConfig PromptDepthAnythingConfig RTDetrConfig RTDetrV2Config TvpConfig "
        "UperNetConfig VitMatteConfig VitPoseConfig",
    ),
}
