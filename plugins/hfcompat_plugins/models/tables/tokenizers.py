"""Modules and names of the families' tokenizers, image processors and processors."""

from __future__ import annotations

from hfcompat_plugins.models.tables import OURS, gone
from hfcompat_plugins.rows import GUIDE, PULL, TOP, added, redirected

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
        for row in redirected(
            f"models.{family}.tokenization_{family}{ending}",
            to=f"transformers.models.{family}",
            since="5.0",
            reason="{name} is gone since 5.0, when one tokenizer took the place of two; the package serves both names.",
            upstream=f"{GUIDE}#tokenization",
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
        for row in added(
            names,
            at=(f"models.{family}.tokenization_{family}",),
            to="transformers.models.bert.tokenization_bert_legacy",
            since="5.0",
            reason="{name} is in tokenization_bert_legacy alone since 5.0, so preprocessing built on it fails on import.",
            upstream=f"{GUIDE}#tokenization",
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
            *added(
                f"{prefix}FeatureExtractor",
                at=(TOP, f"models.{family}"),
                to=f"{OURS}feature_extractors",
                since="5.0",
                reason="{name} is not importable since 5.0; it was an image processor under its first name.",
                upstream=f"{PULL}41174",
            ),
            *redirected(
                f"models.{family}.feature_extraction_{family}",
                to=f"{OURS}feature_extractors",
                since="5.0",
                reason="{name} is gone since 5.0, with the first name of its image processor.",
                upstream=f"{PULL}41174",
            ),
        )
    ),
    *gone(
        "_is_control _is_punctuation _is_whitespace",
        "bert",
        last="4.57.6",
        to="transformers.tokenization_python",
        reason="so tests and preprocessing built on it fail on import.",
        kind="tokenization",
    ),
    *gone(
        "bytes_to_unicode",
        "qwen2",
        last="4.57.6",
        to="transformers.convert_slow_tokenizer",
        reason="so byte-level tokenizers of other libraries fail on import.",
        kind="tokenization",
    ),
    *gone(
        "bytes_to_unicode",
        "gpt2",
        last="4.57.6",
        to="transformers.convert_slow_tokenizer",
        reason="so byte-level tokenizers of other libraries fail on import.",
        kind="tokenization",
    ),
    *gone(
        "to_py_obj",
        "gemma3",
        last="5.14.0",
        to="transformers.utils.generic",
        reason="where training libraries that patch the processor import it from.",
        kind="processing",
    ),
]
