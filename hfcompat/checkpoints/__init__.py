"""Checkpoints that every reader understands: `inspect` says who does, `convert` writes them so that they do.

Neither imports torch or transformers.
"""

from hfcompat.checkpoints.converting import Conversion, convert
from hfcompat.checkpoints.errors import CheckpointError, UnrepresentableError
from hfcompat.checkpoints.inspecting import Inspection, Outcome, inspect
from hfcompat.checkpoints.rule import Harm, Part, Rule

__all__ = [
    "CheckpointError",
    "Conversion",
    "Harm",
    "Inspection",
    "Outcome",
    "Part",
    "Rule",
    "UnrepresentableError",
    "convert",
    "inspect",
]
