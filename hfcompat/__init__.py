"""The polyfill layer for Hugging Face Transformers.

    import hfcompat

    hfcompat.apply()

Code and checkpoints written for one Transformers version run, and give the same numbers, on another. Importing
this package, and applying, import neither torch nor transformers.
"""

from typing import Any

from hfcompat._version import __version__
from hfcompat.api import applied, apply, report, revert, verify
from hfcompat.hookspecs import hookimpl
from hfcompat.patch import Kind, Patch, Record, Status, Target
from hfcompat.report import HfcompatError, Report

__all__ = [
    "HfcompatError",
    "Kind",
    "Patch",
    "Record",
    "Report",
    "Status",
    "Target",
    "__version__",
    "applied",
    "apply",
    "hookimpl",
    "report",
    "revert",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name.startswith("Auto"):
        from hfcompat import auto

        if name in auto.__all__:
            return getattr(auto, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
