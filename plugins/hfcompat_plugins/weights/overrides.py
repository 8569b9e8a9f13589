"""Overrides of `_initialize_weights`, which is called with a second argument since 5.3."""

from __future__ import annotations

import inspect
import sys
from typing import Any

from hfcompat_plugins.weights.parts import kinds, parts

from hfcompat.origin import is_native


def initialize_weights(original: Any) -> Any:
    """`initialize_weights`: an override that takes the module alone is given the module alone."""

    def initialize_weights(self: Any) -> Any:
        base = sys.modules["transformers.modeling_utils"].PreTrainedModel
        takes_one = {kind for kind in kinds(self) if issubclass(kind, base) and _takes_one(kind._initialize_weights)}
        older: list[Any] = [part for part in parts(self) if type(part) in takes_one] if takes_one else []
        for model in older:
            model._initialize_weights = _first_only(model._initialize_weights)
        try:
            return original(self)
        finally:
            for model in older:
                del model._initialize_weights

    return initialize_weights


def _takes_one(function: Any) -> bool:
    if is_native(function):
        return False
    try:
        inspect.signature(function).bind("self", "module", False)
    except TypeError:
        return True
    return False


def _first_only(function: Any) -> Any:
    return lambda module, *_: function(module)
