"""Names that the modules of model families had, at the paths that they were imported from.

A row whose `impl` begins with `transformers` or `torch` is an alias and has no code. Everything is served when it is
asked for; nothing here is imported before.
"""

from __future__ import annotations

from collections.abc import Iterable

from hfcompat import Kind, Patch, hookimpl

_PULL = "https://github.com/huggingface/transformers/pull/"
_GUIDE = "https://github.com/huggingface/transformers/blob/main/MIGRATION_GUIDE_V5.md"
_SOURCE = "https://github.com/huggingface/transformers/blob/v"
_OURS = "hfcompat_plugins.models."
_TOP = ""  # the package transformers itself
_TESTED = ",<5.24"

# The first version without a name, by the last one that had it.
_NEXT = {
    "4.41.2": "4.42",
    "4.45.2": "4.46",
    "4.46.3": "4.47",
    "4.47.1": "4.48",
    "4.49.0": "4.50",
    "4.50.3": "4.51",
    "4.51.3": "4.52",
    "4.52.4": "4.53",
    "4.53.3": "4.54",
    "4.54.1": "4.55",
    "4.57.6": "5.0",
    "5.0.0": "5.1",
    "5.1.0": "5.2",
    "5.5.4": "5.6",
    "5.8.0": "5.9",
    "5.14.0": "5.15",
    "5.16.0": "5.17",
    "5.22.0": "5.23",
}


def _added(
    names: str, *, at: Iterable[str], to: str, since: str, reason: str, upstream: str, traced: bool = False
) -> list[Patch]:
    """A row for each of `names` at each of the modules `at`; `to` is a module that has the name, or `module:name`."""
    return [
        Patch(
            id=_id(module, name),
            target=f"{_path(module)}:{name}",
            kind=Kind.ADD,
            impl=to if ":" in to else f"{to}:{name}",
            when={"transformers": f">={since}.0.dev0"},
            reason=reason.format(name=name),
            upstream=upstream,
            traced=traced,
        )
        for name in names.split()
        for module in at
    ]


def _gone(
    names: str, family: str, *, last: str, to: str, reason: str, kind: str = "modeling", traced: bool = False
) -> list[Patch]:
    """Rows for names that a module of `family` had in version `last`, and none that came after it."""
    package = "data2vec" if family == "data2vec_audio" else family
    module = f"models.{package}.{kind}_{family}"
    return _added(
        names,
        at=(module,),
        to=to if "." in to else _OURS + to,
        since=_NEXT[last],
        reason="{name} is gone since " + _NEXT[last] + ", " + reason,
        upstream=f"{_SOURCE}{last}/src/transformers/{module.replace('.', '/')}.py",
        traced=traced,
    )


def _member(
    path: str, family: str, *, to: str, since: str, reason: str, upstream: str, after: tuple[str, ...] = ()
) -> Patch:
    """A row for a member of a class: one that is gone comes back, one that changed is wrapped."""
    name = path.rpartition(".")[2]
    wrapped = name in ("__init__", "forward")
    return Patch(
        id=_id("models", family, path.replace("__", "")),
        target=f"transformers.models.{family}.modeling_{family}:{path}",
        kind=Kind.WRAP if wrapped else Kind.ADD,
        impl=_OURS + to,
        when={"transformers": f">={since}.0.dev0" + (_TESTED if wrapped else "")},
        reason=reason.format(name=name),
        upstream=upstream,
        traced=name != "__init__",
        after=after,
    )


def _module(modules: str, *, to: str, since: str, reason: str, upstream: str) -> list[Patch]:
    """A row for each of `modules`, all of which are served from the module `to`."""
    return [
        Patch(
            id="module." + _id(module),
            target=_path(module),
            kind=Kind.REDIRECT,
            impl=to,
            when={"transformers": f">={since}.0.dev0"},
            reason=reason.format(name=_path(module)),
            upstream=upstream,
            traced=False,
        )
        for module in modules.split()
    ]


def _path(module: str) -> str:
    return f"transformers.{module}" if module else "transformers"


def _id(*parts: str) -> str:
    words = (word for part in parts if part for word in part.lower().split("."))
    return ".".join("-".join(filter(None, word.split("_"))) for word in words)


TOKENIZERS_AND_PROCESSORS = [
    *(
        row
        for ending, families in {
            "": "electra layoutlm led longformer lxmert mvp",
            "_fast": "albert bart barthez bert big_bird blenderbot blenderbot_small camembert clip code_llama codegen"
            " cohere convbert deberta deberta_v2 distilbert electra fnet funnel gemma gpt2 gpt_neox herbert layoutlm"
            " layoutlmv2 layoutlmv3 layoutxlm led llama longformer lxmert markuplm mbart mbart50 mobilebert mpnet mvp"
            " nllb nougat openai pegasus qwen2 reformer rembert roberta roformer seamless_m4t splinter squeezebert t5"
            " udop whisper xglm xlm_roberta xlnet",
        }.items()
        for family in families.split()
        for row in _module(
            f"models.{family}.tokenization_{family}{ending}",
            to=f"transformers.models.{family}",
            since="5.0",
            reason="{name} is gone since 5.0, when one tokenizer took the place of two; the package serves both names.",
            upstream=f"{_GUIDE}#tokenization",
        )
    ),
    *(
        row
        for names, families in {
            "BasicTokenizer WordpieceTokenizer whitespace_tokenize": "bert convbert distilbert funnel layoutlmv2"
            " mobilebert mpnet roformer splinter squeezebert",
            "BasicTokenizer whitespace_tokenize": "clip herbert openai",
        }.items()
        for family in families.split()
        for row in _added(
            names,
            at=(f"models.{family}.tokenization_{family}",),
            to="transformers.models.bert.tokenization_bert_legacy",
            since="5.0",
            reason="{name} is in tokenization_bert_legacy alone since 5.0, so preprocessing built on it fails on import.",
            upstream=f"{_GUIDE}#tokenization",
        )
    ),
    *(
        row
        for family, prefix in {
            "beit": "Beit",
            "chinese_clip": "ChineseCLIP",
            "clip": "CLIP",
            "conditional_detr": "ConditionalDetr",
            "convnext": "ConvNext",
            "deformable_detr": "DeformableDetr",
            "deit": "DeiT",
            "detr": "Detr",
            "donut": "Donut",
            "dpt": "DPT",
            "flava": "Flava",
            "glpn": "GLPN",
            "imagegpt": "ImageGPT",
            "layoutlmv2": "LayoutLMv2",
            "layoutlmv3": "LayoutLMv3",
            "levit": "Levit",
            "maskformer": "MaskFormer",
            "mobilenet_v1": "MobileNetV1",
            "mobilenet_v2": "MobileNetV2",
            "mobilevit": "MobileViT",
            "owlvit": "OwlViT",
            "perceiver": "Perceiver",
            "poolformer": "PoolFormer",
            "segformer": "Segformer",
            "videomae": "VideoMAE",
            "vilt": "Vilt",
            "vit": "ViT",
            "yolos": "Yolos",
        }.items()
        for row in (
            *_added(
                f"{prefix}FeatureExtractor",
                at=(_TOP, f"models.{family}"),
                to=f"{_OURS}feature_extractors",
                since="5.0",
                reason="{name} is not importable since 5.0; it was an image processor under its first name.",
                upstream=f"{_PULL}41174",
            ),
            *_module(
                f"models.{family}.feature_extraction_{family}",
                to=f"{_OURS}feature_extractors",
                since="5.0",
                reason="{name} is gone since 5.0, with the first name of its image processor.",
                upstream=f"{_PULL}41174",
            ),
        )
    ),
    *_gone(
        "_is_control _is_punctuation _is_whitespace",
        "bert",
        last="4.57.6",
        to="transformers.tokenization_python",
        reason="so tests and preprocessing built on it fail on import.",
        kind="tokenization",
    ),
    *_gone(
        "bytes_to_unicode",
        "qwen2",
        last="4.57.6",
        to="transformers.convert_slow_tokenizer",
        reason="so byte-level tokenizers of other libraries fail on import.",
        kind="tokenization",
    ),
    *_gone(
        "bytes_to_unicode",
        "gpt2",
        last="4.57.6",
        to="transformers.convert_slow_tokenizer",
        reason="so byte-level tokenizers of other libraries fail on import.",
        kind="tokenization",
    ),
    *_gone(
        "to_py_obj",
        "gemma3",
        last="5.14.0",
        to="transformers.utils.generic",
        reason="where training libraries that patch the processor import it from.",
        kind="processing",
    ),
]

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
            *_gone(f"{prefix}SdpaAttention", family, last=last, to="decoders", reason=_BACKENDS, traced=True),
            *_gone(f"{prefix}FlashAttention2", family, last=last, to="decoders", reason=_FLASH),
            *_gone(
                "ATTENTION_CLASSES" if family == "stablelm" else f"{prefix.upper()}_ATTENTION_CLASSES",
                family,
                last="4.46.3" if family == "gemma2" else last,
                to=f"{_OURS}decoders:{prefix.upper()}_ATTENTION_CLASSES",
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
            *_gone(f"{prefix}SdpaAttention", family, last="4.52.4", to="seq2seq", reason=_BACKENDS, traced=True),
            *(
                _gone(f"{prefix}FlashAttention2", family, last="4.52.4", to="seq2seq", reason=_FLASH)
                if family != "biogpt"
                else ()
            ),
            *_gone(f"{table}_ATTENTION_CLASSES", family, last="4.52.4", to="seq2seq", reason=_TABLES),
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
            *_gone(sdpa, family, last="4.57.6", to="bert", reason=_BACKENDS, traced=True),
            *_gone(table, family, last="4.57.6", to="bert", reason=_TABLES),
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
            *_gone(classes, family, last=last, to=code, reason=_BACKENDS, traced=True),
            *_gone(flash, family, last=last, to=code, reason=_FLASH),
            *_gone(table, family, last=last, to=code, reason=_TABLES),
        )
    ),
]

LAYERS = [
    *(
        row
        for name, traced in {
            "LlamaLinearScalingRotaryEmbedding": True,
            "LlamaDynamicNTKScalingRotaryEmbedding": False,  # the runtime's own branches on the positions
        }.items()
        for row in _gone(
            name,
            "llama",
            last="4.47.1",
            to="rotary",
            reason="and LlamaRotaryEmbedding lost the constructor that it had.",
            traced=traced,
        )
    ),
    *_gone(
        "ViTSelfAttention ViTSelfOutput ViTIntermediate ViTOutput",
        "vit",
        last="5.8.0",
        to="vit",
        reason="where ViT's layers have other parts and names, so adapters for it fail on import.",
        traced=True,
    ),
    *_gone(
        "CLIPVisionTransformer CLIPTextTransformer",
        "clip",
        last="5.5.4",
        to="clip_towers",
        reason="when the towers moved up into the models, so code that builds or patches one fails on import.",
        traced=True,
    ),
    *_gone(
        "MixtralBlockSparseTop2MLP",
        "mixtral",
        last="4.57.6",
        to="layers",
        reason="when the experts became one parameter, so kernels that replace its forward fail on import.",
        traced=True,
    ),
    *_gone(
        "DetrConvModel",
        "detr",
        last="5.0.0",
        to="layers",
        reason="so models that build a DETR of their own fail on import.",
        traced=True,
    ),
    *_gone(
        "PixtralRotaryEmbedding position_ids_in_meshgrid",
        "pixtral",
        last="5.16.0",
        to="vision_rotary",
        reason="so serving code with a vision tower of its own fails on import.",
        traced=True,
    ),
    *_gone(
        "VisionRotaryEmbedding",
        "qwen2_vl",
        last="5.16.0",
        to="vision_rotary",
        reason="so exporters and remote models built on Qwen2-VL fail on import.",
        traced=True,
    ),
    *_gone(
        "Qwen2_5_VisionRotaryEmbedding",
        "qwen2_5_vl",
        last="5.16.0",
        to=f"{_OURS}vision_rotary:VisionRotaryEmbedding",
        reason="so remote models built on Qwen2.5-VL fail on import.",
        traced=True,
    ),
    *(
        row
        for family in ("qwen2_5_omni", "qwen2_5_vl", "qwen2_vl")
        for row in _gone(
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
        for row in _gone(
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
        for row in _gone(
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
        for row in _gone(
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
    for row in _gone(
        f"{prefix}{ending}OutputWithPast",
        family,
        last="5.22.0",
        to="outputs",
        reason="so forwards that replace the model's, and give it back, fail on import.",
        traced=True,
    )
]

# What decorators of model classes were given: by family, how the texts begin, and the name of the config.
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
        *_gone(
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
            _gone(
                "_CONFIG_FOR_DOC",
                family,
                last="4.51.3",
                to=f"{_OURS}docstrings:configs.{config}",
                reason="so forwards that replace the model's, with its decorators, fail on import.",
            )
            if config
            else ()
        ),
    )
] + [
    row
    for family in ("gpt2", "gptj", "mt5", "t5")
    for row in _gone(
        "PARALLELIZE_DOCSTRING DEPARALLELIZE_DOCSTRING",
        family,
        last="4.57.6",
        to="docstrings",
        reason="so classes that document themselves by it fail on import.",
    )
]

# Names that the modules only passed on, or had for themselves.
OTHERS = [
    *(
        row
        for last, families in {
            "4.45.2": "cohere gemma gemma2 llama mixtral mllama olmo",
            "4.46.3": "starcoder2",
            "4.47.1": "granite mistral phi phi3 qwen2",
            "4.51.3": "qwen2_5_vl qwen2_vl",
        }.items()
        for family in families.split()
        for row in _gone(
            "CrossEntropyLoss",
            family,
            last=last,
            to="torch.nn",
            reason="so kernels that replace the model's forward, and take the loss from beside it, fail on import.",
        )
    ),
    *(
        row
        for last, families in {"4.53.3": "cohere mistral phi3 qwen2", "4.57.6": "gemma2", "5.8.0": "gemma3"}.items()
        for family in families.split()
        for row in _gone(
            "logger",
            family,
            last=last,
            to=f"{_OURS}loggers:{family}",
            reason="so forwards that replace the model's, and log as it did, fail on import.",
        )
    ),
    *_gone("logging", "phi3", last="4.53.3", to="transformers.utils", reason="where kernels import it from."),
    *_gone("StaticCache", "cohere", last="4.51.3", to="transformers.cache_utils", reason="where it was imported from."),
    *_gone(
        "StaticCache",
        "gemma3",
        last="4.52.4",
        to="transformers.cache_utils",
        reason="where training libraries that replace the model's forward import it from.",
    ),
    *(
        Patch(
            id=f"models.gemma3.modeling-gemma3.hybridcache{ending}",
            target="transformers.models.gemma3.modeling_gemma3:HybridCache",
            kind=Kind.ADD,
            impl=impl,
            when={"transformers": versions},
            reason="HybridCache is gone since 4.53, where training libraries that replace the model's forward import it from.",
            upstream=f"{_SOURCE}4.52.4/src/transformers/models/gemma3/modeling_gemma3.py",
            traced=False,
        )
        for ending, impl, versions in (
            (".before-5-0", "transformers.cache_utils:HybridCache", ">=4.53.0.dev0,<5.0.0.dev0"),
            ("", "hfcompat_plugins.cache.classes:HybridCache", ">=5.0.0.dev0"),  # the plugin `cache` has its tests
        )
    ),
    *_gone(
        "is_torchdynamo_compiling",
        "gemma3",
        last="4.54.1",
        to="transformers.utils",
        reason="where training libraries that replace the model's forward import it from.",
    ),
    *_gone(
        "FlashAttentionKwargs",
        "gemma3",
        last="4.57.6",
        to="transformers.modeling_flash_attention_utils",
        reason="where training libraries that replace the model's forward import it from.",
    ),
    *_gone(
        "__HEAD_MASK_WARNING_MSG",
        "t5",
        last="4.57.6",
        to="constants",
        reason="so forwards that replace the model's, and warn as it did, fail on import.",
    ),
    *(
        row
        for family in ("camembert", "roberta", "xlm_roberta")
        for row in _added(
            f"{family.upper()}_PRETRAINED_MODEL_ARCHIVE_LIST",
            at=(f"models.{family}.modeling_{family}",),
            to=f"{_OURS}constants",
            since="4.42",
            reason="{name} is gone since 4.42, so libraries with a table of all checkpoints fail on import.",
            upstream=f"{_SOURCE}4.40.2/src/transformers/models/deprecated/_archive_maps.py",
        )
    ),
    *_module(
        "models.deprecated.mmbt models.deprecated.mmbt.configuration_mmbt models.deprecated.mmbt.modeling_mmbt",
        to=f"{_OURS}mmbt",
        since="5.0",
        reason="{name} is gone since 5.0, so simpletransformers cannot be imported.",
        upstream=f"{_PULL}42235",
    ),
]

# Calls that raise, or whose cache is swallowed, on classes that are still there.
CALLS = [
    *(
        _member(
            f"{prefix}Attention.{name}",
            family,
            to=f"attention_calls:{name}",
            since="4.48",
            reason="Subclasses and adapters ask a layer for its {name}, and stop with AttributeError.",
            upstream=f"{_PULL}35235",
        )
        for family, prefix in {
            "cohere": "Cohere",
            "gemma": "Gemma",
            "gemma2": "Gemma2",
            "granite": "Granite",
            "llama": "Llama",
            "mistral": "Mistral",
            "mixtral": "Mixtral",
            "olmo": "Olmo",
            "olmo2": "Olmo2",
            "phi": "Phi",
            "phi3": "Phi3",
            "qwen2": "Qwen2",
            "starcoder2": "Starcoder2",
        }.items()
        for name in ("hidden_size", "max_position_embeddings", "num_heads", "num_key_value_heads", "rope_theta")
    ),
    *(
        _member(
            f"{prefix}Attention.__init__",
            family,
            to="attention_calls:without_layer_idx",
            since="4.48",
            reason="A layer that is made without its number raises TypeError.",
            upstream=f"{_PULL}35235",
        )
        for family, prefix in {
            "gemma": "Gemma",
            "gemma2": "Gemma2",
            "llama": "Llama",
            "mistral": "Mistral",
            "mixtral": "Mixtral",
            "phi": "Phi",
            "qwen2": "Qwen2",
        }.items()
    ),
    *(
        _member(
            f"{prefix}Attention.forward",
            family,
            to="attention_calls:attending_in_old_words",
            since="4.48",
            reason="A call with position_ids alone raises TypeError, and past_key_value is swallowed: no token is kept.",
            upstream=f"{_PULL}35235",
        )
        for family, prefix in {
            "cohere": "Cohere",
            "gemma": "Gemma",
            "gemma2": "Gemma2",
            "llama": "Llama",
            "mistral": "Mistral",
            "mixtral": "Mixtral",
            "phi3": "Phi3",
            "qwen2": "Qwen2",
            "starcoder2": "Starcoder2",
        }.items()
    ),
    *(
        _member(
            f"{prefix}DecoderLayer.forward",
            family,
            to="attention_calls:layer_in_old_words",
            since=since,
            reason="past_key_value is swallowed, and layer(...)[0] is the first row of a batch, not the states.",
            upstream=f"{_SOURCE}4.53.3/src/transformers/models/{family}/modeling_{family}.py",
        )
        for since, families in {
            "4.56": {
                "cohere": "Cohere",
                "gemma": "Gemma",
                "llama": "Llama",
                "mistral": "Mistral",
                "mixtral": "Mixtral",
                "phi3": "Phi3",
                "qwen2": "Qwen2",
                "starcoder2": "Starcoder2",
            },
            "5.0": {"gemma2": "Gemma2"},
        }.items()
        for family, prefix in families.items()
    ),
    *(
        _member(
            f"{prefix}RotaryEmbedding.{name}",
            family,
            to=f"rotary_calls:{code}",
            since="4.48",
            reason=reason,
            upstream=f"{_PULL}35235",
        )
        for family, prefix in {
            "falcon": "Falcon",
            "gemma": "Gemma",
            "gemma2": "Gemma2",
            "llama": "Llama",
            "mistral": "Mistral",
            "mixtral": "Mixtral",
            "persimmon": "Persimmon",
            "phi": "Phi",
            "phi3": "Phi3",
            "qwen2": "Qwen2",
            "qwen2_moe": "Qwen2Moe",
            "stablelm": "StableLm",
            "starcoder2": "Starcoder2",
        }.items()
        for name, code, reason in (
            ("__init__", "made_by_size", "One that is made by its size, or with a device, raises TypeError."),
            ("forward", "called_by_length", "A call with the length of a sequence raises TypeError."),
            ("_set_cos_sin_cache", "_set_cos_sin_cache", "Subclasses that were written for 4.36 and 4.37 call it."),
        )
    ),
    *(
        _member(
            f"{cls}.transpose_for_scores",
            family,
            to="constructors:transpose_for_scores",
            since="4.54",
            reason="Forwards that replace the layer's call it, and stop with AttributeError.",
            upstream=f"{_SOURCE}4.53.3/src/transformers/models/{family}/modeling_{family}.py",
        )
        for family, cls in {
            "albert": "AlbertAttention",
            "bert": "BertSelfAttention",
            "bert_generation": "BertGenerationSelfAttention",
            "camembert": "CamembertSelfAttention",
            "electra": "ElectraSelfAttention",
            "roberta": "RobertaSelfAttention",
            "xlm_roberta": "XLMRobertaSelfAttention",
        }.items()
    ),
    *(
        row
        for family, prefix in {
            "bert": "Bert",
            "bert_generation": "BertGeneration",
            "electra": "Electra",
            "roberta": "Roberta",
            "xlm_roberta": "XLMRoberta",
        }.items()
        for row in (
            _member(
                f"{prefix}Attention.forward",
                family,
                to="foreign_attention:calling_a_foreign_self",
                since="5.0",
                reason="Self-attention of somebody's own inside it is called by names that it does not take: TypeError.",
                upstream=f"{_SOURCE}4.52.4/src/transformers/models/{family}/modeling_{family}.py",
                after=tuple(
                    f"modeling:{_id(family)}.{prefix.lower()}attention.{name}"
                    for name in ("swallows", "past-key-value")
                ),
            ),
            _member(
                f"{prefix}SelfAttention.position_embedding_type",
                family,
                to="foreign_attention:position_embedding_type",
                since="5.0",
                reason="Forwards that replace the layer's ask for its {name}, and stop with AttributeError.",
                upstream=f"{_SOURCE}4.57.6/src/transformers/models/{family}/modeling_{family}.py",
            ),
        )
    ),
    *(
        _member(
            f"{cls}.__init__",
            family,
            to=f"constructors:{code}",
            since="5.0",
            reason="A stack that is given the embeddings that it shares raises TypeError.",
            upstream=f"{_SOURCE}4.57.6/src/transformers/models/{family}/modeling_{family}.py",
        )
        for code, families in {
            "stack_with_embeddings": {"mt5": "MT5Stack", "t5": "T5Stack", "umt5": "UMT5Stack"},
            "coder_with_embeddings": {"bart": "BartEncoder BartDecoder", "mbart": "MBartEncoder MBartDecoder"},
        }.items()
        for family, classes in families.items()
        for cls in classes.split()
    ),
]

PATCHES = [
    *TOKENIZERS_AND_PROCESSORS,
    *ATTENTION,
    *LAYERS,
    *OUTPUTS,
    *DOCUMENTATION,
    *OTHERS,
    *CALLS,
]


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES
