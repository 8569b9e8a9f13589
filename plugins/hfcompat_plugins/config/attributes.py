"""Attributes that configurations of 4.x had, and those of 5.x lack: `PreTrainedConfig.__getattr__`.

Nothing is stored in a configuration, so none is saved. A class from elsewhere answers everybody with the defaults that
the base class of 4.x gave it. Of transformers' own classes and of generation's defaults, transformers sees nothing.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from hfcompat_plugins.config import rope
from hfcompat_plugins.config.callers import asked_by_transformers
from hfcompat_plugins.config.defaults import GENERATION, MODEL
from hfcompat_plugins.config.families import FAMILIES

from hfcompat.origin import is_native

_FOR_ALL = frozenset((*MODEL, "rope_parameters"))
_NAMES = frozenset((*MODEL, *GENERATION, *rope.PLACES, *FAMILIES, "rope_parameters"))


def missing(self: Any, name: str) -> Any:
    """Only ever asked for what is not there."""
    if name in _NAMES:
        if not is_native(type(self)):
            if name in _FOR_ALL or torch.compiler.is_compiling() or not asked_by_transformers():
                return _answer(self, name)
        elif not torch.compiler.is_compiling() and not asked_by_transformers():
            return _answer(self, name)
    raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def dtype_by_its_new_name(self: Any, name: str) -> Any:
    """The same up to 4.55, for code of 4.56 and 4.57."""
    if name == "dtype" and "torch_dtype" in self.__dict__:
        return self.torch_dtype
    raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")


def _answer(config: Any, name: str) -> Any:
    found = rope.part(config, name) if name in rope.PLACES else None
    if found is not None and rope.PLACES[name][1] in found:
        return found[rope.PLACES[name][1]]
    if name in FAMILIES and type(config).__name__ in FAMILIES[name]:
        return copy.copy(FAMILIES[name][type(config).__name__])
    if name == "rope_parameters" and not is_native(type(config)):
        made = rope.own_parameters(config)
        if made is not None:
            return made
    if rope.complete(config):  # up to then 4.x had none either
        if name == "pruned_heads":
            return PrunedHeads(config)
        if name in MODEL:
            return MODEL[name]
        if name in GENERATION:
            return GENERATION[name]
    raise AttributeError(f"{type(config).__name__!r} object has no attribute {name!r}")


class PrunedHeads(dict):  # type: ignore[type-arg]
    """No heads by layer, until somebody writes: then it is the configuration's."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self._config = config

    def __setitem__(self, layer: int, heads: list[int]) -> None:
        super().__setitem__(layer, heads)
        self._config.__dict__["pruned_heads"] = dict(self)

    def update(self, *others: Any, **values: Any) -> None:
        for layer, heads in dict(*others, **values).items():
            self[layer] = heads

    def setdefault(self, layer: int, heads: Any = None) -> Any:
        if layer not in self:
            self[layer] = heads
        return self[layer]
