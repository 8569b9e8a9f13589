"""A draft becomes a folder: beside its place, file by file, and then by one renaming.

    .NAME.hfcompat-partial/journal     what is being written, as a fingerprint
    .NAME.hfcompat-partial/part-N      files that are not finished
    .NAME.hfcompat-partial/files/      those that are; this becomes NAME

A run that was killed leaves this behind, and the next one with the same draft goes on from there.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import os
import shutil
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from typing import Any

from hfcompat.checkpoints import documents, moving
from hfcompat.checkpoints.draft import Draft, Edited
from hfcompat.checkpoints.errors import CheckpointError
from hfcompat.checkpoints.folder import INDEX, Folder
from hfcompat.checkpoints.locking import locked
from hfcompat.checkpoints.shards import BITS, ITEMSIZE, Shard, header_of

__all__ = ["Progress", "refuse", "write"]

Progress = Callable[[int, int], None]
"""Told the bytes that are done, and those that there are to do. It is called from other threads, one at a time."""

_COPIED = 2**20
"""Bytes below which a file is copied, and not linked: the small ones are what people edit in place."""
_THREADS = 2  # one waits for the disk while the other works


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file as it is."""

    path: Path

    @property
    def size(self) -> int:
        return self.path.stat().st_size

    def key(self) -> str:
        return "kept"


@dataclass(frozen=True, slots=True)
class _Text:
    """A file with this text."""

    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    def key(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


@dataclass(frozen=True, slots=True)
class _Tensors:
    """A safetensors file with a header of its own, and tensors out of another one."""

    path: Path
    header: bytes
    tensors: tuple[Edited, ...]

    @property
    def size(self) -> int:
        return sum(tensor.stored.size for tensor in self.tensors)

    def key(self) -> str:
        places = [
            (tensor.stored.start, tensor.stored.size, tensor.swapped, tensor.blocks, tensor.factor)
            for tensor in self.tensors
        ]
        return hashlib.sha256(self.header + repr(places).encode()).hexdigest()


_File = _Kept | _Text | _Tensors


def write(
    draft: Draft,
    destination: Path | str,
    *,
    in_place: bool = False,
    backup: Path | str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Make the folder that a draft describes. Its source is only read.

    Large files that the draft leaves alone become hard links where the file system has them: who writes into such a
    file in place writes into the source too.

    Args:
        draft: what is to be there.
        destination: a folder that does not exist; it appears when all of it is there.
        in_place: the destination is the source's own folder, which becomes `backup` first.
        backup: a folder that does not exist, in the same file system.
        progress: told the bytes of all files.

    Raises:
        CheckpointError: the destination or the backup exist, somebody else writes there, it cannot be written (for lack
            of space, among others; a second run goes on where the first had to end), or the source changes meanwhile.
    """
    folder = draft.folder
    goal = _goal(folder, Path(destination), in_place, backup)
    saved = Path(os.path.abspath(backup)) if backup is not None else None
    plan = _plan(draft)
    partial = goal.with_name(f".{goal.name}.hfcompat-partial")
    with _faults(goal, partial), contextlib.ExitStack() as stack:
        goal.parent.mkdir(parents=True, exist_ok=True)
        stack.enter_context(locked(goal))
        refuse(saved if in_place else goal)  # what has come since
        before = _fingerprint(folder, plan)
        files = _begun(partial, before, folder)
        _Work(folder, plan, partial, files, goal, progress).run()
        for place, _, _ in os.walk(files):
            _sync_folder(Path(place))
        if _fingerprint(folder, plan) != before:
            raise CheckpointError(folder.path, "it changed while it was read; run it again when nothing writes there")
        _publish(files, goal, saved)
        _sync_folder(goal.parent)
        shutil.rmtree(partial, ignore_errors=True)
    return goal


def _goal(folder: Folder, destination: Path, in_place: bool, backup: Path | str | None) -> Path:
    """Where the result is to be, which nothing forbids that can be known before."""
    goal = Path(os.path.abspath(destination))
    if not in_place:
        if backup is not None:
            raise CheckpointError(goal, "a backup is made only of what is changed in place")
        refuse(goal)
        if goal.parent.resolve().is_relative_to(folder.root):
            raise CheckpointError(goal, f"it would be in the source {folder.path}, which is not changed")
        return goal
    if goal.resolve() != folder.root:
        raise CheckpointError(goal, f"what is done in place is done in {folder.path}, and nowhere else")
    if backup is None:
        raise CheckpointError(
            folder.path, "it is changed in place only with a backup, a folder that does not exist yet"
        )
    saved = Path(os.path.abspath(backup))
    refuse(saved)
    if saved.parent.resolve().is_relative_to(folder.root):
        raise CheckpointError(saved, f"it would be in the folder {folder.path} that it is a backup of")
    if any((folder.path / name).is_symlink() for name in folder.files):
        raise CheckpointError(
            folder.path, "its files are links, as in the cache of huggingface_hub; name another folder for the result"
        )
    return folder.root


def refuse(path: Path | None) -> None:
    """CheckpointError where something has this name already."""
    if path is not None and os.path.lexists(path):
        raise CheckpointError(path, "it exists already, and nothing is ever written over; name another folder")


def _plan(draft: Draft) -> dict[str, _File]:
    """What each file of the result is."""
    folder = draft.folder
    plan: dict[str, _File] = {name: _Kept(folder.locate(name)) for name in folder.files}
    texts = {name: documents.text_of(document) for name, document in draft.documents.items()} | draft.texts
    for name, text in texts.items():
        folder.locate(name)
        plan[name] = _text(folder, name, text)
    if "tensors" in draft.__dict__:  # otherwise nobody has asked for them
        _plan_tensors(draft, plan)
    return plan


def _text(folder: Folder, name: str, text: str) -> _File:
    """A file with this text; the one that there is, where it has that text or is JSON of the same meaning and order."""
    if name in folder.files:
        path = folder.locate(name)
        if path.read_bytes() == text.encode() or (
            name.endswith(".json") and documents.text_of(documents.read(path)) == text
        ):
            return _Kept(path)
    return _Text(text.encode())


def _plan_tensors(draft: Draft, plan: dict[str, _File]) -> None:
    folder = draft.folder
    now: dict[Path, dict[str, Edited]] = {}
    for name, tensor in draft.tensors.items():
        now.setdefault(tensor.stored.path, {})[name] = tensor
    changed = False
    for shard in folder.shards:
        tensors = now.get(shard.path, {})
        if tensors == {name: Edited(stored) for name, stored in shard.tensors.items()}:
            continue
        changed = True
        file = _name(folder, shard.path)
        if tensors or not folder.index:
            plan[file] = _rewritten(shard, tensors)
        else:
            del plan[file]
    if changed and folder.index:
        index = draft.document(INDEX) or {}
        metadata = {**_object(index.get("metadata")), "total_size": sum(t.stored.size for t in draft.tensors.values())}
        weights = {name: _name(folder, tensor.stored.path) for name, tensor in draft.tensors.items()}
        text = documents.text_of({**index, "metadata": metadata, "weight_map": weights})
        plan[INDEX] = _text(folder, INDEX, text)


def _object(found: Any) -> dict[str, Any]:
    """What an index says of itself; some say null."""
    return found if isinstance(found, dict) else {}


def _rewritten(shard: Shard, tensors: dict[str, Edited]) -> _Tensors:
    """Tensors in the order in which they are stored; what is there a second time comes last."""
    for name, tensor in tensors.items():
        if tensor.swapped and tensor.stored.dtype not in ITEMSIZE:
            raise CheckpointError(shard.path, f"dimensions of {name} cannot be exchanged: it is {tensor.stored.dtype}")
    seen: set[int] = set()
    order = []
    for name, tensor in sorted(tensors.items(), key=lambda item: (item[1].stored.start, item[1].stored.size)):
        order.append((tensor.stored.start in seen and tensor.stored.size > 0, name, tensor))
        seen.add(tensor.stored.start)
    order.sort(key=lambda item: item[0])
    items = [(name, tensor) for _, name, tensor in order]
    if not _aligned(items):
        items.sort(key=lambda item: -BITS[item[1].stored.dtype])
    start = min((tensor.stored.start for _, tensor in items), default=0)
    header = header_of(((name, t.stored.dtype, t.shape, t.stored.size) for name, t in items), shard.metadata, start)
    return _Tensors(shard.path, header, tuple(tensor for _, tensor in items))


def _aligned(items: list[tuple[str, Edited]]) -> bool:
    """Whether each tensor begins at a multiple of its elements, as torch needs it to view the file's bytes."""
    at = 0
    for _, tensor in items:
        if at % ITEMSIZE.get(tensor.stored.dtype, 1):
            return False
        at += tensor.stored.size
    return True


def _fingerprint(folder: Folder, plan: dict[str, _File]) -> str:
    """Of the source's files and of what is to become of them."""
    lines = []
    for name in folder.files:
        found = (folder.path / name).stat()
        lines.append(f"{name!r} {found.st_size} {found.st_mtime_ns} {found.st_ino}")
    lines += [f"{name!r} {file.key()}" for name, file in sorted(plan.items())]
    return hashlib.sha256("\n".join([str(folder.root), *lines]).encode("utf-8", "surrogateescape")).hexdigest()


def _begun(partial: Path, fingerprint: str, folder: Folder) -> Path:
    """The folder of finished files: those that an earlier run with the same fingerprint has left, or none."""
    files, journal = partial / "files", partial / "journal"
    if os.path.lexists(partial):
        if not (journal.is_file() and journal.read_text() == fingerprint and files.is_dir()):
            shutil.rmtree(partial)
        for part in partial.glob("part-*"):
            part.unlink()
    if not partial.exists():
        mode = stat.S_IMODE(folder.root.stat().st_mode) | stat.S_IRWXU
        partial.mkdir(mode)
        files.mkdir(mode)
        journal.write_text(fingerprint)
    return files


class _Stopped(Exception):
    """Another thread has failed."""


@dataclass
class _Work:
    """The making of files, by threads that end when one of them fails."""

    folder: Folder
    plan: dict[str, _File]
    partial: Path
    files: Path
    goal: Path
    progress: Progress | None
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)
    failed: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        self.total = sum(file.size for file in self.plan.values())
        with ThreadPoolExecutor(_THREADS) as pool:
            futures = [pool.submit(self._make, n, name, file) for n, (name, file) in enumerate(self.plan.items())]
            try:
                for future in as_completed(futures):
                    future.result()
            except BaseException:
                self.failed.set()
                pool.shutdown(cancel_futures=True)
                raise

    def _tick(self, size: int) -> None:
        if self.failed.is_set():
            raise _Stopped
        with self.lock:
            self.done += size
            if self.progress:
                self.progress(self.done, self.total)

    def _make(self, number: int, name: str, file: _File) -> None:
        place = self.files / name
        with _faults(self.goal / name, self.partial):
            if os.path.lexists(place):  # finished by a run before
                self._tick(file.size)
                return
            place.parent.mkdir(parents=True, exist_ok=True)
            if isinstance(file, _Kept) and _link(file.path, place):
                self._tick(file.size)
                return
            part = self.partial / f"part-{number}"
            mode = (self.folder.path / name).stat().st_mode if name in self.folder.files else 0o666
            opener = functools.partial(os.open, mode=stat.S_IMODE(mode) | stat.S_IWUSR)
            with open(part, "xb", buffering=0, opener=opener) as target:
                self._fill(file, target)
                os.fsync(target.fileno())
            part.rename(place)

    def _fill(self, file: _File, target: FileIO) -> None:
        if isinstance(file, _Text):
            target.write(file.data)
            self._tick(file.size)
            return
        with _opened(file.path) as source:
            if isinstance(file, _Kept):
                moving.move(source, target, 0, file.size, self._tick)
                return
            target.write(file.header)
            for run in _runs(file.tensors):
                if run[0].blocks is not None:
                    moving.move_built(target, run[0], self._tick)
                elif run[0].factor != 1:
                    moving.move_scaled(source, target, run[0], self._tick)
                elif run[0].swapped:
                    moving.move_swapped(source, target, run[0], self._tick)
                else:
                    moving.move(source, target, run[0].stored.start, sum(t.stored.size for t in run), self._tick)


def _opened(path: Path) -> FileIO:
    try:
        return path.open("rb", buffering=0)
    except OSError as error:
        raise CheckpointError(path, f"it cannot be read: {error.strerror}") from error


def _runs(tensors: tuple[Edited, ...]) -> Iterator[list[Edited]]:
    """Tensors that follow one another in the source too and stay as they are, together; others by themselves."""
    run: list[Edited] = []
    for tensor in tensors:
        follows = run and run[-1].stored.start + run[-1].stored.size == tensor.stored.start
        if run and (_changed(tensor) or _changed(run[-1]) or not follows):
            yield run
            run = []
        run.append(tensor)
    if run:
        yield run


def _changed(tensor: Edited) -> bool:
    return tensor.swapped is not None or tensor.blocks is not None or tensor.factor != 1


def _link(source: Path, place: Path) -> bool:
    """Have one file in two places, where that is possible and wanted."""
    if source.is_symlink() or source.stat().st_size < _COPIED:
        return False
    try:
        os.link(source, place)
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.EPERM, errno.EACCES, errno.EMLINK, errno.ENOSYS, errno.EOPNOTSUPP):
            return False
        raise
    return True


def _publish(files: Path, goal: Path, backup: Path | None) -> None:
    if backup is None:
        files.rename(goal)
        return
    backup.parent.mkdir(parents=True, exist_ok=True)
    goal.rename(backup)
    try:
        files.rename(goal)
    except BaseException:
        backup.rename(goal)
        raise


def _sync_folder(path: Path) -> None:
    if sys.platform == "win32":  # which syncs files alone
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _name(folder: Folder, path: Path) -> str:
    return path.relative_to(folder.path).as_posix()


@contextlib.contextmanager
def _faults(path: Path, partial: Path) -> Iterator[None]:
    """What the system refuses, with the file and a way out."""
    try:
        yield
    except OSError as error:
        names = [name for name in (error.filename, error.filename2) if name and not str(name).startswith(str(partial))]
        fault = f"it cannot be written: {error.strerror or error}"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            fault += f". Make room and run it again, which goes on where this ended, or remove {partial}"
        elif error.errno == errno.EFBIG:
            fault += ". Write to a file system, or under a limit (ulimit -f), that lets files be so large"
        elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
            fault += f" ({', '.join(map(str, names)) or path.parent}). Name another destination"
        elif names:
            fault += f" ({', '.join(map(str, names))})"
        raise CheckpointError(path, fault) from error
