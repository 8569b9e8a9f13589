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
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pkgutil import resolve_name
from types import FunctionType, ModuleType
from typing import Any, ClassVar, Protocol, cast

import wrapt

from hfcompat.patch import Kind, Patch, Target

__all__ = ["LOCKS", "MISSING", "AlreadyPatched", "Edit", "Native", "Unresolvable", "origin", "prepare"]


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
        return _Redirect.prepare(target, patch, failed)
    owner = _owner(target)
    if not isinstance(owner, (type, ModuleType)):
        raise Unresolvable(f"{target} lies in {type(owner).__name__!r} object, neither a class nor a module")
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
    before = _own(owner, target.name)
    if not force and _stranger(before, target) and not ours(before):
        _refuse_stranger(before, target)
    if patch.kind is Kind.WRAP and not _can_be_wrapped(found, owner):
        raise Unresolvable(f"{target} is a {type(found).__name__}, which cannot be wrapped; REPLACE it")
    made = _load(patch.impl)
    return _Slot(owner, target, _plain(made if patch.kind is Kind.REPLACE else _wrapped(found, made), patch), before)


def _can_be_wrapped(found: Any, owner: Any) -> bool:
    sorts = (staticmethod, classmethod, property, wrapt.BaseObjectProxy)
    return isinstance(found, sorts) or inspect.isroutine(found) or (isinstance(owner, ModuleType) and callable(found))


def _wrapped(original: Any, factory: Callable[[Any], Any]) -> Any:
    if isinstance(original, property):
        return factory(original)
    if isinstance(original, (staticmethod, classmethod)):
        return type(original)(_dressed(factory(original.__func__), original.__func__))
    return _dressed(factory(original), original)


def _dressed(wrapper: Any, original: Any) -> Any:
    if not callable(wrapper):
        raise Unresolvable(f"the wrapper that was made is {wrapper!r}, which cannot be called")
    if wrapper is original:
        raise Native("the wrapper's factory says that there is nothing to wrap here")
    # Names and signature, never __dict__: that would carry dynamo's markers over to the wrapper.
    return functools.update_wrapper(wrapper, original, updated=())


def _plain(made: Any, patch: Patch) -> Any:
    inner = made.__func__ if isinstance(made, (staticmethod, classmethod)) else made
    inner = inner.fget if isinstance(inner, property) and _is_proxy(inner.fget) else inner
    dropped = _is_proxy(inner) or (patch.kind is Kind.WRAP and not issubclass(type(inner), (FunctionType, property)))
    if patch.traced and dropped:
        raise Unresolvable(
            f"{patch.impl} gives a {type(inner).__name__}, which torch.compile would drop; "
            "give a plain function, or say traced=False"
        )
    return made


def _is_proxy(thing: Any) -> bool:
    return issubclass(type(thing), wrapt.BaseObjectProxy)


def _load(impl: str) -> Any:
    try:
        return resolve_name(impl)
    except AttributeError as error:
        raise Unresolvable(f"impl {impl} is missing: {error}") from error
    except ModuleNotFoundError as error:
        raise Unresolvable(f"impl {impl} cannot be imported: {error}") from error


def _owner(target: Target, *, touch: bool = True) -> Any:
    """The class or module that holds the target; `touch` says whether a lazy module may import for it."""
    owner: Any = sys.modules.get(target.module)
    if owner is None:
        raise Unresolvable(f"module {target.module} is gone from sys.modules")
    for part in target.path[:-1]:
        found = vars(owner).get(part, MISSING) if isinstance(owner, ModuleType) else _static(owner, part)
        if found is MISSING and touch and isinstance(owner, ModuleType):
            found = getattr(owner, part, MISSING)
        if found is MISSING:
            raise Unresolvable(f"{target.module} has no {'.'.join(target.path[:-1])}; narrow the patch's `when`")
        owner = found
    return owner


def _own(owner: Any, name: str) -> Any:
    """What `owner` itself holds under `name`, raw. The names of a class are no entries of its `__dict__`."""
    if isinstance(owner, type) and name in ("__name__", "__qualname__"):
        return getattr(owner, name)
    return vars(owner).get(name, MISSING)


def _static(owner: Any, name: str) -> Any:
    """The raw attribute, through the MRO but never through a descriptor, `__getattr__` or `object`."""
    if isinstance(owner, type):
        if _own(owner, name) is not MISSING:
            return _own(owner, name)
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
    if _is_proxy(found):
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
        if isinstance(self.owner, ModuleType) and isinstance(self.value, FunctionType):
            self._take_back_copies()

    def _take_back_copies(self) -> None:
        """Modules of the target's own package that were imported meanwhile said `from x import f`."""
        package = self.target.module.partition(".")[0]
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] == package and isinstance(module, ModuleType):
                for key, value in list(vars(module).items()):
                    if value is self.value:
                        setattr(module, key, self.before)

    def now(self) -> Any:
        return _own(self.owner, self.target.name)

    @property
    def intact(self) -> bool:
        return self.now() is self.value

    @property
    def stale(self) -> bool:
        try:
            return _owner(self.target, touch=False) is not self.owner
        except Unresolvable:
            return True

    def follow(self) -> bool:
        return False


_WHO = "__hfcompat_server__"
"""Asked of a module's `__getattr__`, tells whether ours is still reached through it."""


class _Server:
    """The `__getattr__` of one module, and the names that it serves (PEP 562)."""

    _by_module: ClassVar[dict[int, _Server]] = {}
    lock: ClassVar[Any] = threading.RLock()

    def __init__(self, module: ModuleType) -> None:
        self.module = module
        self.names: dict[str, tuple[Patch, Failed]] = {}
        self.previous: Any = MISSING
        self.function = self._function()

    @classmethod
    def of(cls, module: ModuleType) -> _Server:
        with cls.lock:
            server = cls._by_module.get(id(module))
            if server is None or server.module is not module:
                server = cls._by_module[id(module)] = cls(module)
            return server

    def add(self, name: str, patch: Patch, failed: Failed) -> None:
        with self.lock:
            if not self.reached:
                self.previous = vars(self.module).get("__getattr__", MISSING)
                vars(self.module)["__getattr__"] = self.function
            self.names[name] = (patch, failed)

    def remove(self, name: str) -> None:
        with self.lock:
            self.names.pop(name, None)
            if self.names or vars(self.module).get("__getattr__") is not self.function:
                return  # with somebody's `__getattr__` on top ours stays under it, and serves nothing
            if self.previous is MISSING:
                del vars(self.module)["__getattr__"]
            else:
                vars(self.module)["__getattr__"] = self.previous

    @property
    def reached(self) -> bool:
        """Whether our `__getattr__` is the module's, or is asked by the one that somebody put over it."""
        top = vars(self.module).get("__getattr__")
        if top is None or top is self.function:
            return top is self.function
        try:
            return bool(top(_WHO) is self)
        except Exception:
            return False

    def _function(self) -> Callable[[str], Any]:
        names, home = self.names, self.module.__name__

        def __getattr__(name: str) -> Any:
            if name == _WHO:
                return self
            missing = AttributeError(f"module {home!r} has no attribute {name!r}")
            if self.previous is not MISSING:
                try:
                    return self.previous(name)
                except AttributeError as error:
                    missing = error
            served = names.get(name)
            if served is None:
                raise missing
            patch, failed = served
            try:
                return _plain(_load(patch.impl), patch)
            except BaseException as error:
                if isinstance(error, (KeyboardInterrupt, GeneratorExit)):
                    raise
                told = f"impl {patch.impl} raised {type(error).__name__}: {error}"
                why = str(error) if isinstance(error, Unresolvable) else told
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
    patch: Patch
    failed: Failed
    before: Any = MISSING

    @classmethod
    def prepare(cls, module: ModuleType, target: Target, patch: Patch, failed: Failed) -> _Served:
        if target.name in vars(module):
            raise Native(f"{target} is there already{_whence(vars(module)[target.name])}")
        if _offers_lazily(module, target.name):
            raise Native(f"{target} is there already")
        return cls([_Server.of(module)], target, patch, failed)

    def make(self) -> None:
        for server in self.servers:
            server.add(self.target.name, self.patch, self.failed)

    def undo(self) -> None:
        for server in self.servers:
            server.remove(self.target.name)

    def now(self) -> Any:
        server = self.servers[-1]
        if self.target.name in vars(server.module):
            return vars(server.module)[self.target.name]
        return f"served from {self.patch.impl}" if self.target.name in server.names else MISSING

    @property
    def intact(self) -> bool:
        server = self.servers[-1]
        return self.target.name not in vars(server.module) and self.target.name in server.names and server.reached

    @property
    def stale(self) -> bool:
        return sys.modules.get(self.target.module) is not self.servers[-1].module

    def serve_in(self, double: ModuleType) -> None:
        """Serve the name in an older module of the same name as well."""
        if self.target.name not in vars(double) and all(server.module is not double for server in self.servers):
            self.servers.insert(0, _Server.of(double))
            self.servers[0].add(self.target.name, self.patch, self.failed)

    def follow(self) -> bool:
        module = sys.modules.get(self.target.module)
        if module is None or self.target.name in vars(module):
            return False
        self.servers.append(_Server.of(module))
        self.servers[-1].add(self.target.name, self.patch, self.failed)
        return True


def serve_in_doubles(name: str, edits: Iterable[Edit]) -> None:
    """Serve names of the module `name` in older ones of that name, imported before they were replaced."""
    current = sys.modules.get(name)
    holders = [vars(module) for module in list(sys.modules.values()) if isinstance(module, ModuleType)]
    held = {id(v): v for names in holders for v in (names.get(name),) if isinstance(v, ModuleType)}
    for double in held.values():
        if double is not current and double.__name__ == name:
            for edit in edits:
                if isinstance(edit, _Served) and edit.target.module == name:
                    edit.serve_in(double)


class _Finder:
    """Serves the modules that are redirected; asked last, so that a real module always wins."""

    def __init__(self) -> None:
        self.impls: dict[str, tuple[str, Failed]] = {}
        self.lock = threading.Lock()

    def add(self, name: str, impl: str, failed: Failed) -> None:
        with self.lock:
            if not self.impls:
                sys.meta_path.append(self)
            self.impls[name] = (impl, failed)

    def remove(self, name: str) -> None:
        with self.lock:
            self.impls.pop(name, None)
            if not self.impls:  # a new list: threads that are importing go on through the old one
                sys.meta_path = [finder for finder in sys.meta_path if finder is not self]

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        found = self.impls.get(name)
        if found is None:
            return None
        return ModuleSpec(name, self, origin=f"hfcompat: {found[0]}", loader_state=found, is_package=True)  # type: ignore[arg-type]

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Redirected(spec.name, f"Served by {spec.origin}.")

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        assert spec is not None
        impl, failed = cast("tuple[str, Failed]", spec.loader_state)
        try:
            served = importlib.import_module(impl)
        except BaseException as error:
            if isinstance(error, (KeyboardInterrupt, GeneratorExit)):
                raise
            why = f"impl {impl} cannot be had: {type(error).__name__}: {error}"
            failed(why)
            raise ModuleNotFoundError(f"No module named {spec.name!r} (hfcompat: {why})", name=spec.name) from error
        public = [name for name in dir(served) if not name.startswith("_")]
        vars(module).update(
            __hfcompat_impl__=served,
            __hfcompat_parent__=sys.modules.get(spec.name.rpartition(".")[0]),
            __all__=list(getattr(served, "__all__", public)),
        )


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
    failed: Failed
    before: Any = MISSING

    @classmethod
    def prepare(cls, target: Target, patch: Patch, failed: Failed) -> _Redirect:
        there = sys.modules.get(target.module)
        if there is not None and not isinstance(there, _Redirected):
            raise Native(f"module {target} is there already")
        return cls(target, patch.impl, failed)

    def make(self) -> None:
        _FINDER.add(self.target.module, self.impl, self.failed)

    def undo(self) -> None:
        module = sys.modules.get(self.target.module)
        if isinstance(module, _Redirected) and getattr(module.__spec__, "_initializing", False):
            raise Unresolvable(f"module {self.target} is being imported right now; revert again when that is over")
        _FINDER.remove(self.target.module)
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
    target: Target
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
        return cls(registry, target, target.key, _plain(_load(patch.impl), patch))

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
        try:
            return _static(_owner(self.target, touch=False), self.target.name) is not self.registry
        except Unresolvable:
            return True

    def follow(self) -> bool:
        return False


LOCKS = (_Server.lock, _FINDER.lock)
"""Held for a moment while edits are made; for who must hold all locks at once (fork)."""
