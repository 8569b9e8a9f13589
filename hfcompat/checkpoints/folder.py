"""A folder with a checkpoint: which files it has, and which of them may be followed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from hfcompat.checkpoints import documents, shards
from hfcompat.checkpoints.errors import CheckpointError, PickleError

__all__ = ["INDEX", "Folder"]

WEIGHTS, INDEX = "model.safetensors", "model.safetensors.index.json"
ADAPTER = "adapter_model.safetensors"
PICKLES = ("pytorch_model.bin", "pytorch_model.bin.index.json", "adapter_model.bin")


class Folder:
    """A checkpoint on disk; nothing of it is changed here, and no tensor is read.

    Attributes:
        path: as it was given.
        root: the same without links.
        files: names of all files in it and in the folders in it, sorted.

    Raises:
        CheckpointError: there is no such folder; one of its files is a link to somewhere else, or no file at all. The
            links that the cache of huggingface_hub is made of are followed.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        if not self.path.is_dir():
            raise CheckpointError(self.path, "there is no such folder" if not self.path.exists() else "it is no folder")
        self.root = self.path.resolve()
        self.files = sorted(self._found())

    def _found(self) -> Iterator[str]:
        def fail(error: OSError) -> None:
            raise CheckpointError(error.filename, f"it cannot be listed: {error.strerror}") from error

        for parent, folders, files in os.walk(self.path, onerror=fail):
            for name in files:
                path = Path(parent, name)
                relative = path.relative_to(self.path).as_posix()
                if not self.locate(relative).is_file():
                    raise CheckpointError(path, "it is no regular file, or a link to one that is not there")
                yield relative
            for name in folders:
                if os.path.islink(os.path.join(parent, name)):
                    raise CheckpointError(Path(parent, name), "it is a link to a folder, and is not followed")

    def locate(self, name: str) -> Path:
        """The file of this name in the folder; CheckpointError where that leads out of it."""
        path = self.path / name
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise CheckpointError(self.path, f"{name!r} leads out of the folder, and is not followed")
        try:
            target = path.resolve()
        except (OSError, RuntimeError, ValueError) as error:  # a link to itself; a name with a zero byte
            raise CheckpointError(self.path, f"{name!r} cannot be followed: {error}") from error
        if target.is_relative_to(self.root) or any(target.is_relative_to(place) for place in self._blobs):
            return path
        raise CheckpointError(path, f"it is a link to {target}, outside of the folder, and is not followed")

    @property
    def _blobs(self) -> list[Path]:
        """Where a snapshot in the cache of huggingface_hub has its files: REPOSITORY/blobs beside snapshots/COMMIT."""
        parents = [self.root, *self.root.parents]
        return [above.parent / "blobs" for above in parents[1:] if above.name == "snapshots"]

    def document(self, name: str) -> dict[str, Any] | None:
        """A JSON file, read anew; None where there is none."""
        return documents.read(self.locate(name)) if name in self.files else None

    @cached_property
    def index(self) -> dict[str, str]:
        """The file of each tensor, by model.safetensors.index.json; empty where there is none.

        Where there is a model.safetensors, all versions of transformers read that alone; an index of other files counts
        for nothing then.
        """
        document = self.document(INDEX)
        if document is None:
            return {}
        weights = document.get("weight_map")
        if not isinstance(weights, dict) or not all(isinstance(file, str) for file in weights.values()):
            raise CheckpointError(self.path / INDEX, "its weight_map does not give a file for each tensor")
        if WEIGHTS in self.files and set(weights.values()) != {WEIGHTS}:
            return {}
        for file in sorted(set(weights.values())):
            self.locate(file)
            if file not in self.files:
                raise CheckpointError(self.path / INDEX, f"it names {file}, which is not there; fetch the file again")
        return weights

    @cached_property
    def shards(self) -> list[shards.Shard]:
        """The headers of the files with weights, in the order of their names.

        Raises:
            CheckpointError: one of them is damaged; they contradict the index.
            PickleError: all weights are in pickles.
        """
        names = sorted(set(self.index.values())) or [name for name in (WEIGHTS, ADAPTER) if name in self.files]
        if not names and self.pickles:
            raise PickleError(
                self.path / self.pickles[0],
                "it is a pickle, which runs what its writer chose, and is not opened: what is to be done with tensors "
                "needs safetensors. convert(..., allow_pickle=True) (--allow-pickle) reads tensors and nothing else",
            )
        found = [shards.read(self.locate(name)) for name in names]
        held = {name: shard.path.relative_to(self.path).as_posix() for shard in found for name in shard.tensors}
        if len(held) != sum(len(shard.tensors) for shard in found):
            raise CheckpointError(self.path, "two of its files have a tensor of the same name")
        for name, file in self.index.items():
            if held.get(name) != file:
                raise CheckpointError(self.path / INDEX, f"it says that {name} is in {file}, which does not have it")
        return found

    @property
    def pickles(self) -> list[str]:
        """Files with weights that only pickle reads; of no matter where the same weights are in safetensors."""
        return [name for name in PICKLES if name in self.files]

    @property
    def pickled(self) -> bool:
        """Whether all weights are in pickles."""
        return bool(self.pickles) and not {WEIGHTS, INDEX, ADAPTER}.intersection(self.files)
