"""A checkpoint as it is to be written: what rules say about it is written here, and nowhere else before it is done."""

from __future__ import annotations

import copy
import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from packaging.version import Version

from hfcompat.checkpoints.errors import CheckpointError
from hfcompat.checkpoints.folder import Folder
from hfcompat.checkpoints.shards import ITEMSIZE, SCALED, Stored

DOCUMENTS = (
    "config.json",
    "generation_config.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "processor_config.json",
    "preprocessor_config.json",
    "video_preprocessor_config.json",
    "adapter_config.json",
)
"""JSON files that rules change; tokenizer.json is large, and is read when it is asked for."""

__all__ = ["DOCUMENTS", "Block", "Draft", "Edited", "State", "put_together"]


@dataclass(frozen=True, slots=True)
class Edited:
    """A tensor of the draft: one that is stored, perhaps with two of its dimensions exchanged, or one put together.

    Attributes:
        stored: where its bytes are. Of one that is put together: what it will be, and the file that it will be in.
        swapped: the two dimensions.
        blocks: what it is put together of; None where it is stored.
        factor: by which its numbers are multiplied.
    """

    stored: Stored
    swapped: tuple[int, int] | None = None
    blocks: tuple[Block, ...] | None = None
    factor: float = 1.0

    @property
    def shape(self) -> tuple[int, ...]:
        """As it will be written."""
        shape = list(self.stored.shape)
        if self.swapped:
            one, other = self.swapped
            shape[one], shape[other] = shape[other], shape[one]
        return tuple(shape)


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a tensor that is put together: what it is of another one, and where it goes; both as matrices."""

    tensor: Edited
    taken: tuple[slice, slice]
    put: tuple[slice, slice]
    transposed: bool = False


def put_together(like: Edited, shape: tuple[int, ...], blocks: Iterable[Block]) -> Edited:
    """A tensor of these blocks, and of zeros between them, in the file and with the dtype of another one.

    Its dimensions but the last count as one for the blocks.

    Raises:
        ValueError: the blocks are of more than one dtype, or of one without whole bytes.
    """
    blocks, dtype = tuple(blocks), like.stored.dtype
    others = {block.tensor.stored.dtype for block in blocks} - {dtype}
    if others or dtype not in ITEMSIZE:
        raise ValueError(f"tensors of {', '.join(sorted(others | {dtype}))} cannot be put together into one")
    size = math.prod(shape) * ITEMSIZE[dtype]
    return Edited(replace(like.stored, shape=shape, size=size), blocks=blocks)


class Draft:
    """What a folder is to hold.

    Attributes:
        folder: where it comes from; it is only read.
        documents: JSON files by name, those that rules look at or write. `document(name)` reads one.
        texts: other text files, by name, that rules write.
        readers: the versions of transformers that it is written for.
        base: folder with the model that an adapter is for, where somebody has named it.
        tensors: by the name that they will have; made when first asked for, from headers alone.
    """

    def __init__(self, folder: Folder, readers: tuple[Version, ...] = (), base: Path | None = None) -> None:
        self.folder, self.readers, self.base = folder, readers, base
        self.documents = {name: found for name in DOCUMENTS if (found := folder.document(name)) is not None}
        self.texts: dict[str, str] = {}

    def document(self, name: str) -> dict[str, Any] | None:
        """A JSON file, to read and to change; None where the checkpoint has none."""
        if name in self.documents or name in DOCUMENTS:
            return self.documents.get(name)
        found = self.folder.document(name)
        if found is not None:
            self.documents[name] = found
        return found

    @property
    def config(self) -> dict[str, Any]:
        """config.json; empty where there is none."""
        return self.document("config.json") or {}

    @property
    def model_type(self) -> str:
        """As config.json says it."""
        return str(self.config.get("model_type", ""))

    def sections(self) -> Iterator[dict[str, Any]]:
        """config.json and every configuration in it, the inner ones first."""
        if self.config:
            yield from _sections(self.config)

    @cached_property
    def tensors(self) -> dict[str, Edited]:
        """The tensors, by the name that they will have."""
        return {name: Edited(found) for shard in self.folder.shards for name, found in shard.tensors.items()}

    def rename(self, to: Callable[[str], str]) -> None:
        """Give every tensor the name `to(name)`; their order stays.

        Raises:
            CheckpointError: two tensors would have one name.
        """
        items = [(to(name), tensor) for name, tensor in self.tensors.items()]
        if len(dict(items)) != len(items):
            twin = next(new for new, times in Counter(new for new, _ in items).items() if times > 1)
            raise CheckpointError(self.folder.path, f"two tensors would be named {twin}")
        self.tensors.clear()
        self.tensors.update(items)

    def swap(self, name: str, one: int, other: int) -> None:
        """Exchange two dimensions of a tensor; doing it again takes it back."""
        tensor = self.tensors[name]
        if tensor.swapped not in (None, (one, other)):
            raise ValueError(f"two rules exchange different dimensions of {name}: {tensor.swapped}, {(one, other)}")
        self.tensors[name] = replace(tensor, swapped=None if tensor.swapped else (one, other))

    def scale(self, name: str, factor: float) -> None:
        """Multiply a tensor of floating point numbers."""
        tensor = self.tensors[name]
        if tensor.stored.dtype not in SCALED or tensor.swapped or tensor.blocks:
            raise ValueError(f"{name} cannot be multiplied: it is {tensor.stored.dtype}, or changed otherwise")
        self.tensors[name] = replace(tensor, factor=tensor.factor * factor)

    def copy(self, name: str, new: str) -> None:
        """Have a tensor under a second name too."""
        self.tensors.setdefault(new, self.tensors[name])

    def state(self, last: State | None = None) -> State:
        """What it holds now, to be compared with what it holds later; `last` itself if that is still so."""
        tensors = dict(self.tensors) if "tensors" in self.__dict__ or not self.folder.pickles else {}
        said = {name: repr(document) for name, document in self.documents.items()}
        if last and (said, self.texts, tensors) == (last.said, last.texts, last.tensors):
            return last
        documents = {
            name: last.documents[name] if last and last.said.get(name) == said[name] else copy.deepcopy(document)
            for name, document in self.documents.items()
        }
        return State(documents, dict(self.texts), tensors, said)


@dataclass(frozen=True, slots=True)
class State:
    """What a draft held at some time; `said` are the documents as text, which is compared sooner than they are."""

    documents: dict[str, dict[str, Any]]
    texts: dict[str, str]
    tensors: dict[str, Edited]
    said: dict[str, str]


def _sections(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, value in config.items():
        if isinstance(value, dict) and (name.endswith("_config") or "model_type" in value):
            yield from _sections(value)
    yield config
