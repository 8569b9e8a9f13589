"""From the files of a model to its tokenizer."""

from __future__ import annotations

from typing import Any

from hfcompat.auto.tokenizer_backends import Files, Refusal, TokenizerBackend

_SAVED = (
    "mode",
    "model_max_length",
    "padding_side",
    "truncation_side",
    "clean_up_tokenization_spaces",
    "pad_token",
    "add_bos_token",
    "add_eos_token",
)
"""Keys of tokenizer_config.json that are heeded, where this backend has written it."""


def load(files: Files, row: TokenizerBackend, kwargs: dict[str, Any]) -> Any:
    """The tokenizer of the first file that the row matches."""
    from hfcompat_plugins.mistral.tokenizer import MistralTokenizer

    name = files.first(row.matches)
    path = files.locate(name) if name else None
    if path is None:
        raise Refusal(f"{name} cannot be fetched")
    said = files.document("tokenizer_config.json")  # somebody else's is for transformers; 5.x does not heed it either
    saved = {key: said[key] for key in _SAVED if key in said} if "hfcompat_backend" in said else {}
    tokenizer = MistralTokenizer(str(path), **{**saved, **kwargs})
    tokenizer.name_or_path = tokenizer.init_kwargs["name_or_path"] = str(files.origin)
    return tokenizer
