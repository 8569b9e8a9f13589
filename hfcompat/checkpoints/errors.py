"""What is wrong with a checkpoint, said once: the file, the fault and the way out."""

from __future__ import annotations

from pathlib import Path

__all__ = ["CheckpointError", "PickleError", "UnrepresentableError"]


class CheckpointError(ValueError):
    """A checkpoint cannot be read or written.

    Attributes:
        path: the file or folder that it is about.
    """

    def __init__(self, path: Path | str, fault: str) -> None:
        super().__init__(f"{path}: {fault}")
        self.path = Path(path)


class UnrepresentableError(CheckpointError):
    """The readers that were asked for have no words for what a checkpoint says."""


class PickleError(CheckpointError):
    """The weights are in a pickle, which nobody has allowed to be opened."""
