"""Names of optimizers that have gone from `TrainingArguments.optim`, and how a missing package is told of."""

from __future__ import annotations

import sys
from typing import Any

__all__ = ["adamw_apex_fused", "adamw_hf", "bitsandbytes_by_any_way", "knowing_removed", "making_removed"]

_REMOVED = {"adamw_hf": "ADAMW_HF", "adamw_apex_fused": "ADAMW_APEX_FUSED"}


class MissingPackage(ImportError, ValueError):
    """An optimizer's package is not installed: ValueError up to 4.57, ImportError since."""


class _Member:
    """A member of the enumeration that is not listed: it can be named, said by its value, compared and serialized."""

    def __init__(self, value: str) -> None:
        self.value = value

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        return _member(owner, self.value)


_MADE: dict[tuple[type, str], Any] = {}


def _member(owner: Any, value: str) -> Any:
    made = _MADE.get((owner, value))
    if made is None:
        made = str.__new__(owner, value)
        made._name_, made._value_ = _REMOVED[value], value
        _MADE[owner, value] = made
    return made


adamw_hf = _Member("adamw_hf")
adamw_apex_fused = _Member("adamw_apex_fused")


def knowing_removed(original: Any) -> Any:
    def _missing_(cls: Any, value: Any) -> Any:
        gone = isinstance(value, str) and value in _REMOVED and hasattr(cls, _REMOVED[value])
        return _member(cls, str.__str__(value)) if gone else original(cls, value)

    return _missing_


def making_removed(original: Any) -> Any:
    def get_optimizer_cls_and_kwargs(args: Any, *rest: Any, **more: Any) -> Any:
        name = getattr(args.optim, "value", args.optim)
        native = {getattr(member, "value", None) for member in type(args.optim)} if hasattr(args.optim, "value") else ()
        if name not in _REMOVED or name in native:
            try:
                return original(args, *rest, **more)
            except ImportError as error:
                raise MissingPackage(str(error)) from error
        kwargs = {"lr": args.learning_rate, "betas": (args.adam_beta1, args.adam_beta2), "eps": args.adam_epsilon}
        return _classes(name), kwargs

    return get_optimizer_cls_and_kwargs


def _classes(name: str) -> Any:
    if name == "adamw_hf":
        from transformers.optimization import AdamW

        return AdamW
    try:
        from apex.optimizers import FusedAdam
    except ImportError as error:
        raise MissingPackage("optim='adamw_apex_fused' needs apex; optim='adamw_torch_fused' does not") from error
    return FusedAdam


def bitsandbytes_by_any_way(original: Any) -> Any:
    """A bitsandbytes that is imported already is there, whether or not a distribution of that name is."""

    def is_bitsandbytes_available(*args: Any, **kwargs: Any) -> bool:
        return bool(original(*args, **kwargs)) or sys.modules.get("bitsandbytes.optim") is not None

    return is_bitsandbytes_available
