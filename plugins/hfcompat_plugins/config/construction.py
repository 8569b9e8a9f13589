"""What a configuration class hands to the base class, it finds again."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from hfcompat_plugins.config import rope
from hfcompat_plugins.config.defaults import GENERATION

from hfcompat.origin import is_native

_UNSET = object()


def _keeping(original: Any, wanted: Callable[[type], bool]) -> Any:
    def keeping(self: Any, *args: Any, **kwargs: Any) -> None:
        if not wanted(type(self)):
            original(self, *args, **kwargs)
            return
        names = sys.modules["transformers.configuration_utils"].GenerationConfig._get_default_generation_params()
        kept = {name: kwargs.pop(name) for name in names if name in kwargs}
        original(self, *args, **kwargs)
        for name, value in kept.items():
            # A default is answered without being stored, and so is not saved, as it was not.
            if value != GENERATION.get(name, _UNSET) or name in self.__dict__:
                setattr(self, name, value)
        if not is_native(type(self)):
            rope.settle(self)

    return keeping


def of_foreign_classes(original: Any) -> Any:
    """`PreTrainedConfig.__post_init__`, or `__init__` up to 5.3, which drop settings of generation and `use_cache`."""
    return _keeping(original, lambda cls: not is_native(cls))


def of_own_classes(original: Any) -> Any:
    """The same for transformers' own classes, whose models then generate as their configurations say."""
    return _keeping(original, is_native)
