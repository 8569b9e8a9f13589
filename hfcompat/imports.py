"""Telling the ledger when a module is there, without ever raising into an import, and without a trace afterwards.

A finder at the head of `sys.meta_path` lets the others find the modules that are watched, and has their specs tell when
they are complete. (wrapt's post-import hooks are not used: its finder imports the parent package while the import
system holds its global lock, and two threads can wait for each other for ever.)
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__all__ = ["Watch"]

Arrived = Callable[[str], None]


class Watch:
    """Calls `arrived(name)` as soon as a watched module is fully imported, in the thread that imports it."""

    def __init__(self, arrived: Arrived) -> None:
        self._arrived = arrived
        self._names: set[str] = set()
        self._finder = _Finder(self._names, self._complete)
        self.lock = threading.Lock()

    def add(self, name: str) -> None:
        """Watch `name`; when it is there already, `arrived` is called before this returns."""
        with self.lock:
            self._names.add(name)
            if self._finder not in sys.meta_path:
                # A new list: threads that are importing go on through the old one, and skip nobody.
                sys.meta_path = [self._finder, *sys.meta_path]
        module = sys.modules.get(name)
        if module is not None and _initializing(module):
            _WatchedSpec.watch(module.__spec__, lambda: self._complete(name))
        elif module is not None:
            self._complete(name)

    def clear(self) -> None:
        """Stop watching, and leave the import system as it was found."""
        with self.lock:
            self._names.clear()
            sys.meta_path = [finder for finder in sys.meta_path if finder is not self._finder]

    def _complete(self, name: str) -> None:
        """An import of `name` is over. When it failed the watch goes on; else `arrived` is called, once."""
        if sys.modules.get(name) is None:  # always re-read: a transformers package puts another module in its place
            return
        with self.lock:
            watched = name in self._names
            self._names.discard(name)
        if watched:
            self._arrived(name)


class _Finder:
    """Finds watched modules by way of the other finders; imports nothing: the import system holds its global lock."""

    def __init__(self, names: set[str], complete: Callable[[str], None]) -> None:
        self._names, self._complete = names, complete
        self._asked = threading.local()

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> Any:
        asking: set[str] = vars(self._asked).setdefault("names", set())
        if name not in self._names or name in asking:  # asked back by another finder that does as this one
            return None
        asking.add(name)
        try:
            others = (finder for finder in sys.meta_path if finder is not self and hasattr(finder, "find_spec"))
            spec = next(filter(None, (finder.find_spec(name, path, target) for finder in others)), None)
        finally:
            asking.discard(name)
        if spec is not None:
            _WatchedSpec.listen(spec, lambda: self._complete(name))
        return spec


def _initializing(module: ModuleType) -> bool:
    """The question that the import system itself asks of a module that another thread may be importing."""
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


class _WatchedSpec(ModuleSpec):
    """A module spec that tells when its module is complete: the import system's last act is to clear `_initializing`.

    It tells just before, while other threads that want the module still wait for it.
    """

    _WAITING = "__hfcompat_waiting__"

    @classmethod
    def listen(cls, spec: Any, complete: Callable[[], None]) -> None:
        """Call `complete` at the end of the import that `spec` is for, if there ever is one."""
        if type(spec) in (ModuleSpec, cls):
            vars(spec).setdefault(cls._WAITING, []).append(complete)
            spec.__class__ = cls

    @classmethod
    def watch(cls, spec: Any, complete: Callable[[], None]) -> None:
        """The same for an import that was under way a moment ago; when it is over by now, `complete` is called here."""
        cls.listen(spec, complete)
        if not spec._initializing:
            cls._done(spec)

    @classmethod
    def _done(cls, spec: Any) -> None:
        spec.__class__ = ModuleSpec
        for complete in vars(spec).pop(cls._WAITING, ()):
            complete()

    def __setattr__(self, name: str, value: object) -> None:
        over = name == "_initializing" and not value
        try:
            if over:
                _WatchedSpec._done(self)
        finally:
            object.__setattr__(self, name, value)
        if over:
            _WatchedSpec._done(self)  # for those who came meanwhile
