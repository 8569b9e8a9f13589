"""The rules of transformers' own classes for whole configurations, which classes derived from them do not know.

`RULES` are those of `PreTrainedConfig`; `<family>_<class>` those of a class of one family. Asked for when the class is
there and has its rules.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any

from hfcompat.origin import is_native

_MADE: dict[str, tuple[Any, list[Callable[[Any], None]]]] = {}


def _for_own_classes(rule: Callable[[Any], None]) -> Callable[[Any], None]:
    @functools.wraps(rule)
    def checked(self: Any) -> None:
        if is_native(type(self)):
            return rule(self)
        try:
            rule(self)
        except (ValueError, TypeError, KeyError, AttributeError):
            return None  # up to 5.3 nobody was refused for layer types of his own, or for what head_dim means to him

    return checked


def __getattr__(name: str) -> Any:
    family, _, cls = name.rpartition("_")
    home = f"models.{family}.configuration_{family}" if family else "configuration_utils"
    module = sys.modules.get(f"transformers.{home}")
    if module is None or name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    owner = getattr(module, cls if family else "PreTrainedConfig")
    if _MADE.get(name, (None,))[0] is not owner:
        _MADE[name] = owner, [_for_own_classes(rule) for rule in owner.__class_validators__]
    return _MADE[name][1]
