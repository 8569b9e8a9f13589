"""Values that configurations took up to 5.3, and that strict dataclasses refuse since."""

from __future__ import annotations

import collections.abc
import os
import sys
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

import torch

_NUMBERS = (bool, int, float)
_ROWS = (list, tuple, set, frozenset, collections.abc.Sequence)


def taking_kindred_values(original: Any) -> Any:
    """`huggingface_hub.dataclasses.type_validator`, for the fields of configurations."""

    def type_validator(name: str, value: Any, expected_type: Any) -> None:
        try:
            original(name, value, expected_type)
        except TypeError:
            if _within_a_union() or not (_for_a_configuration() and _kindred(value, expected_type)):
                raise

    return type_validator


def _within_a_union() -> bool:
    """Whether other types of a union are still to be tried, and the union itself is asked about after them."""
    return sys._getframe(2).f_code.co_name == "_validate_union"


def _for_a_configuration() -> bool:
    frame: Any = sys._getframe(2)
    while frame is not None and frame.f_globals.get("__name__") in ("huggingface_hub.dataclasses", __name__):
        if frame.f_code.co_name == "__strict_setattr__":
            return hasattr(frame.f_locals["self"], "attribute_map")
        frame = frame.f_back
    return False


def _kindred(value: Any, wanted: Any) -> bool:
    """Whether `value` can be meant where `wanted` is: a number for a number or a row, a row for a row, None."""
    if value is None or wanted is Any:
        return True
    origin = get_origin(wanted) or wanted
    if origin in _ROWS:
        return _is_number(value) or _is_row(value)
    if origin in _NUMBERS:
        return _is_number(value) or _is_row(value)
    if origin is str:
        return isinstance(value, (torch.dtype, os.PathLike, torch.nn.Module)) or callable(value)
    if origin is dict:
        return isinstance(value, collections.abc.Mapping) or hasattr(value, "to_dict")
    if isinstance(origin, type) and origin is not UnionType:  # of `X | Y`, which is a class
        return origin is not NoneType and hasattr(origin, "attribute_map") and isinstance(value, dict)
    return any(_kindred(value, one) for one in get_args(wanted) if isinstance(one, type) or get_args(one))


def _is_number(value: Any) -> bool:
    return isinstance(value, _NUMBERS) or (hasattr(value, "item") and getattr(value, "ndim", 1) == 0)


def _is_row(value: Any) -> bool:
    if isinstance(value, (str, bytes)):
        return False
    return isinstance(value, (list, tuple, set, frozenset, range)) or getattr(value, "ndim", 0) > 0
