"""Checkpoints that every reader understands: `inspect` says who does, `convert` writes them so that they do.

`save` writes a model that way, from one process or many. Neither of the first two imports torch or transformers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hfcompat.checkpoints.converting import Conversion, convert
from hfcompat.checkpoints.errors import CheckpointError, PickleError, UnrepresentableError
from hfcompat.checkpoints.inspecting import Inspection, Outcome, inspect
from hfcompat.checkpoints.rule import Harm, Part, Rule

if TYPE_CHECKING:
    from hfcompat.checkpoints.saving import Checkpointer, Saved, save

__all__ = [
    "CheckpointError",
    "Checkpointer",
    "Conversion",
    "Harm",
    "Inspection",
    "Outcome",
    "Part",
    "PickleError",
    "Rule",
    "Saved",
    "UnrepresentableError",
    "convert",
    "inspect",
    "save",
]


def __getattr__(name: str) -> Any:
    if name in ("Checkpointer", "Saved", "save"):
        from hfcompat.checkpoints import saving

        return getattr(saving, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
