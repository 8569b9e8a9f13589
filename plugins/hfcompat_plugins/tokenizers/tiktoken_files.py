"""Vocabularies of the tiktoken package, read into a fast tokenizer by transformers' own converter."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Any

from packaging.version import Version

from hfcompat.auto.tokenizer_backends import Files, Refusal, TokenizerBackend

_PATTERNS = ("pat_str", "pattern")
"""Keys of tokenizer_config.json that say how a text is split; without one it is split as LLaMA 3 and cl100k do."""


def load(files: Files, row: TokenizerBackend, kwargs: dict[str, Any]) -> Any:
    """The tokenizer of the first file that the row matches; its special tokens come after the vocabulary."""
    name = files.first(row.matches)
    path = files.locate(name) if name else None
    if path is None:
        raise Refusal(f"{name} cannot be fetched")
    if not _is_tiktoken(path):
        raise Refusal("it is no tiktoken vocabulary")
    from tiktoken.load import load_tiktoken_bpe
    from transformers import PreTrainedTokenizerFast
    from transformers.convert_slow_tokenizer import TikTokenConverter

    said = {**_said(files), **kwargs}
    special = _special_tokens(said, len(load_tiktoken_bpe(str(path))))
    v5 = Version(version("transformers")) >= Version("5.0.0.dev0")
    named = "extra_special_tokens" if v5 else "additional_special_tokens"
    patterns = [said[key] for key in _PATTERNS if isinstance(said.get(key), str)]
    pattern = {"pattern": patterns[0]} if patterns else {}
    converted = TikTokenConverter(vocab_file=str(path), **{named: special}, **pattern).converted()
    left = {key: value for key, value in said.items() if key not in _NOT_OF_A_TOKENIZER}
    left |= {named: special} if special else {}
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=converted, **left)
    tokenizer.name_or_path = tokenizer.init_kwargs["name_or_path"] = str(files.origin)
    return tokenizer


def _said(files: Files) -> dict[str, Any]:
    """What the files beside the vocabulary say, as transformers reads them: tokens with properties are objects."""
    from tokenizers import AddedToken

    said = {**files.document("special_tokens_map.json"), **files.document("tokenizer_config.json")}
    for key, value in said.items():
        if key.endswith("_token") and isinstance(value, dict) and isinstance(value.get("content"), str):
            known = {name: value[name] for name in _PROPERTIES if name in value}
            said[key] = AddedToken(value["content"], special=True, **known)
    template = files.locate("chat_template.jinja")
    if template is not None:
        said["chat_template"] = template.read_text("utf-8")
    return said


_PROPERTIES = ("lstrip", "normalized", "rstrip", "single_word")

_NOT_OF_A_TOKENIZER = (
    *_PATTERNS,
    "added_tokens_decoder",
    "additional_special_tokens",
    "auto_map",
    "backend",
    "extra_special_tokens",
    "tokenizer_class",
    "vocab_file",
)


def _is_tiktoken(path: Path) -> bool:
    """Every line is a token in base64 and its rank."""
    with open(path, "rb") as file:
        first = file.readline(1024).split()
    return len(first) == 2 and first[1].isdigit()


def _special_tokens(said: dict[str, Any], size: int) -> list[str]:
    """In the order of their ids: those that have an id, with stand-ins for ids that nobody has, then the others."""
    decoder = said.get("added_tokens_decoder") or {}
    by_id = {int(n): token["content"] if isinstance(token, dict) else str(token) for n, token in decoder.items()}
    found = [by_id.get(n, f"<|reserved_token_{n}|>") for n in range(size, max(by_id, default=0) + 1)]
    for key in ("additional_special_tokens", "extra_special_tokens"):
        more = said.get(key) or []
        contents = more.values() if isinstance(more, dict) else more
        found += [
            text for one in contents if (text := str(one["content"] if isinstance(one, dict) else one)) not in found
        ]
    return found
