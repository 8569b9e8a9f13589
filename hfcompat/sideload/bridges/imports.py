"""How the wheel's modules look at its top level."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

from hfcompat.sideload.relocation import ALIAS

__all__ = ["direct"]


def direct(theirs: Any) -> Any:
    """The alias package, in the place of a second execution of the wheel's `__init__`."""

    def direct_transformers_import(path: Any, file: str = "__init__.py") -> ModuleType:
        return importlib.import_module(ALIAS)

    return direct_transformers_import
