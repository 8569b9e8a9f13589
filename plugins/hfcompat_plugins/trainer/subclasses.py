"""Dataclasses that somebody derives from `TrainingArguments`: their constructors take the removed arguments too.

`@dataclass` writes a subclass a constructor of its own, which never calls the base's. So each such constructor has to
be told: when the class is decorated, or, for those that were there before, when the patch is installed. Once the patch
is reverted, a constructor that was told puts the plain one back the next time that it is called.
"""

from __future__ import annotations

import functools
from types import FunctionType
from typing import Any

from hfcompat_plugins.trainer.arguments import taking_removed
from hfcompat_plugins.trainer.defaults import active_defaults, with_defaults

from hfcompat.origin import is_native

__all__ = ["base_taking_removed", "decorated"]


def base_taking_removed(original: Any) -> Any:
    """The constructor of `TrainingArguments` itself. The classes that were derived from it before are told now."""
    made = taking_removed(original)
    made.is_base_of_told = True
    _tell_subclasses(original.__globals__["TrainingArguments"])
    return made


def decorated(original: Any) -> Any:
    """`@dataclass` at work."""

    def _process_class(cls: Any, *args: Any, **kwargs: Any) -> Any:
        made = original(cls, *args, **kwargs)
        if _told_base(made) is not None:
            _tell(made)
        return made

    return _process_class


def _told_base(cls: type) -> type | None:
    """The `TrainingArguments` that it derives from, if that takes the removed arguments now."""
    for base in cls.__mro__[1:]:
        constructor = vars(base).get("__init__")
        while isinstance(constructor, FunctionType):
            if hasattr(constructor, "is_base_of_told"):
                return base
            constructor = getattr(constructor, "__wrapped__", None)
    return None


def _tell_subclasses(base: type) -> None:
    for cls in base.__subclasses__():
        _tell(cls)
        _tell_subclasses(cls)


def _tell(cls: Any) -> None:
    original = vars(cls).get("__init__")
    if is_native(cls) or not isinstance(original, FunctionType) or original.__code__.co_filename != "<string>":
        return  # not the one that @dataclass wrote, or told already
    taking, accepts = taking_removed(original), original.__code__.co_varnames[: original.__code__.co_argcount]

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        base = _told_base(cls)
        if base is not None:
            defaults = active_defaults(vars(base)["__init__"])
            taking(self, *args, **with_defaults(cls, accepts, args, kwargs, defaults))
            return
        if vars(cls).get("__init__") is told:
            cls.__init__ = original
        original(self, *args, **kwargs)

    told = functools.update_wrapper(__init__, original, updated=())
    cls.__init__ = told
