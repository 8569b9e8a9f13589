"""The vocabulary: what a patch is, where it goes, and what became of it.

Frozen data that needs nothing but `packaging`: a declaration can be read, linted, planned and printed
without torch, without transformers and without the code behind it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

from packaging.specifiers import InvalidSpecifier, SpecifierSet

__all__ = ["Kind", "Patch", "Range", "Record", "Status", "Target", "as_range", "bad_ranges"]

Range = str | SpecifierSet

_ID = re.compile(r"[a-z0-9]+([-.][a-z0-9]+)*")
_NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
_TARGET = re.compile(rf"(?P<module>{_NAME})(?::(?P<path>{_NAME})(?:\[(?P<key>[^\[\]]+)\])?)?")


class Kind(enum.Enum):
    """How a patch changes the runtime."""

    ADD = "add"  #: a name that is missing; on a module it is served lazily (PEP 562), on a class it is set
    REPLACE = "replace"  #: a name that exists gets another object
    WRAP = "wrap"  #: a function that exists gets one frame around it; `impl` is called with the original
    REDIRECT = "redirect"  #: a module that is missing is served from another one
    REGISTER = "register"  #: an entry in a registry of the runtime's own


class Status(enum.Enum):
    """What became of a patch."""

    SKIPPED = "skipped"  #: out of range, or policy says no
    CONFLICT = "conflict"  #: somebody else has the target
    PENDING = "pending"  #: selected, waits for its module to be imported
    NATIVE = "native"  #: the runtime has it already
    INSTALLED = "installed"
    FAILED = "failed"
    DISPLACED = "displaced"  #: somebody patched over it
    REVERTED = "reverted"

    @property
    def loud(self) -> bool:
        """Whether a user should see this without asking."""
        return self in (Status.FAILED, Status.CONFLICT, Status.DISPLACED)


@dataclass(frozen=True, slots=True)
class Target:
    """A place in the runtime: `module`, `module:Name.attribute` or `module:REGISTRY[key]`."""

    module: str
    path: tuple[str, ...] = ()
    key: str | None = None

    @classmethod
    def parse(cls, text: str) -> Target:
        """Raises ValueError when `text` is not of one of the three forms."""
        if not isinstance(text, str):
            raise ValueError(f"target {text!r} is no string")
        return _parse_target(text)

    @property
    def name(self) -> str:
        """The last part: the attribute that is added, replaced or wrapped."""
        return self.path[-1] if self.path else self.module.rpartition(".")[2]

    def __str__(self) -> str:
        return self.module + (":" + ".".join(self.path) if self.path else "") + (f"[{self.key}]" if self.key else "")


@lru_cache(maxsize=8192)
def _parse_target(text: str) -> Target:
    match = _TARGET.fullmatch(text)
    if match is None:
        raise ValueError(f"target {text!r} is not 'module', 'module:Name.attribute' or 'module:REGISTRY[key]'")
    return Target(match["module"], tuple(match["path"].split(".")) if match["path"] else (), match["key"])


@dataclass(frozen=True, slots=True)
class Patch:
    """One reversible change to the runtime, with the versions that need it.

    Attributes:
        id: unique within the plugin, lower-case words joined by `-` or `.`; the world knows it as `plugin:id`.
        target: where it goes; see `Target`.
        kind: how it gets there; see `Kind`.
        impl: `package.module:attribute` of the code behind it, resolved when it is installed (or, for a name
            added to a module, when somebody asks for it). REDIRECT names a module, without an attribute. For
            WRAP it is a function that takes the original and returns the wrapper, a plain function.
        when: versions that need it, by distribution: `{"transformers": ">=4.54.0.dev0"}`. All must match; an
            unknown version never matches. Two more keys are known: `python`, and `dialect`, the version that
            the user's code was written for.
        reason: one sentence: what breaks without it.
        upstream: a link to the pull request, issue or migration-guide section behind the break.
        traced: whether `torch.compile` can meet it. Traced code is installed as a plain function.
        behavioural: it changes the result of a call that works today, so it needs `apply(dialect=...)`
            (`when` says for which dialects) or an explicit `enable`.
        after: ids (or `plugin:id`) of patches of the same module that are installed before this one, where both
            are selected. A WRAP that comes after another patch of the same target goes around it; otherwise one
            target has one patch.
        probe: `package.module:attribute`, called with the target's owner (module or class) just before
            installing; a false answer says that this runtime does not need the patch.
    """

    id: str
    target: str
    kind: Kind
    impl: str
    when: Mapping[str, Range]
    reason: str
    upstream: str
    traced: bool = True
    behavioural: bool = False
    after: tuple[str, ...] = ()
    probe: str | None = None

    def __post_init__(self) -> None:
        if isinstance(self.when, Mapping):
            object.__setattr__(self, "when", MappingProxyType(dict(self.when)))

    def problems(self) -> list[str]:
        """What is wrong with this declaration, one sentence each; empty when it can be planned."""
        found = []
        if not isinstance(self.id, str) or not _ID.fullmatch(self.id):
            found.append(f"id {self.id!r} is not lower-case words joined by '-' or '.'")
        if not isinstance(self.kind, Kind):
            return [*found, f"kind {self.kind!r} is not one of {', '.join(str(k) for k in Kind)}"]
        try:
            target = Target.parse(self.target)
        except ValueError as error:
            found.append(str(error))
        else:
            found += _shape_problems(self.kind, target)
        found += self._impl_problems()
        found += self._range_problems()
        if not isinstance(self.after, tuple) or not all(isinstance(name, str) for name in self.after):
            found.append(f"after {self.after!r} is not a tuple of ids")
        if self.probe is not None and not (isinstance(self.probe, str) and ":" in self.probe):
            found.append(f"probe {self.probe!r} is not 'package.module:attribute'")
        for name in ("traced", "behavioural"):
            if not isinstance(getattr(self, name), bool):
                found.append(f"{name} {getattr(self, name)!r} is neither True nor False")
        for name in ("reason", "upstream"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name).strip():
                found.append(f"{name} is empty")
        return found

    def _impl_problems(self) -> list[str]:
        wanted = "package.module" if self.kind is Kind.REDIRECT else "package.module:attribute"
        match = _TARGET.fullmatch(self.impl) if isinstance(self.impl, str) else None
        if match is None or match["key"] or bool(match["path"]) is (self.kind is Kind.REDIRECT):
            return [f"impl {self.impl!r} is not {wanted!r}"]
        return []

    def _range_problems(self) -> list[str]:
        if not isinstance(self.when, Mapping) or not self.when:
            return [f"when {self.when!r} is not a mapping such as {{'transformers': '>=5.0.0.dev0'}}"]
        found = []
        for name, text in self.when.items():
            if not isinstance(name, str) or not name:
                found.append(f"when names {name!r}, which is no distribution")
            try:
                as_range(text)
            except (InvalidSpecifier, TypeError):
                found.append(f"range {text!r} for {name!r} is not a PEP 440 specifier such as '>=4.54.0.dev0,<5.24'")
        if self.behavioural is not ("dialect" in self.when):
            found.append("behavioural and when['dialect'] go together: say for which dialects the behaviour is wanted")
        return found


def _shape_problems(kind: Kind, target: Target) -> list[str]:
    if kind is Kind.REDIRECT:
        return [f"a redirect targets a module, not {str(target)!r}"] if target.path else []
    if not target.path:
        return [f"target {str(target)!r} names no attribute"]
    if (kind is Kind.REGISTER) is not (target.key is not None):
        return [f"target {str(target)!r} {'needs' if kind is Kind.REGISTER else 'cannot have'} a [key]"]
    return []


def as_range(text: Range) -> SpecifierSet:
    """Raises InvalidSpecifier or TypeError when `text` is no version range."""
    if isinstance(text, SpecifierSet):
        return text
    if not isinstance(text, str):
        raise TypeError(f"a range is a string, not {type(text).__name__}")
    return _parse_range(text)


def bad_ranges(when: Mapping[str, Range]) -> list[str]:
    """What in `when` is no version range, one sentence each."""
    found = []
    for name, text in when.items():
        try:
            as_range(text)
        except (InvalidSpecifier, TypeError):
            found.append(f"range {text!r} for {name!r} is no PEP 440 specifier")
    return found


@lru_cache(maxsize=8192)
def _parse_range(text: str) -> SpecifierSet:
    return SpecifierSet(text)


@dataclass(slots=True)
class Record:
    """A patch, who declared it, and what became of it."""

    plugin: str
    patch: Patch
    status: Status
    why: str = ""
    target: Target = field(default_factory=lambda: Target(""))

    @property
    def key(self) -> str:
        """`plugin:id`, the name that enable, disable, explain and the log use."""
        return f"{self.plugin}:{self.patch.id}"
