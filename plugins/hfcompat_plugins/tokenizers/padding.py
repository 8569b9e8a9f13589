"""Tokenizers whose own `_pad` does not know `padding_side`, which `pad` hands on since 4.45."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hfcompat_plugins.tokenizers.origins import accepts, overrides


class _Padder:
    """Stands for a tokenizer in `pad`; its `_pad` says the side through the tokenizer's own attribute."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tokenizer, name)

    def _pad(self, *args: Any, padding_side: str | None = None, **kwargs: Any) -> Any:
        tokenizer = self._tokenizer
        before = tokenizer.padding_side
        if padding_side in (None, before):
            return tokenizer._pad(*args, **kwargs)
        tokenizer.padding_side = padding_side
        try:
            return tokenizer._pad(*args, **kwargs)
        finally:
            tokenizer.padding_side = before


def with_old_override(original: Callable[..., Any]) -> Callable[..., Any]:
    """`pad`, for a class whose `_pad` was written before 4.45."""

    def pad(self: Any, *args: Any, **kwargs: Any) -> Any:
        old = overrides(type(self), "_pad") and not accepts(type(self)._pad, "padding_side")
        return original(_Padder(self) if old else self, *args, **kwargs)

    return pad


_OLD = ("pad_to_max_length", "truncation_strategy")


def of_2020(keywords: dict[str, Any]) -> dict[str, Any]:
    """Keywords of a call, with `padding` and `truncation` for `pad_to_max_length` and `truncation_strategy`."""
    if not any(name in keywords for name in _OLD):
        return keywords
    to_max_length = keywords.pop("pad_to_max_length", False)
    strategy = keywords.pop("truncation_strategy", "do_not_truncate")
    length, padding = keywords.get("max_length"), keywords.get("padding", False)
    if keywords.get("truncation") is None:
        if str(getattr(strategy, "value", strategy)) != "do_not_truncate":
            keywords["truncation"] = strategy
        elif length is not None and padding is False:
            keywords["truncation"] = "longest_first"
    if padding is False and to_max_length:
        keywords["padding"] = "longest" if length is None else "max_length"
    return keywords


def with_old_arguments(original: Callable[..., Any]) -> Callable[..., Any]:
    """`pad_to_max_length` and `truncation_strategy`, which no longer raise or warn: nothing looks at them."""

    def _get_padding_truncation_strategies(
        self: Any,
        padding: Any = False,
        truncation: Any = None,
        max_length: int | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        kwargs = of_2020({"padding": padding, "truncation": truncation, "max_length": max_length, **kwargs})
        return original(
            self, kwargs.pop("padding"), kwargs.pop("truncation"), kwargs.pop("max_length"), *args, **kwargs
        )

    return _get_padding_truncation_strategies
