"""What decorators of model classes were given to document them."""

from __future__ import annotations

from hfcompat_plugins.models.tables import OURS, gone

# By family: how the texts begin, and the name of the config.
DOCUMENTATION = [
    row
    for family, (prefix, config) in {
        "albert": ("ALBERT", "AlbertConfig"),
        "bart": ("BART", "BartConfig"),
        "beit": ("BEIT", "BeitConfig"),
        "bert": ("BERT", "BertConfig"),
        "bert_generation": ("BERT_GENERATION", "BertGenerationConfig"),
        "camembert": ("CAMEMBERT", "CamembertConfig"),
        "canine": ("CANINE", "CanineConfig"),
        "clip": ("CLIP", "CLIPConfig"),
        "cohere": ("COHERE", "CohereConfig"),
        "detr": ("DETR", "DetrConfig"),
        "distilbert": ("DISTILBERT", "DistilBertConfig"),
        "electra": ("ELECTRA", "ElectraConfig"),
        "falcon": ("FALCON", "FalconConfig"),
        "gemma": ("GEMMA", "GemmaConfig"),
        "gemma2": ("GEMMA2", "Gemma2Config"),
        "gemma3": ("GEMMA3", "Gemma3Config"),
        "gpt2": ("GPT2", "GPT2Config"),
        "gpt_bigcode": ("GPT_BIGCODE", "GPTBigCodeConfig"),
        "gptj": ("GPTJ", "GPTJConfig"),
        "granite": ("GRANITE", "GraniteConfig"),
        "llama": ("LLAMA", "LlamaConfig"),
        "mamba": ("MAMBA", "MambaConfig"),
        "mask2former": ("MASK2FORMER", "Mask2FormerConfig"),
        "mbart": ("MBART", "MBartConfig"),
        "mistral": ("MISTRAL", "MistralConfig"),
        "mixtral": ("MIXTRAL", "MixtralConfig"),
        "mllama": ("MLLAMA", ""),
        "mpt": ("MPT", "MptConfig"),
        "mt5": ("MT5", "MT5Config"),
        "olmo2": ("OLMO2", "Olmo2Config"),
        "paligemma": ("PALIGEMMA", "PaliGemmaConfig"),
        "phi3": ("PHI3", "Phi3Config"),
        "pixtral": ("PIXTRAL", ""),
        "plbart": ("PLBART", "PLBartConfig"),
        "qwen2": ("QWEN2", "Qwen2Config"),
        "qwen2_5_vl": ("QWEN2_5_VL", "Qwen2_5_VLConfig"),
        "qwen2_vl": ("QWEN2_VL", "Qwen2VLConfig"),
        "roberta": ("ROBERTA", "RobertaConfig"),
        "t5": ("T5", "T5Config"),
        "vit": ("VIT", "ViTConfig"),
        "wav2vec2": ("WAV_2_VEC_2", "Wav2Vec2Config"),
        "whisper": ("WHISPER", "WhisperConfig"),
        "xlm": ("XLM", "XLMConfig"),
        "xlm_roberta": ("XLM_ROBERTA", "XLMRobertaConfig"),
        "xlnet": ("XLNET", "XLNetConfig"),
        "xmod": ("XMOD", ""),
    }.items()
    for row in (
        *gone(
            {
                "qwen2_5_vl": "Qwen2_5_VL_START_DOCSTRING",
                "qwen2_vl": "QWEN2VL_START_DOCSTRING",
            }.get(family, f"{prefix}_START_DOCSTRING")
            + f" {prefix}_INPUTS_DOCSTRING",
            family,
            last="4.50.3" if family == "wav2vec2" else "4.51.3",
            to="docstrings",
            reason="so classes that document themselves by it fail on import.",
        ),
        *(
            gone(
                "_CONFIG_FOR_DOC",
                family,
                last="4.51.3",
                to=f"{OURS}docstrings:configs.{config}",
                reason="so forwards that replace the model's, with its decorators, fail on import.",
            )
            if config
            else ()
        ),
    )
] + [
    row
    for family in ("gpt2", "gptj", "mt5", "t5")
    for row in gone(
        "PARALLELIZE_DOCSTRING DEPARALLELIZE_DOCSTRING",
        family,
        last="4.57.6",
        to="docstrings",
        reason="so classes that document themselves by it fail on import.",
    )
]
