"""Attention classes by backend, and the tables that chose among them."""

from __future__ import annotations

from hfcompat_plugins.models.tables import OURS, gone

_BACKENDS = "so code that subclasses it, or picks layers by it, fails on import."
_FLASH = "so code that asks for it, with or without flash-attn, fails on import."
_TABLES = "so code that picks a layer's class by the config's attention fails on import."

ATTENTION = [
    # Decoders with rotary embeddings: by family, how the classes begin, and the last version that had them.
    *(
        row
        for family, (prefix, last) in {
            "cohere": ("Cohere", "4.47.1"),
            "gemma": ("Gemma", "4.47.1"),
            "gemma2": ("Gemma2", "4.47.1"),
            "glm": ("Glm", "4.47.1"),
            "granite": ("Granite", "4.47.1"),
            "granitemoe": ("GraniteMoe", "4.51.3"),
            "granitemoeshared": ("GraniteMoeShared", "4.51.3"),
            "llama": ("Llama", "4.47.1"),
            "mistral": ("Mistral", "4.47.1"),
            "mixtral": ("Mixtral", "4.47.1"),
            "olmo": ("Olmo", "4.47.1"),
            "olmo2": ("Olmo2", "4.47.1"),
            "olmoe": ("Olmoe", "4.57.6"),
            "phi": ("Phi", "4.47.1"),
            "phi3": ("Phi3", "4.47.1"),
            "qwen2": ("Qwen2", "4.47.1"),
            "qwen2_moe": ("Qwen2Moe", "4.57.6"),
            "stablelm": ("StableLm", "4.57.6"),
            "starcoder2": ("Starcoder2", "4.47.1"),
        }.items()
        for row in (
            *gone(f"{prefix}SdpaAttention", family, last=last, to="decoders", reason=_BACKENDS, traced=True),
            *gone(f"{prefix}FlashAttention2", family, last=last, to="decoders", reason=_FLASH),
            *gone(
                "ATTENTION_CLASSES" if family == "stablelm" else f"{prefix.upper()}_ATTENTION_CLASSES",
                family,
                last="4.46.3" if family == "gemma2" else last,
                to=f"{OURS}decoders:{prefix.upper()}_ATTENTION_CLASSES",
                reason=_TABLES,
            ),
        )
    ),
    # Encoders, decoders and encoder-decoders without them.
    *(
        row
        for family, (prefix, table) in {
            "bart": ("Bart", "BART"),
            "biogpt": ("BioGpt", "BIOGPT"),
            "data2vec_audio": ("Data2VecAudio", "DATA2VEC_AUDIO"),
            "hubert": ("Hubert", "HUBERT"),
            "m2m_100": ("M2M100", "M2M100"),
            "mbart": ("MBart", "MBART"),
            "musicgen": ("Musicgen", "MUSICGEN"),
            "musicgen_melody": ("MusicgenMelody", "MUSICGEN_MELODY"),
            "sew": ("SEW", "SEW"),
            "unispeech": ("UniSpeech", "UNISPEECH"),
            "unispeech_sat": ("UniSpeechSat", "UNISPEECH_SAT"),
            "wav2vec2": ("Wav2Vec2", "WAV2VEC2"),
            "whisper": ("Whisper", "WHISPER"),
        }.items()
        for row in (
            *gone(f"{prefix}SdpaAttention", family, last="4.52.4", to="seq2seq", reason=_BACKENDS, traced=True),
            *(
                gone(f"{prefix}FlashAttention2", family, last="4.52.4", to="seq2seq", reason=_FLASH)
                if family != "biogpt"
                else ()
            ),
            *gone(f"{table}_ATTENTION_CLASSES", family, last="4.52.4", to="seq2seq", reason=_TABLES),
        )
    ),
    *(
        row
        for family, (sdpa, table) in {
            "albert": ("AlbertSdpaAttention", "ALBERT_ATTENTION_CLASSES"),
            "bert": ("BertSdpaSelfAttention", "BERT_SELF_ATTENTION_CLASSES"),
            "camembert": ("CamembertSdpaSelfAttention", "CAMEMBERT_SELF_ATTENTION_CLASSES"),
            "roberta": ("RobertaSdpaSelfAttention", "ROBERTA_SELF_ATTENTION_CLASSES"),
            "xlm_roberta": ("XLMRobertaSdpaSelfAttention", "XLM_ROBERTA_SELF_ATTENTION_CLASSES"),
            "xlm_roberta_xl": ("XLMRobertaXLSdpaSelfAttention", "XLMROBERTAXL_SELF_ATTENTION_CLASSES"),
        }.items()
        for row in (
            *gone(sdpa, family, last="4.57.6", to="bert", reason=_BACKENDS, traced=True),
            *gone(table, family, last="4.57.6", to="bert", reason=_TABLES),
        )
    ),
    # The others, each with a call of its own.
    *(
        row
        for family, last, code, classes, flash, table in (
            ("beit", "5.8.0", "beit", "BeitSelfAttention BeitSdpaSelfAttention", "", "BEIT_SELF_ATTENTION_CLASSES"),
            ("clip", "4.51.3", "clip_attention", "CLIPSdpaAttention", "CLIPFlashAttention2", "CLIP_ATTENTION_CLASSES"),
            (
                "distilbert",
                "4.57.6",
                "distilbert",
                "MultiHeadSelfAttention DistilBertSdpaAttention",
                "DistilBertFlashAttention2",
                "DISTILBERT_ATTENTION_CLASSES",
            ),
            ("gpt2", "4.47.1", "gpt2", "GPT2SdpaAttention", "GPT2FlashAttention2", "GPT2_ATTENTION_CLASSES"),
            (
                "gpt_bigcode",
                "4.53.3",
                "gpt_bigcode",
                "GPTBigCodeSdpaAttention",
                "GPTBigCodeFlashAttention2",
                "GPTBIGCODE_ATTENTION_CLASSES",
            ),
            ("mllama", "4.51.3", "mllama", "MllamaVisionSdpaAttention", "", "MLLAMA_VISION_ATTENTION_CLASSES"),
            ("vit", "4.49.0", "vit", "ViTSdpaSelfAttention ViTSdpaAttention", "", "VIT_ATTENTION_CLASSES"),
        )
        for row in (
            *gone(classes, family, last=last, to=code, reason=_BACKENDS, traced=True),
            *gone(flash, family, last=last, to=code, reason=_FLASH),
            *gone(table, family, last=last, to=code, reason=_TABLES),
        )
    ),
]
