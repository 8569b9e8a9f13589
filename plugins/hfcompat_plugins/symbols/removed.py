"""Stand-ins for what cannot be brought back: they import, subclass and compare fine, and say so when used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import Any, NoReturn

__all__ = ["refuse", "removed_class", "removed_function", "removed_names"]


def refuse(name: str, way_out: str, library: str = "transformers") -> NoReturn:
    """Raise ImportError: `name` is gone, and `way_out`, the end of a sentence, is what to do instead."""
    raise ImportError(
        f"{name} is gone from {library} {metadata.version(library)}, and nothing can stand in for it: {way_out}"
    )


class _Removed(type):
    """Metaclass whose classes, and their subclasses, cannot be instantiated or asked for a public attribute.

    `isinstance` answers False and private attributes are simply missing, so that type checks, pickling,
    inspection and `class Mine(TheirClass)` work.
    """

    _what: str
    _why: tuple[str, str]

    def __call__(cls, *args: Any, **kwargs: Any) -> NoReturn:
        refuse(cls._what, *cls._why)

    def __getattr__(cls, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        refuse(f"{cls._what}.{name}", *cls._why)


def removed_class(name: str, way_out: str, module: str, library: str = "transformers") -> type:
    """A class called `name` that raises ImportError when instantiated, subclassed and instantiated, or asked for an
    attribute.

    Args:
        way_out: what the user can do instead, as the end of a sentence.
        module: where the class pretends to come from, a module of ours.
        library: the distribution that had it.
    """
    return _Removed(name, (), {"__module__": module, "_what": name, "_why": (way_out, library), "__doc__": way_out})


def removed_function(name: str, way_out: str, module: str, library: str = "transformers") -> Callable[..., NoReturn]:
    """A function called `name` that raises ImportError when called."""

    def function(*args: Any, **kwargs: Any) -> NoReturn:
        refuse(f"{name}()", way_out, library)

    function.__name__ = function.__qualname__ = name
    function.__module__ = module
    return function


def removed_names(
    module: str,
    way_out: str,
    *,
    classes: tuple[str, ...] = (),
    functions: tuple[str, ...] = (),
    library: str = "transformers",
) -> dict[str, Any]:
    """Stand-ins by name, for the globals of a module that stands in for a removed one."""
    made: dict[str, Any] = {name: removed_class(name, way_out, module, library) for name in classes}
    made.update({name: removed_function(name, way_out, module, library) for name in functions})
    return made
