"""Attributes that tokenizers had in v4, answered to code that is not transformers' own.

transformers asks its tokenizers with hasattr and getattr too, and goes on seeing what it saw; so these are no
attributes of the classes, but answers of `__getattr__` to foreign callers.
"""

from __future__ import annotations

import functools
import importlib
import json
from collections.abc import Callable
from typing import Any

from hfcompat_plugins.tokenizers.origins import owner_of, somebodys
from hfcompat_plugins.tokenizers.subclasses import become_slow

from hfcompat.origin import native_caller


def answering(original: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    """`__getattr__` that knows v4's attributes."""

    def __getattr__(self: Any, key: str) -> Any:
        answer = None if native_caller() else _ANSWERS.get(key)
        try:
            found = original(self, key)
        except AttributeError:
            if answer is None:
                raise
            return answer(self)
        if isinstance(found, property) and somebodys(type(self)):
            # 5.5 and later look the name up in the classes, and find the property that has just raised AttributeError
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {key!r}")
        return found

    return __getattr__


def assigning(original: Callable[[Any, str, Any], None]) -> Callable[[Any, str, Any], None]:
    """`__setattr__` that takes `additional_special_tokens` for what it was, and makes slow what was slow."""

    def __setattr__(self: Any, key: str, value: Any) -> None:
        if become_slow(self):
            setattr(self, key, value)
        elif key in _SET and not native_caller() and _is_for_us(self, key, value):
            self.__dict__.pop(key, None)
            original(self, key.replace("additional", "extra"), value)
            self.__dict__[_UNSET] = value is None
        else:
            original(self, key, value)

    return __setattr__


_SET = ("additional_special_tokens", "additional_special_tokens_ids")


def _is_for_us(self: Any, key: str, value: Any) -> bool:
    """Whether v4 would have taken an assignment: once a tokenizer is built, a list, and nobody's own attribute."""
    built = "_extra_special_tokens" in self.__dict__
    return built and isinstance(value, (list, tuple, type(None))) and owner_of(type(self), key) is None


def _missing(self: Any, name: str, why: str) -> AttributeError:
    return AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}: {why}")


def _backend(self: Any, name: str, kind: str) -> Any:
    """The tokenizers backend, if its model is of a kind: AttributeError otherwise."""
    backend = self.__dict__.get("_tokenizer")
    found = None if backend is None else type(backend.model).__name__
    if found != kind:
        raise _missing(self, name, f"its backend is {found}, not {kind}")
    return backend


def _vocabulary(self: Any, name: str, kind: str) -> dict[str, int]:
    return _backend(self, name, kind).get_vocab(with_added_tokens=False)  # type: ignore[no-any-return]


def _byte_level(self: Any, name: str) -> None:
    backend = _backend(self, name, "BPE")
    steps = (step.__getstate__() for step in (backend.pre_tokenizer, backend.decoder) if step is not None)
    if not any(b'"ByteLevel"' in step for step in steps):
        raise _missing(self, name, "its backend is not byte-level")


def _byte_encoder(self: Any) -> dict[int, str]:
    _byte_level(self, "byte_encoder")
    return importlib.import_module("transformers.convert_slow_tokenizer").bytes_to_unicode()  # type: ignore[no-any-return]


def _byte_decoder(self: Any) -> dict[str, int]:
    return {character: byte for byte, character in _byte_encoder(self).items()}


def _bpe_ranks(self: Any) -> dict[tuple[str, str], int]:
    merges = json.loads(_backend(self, "bpe_ranks", "BPE").model.__getstate__())["merges"]
    pairs = (merge.split(" ") if isinstance(merge, str) else merge for merge in merges)
    return {(left, right): rank for rank, (left, right) in enumerate(pairs)}


def _encoder(self: Any) -> dict[str, int]:
    return _vocabulary(self, "encoder", "BPE")


def _cut_into_units(self: Any, token: str) -> str:
    return " ".join(unit.value for unit in self._tokenizer.model.tokenize(token))


def _bpe(self: Any) -> Callable[[str], str]:
    _backend(self, "bpe", "BPE")
    return functools.partial(_cut_into_units, self)


def _ids_to_tokens(self: Any) -> dict[int, str]:
    return {index: token for token, index in _vocabulary(self, "ids_to_tokens", "WordPiece").items()}


def _basic_tokenizer(self: Any) -> Any:
    _backend(self, "basic_tokenizer", "WordPiece")
    legacy = importlib.import_module("transformers.models.bert.tokenization_bert_legacy")
    known = {name: getattr(self, name) for name in ("tokenize_chinese_chars", "strip_accents") if hasattr(self, name)}
    return legacy.BasicTokenizer(do_lower_case=getattr(self, "do_lower_case", True), **known)


def _wordpiece_tokenizer(self: Any) -> Any:
    vocabulary = _vocabulary(self, "wordpiece_tokenizer", "WordPiece")
    legacy = importlib.import_module("transformers.models.bert.tokenization_bert_legacy")
    return legacy.WordpieceTokenizer(vocab=vocabulary, unk_token=str(self.unk_token))


def _sp_model(self: Any) -> Any:
    path = getattr(self, "vocab_file", None) or self.init_kwargs.get("vocab_file")
    if not isinstance(path, str) or not path.endswith(".model"):
        raise _missing(
            self, "sp_model", "it was not loaded from a SentencePiece file; load its tokenizer.model or spiece.model"
        )
    from hfcompat_plugins.tokenizers.slow_sentencepiece import load_pieces

    processor = importlib.import_module("sentencepiece").SentencePieceProcessor()
    try:
        load_pieces(processor, path, legacy=self.init_kwargs.get("legacy") is not False)
    except (OSError, RuntimeError) as error:
        raise _missing(self, "sp_model", f"{path} cannot be read: {error}") from error
    return processor


def _unk_token_length(self: Any) -> int:
    return len(_sp_model(self).encode(str(self.unk_token)))


_UNSET = "_hfcompat_additional_unset"  # who sets the additional tokens to None reads None, not an empty list


def _additional(self: Any) -> list[str] | None:
    tokens = list(self.extra_special_tokens)
    return None if not tokens and self.__dict__.get(_UNSET) else tokens


def _additional_ids(self: Any) -> list[int] | None:
    tokens = _additional(self)
    return None if tokens is None else self.convert_tokens_to_ids(tokens)  # type: ignore[no-any-return]


_ANSWERS: dict[str, Callable[[Any], Any]] = {
    "additional_special_tokens": _additional,
    "additional_special_tokens_ids": _additional_ids,
    "byte_encoder": _byte_encoder,
    "byte_decoder": _byte_decoder,
    "bpe_ranks": _bpe_ranks,
    "bpe": _bpe,
    "encoder": _encoder,
    "ids_to_tokens": _ids_to_tokens,
    "basic_tokenizer": _basic_tokenizer,
    "wordpiece_tokenizer": _wordpiece_tokenizer,
    "sp_model": _sp_model,
    "unk_token_length": _unk_token_length,
    "_decode_use_source_tokenizer": lambda self: False,
}
