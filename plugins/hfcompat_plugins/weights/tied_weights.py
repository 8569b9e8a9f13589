"""Models whose class never calls `post_init()`.

Up to 4.57 a class that ended its `__init__` with `init_weights()`, or with nothing, was complete. Since 5.0
`post_init()` also gathers what the model declares: tied weights, modules not to split, keys to ignore. Here that is
gathered as soon as somebody asks for the tied weights, which is the first that loading and initialising ask for.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

_NAME = "all_tied_weights_keys"

# What post_init() does beyond gathering; such a class did without it on 4.57 too.
_DEEDS = ("init_weights", "_backward_compatibility_gradient_checkpointing")


@dataclass
class _Gathered:
    size: int  #: modules that the model had
    keys: dict[str, str]


class LateTiedWeightsKeys:
    """`all_tied_weights_keys`: a dict of `{name of a tied parameter: name of its source}`, in dotted names.

    A descriptor without `__set__`, so what `post_init()` assigns to a model comes before it.
    """

    def __init__(self) -> None:
        self._gathered: WeakKeyDictionary[Any, _Gathered] = WeakKeyDictionary()

    def __get__(self, model: Any, owner: type | None = None) -> Any:
        if model is None:
            return self
        gathered = self._gathered.get(model)
        if gathered is None and _asked_by_parent(model):
            # Without us the parent would find nothing here and go on; a child that never tied its weights stays so.
            raise AttributeError(f"{type(model).__name__!r} object has no attribute {_NAME!r}")
        size = sum(1 for _ in model.modules())
        if gathered is None or gathered.size != size:  # init_weights() can be called again after more modules came
            base = next(cls for cls in type(model).__mro__ if vars(cls).get(_NAME) is self)
            gathered = self._gathered[model] = _gather(model, base, size)
        return gathered.keys


all_tied_weights_keys = LateTiedWeightsKeys()


def _gather(model: Any, base: Any, size: int) -> _Gathered:
    for child in model.children():
        if isinstance(child, base):
            getattr(child, _NAME)
    try:
        with _without_deeds(model):
            base.post_init(model)
        return _Gathered(size, vars(model)[_NAME])
    finally:
        vars(model).pop(_NAME, None)


@contextmanager
def _without_deeds(model: Any) -> Iterator[None]:
    attributes = vars(model)
    before = {name: attributes[name] for name in _DEEDS if name in attributes}
    attributes.update(dict.fromkeys(_DEEDS, _nothing))
    try:
        yield
    finally:
        for name in _DEEDS:
            del attributes[name]
        attributes.update(before)


def _nothing() -> None:
    pass


def _asked_by_parent(model: Any) -> bool:
    caller = sys._getframe(2)
    return caller.f_code.co_name == "post_init" and caller.f_locals.get("self") is not model
