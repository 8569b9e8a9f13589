"""`huggingface_hub.dataclasses` of 1.x and later, on 0.x: annotations `X | Y` and abstract classes are understood."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from huggingface_hub import dataclasses

__all__ = ["strict", "validate_typed_dict"]


def strict(cls: Any = None, *, accept_kwargs: bool = False) -> Any:
    """`huggingface_hub.dataclasses.strict`, with the annotations of the fields in words that 0.x knows."""

    def wrap(cls: Any) -> Any:
        for field in fields(cls):
            field.type = _in_old_words(field.type)
        return dataclasses.strict(accept_kwargs=accept_kwargs)(cls)

    return wrap if cls is None else wrap(cls)


def _in_old_words(annotation: Any) -> Any:
    origin, args = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is None or origin is typing.Literal:
        return annotation
    args = tuple(_in_old_words(arg) for arg in args)
    if origin in (types.UnionType, typing.Union):
        return typing.Union[args]  # noqa: UP007
    return origin[args] if origin in (list, dict, tuple, set) else origin


def validate_typed_dict(schema: type, data: dict[str, Any]) -> None:
    """Nothing is checked: the fields of these dictionaries are checked again by those who use them."""


def __getattr__(name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = getattr(dataclasses, name)
    return found
