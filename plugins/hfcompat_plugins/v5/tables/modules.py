"""Modules that are new in 5.x."""

from __future__ import annotations

from hfcompat_plugins.rows import redirected
from hfcompat_plugins.v5.tables import OURS, V5

from hfcompat import Patch

_MODULES = (
    # module, first with, served from, what is written with it
    ("backbone_utils", "4.49", "5.0", "backbones", "backbones and their configurations"),
    ("decision", "4.49", "5.0", "wheel", "models that decide between answers"),
    ("decision.modeling_utils", "4.49", "5.0", "wheel", "models that decide between answers"),
    ("image_processing_backends", "4.49", "5.0", "wheel", "image processors"),
    ("image_processing_outputs", "4.49", "5.0", "images", "post-processing of segmentations"),
    ("initialization", "4.49", "5.0", "initialization", "each _init_weights"),
    ("integrations.gguf", "4.49", "5.0", "wheel", "readers of GGUF files"),
    ("integrations.mistral.tokenizer", "4.49", "5.0", "wheel", "readers of Mistral's own files"),
    ("tokenization_python", "4.49", "5.0", "tokenization_python", "tokenizers in Python"),
    ("tokenization_utils_sentencepiece", "4.49", "5.0", "wheel", "tokenizers of sentencepiece"),
    ("tokenization_utils_tokenizers", "4.49", "5.0", "tokenization_utils_tokenizers", "tokenizers"),
    ("utils.output_capturing", "4.49", "5.3", "capturing", "each forward that gives hidden states or attentions"),
    ("utils.type_validators", "4.49", "5.0", "validators", "configurations whose fields look at their values"),
    ("vision_utils", "4.49", "5.0", "vision", "vision encoders"),
)

MODULES: list[Patch] = [
    patch
    for module, since, before, home, what in _MODULES
    for patch in redirected(
        module,
        to=OURS + home,
        since=since,
        before=before,
        reason=f"Files written for 5.x import {{name}} for {what}, and stop with ModuleNotFoundError.",
        upstream=f"{V5}{module.replace('.', '/')}.py",
    )
]
