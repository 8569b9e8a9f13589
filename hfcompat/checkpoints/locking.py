"""One writer to a destination; the lock ends with the process, however that ends."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from hfcompat.checkpoints.errors import CheckpointError

__all__ = ["locked"]


@contextlib.contextmanager
def locked(goal: Path) -> Iterator[None]:
    """Nobody else has the lock of `goal`, by a file beside it.

    Raises:
        CheckpointError: somebody has it.
        OSError: the file cannot be made, or its file system has no locks.
    """
    path = goal.with_name(f".{goal.name}.hfcompat-lock")
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            _lock(handle)
            if os.path.samestat(os.fstat(handle), os.stat(path)):
                break
        except (BlockingIOError, PermissionError):
            os.close(handle)
            raise CheckpointError(goal, "another process is writing it; wait until that has ended") from None
        except FileNotFoundError:  # it was let go, and taken away, between the two steps
            pass
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)
    try:
        yield
    finally:
        if sys.platform != "win32":  # which does not take away what is open
            path.unlink(missing_ok=True)
        os.close(handle)


if sys.platform == "win32":
    import msvcrt

    def _lock(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
