"""Stand-ins for what cannot be brought back: they import, subclass and compare fine, and say so when used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import Any, NoReturn

__all__ = ["removed_class", "removed_function", "removed_names"]


def _refuse(name: str, way_out: str) -> NoReturn:
    raise ImportError(
        f"{name} is gone from transformers {metadata.version('transformers')}, and nothing can stand in for it: "
        f"{way_out}"
    )


class _Removed(type):
    """Metaclass whose classes, and their subclasses, cannot be instantiated or asked for a public attribute.

    `isinstance` answers False and private attributes are simply missing, so that type checks, pickling,
    inspection and `class Mine(TheirClass)` work.
    """

    _what: str
    _way_out: str

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        _refuse(cls._what, cls._way_out)

    def __getattr__(cls, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        _refuse(f"{cls._what}.{name}", cls._way_out)


def removed_class(name: str, way_out: str, module: str) -> type:
    """A class called `name` that raises ImportError when instantiated, subclassed and instantiated, or asked for an
    attribute.

    Args:
        way_out: what the user can do instead, as the end of a sentence.
        module: where the class pretends to come from, a module of ours.
    """
    return _Removed(name, (), {"__module__": module, "_what": name, "_way_out": way_out, "__doc__": way_out})


def removed_function(name: str, way_out: str, module: str) -> Callable[..., NoReturn]:
    """A function called `name` that raises ImportError when called."""

    def function(*args: Any, **kwargs: Any) -> NoReturn:
        _refuse(f"{name}()", way_out)

    function.__name__ = function.__qualname__ = name
    function.__module__ = module
    return function


def removed_names(
    module: str, way_out: str, *, classes: tuple[str, ...] = (), functions: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Stand-ins by name, for the globals of a module that stands in for a removed one."""
    made: dict[str, Any] = {name: removed_class(name, way_out, module) for name in classes}
    made.update({name: removed_function(name, way_out, module) for name in functions})
    return made
