"""A picture of every attribute of a package, and of the import system; to see that nothing of a patch is left."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Collection, Iterator, Mapping
from types import FunctionType, ModuleType
from typing import Any

__all__ = ["Snapshot"]

_importer: Any = importlib.import_module("wrapt.importer")


class Snapshot:
    """Which object each attribute of each loaded module and class of `package` is, and what the import system holds.

    The objects are kept alive, so that identity means identity.
    """

    def __init__(self, package: str = "transformers") -> None:
        self.attributes: dict[str, Any] = {}
        for name, module in sorted(sys.modules.items()):
            if name.partition(".")[0] == package and isinstance(module, ModuleType):
                self._take(name, vars(module))
                for key, value in list(vars(module).items()):
                    if isinstance(value, type) and value.__module__.partition(".")[0] == package:
                        self._take(f"{name}:{key}", vars(value))
        self.modules = {name: m for name, m in sys.modules.items() if not name.startswith("hfcompat")}
        self.meta_path = list(sys.meta_path)
        self.hooks = {name: list(hooks) for name, hooks in _importer._post_import_hooks.items()}
        self.finder = _importer._post_import_hooks_init

    def _take(self, where: str, namespace: Mapping[str, Any]) -> None:
        for key, value in list(namespace.items()):
            self.attributes[f"{where}.{key}"] = value

    def differences(self, later: Snapshot, *, loaded: bool = False) -> list[str]:
        """What `later` has otherwise, one line each.

        Args:
            loaded: forgive what the package itself has loaded in between: modules, and names that its lazy modules
                have picked up.
        """
        return [*self._attribute_differences(later, loaded), *self._import_differences(later, loaded)]

    def traces(self, roots: Collection[str]) -> list[str]:
        """Attributes whose code comes from one of the packages `roots`, one line each."""
        return [f"{where} is still {v!r:.80}" for where, v in self.attributes.items() if _root(v) in roots]

    def _attribute_differences(self, later: Snapshot, loaded: bool) -> Iterator[str]:
        for where in self.attributes.keys() | later.attributes.keys():
            if where not in later.attributes:
                yield f"{where} is gone"
            elif where not in self.attributes:
                if not (loaded and _may_come(where, later.attributes[where], self)):
                    yield f"{where} is new: {later.attributes[where]!r:.80}"
            elif self.attributes[where] is not later.attributes[where]:
                yield f"{where} is another object"

    def _import_differences(self, later: Snapshot, loaded: bool) -> Iterator[str]:
        for name in self.modules.keys() - later.modules.keys():
            yield f"sys.modules[{name!r}] is gone"
        for name in later.modules.keys() - self.modules.keys():
            if not loaded or _ours(later.modules[name]):
                yield f"sys.modules[{name!r}] is new"
        for name in self.modules.keys() & later.modules.keys():
            if self.modules[name] is not later.modules[name]:
                yield f"sys.modules[{name!r}] is another object"
        added = [finder for finder in later.meta_path if finder not in self.meta_path]
        if [f for f in self.meta_path if f not in later.meta_path] or any(not loaded or _ours(f) for f in added):
            yield f"sys.meta_path was {self.meta_path}, is {later.meta_path}"
        if (self.hooks, self.finder) != (later.hooks, later.finder):
            yield f"post-import hooks were {self.hooks}, are {later.hooks}"


def _ours(thing: Any) -> bool:
    """Whether a module or a finder is of our making, or of wrapt's on our behalf."""
    return type(thing).__module__.partition(".")[0] in ("hfcompat", "wrapt")


def _root(value: Any) -> str | None:
    """The package that a function, a class or a descriptor was written in, whatever name a wrapper goes by.

    Asks types only: an attribute of some modules of transformers imports what is not installed.
    """
    if type(value) is property:
        value = value.fget
    elif type(value) in (staticmethod, classmethod):
        value = value.__func__
    if type(value) is FunctionType:
        home = value.__globals__.get("__name__")
    elif issubclass(type(value), type):
        home = value.__module__
    else:
        home = type(value).__module__
    return home.partition(".")[0] if isinstance(home, str) else None


def _may_come(where: str, value: Any, before: Snapshot) -> bool:
    module = where.rpartition(".")[0]
    was_loaded = f"{module}.__name__" in before.attributes
    if not was_loaded or isinstance(value, ModuleType):
        return True
    return type(sys.modules.get(module)).__name__ == "_LazyModule" and not where.endswith("__getattr__")
