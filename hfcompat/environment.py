"""What is installed, read from distribution metadata; nothing is imported to find out."""

from __future__ import annotations

import functools
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import metadata
from types import MappingProxyType

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from hfcompat.patch import Range, as_range

__all__ = ["FLOOR", "Environment", "parse_version"]

FLOOR = Version("4.49.0.dev0")
"""The oldest runtime that is supported."""


def parse_version(text: str) -> Version | None:
    """The PEP 440 version, or None when `text` is none."""
    try:
        return Version(text)
    except (InvalidVersion, TypeError):
        return None


_canonical = functools.cache(canonicalize_name)


@functools.cache
def _installed(name: str) -> Version | None:
    try:
        return parse_version(metadata.version(name))
    except (metadata.PackageNotFoundError, KeyError):  # absent, or without a version
        return None


@dataclass(frozen=True, slots=True)
class Environment:
    """Versions by distribution name. What is not given is looked up, unless `closed`."""

    given: Mapping[str, Version | None] = field(default_factory=lambda: MappingProxyType({}))
    closed: bool = False

    @classmethod
    def of(cls, **versions: str) -> Environment:
        """An environment that holds just these versions: `Environment.of(transformers="5.23.0")`."""
        return cls(MappingProxyType({canonicalize_name(k): parse_version(v) for k, v in versions.items()}), closed=True)

    def version(self, name: str) -> Version | None:
        """The installed version; None when it is absent or is no PEP 440 version. `python` is the interpreter."""
        name = _canonical(name)
        if name in self.given or self.closed:
            return self.given.get(name)
        return Version(".".join(map(str, sys.version_info[:3]))) if name == "python" else _installed(name)

    @property
    def transformers(self) -> Version | None:
        """The runtime."""
        return self.version("transformers")

    def unsupported(self) -> str | None:
        """Why no patch can be applied here, with the way out; None when the runtime is supported."""
        runtime = self.transformers
        if runtime is None:
            return "transformers is not installed; run: pip install transformers"
        if runtime < FLOOR:
            floor = FLOOR.base_version.rpartition(".")[0]
            return (
                f"transformers {runtime} is older than {floor}, the oldest that hfcompat supports; upgrade transformers"
            )
        return None

    def unmet(self, when: Mapping[str, Range]) -> str | None:
        """The first distribution of `when` that is absent, or installed in another version; None where all are met."""
        for name, span in when.items():
            version = self.version(name)
            if version is None or not as_range(span).contains(version, prereleases=True):
                return name
        return None

    def forget(self) -> None:
        """Look everything up anew, for a process that installs packages while it runs."""
        _installed.cache_clear()
