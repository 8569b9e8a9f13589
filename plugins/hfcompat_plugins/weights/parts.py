"""The modules of a model, for what is asked at every load."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property

from torch import nn


@dataclass
class _Look:
    model: nn.Module

    @cached_property
    def parts(self) -> list[nn.Module]:
        found: list[nn.Module] = [self.model]
        known = {None, self.model}
        for part in found:  # which grows
            if part._modules:
                children = {*part._modules.values()} - known
                known |= children
                found += children
        return found

    @cached_property
    def kinds(self) -> frozenset[type]:
        return frozenset(map(type, self.parts))

    @cached_property
    def has_foreign(self) -> bool:
        return any(map(is_foreign, self.kinds))


_look: ContextVar[_Look | None] = ContextVar("look", default=None)


def parts(model: nn.Module) -> list[nn.Module]:
    """The model and all modules in it, each once, in no order. A quarter of the time that `model.modules()` takes."""
    return _at(model).parts


def kinds(model: nn.Module) -> frozenset[type]:
    """The classes of all of them."""
    return _at(model).kinds


def has_foreign(model: nn.Module) -> bool:
    """Whether there is a module in it, or the model itself, that is of neither torch nor transformers."""
    return _at(model).has_foreign


def is_foreign(kind: type) -> bool:
    """Whether a class of modules is of neither."""
    return kind.__module__.partition(".")[0] not in ("torch", "transformers")


@contextmanager
def looked_at_once(model: nn.Module) -> Iterator[None]:
    """While this lasts no module is exchanged for another."""
    token = _look.set(_Look(model))
    try:
        yield
    finally:
        _look.reset(token)


def _at(model: nn.Module) -> _Look:
    look = _look.get()
    return look if look is not None and look.model is model else _Look(model)
