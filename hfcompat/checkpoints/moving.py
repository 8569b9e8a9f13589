"""Bytes from file to file: in the kernel where they stay as they are, by matrices where dimensions are exchanged."""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Callable
from io import FileIO
from typing import Any

from hfcompat.checkpoints.draft import Edited
from hfcompat.checkpoints.errors import CheckpointError
from hfcompat.checkpoints.shards import ITEMSIZE

__all__ = ["Tick", "matrix_of", "move", "move_built", "move_scaled", "move_swapped"]

Tick = Callable[[int], None]
"""Told how many bytes have been written since it was called last."""

_CHUNK = 32 * 2**20  # bytes between two ticks
_BUFFER = 256 * 2**10  # bytes that stay in a core's cache on the way through user space, or to the kernel
_UNABLE = (errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM)
_TILE = (
    512,
    256,
)  # rows and columns that are exchanged at once: what is read and written of them stays in a core's cache
_APART = 16  # elements between the rows of a tile, so that its columns do not all fall on the same lines of the cache


def move(source: FileIO, target: FileIO, start: int, size: int, tick: Tick) -> None:
    """Append `size` bytes of `source`, from `start` on, to `target`.

    Raises:
        CheckpointError: the source ends before.
        OSError: they cannot be written.
    """
    at, end = start, start + size
    in_kernel = getattr(os, "copy_file_range", None)
    while at < end:
        count = min(_CHUNK, end - at)
        done = 0
        if in_kernel:
            try:
                done = in_kernel(source.fileno(), target.fileno(), count, at)
            except OSError as error:
                if error.errno not in _UNABLE:
                    raise
        if not done:  # not between these two file systems, or the source has ended
            in_kernel = None
            done = _through_user_space(source, target, at, count)
        _begin_writing(target, done)
        at += done
        tick(done)


def _through_user_space(source: FileIO, target: FileIO, start: int, size: int) -> int:
    buffer = memoryview(bytearray(min(_BUFFER, size)))
    source.seek(start)
    left = size
    while left:
        piece = buffer[: min(len(buffer), left)]
        _fill(source, piece)
        _write(target, piece)
        left -= len(piece)
    return size


def move_swapped(source: FileIO, target: FileIO, tensor: Edited, tick: Tick) -> None:
    """Append a tensor to `target`, two of its dimensions exchanged.

    Holds one matrix: what remains of the tensor when the dimensions before the two are taken away.

    Raises:
        CheckpointError: its elements have no whole bytes, or the source ends before.
        OSError: it cannot be written.
    """
    import numpy as np  # type: ignore[import-not-found, unused-ignore]

    shape = tensor.stored.shape
    one, other = sorted(axis % len(shape) for axis in tensor.swapped or (0, 0))
    if one == other:
        move(source, target, tensor.stored.start, tensor.stored.size, tick)
        return
    rows, between, columns = shape[one], math.prod(shape[one + 1 : other]), shape[other]
    inner = math.prod(shape[other + 1 :])
    kind = np.dtype(f"u{ITEMSIZE[tensor.stored.dtype]}")
    result = np.empty((columns, between, rows, inner), kind)
    if not result.nbytes:
        return
    source.seek(tensor.stored.start)
    step = min(rows, _TILE[0], max(1, _CHUNK // (result.nbytes // rows)))
    buffer = np.empty((step, between, columns, inner), kind)
    for _ in range(tensor.stored.size // result.nbytes):
        for row in range(0, rows, step):
            strip = buffer[: rows - row]
            _fill(source, strip.data.cast("B"))
            if between == inner == 1:
                _transpose(strip[:, 0, :, 0], result[:, 0, row : row + len(strip), 0])
            else:
                result[:, :, row : row + len(strip)] = strip.swapaxes(0, 2)
        _write(target, result.data.cast("B"))
        _begin_writing(target, result.nbytes)
        tick(result.nbytes)


def move_scaled(source: FileIO, target: FileIO, tensor: Edited, tick: Tick) -> None:
    """Append a tensor to `target`, its numbers multiplied and rounded to the nearest; it is held as a whole.

    Raises:
        CheckpointError: the source ends before.
        OSError: it cannot be written.
    """
    import numpy as np  # type: ignore[import-not-found, unused-ignore]

    stored = tensor.stored
    brain = stored.dtype == "BF16"  # the upper half of an F32, for which numpy has no name
    numbers = np.empty(stored.size // ITEMSIZE[stored.dtype], "u2" if brain else f"f{ITEMSIZE[stored.dtype]}")
    source.seek(stored.start)
    _fill(source, numbers.data.cast("B"))
    if brain:
        whole = ((numbers.astype("u4") << 16).view("f4") * np.float32(tensor.factor)).view("u4")
        numbers = ((whole + 0x7FFF + (whole >> 16 & 1)) >> 16).astype("u2")
    else:
        wide = np.dtype("f8" if stored.dtype == "F64" else "f4").type
        numbers = (numbers.astype(wide) * wide(tensor.factor)).astype(numbers.dtype)
    _write(target, numbers.data.cast("B"))
    tick(stored.size)


def _transpose(matrix: Any, into: Any) -> None:
    """into[...] = matrix.T, twenty times as fast: tile by tile, out of a buffer that its columns are read from."""
    import numpy as np  # type: ignore[import-not-found, unused-ignore]

    height, width = _TILE
    buffer = np.empty((height, width + _APART), matrix.dtype)
    for top in range(0, matrix.shape[0], height):
        for left in range(0, matrix.shape[1], width):
            tile = matrix[top : top + height, left : left + width]
            near = buffer[: tile.shape[0], : tile.shape[1]]
            near[...] = tile
            into[left : left + width, top : top + height] = near.T


def _begin_writing(target: FileIO, size: int) -> None:
    """Have the last `size` bytes sent to the disk now, while more are made; fsync would wait for all of them."""
    if advise := getattr(os, "posix_fadvise", None):
        advise(target.fileno(), target.tell() - size, size, os.POSIX_FADV_DONTNEED)


def _fill(source: FileIO, view: memoryview) -> None:
    while len(view):
        count = source.readinto(view)
        if not count:
            raise CheckpointError(os.fsdecode(source.name), "it became shorter while it was read")
        view = view[count:]


def _write(target: FileIO, view: memoryview) -> None:
    """In pieces: one large write takes the kernel three times as long."""
    while len(view):
        view = view[target.write(view[:_BUFFER]) or 0 :]


def move_built(target: FileIO, tensor: Edited, tick: Tick) -> None:
    """Append a matrix that is put together of others to `target`; it is held as a whole."""
    _write(target, memoryview(matrix_of(tensor).tobytes()))
    tick(tensor.stored.size)


def matrix_of(tensor: Edited) -> Any:
    """A tensor as a matrix of unsigned integers, as wide as its last dimension; what is stored is mapped, not read yet.

    Raises:
        CheckpointError: it cannot be read.
    """
    import numpy

    stored = tensor.stored
    dtype = numpy.dtype(f"u{ITEMSIZE[stored.dtype]}")
    shape = math.prod(stored.shape[:-1]), stored.shape[-1]
    if tensor.blocks is None:
        try:
            return numpy.memmap(stored.path, dtype, "r", stored.start, shape)
        except (OSError, ValueError) as error:
            raise CheckpointError(stored.path, f"it cannot be read: {error}") from error
    whole = numpy.zeros(shape, dtype)
    for block in tensor.blocks:
        part = matrix_of(block.tensor)[block.taken]
        whole[block.put] = part.T if block.transposed else part
    return whole
