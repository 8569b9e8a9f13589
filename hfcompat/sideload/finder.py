"""The modules of the alias package, each from where the policy says."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from hfcompat.sideload import policy
from hfcompat.sideload.policy import Source
from hfcompat.sideload.relocation import ALIAS

__all__ = ["Finder"]


class Finder:
    """Finds modules of the alias package; stands before the path finder, which would give each from the wheel."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not name.startswith(f"{ALIAS}."):
            return None
        short = name[len(ALIAS) + 1 :]
        file = self.root.joinpath(*short.split("."))
        row = policy.module(short)
        if row.source is not Source.WHEEL:
            impl = row.impl if row.source is Source.BRIDGE else f"transformers.{short}"
            spec = ModuleSpec(name, _Standing(impl), origin=impl, is_package=file.is_dir())  # type: ignore[arg-type]
            if file.is_dir():
                spec.submodule_search_locations = [str(file)]
            return spec
        if (file / "__init__.py").is_file():
            file, places = file / "__init__.py", [str(file)]
        else:
            file, places = file.with_name(f"{file.name}.py"), None
        if not file.is_file():
            return None
        loader = _Bridged(name, str(file))
        return importlib.util.spec_from_file_location(name, file, loader=loader, submodule_search_locations=places)


class _Bridged(SourceFileLoader):
    """A file of the wheel; the names that the policy bridges are replaced before anybody sees them."""

    def exec_module(self, module: ModuleType) -> None:
        super().exec_module(module)
        for row in policy.names(module.__name__[len(ALIAS) + 1 :]):
            vars(module)[row.name] = _named(row.impl)(vars(module)[row.name])


class _Standing:
    """A module that is another one's names."""

    def __init__(self, impl: str) -> None:
        self.impl = impl

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        impl = importlib.import_module(self.impl)
        vars(module).update({name: value for name, value in vars(impl).items() if not name.startswith("__")})
        vars(module)["__getattr__"] = lambda name: getattr(impl, name)


def _named(impl: str) -> Any:
    home, _, name = impl.partition(":")
    return getattr(importlib.import_module(home), name)


def install(root: Path) -> None:
    """Put a finder on `sys.meta_path`; it answers for the alias package and nothing else."""
    sys.meta_path.insert(0, Finder(root))
