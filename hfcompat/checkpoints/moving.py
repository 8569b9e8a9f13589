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
_BUFFER = 256 * 2**10  # what stays in a core's cache on the way through user space
_UNABLE = (errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM)
_TILE = 16, 2048  # rows and columns, of 8 bytes each, that are exchanged at once


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
    step = min(rows, max(1, _CHUNK // (result.nbytes // rows)))
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

    together = 8 // matrix.itemsize
    height, width = _TILE
    whole = matrix.shape[0] // together * together
    target = into[:, :whole].view(np.uint64)
    buffer = np.empty((height, width + 8, together), matrix.dtype)
    for top in range(0, whole // together, height):
        strip = matrix[top * together : min(top + height, whole // together) * together]
        strip = strip.reshape(-1, together, strip.shape[1])
        for left in range(0, matrix.shape[1], width):
            tile = strip[:, :, left : left + width]
            count, _, span = tile.shape
            for place in range(together):
                buffer[:count, :span, place] = tile[:, place]
            target[left : left + span, top : top + count] = buffer[:count].view(np.uint64)[:, :span, 0].T
    into[:, whole:] = matrix[whole:].T


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
    while len(view):
        view = view[target.write(view) or 0 :]
