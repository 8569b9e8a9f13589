"""Callbacks that were written for `tokenizer=`, which events give as `processing_class=` since 4.46."""

from __future__ import annotations

import inspect
from types import CodeType
from typing import Any

from hfcompat.origin import is_native

__all__ = ["event_with_tokenizer", "tokenizer"]

_NAME = "tokenizer"


class _Handing:
    """A callback whose events are given the tokenizer too."""

    def __init__(self, callback: Any, tokenizer: Any) -> None:
        self.callback, self.tokenizer = callback, tokenizer

    @property
    def __class__(self) -> Any:
        """What it stands for, to code that looks a callback up by its class."""
        return type(self.callback)

    def __eq__(self, other: object) -> bool:
        return bool(self.callback == other)

    __hash__ = None  # type: ignore[assignment]

    def __getattr__(self, event: str) -> Any:
        method = getattr(self.callback, event)
        return lambda *args, **kwargs: method(*args, **{_NAME: self.tokenizer, **kwargs})


def _asks_for_tokenizer(callback: Any, event: str) -> bool:
    """Whether a foreign callback's method has a parameter of that name, or looks for it among its keyword arguments,
    itself or where it calls up to."""
    if is_native(callback):
        return False
    codes = [_code(vars(cls).get(event)) for cls in type(callback).__mro__ if not is_native(cls)]
    codes = [code for code in codes if code is not None]
    if not codes:
        return False
    own = codes[0]
    if _NAME in _parameters(own):
        return True
    takes_more = own.co_flags & inspect.CO_VARKEYWORDS
    return bool(takes_more) and any(_NAME in (*code.co_consts, *_parameters(code)) for code in codes)


def _parameters(code: CodeType) -> tuple[str, ...]:
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _code(function: Any) -> CodeType | None:
    code = getattr(inspect.unwrap(function), "__code__", None) if callable(function) else None
    return code if isinstance(code, CodeType) else None


def event_with_tokenizer(original: Any) -> Any:
    def call_event(self: Any, event: str, *args: Any, **kwargs: Any) -> Any:
        held = self.callbacks
        if not any(_asks_for_tokenizer(callback, event) for callback in held):
            return original(self, event, *args, **kwargs)
        self.callbacks = [
            _Handing(callback, self.processing_class) if _asks_for_tokenizer(callback, event) else callback
            for callback in held
        ]
        try:
            return original(self, event, *args, **kwargs)
        finally:  # an event may have added or removed some
            held[:] = [item.callback if type(item) is _Handing else item for item in self.callbacks]
            self.callbacks = held

    return call_event


def _processing_class(self: Any) -> Any:
    """`processing_class`, by the name that it had up to 4.45."""
    return self.processing_class


def _set_processing_class(self: Any, value: Any) -> None:
    self.processing_class = value


tokenizer = property(_processing_class, _set_processing_class)
