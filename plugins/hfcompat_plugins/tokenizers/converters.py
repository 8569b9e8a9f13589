"""convert_slow_tokenizer: signatures that packages call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def vocabulary_and_merges(original: Callable[..., Any]) -> Callable[..., Any]:
    """`SentencePieceExtractor.extract()` and `extract(vocab_scores)`: a vocabulary and its merges."""

    def extract(self: Any, *args: Any, **kwargs: Any) -> Any:
        scores = kwargs.get("vocab_scores", args[0] if args else None)
        if kwargs.keys() - {"vocab_scores"} or "model_type" in kwargs or isinstance(scores, type) or len(args) > 1:
            return original(self, *args, **kwargs)
        if args and scores is None and not kwargs:
            return original(self, *args)  # v5: find out the kind of model
        from transformers.tokenization_utils_base import generate_merges

        vocabulary = {piece.piece: index for index, piece in enumerate(self.proto.pieces)}
        return vocabulary, generate_merges(vocabulary, scores)

    return extract


def by_the_old_name(original: Callable[..., None]) -> Callable[..., None]:
    """`TikTokenConverter(additional_special_tokens=...)`."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if "additional_special_tokens" in kwargs:
            kwargs["extra_special_tokens"] = kwargs.pop("additional_special_tokens")
        original(self, *args, **kwargs)

    return __init__


def _get(self: Any) -> Any:
    return self.extra_special_tokens


def _set(self: Any, tokens: Any) -> None:
    self.extra_special_tokens = tokens


additional_special_tokens = property(_get, _set, doc="Special tokens after the vocabulary, by the name of up to 4.57.")
