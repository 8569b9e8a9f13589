"""safetensors files by their headers: what is in them, found without reading a tensor, and written without holding one.

A header is read and checked here, since a converter has to say what is wrong with a file, and to write names and shapes
anew over bytes that it only moves. The layout: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from hfcompat.checkpoints.errors import CheckpointError

__all__ = ["ITEMSIZE", "SCALED", "Shard", "Stored", "header_of", "read"]

_LIMIT = 100_000_000  # bytes of a header, as safetensors itself has it
_PAGE = 4096

BITS = {
    "BOOL": 8, "U8": 8, "I8": 8, "F8_E4M3": 8, "F8_E5M2": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8, "F8_E5M2FNUZ": 8,
    "U16": 16, "I16": 16, "F16": 16, "BF16": 16,
    "U32": 32, "I32": 32, "F32": 32,
    "U64": 64, "I64": 64, "F64": 64, "C64": 64,
    "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6,
}  # fmt: skip
ITEMSIZE = {name: bits // 8 for name, bits in BITS.items() if bits >= 8}
"""Bytes of an element, by the name of its dtype; of those that have whole bytes."""
SCALED = ("F64", "F32", "F16", "BF16")
"""Dtypes whose numbers can be multiplied."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A tensor in a file: where its bytes are, and what they mean."""

    path: Path
    dtype: str
    shape: tuple[int, ...]
    start: int  # from the beginning of the file
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Shard:
    """One file."""

    path: Path
    tensors: dict[str, Stored]
    metadata: dict[str, str]


def read(path: Path) -> Shard:
    """The header of a safetensors file.

    Raises:
        CheckpointError: the file is cut off, is something else, or its header contradicts itself.
    """
    try:
        with path.open("rb") as file:
            return _read(path, file, path.stat().st_size)
    except OSError as error:
        raise CheckpointError(path, f"it cannot be read: {error.strerror or error}") from error


def _read(path: Path, file: BinaryIO, size: int) -> Shard:
    length = int.from_bytes(file.read(8), "little") if size >= 8 else -1
    if not 2 <= length <= _LIMIT:
        start = "it is shorter than 8 bytes" if length == -1 else f"its header would have {length:,} bytes"
        raise CheckpointError(path, f"it is no safetensors file: {start}")
    text = file.read(min(length, size - 8))
    if not text.startswith(b"{"):
        raise CheckpointError(path, "it is no safetensors file: no header begins after its length")
    if 8 + length > size:
        raise CheckpointError(path, f"it is cut off: its header has {length:,} bytes, and there are {size - 8:,}")
    try:
        header = json.loads(text.decode("utf-8"), object_pairs_hook=_without_twins)
        metadata = _metadata(header.pop("__metadata__", {}))
        tensors = {name: _stored(path, name, entry, 8 + length) for name, entry in header.items()}
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise CheckpointError(path, f"its header cannot be read: {error}") from error
    _check_layout(path, tensors, 8 + length, size)
    return Shard(path, tensors, metadata)


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _metadata(found: Any) -> dict[str, str]:
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ValueError("its metadata are more than texts by name")
    return found


def _stored(path: Path, name: str, entry: Any, origin: int) -> Stored:
    name.encode()  # a name with half of a surrogate pair is none
    dtype, shape, (start, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
    numbers = (*shape, start, end)
    if (
        dtype not in BITS
        or not isinstance(shape, list)
        or any(type(number) is not int or number < 0 for number in numbers)
        or end < start
    ):
        raise ValueError(f"tensor {name!r} is described as {str(entry)[:120]}")
    if math.prod(shape) * BITS[dtype] != (end - start) * 8:
        raise ValueError(f"tensor {name!r} of {dtype} {shape} cannot have {end - start:,} bytes")
    return Stored(path, dtype, tuple(shape), origin + start, end - start)


def _check_layout(path: Path, tensors: dict[str, Stored], origin: int, size: int) -> None:
    at = origin
    for name, tensor in sorted(tensors.items(), key=lambda item: (item[1].start, item[1].size)):
        if tensor.start != at:
            raise CheckpointError(path, f"there is a gap or an overlap before tensor {name!r}")
        at += tensor.size
    if at > size:
        raise CheckpointError(path, f"it is cut off: {size:,} bytes of {at:,}")
    if at < size:
        raise CheckpointError(path, f"it has {size - at:,} bytes more than its header says")


def header_of(
    tensors: Iterable[tuple[str, str, tuple[int, ...], int]], metadata: dict[str, str], start: int = 0
) -> bytes:
    """The bytes before the data, for tensors of (name, dtype, shape, bytes) that follow one another.

    They end where `start` is in its page, if that is a place for data at all: whole pages move between files twice as
    fast as parts of them.
    """
    entries: dict[str, Any] = {"__metadata__": metadata} if metadata else {}
    at = 0
    for name, dtype, shape, size in tensors:
        entries[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(entries, separators=(",", ":"), ensure_ascii=False).encode()
    usable = start if start % 8 == 0 else 0
    text += b" " * ((usable - 8 - len(text)) % (_PAGE if usable else 8))
    return struct.pack("<Q", len(text)) + text
