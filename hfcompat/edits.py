"""The reversible edits, and the only file that touches somebody else's attributes.

An edit is prepared (which may run a plugin's code, and may fail), then made (which does neither), then undone.
What is traced by torch.compile must be a plain function: dynamo reads straight through a wrapt wrapper and drops it.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
import threading
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pkgutil import resolve_name
from types import FunctionType, ModuleType
from typing import Any, ClassVar, Protocol

import wrapt

from hfcompat.patch import Kind, Patch, Target

__all__ = ["MISSING", "AlreadyPatched", "Edit", "Native", "Unresolvable", "origin", "prepare"]


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


MISSING: Any = _Missing()
"""What stood in a place where nothing stood."""


class Native(Exception):
    """The runtime has it already; the message says where it comes from."""


class AlreadyPatched(Exception):
    """Somebody else has been at the target; the message says who."""


class Unresolvable(Exception):
    """The target, the impl or what the impl made cannot be used; the message says why."""


class Edit(Protocol):
    """One reversible change."""

    before: Any  #: what stood there, MISSING if nothing

    def make(self) -> None: ...

    def undo(self) -> None:
        """Only ever called while `intact`."""

    def now(self) -> Any:
        """What stands there now, MISSING if nothing."""

    @property
    def intact(self) -> bool:
        """Whether what stands there is still ours."""

    @property
    def stale(self) -> bool:
        """Whether the module was imported anew since, so that this edit lies in an object of old."""

    def follow(self) -> bool:
        """Make a stale edit in the new module too, if that can be done without asking anybody."""


Failed = Callable[[str], None]


def prepare(target: Target, patch: Patch, *, force: bool, ours: Callable[[Any], bool], failed: Failed) -> Edit:
    """The edit behind a patch whose target's module is imported (for REDIRECT: may never be).

    Args:
        force: patch over what somebody else put there.
        ours: whether an object was put in place by us.
        failed: told why, when a name that is served lazily cannot be had.

    Raises:
        Native, AlreadyPatched, Unresolvable: and whatever the plugin's code raises.
    """
    if patch.kind is Kind.REDIRECT:
        return _Redirect.prepare(target, patch)
    owner = _owner(target)
    if patch.probe is not None and not _load(patch.probe)(owner):
        raise Native(f"the probe {patch.probe} says that this runtime does not need it")
    if patch.kind is Kind.ADD and isinstance(owner, ModuleType):
        return _Served.prepare(owner, target, patch, failed)
    if patch.kind is Kind.ADD:
        return _add(owner, target, patch, force)
    if patch.kind is Kind.REGISTER:
        return _Entry.prepare(owner, target, patch)
    return _change(owner, target, patch, force, ours)


def _add(owner: Any, target: Target, patch: Patch, force: bool) -> Edit:
    found = _static(owner, target.name)
    before = vars(owner).get(target.name, MISSING)
    if found is not MISSING and not (before is not MISSING and _stranger(before, target) and force):
        _refuse_stranger(before, target)
        raise Native(f"{target} is there already{_whence(found)}")
    return _Slot(owner, target, _plain(_load(patch.impl), patch), before)


def _change(owner: Any, target: Target, patch: Patch, force: bool, ours: Callable[[Any], bool]) -> Edit:
    found = _static(owner, target.name)
    if found is MISSING:
        raise Unresolvable(f"{target} does not exist; narrow the patch's `when`, or ADD it")
    before = vars(owner).get(target.name, MISSING)
    if not force and not ours(before):
        _refuse_stranger(before, target)
    made = _load(patch.impl)
    return _Slot(owner, target, _plain(made if patch.kind is Kind.REPLACE else _wrapped(found, made), patch), before)


def _wrapped(original: Any, factory: Callable[[Any], Any]) -> Any:
    if isinstance(original, property):
        return factory(original)
    if isinstance(original, (staticmethod, classmethod)):
        return type(original)(_dressed(factory(original.__func__), original.__func__))
    return _dressed(factory(original), original)


def _dressed(wrapper: Any, original: Any) -> Any:
    if not callable(wrapper):
        raise Unresolvable(f"the wrapper that was made is {wrapper!r}, which cannot be called")
    # Names and signature, never __dict__: that would carry dynamo's markers over to the wrapper.
    return functools.update_wrapper(wrapper, original, updated=())


def _plain(made: Any, patch: Patch) -> Any:
    inner = made.__func__ if isinstance(made, (staticmethod, classmethod)) else made
    dropped = issubclass(type(inner), wrapt.BaseObjectProxy) or (
        patch.kind is Kind.WRAP and not issubclass(type(inner), (FunctionType, property))
    )
    if patch.traced and dropped:
        raise Unresolvable(
            f"{patch.impl} gives a {type(inner).__name__}, which torch.compile would drop; "
            "give a plain function, or say traced=False"
        )
    return made


def _load(impl: str) -> Any:
    try:
        return resolve_name(impl)
    except AttributeError as error:
        raise Unresolvable(f"impl {impl} is missing: {error}") from error
    except ModuleNotFoundError as error:
        raise Unresolvable(f"impl {impl} cannot be imported: {error}") from error


def _owner(target: Target) -> Any:
    owner: Any = sys.modules.get(target.module)
    if owner is None:
        raise Unresolvable(f"module {target.module} is gone from sys.modules")
    for part in target.path[:-1]:
        found = vars(owner).get(part, MISSING) if isinstance(owner, ModuleType) else _static(owner, part)
        if found is MISSING and isinstance(owner, ModuleType):
            found = getattr(owner, part, MISSING)
        if found is MISSING:
            raise Unresolvable(f"{target.module} has no {'.'.join(target.path[:-1])}; narrow the patch's `when`")
        owner = found
    return owner


def _static(owner: Any, name: str) -> Any:
    """The raw attribute, through the MRO but never through a descriptor, `__getattr__` or `object`."""
    if isinstance(owner, type):
        bases = (base for base in owner.__mro__ if base is not object)
        return next((vars(base)[name] for base in bases if name in vars(base)), MISSING)
    return inspect.getattr_static(owner, name, MISSING)


def _refuse_stranger(found: Any, target: Target) -> None:
    stranger = _stranger(found, target)
    if stranger:
        raise AlreadyPatched(f"{target} was already patched by {stranger}")


def _stranger(found: Any, target: Target) -> str | None:
    """The module that put `found` where only `target`'s own package should have; None when there is none."""
    whence, home = origin(found), target.module.partition(".")[0]
    return whence if whence and whence.partition(".")[0] != home else None


def origin(found: Any) -> str | None:
    if isinstance(found, property):
        found = found.fget
    if issubclass(type(found), wrapt.BaseObjectProxy):
        wrapper = getattr(found, "_self_wrapper", None)
        return getattr(wrapper, "__module__", None) or "a wrapt wrapper"
    if isinstance(found, (FunctionType, type, staticmethod, classmethod)):
        return getattr(getattr(found, "__func__", found), "__module__", None)
    return None


def _whence(found: Any) -> str:
    whence = origin(found)
    return f", from {whence}" if whence else ""


@dataclass(slots=True)
class _Slot:
    """An attribute of a class or a module."""

    owner: Any
    target: Target
    value: Any
    before: Any

    def make(self) -> None:
        setattr(self.owner, self.target.name, self.value)

    def undo(self) -> None:
        if self.before is MISSING:
            delattr(self.owner, self.target.name)
        else:
            setattr(self.owner, self.target.name, self.before)

    def now(self) -> Any:
        return vars(self.owner).get(self.target.name, MISSING)

    @property
    def intact(self) -> bool:
        return self.now() is self.value

    @property
    def stale(self) -> bool:
        home = sys.modules.get(self.target.module)
        return home is None or (isinstance(self.owner, ModuleType) and home is not self.owner) or not self._reachable()

    def _reachable(self) -> bool:
        try:
            return _owner(self.target) is self.owner
        except Unresolvable:
            return False

    def follow(self) -> bool:
        return False


class _Server:
    """The `__getattr__` of one module, and the names that it serves (PEP 562)."""

    _by_module: ClassVar[dict[int, _Server]] = {}
    _lock: ClassVar[Any] = threading.RLock()

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.names: dict[str, tuple[str, Failed]] = {}
        self.previous: Any = MISSING
        self.buried = False  # somebody put a `__getattr__` of their own on top, which still asks ours
        self.function = self._function()

    @classmethod
    def of(cls, module: ModuleType) -> _Server:
        with cls._lock:
            server = cls._by_module.get(id(module))
            if server is None or server.module is not module:
                server = cls._by_module[id(module)] = cls(module)
            return server

    def add(self, name: str, impl: str, failed: Failed) -> None:
        with self._lock:
            if not self.names and not self.buried:
                self.previous = vars(self.module).get("__getattr__", MISSING)
                vars(self.module)["__getattr__"] = self.function
            self.names[name] = (impl, failed)

    def remove(self, name: str) -> None:
        with self._lock:
            self.names.pop(name, None)
            if self.names:
                return
            self.buried = vars(self.module).get("__getattr__") is not self.function
            if self.buried:
                return
            if self.previous is MISSING:
                del vars(self.module)["__getattr__"]
            else:
                vars(self.module)["__getattr__"] = self.previous

    def _function(self) -> Callable[[str], Any]:
        names, home = self.names, self.module.__name__

        def __getattr__(name: str) -> Any:
            served = names.get(name)
            if served is None:
                if self.previous is not MISSING:
                    return self.previous(name)
                raise AttributeError(f"module {home!r} has no attribute {name!r}")
            impl, failed = served
            try:
                return resolve_name(impl)
            except Exception as error:
                why = f"impl {impl} cannot be had: {type(error).__name__}: {error}"
                failed(why)
                raise AttributeError(f"module {home!r} has no attribute {name!r} (hfcompat: {why})") from error

        __getattr__.__module__ = __name__
        return __getattr__


def _offers_lazily(module: ModuleType, name: str) -> bool:
    """Whether a lazy module could import `name`, found out without importing anything."""
    if type(module).__dir__ is ModuleType.__dir__:
        return False
    listed = vars(module).get("__all__")  # dir() of transformers takes a quarter of a second
    return name in (dir(module) if listed is None else listed)


@dataclass(slots=True)
class _Served:
    """A name that a module lacks, built when somebody asks for it.

    transformers executes itself a second time while it is imported, so there can be several modules of the name, each
    in somebody's hands.
    """

    servers: list[_Server]
    target: Target
    impl: str
    failed: Failed
    before: Any = MISSING

    @classmethod
    def prepare(cls, module: ModuleType, target: Target, patch: Patch, failed: Failed) -> _Served:
        if target.name in vars(module):
            raise Native(f"{target} is there already{_whence(vars(module)[target.name])}")
        if _offers_lazily(module, target.name):
            raise Native(f"{target} is there already")
        return cls([_Server.of(module)], target, patch.impl, failed)

    def make(self) -> None:
        for server in self.servers:
            server.add(self.target.name, self.impl, self.failed)

    def undo(self) -> None:
        for server in self.servers:
            server.remove(self.target.name)

    def now(self) -> Any:
        server = self.servers[-1]
        if self.target.name in vars(server.module):
            return vars(server.module)[self.target.name]
        return f"served from {self.impl}" if self.target.name in server.names else MISSING

    @property
    def intact(self) -> bool:
        server = self.servers[-1]
        return self.target.name not in vars(server.module) and self.target.name in server.names

    @property
    def stale(self) -> bool:
        return sys.modules.get(self.target.module) is not self.servers[-1].module

    def follow(self) -> bool:
        module = sys.modules.get(self.target.module)
        if module is None or self.target.name in vars(module):
            return False
        self.servers.append(_Server.of(module))
        self.servers[-1].add(self.target.name, self.impl, self.failed)
        return True


class _Finder:
    """Serves the modules that are redirected; asked last, so that a real module always wins."""

    def __init__(self) -> None:
        self.impls: dict[str, str] = {}
        self.lock = threading.Lock()

    def add(self, name: str, impl: str) -> None:
        with self.lock:
            if not self.impls:
                sys.meta_path.append(self)
            self.impls[name] = impl

    def remove(self, name: str) -> None:
        with self.lock:
            self.impls.pop(name, None)
            if not self.impls and self in sys.meta_path:
                sys.meta_path.remove(self)

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name not in self.impls:
            return None
        return ModuleSpec(name, self, origin=f"hfcompat: {self.impls[name]}", is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Redirected(spec.name, f"Served by hfcompat from {self.impls[spec.name]}.")

    def exec_module(self, module: ModuleType) -> None:
        impl = importlib.import_module(self.impls[module.__name__])
        assert isinstance(module, _Redirected)
        vars(module)["__hfcompat_impl__"] = impl
        vars(module)["__hfcompat_parent__"] = sys.modules.get(module.__name__.rpartition(".")[0])
        if hasattr(impl, "__all__"):
            vars(module)["__all__"] = list(impl.__all__)


class _Redirected(ModuleType):
    """A module that reads through to another one."""

    def __getattr__(self, name: str) -> Any:
        impl = vars(self).get("__hfcompat_impl__")
        if impl is None or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        try:
            return getattr(impl, name)
        except AttributeError:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}") from None

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(vars(self).get("__hfcompat_impl__"))})


_FINDER = _Finder()


@dataclass(slots=True)
class _Redirect:
    """A module that is missing, imported from another one."""

    target: Target
    impl: str
    before: Any = MISSING

    @classmethod
    def prepare(cls, target: Target, patch: Patch) -> _Redirect:
        there = sys.modules.get(target.module)
        if there is not None and not isinstance(there, _Redirected):
            raise Native(f"module {target} is there already")
        return cls(target, patch.impl)

    def make(self) -> None:
        _FINDER.add(self.target.module, self.impl)

    def undo(self) -> None:
        _FINDER.remove(self.target.module)
        module = sys.modules.get(self.target.module)
        if not isinstance(module, _Redirected):
            return
        del sys.modules[self.target.module]
        parent = vars(module).get("__hfcompat_parent__")  # which need not be the one in sys.modules any more
        if parent is not None and vars(parent).get(self.target.name) is module:
            delattr(parent, self.target.name)

    def now(self) -> Any:
        return sys.modules.get(
            self.target.module, f"redirected to {self.impl}" if self.target.module in _FINDER.impls else MISSING
        )

    @property
    def intact(self) -> bool:
        return self.target.module in _FINDER.impls

    @property
    def stale(self) -> bool:
        return False

    def follow(self) -> bool:
        return False


@dataclass(slots=True)
class _Entry:
    """An entry in a registry of the runtime's own."""

    registry: MutableMapping[Any, Any]
    key: str
    value: Any
    before: Any = MISSING

    @classmethod
    def prepare(cls, owner: Any, target: Target, patch: Patch) -> _Entry:
        registry = _static(owner, target.name)
        if registry is MISSING:
            raise Unresolvable(f"{target} does not exist; narrow the patch's `when`")
        assert target.key is not None
        if target.key in registry:
            raise Native(f"{target} is there already{_whence(registry[target.key])}")
        return cls(registry, target.key, _plain(_load(patch.impl), patch))

    def make(self) -> None:
        self.registry[self.key] = self.value

    def undo(self) -> None:
        del self.registry[self.key]

    def now(self) -> Any:
        return self.registry.get(self.key, MISSING)

    @property
    def intact(self) -> bool:
        return self.now() is self.value

    @property
    def stale(self) -> bool:
        return False

    def follow(self) -> bool:
        return False
