"""Strict dataclasses of huggingface_hub 0.x, for annotations that 1.x knows."""

from __future__ import annotations

import collections.abc
import types
import typing
from typing import Any, Union, get_args, get_origin

_ROWS = (collections.abc.Sequence, collections.abc.Iterable)


def of_any_annotation(original: Any) -> Any:
    """`type_validator`: `X | Y`, typed dictionaries and sequences are checked; what 0.x does not know is let pass."""

    def type_validator(name: str, value: Any, expected_type: Any) -> None:
        origin = get_origin(expected_type)
        if origin is types.UnionType:
            expected_type = Union[get_args(expected_type)]  # noqa: UP007
        elif typing.is_typeddict(expected_type):
            expected_type = dict
        elif origin in _ROWS:
            expected_type = origin
        elif expected_type in (None, type(None)):
            expected_type = type(None)
        elif origin is not None and origin not in _known(original):
            expected_type = origin if isinstance(origin, type) else Any
        original(name, value, expected_type)

    return type_validator


def _known(original: Any) -> Any:
    return original.__globals__["_BASIC_TYPE_VALIDATORS"]
