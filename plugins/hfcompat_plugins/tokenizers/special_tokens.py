"""Special tokens by role, with their properties, as v4 gave them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any


@property  # type: ignore[misc]
def special_tokens_map_extended(self: Any) -> dict[str, Any]:
    """Role to token: an AddedToken where it was declared as one, and a list for `additional_special_tokens`."""
    named = {name: token for name, token in self._special_tokens_map.items() if token}
    extra = list(self._extra_special_tokens)
    return {**named, **({"additional_special_tokens": extra} if extra else {})}


@property  # type: ignore[misc]
def all_special_tokens_extended(self: Any) -> list[Any]:
    """All special tokens, each once, AddedToken where they were declared as one."""
    tokens: dict[str, Any] = {}
    for value in self.special_tokens_map_extended.values():
        for token in value if isinstance(value, (list, tuple)) else [value]:
            tokens.setdefault(str(token), token)
    return list(tokens.values())


def sanitize_special_tokens(self: Any) -> int:
    """Add special tokens that are not in the vocabulary yet; how many there were."""
    return self.add_tokens(self.all_special_tokens_extended, special_tokens=True)  # type: ignore[no-any-return]


def with_additional(original: Callable[..., int]) -> Callable[..., int]:
    """`add_special_tokens`, by its old keyword too."""

    def add_special_tokens(self: Any, special_tokens_dict: Any, *args: Any, **kwargs: Any) -> int:
        if "replace_additional_special_tokens" in kwargs:
            kwargs["replace_extra_special_tokens"] = kwargs.pop("replace_additional_special_tokens")
        return original(self, special_tokens_dict, *args, **kwargs)

    return add_special_tokens


def clean_up_tokenization(*arguments: Any) -> str:
    """A text without the spaces that tokenization leaves before punctuation; with or without a tokenizer before it."""
    text: str = arguments[-1]
    for mark in (".", "?", "!", ","):
        text = text.replace(f" {mark}", mark)
    text = text.replace(" ' ", "'")
    for ending in ("n't", "'m", "'s", "'ve", "'re"):
        text = text.replace(f" {ending}", ending)
    return text


def cleaning_without_self(original: Callable[..., str]) -> Callable[..., str]:
    """`clean_up_tokenization`, which was a static method: `PreTrainedTokenizerBase.clean_up_tokenization(text)`."""

    def cleaned(*arguments: Any, **keywords: Any) -> str:
        text = keywords.pop("out_string", None)
        if text is not None:
            arguments = (*arguments, text)
        if len(arguments) == 1 and isinstance(arguments[0], str):
            arguments = (None, *arguments)
        return original(*arguments, **keywords)

    return cleaned


class _Words:
    """`BatchEncoding.words`: `word_ids`, unless there are inputs of that name."""

    def __get__(self, encoding: Any, owner: Any) -> Any:
        if encoding is None:
            return owner.word_ids
        return encoding.data.get("words", encoding.word_ids)


words = _Words()

_SENTINEL = re.compile(r"<extra_id_\d+>")


def sentinels(original: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """`get_sentinel_tokens` of T5's tokenizer, which v5 leaves asking for `additional_special_tokens`."""

    def get_sentinel_tokens(self: Any) -> list[str]:
        try:
            return original(self)
        except AttributeError:
            return [token for token in dict.fromkeys(self.extra_special_tokens) if _SENTINEL.search(token)]

    return get_sentinel_tokens
