"""Telling the ledger when a module is there: one dispatcher a module, which never raises into an import.

wrapt's post-import hooks do the watching. Three of their edges are rounded off here: a hook that raises would
break the user's import, a hook registered while the module is half imported fires at once, and a hook cannot be
taken back.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Callable
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, ClassVar

import wrapt

__all__ = ["Watch"]

Arrived = Callable[[str], None]

importer: Any = importlib.import_module("wrapt.importer")  # outside wrapt's stubs


class Watch:
    """Calls `arrived(name)` as soon as a watched module is fully imported, in the thread that imports it."""

    def __init__(self, arrived: Arrived) -> None:
        self._arrived = arrived
        self._hooks: dict[str, Callable[[ModuleType], None]] = {}
        self.lock = threading.Lock()
        self._brought_finder = False

    def add(self, name: str) -> None:
        """Watch `name`; when it is there already, `arrived` is called before this returns."""
        module = sys.modules.get(name)
        if module is not None and not _initializing(module):
            self._arrived(name)
            return
        with self.lock:
            if name in self._hooks:
                return
            at_once: list[bool] = []
            registering = True

            def hook(_: ModuleType) -> None:
                if registering:
                    at_once.append(True)
                else:
                    self._fire(name)

            self._hooks[name] = hook
            self._brought_finder |= not any(isinstance(f, importer.ImportHookFinder) for f in sys.meta_path)
            wrapt.register_post_import_hook(hook, name)
            registering = False
        if at_once:
            self._fire_when_complete(name)

    def clear(self) -> None:
        """Stop watching, and leave the import system as it was found."""
        with self.lock:
            for name, hook in self._hooks.items():
                _take_back(name, hook)
            self._hooks.clear()
            if self._brought_finder and _retire_finder():
                self._brought_finder = False

    def _fire(self, name: str) -> None:
        with self.lock:
            watched = self._hooks.pop(name, None) is not None
        if watched:
            self._arrived(name)

    def _fire_when_complete(self, name: str) -> None:
        # The hook that a transformers package receives is a dead module: always re-read sys.modules.
        module = sys.modules.get(name)
        if module is not None and _initializing(module):
            _WatchedSpec.watch(module.__spec__, lambda: self._complete(name))
        else:
            self._complete(name)

    def _complete(self, name: str) -> None:
        if sys.modules.get(name) is not None:
            self._fire(name)
            return
        with self.lock:  # the import failed: wait for the next attempt
            again = self._hooks.pop(name, None) is not None
        if again:
            self.add(name)


def _initializing(module: ModuleType) -> bool:
    """The question that the import system itself asks of a module that another thread may be importing."""
    return bool(getattr(getattr(module, "__spec__", None), "_initializing", False))


class _WatchedSpec(ModuleSpec):
    """A module spec that tells when its module is complete: the import system's last act is to clear `_initializing`.

    Nothing else marks that moment when the import was already under way, in this thread or another, as the watch began.
    """

    __slots__ = ()
    _waiting: ClassVar[dict[int, tuple[type, list[Callable[[], None]]]]] = {}

    @classmethod
    def watch(cls, spec: Any, complete: Callable[[], None]) -> None:
        cls._waiting.setdefault(id(spec), (type(spec), []))[1].append(complete)
        spec.__class__ = cls
        if not spec._initializing:
            cls._done(spec)

    @classmethod
    def _done(cls, spec: Any) -> None:
        waiting = cls._waiting.pop(id(spec), None)
        if waiting is not None:
            spec.__class__, calls = waiting
            for complete in calls:
                complete()

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        if name == "_initializing" and not value:
            self._done(self)


def _take_back(name: str, hook: Callable[[ModuleType], None]) -> None:
    """wrapt has no public way to unregister a hook; where its private table looks different, the hook stays, inert."""
    lock, table = getattr(importer, "_post_import_hooks_lock", None), getattr(importer, "_post_import_hooks", None)
    if lock is None or table is None:
        return
    with lock:
        hooks = table.get(name, [])
        if hook in hooks:
            hooks.remove(hook)
        if not hooks:
            table.pop(name, None)


def _retire_finder() -> bool:
    """Take wrapt's finder off sys.meta_path again, unless somebody else came to use it."""
    lock, table = getattr(importer, "_post_import_hooks_lock", None), getattr(importer, "_post_import_hooks", None)
    if lock is None or table is None or not hasattr(importer, "_post_import_hooks_init"):
        return False
    with lock:
        if table:
            return False
        # A new list: threads that are importing go on through the old one, and skip nobody.
        sys.meta_path = [f for f in sys.meta_path if not isinstance(f, importer.ImportHookFinder)]
        importer._post_import_hooks_init = False
    return True
