"""The user's own copy of a newer transformers: fetched by pip, checked, and unpacked beside the installed one."""

from __future__ import annotations

import compileall
import contextlib
import functools
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from hfcompat.checkpoints.errors import CheckpointError
from hfcompat.checkpoints.locking import locked
from hfcompat.sideload.errors import SideloadError
from hfcompat.sideload.relocation import DIGEST, public, relocate

__all__ = ["COMMAND", "SHA256", "VERSION", "cache", "fetch", "homes", "located", "remove", "unpacked"]

VERSION = "5.23.0"
"""The one version whose private interfaces this release of hfcompat knows."""
SHA256 = "018e82fd07490ad5bb58414f65e31576033dc7f36bed10c574843f69b90991bf"
"""Of transformers-5.23.0-py3-none-any.whl, as the index has it."""
COMMAND = "hfcompat sideload fetch"

_NAME = f"transformers-{VERSION}-py3-none-any.whl"
_WORK = ".fetching-"
_PATIENCE = 600.0
"""Seconds to wait for another process that is fetching."""


def cache() -> Path:
    """Where unpacked wheels are kept: HFCOMPAT_CACHE, or a folder in the user's cache."""
    if told := os.environ.get("HFCOMPAT_CACHE"):
        return Path(told).expanduser().absolute()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local", "hfcompat")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "hfcompat")


def unpacked() -> Path:
    """The folder of the wheel; what stands in for its `transformers` is in it once it has been fetched."""
    return cache() / "sideload" / f"transformers-{VERSION}-{DIGEST}"


def located() -> Path:
    """The folder of the modules of the wheel.

    Raises:
        SideloadError: it has not been fetched.
    """
    folder = unpacked() / "transformers"
    if not folder.is_dir():
        raise SideloadError(
            f"transformers {VERSION} is needed for this family and is not in {cache()}; run: {COMMAND} (it is unpacked "
            "beside the installed version, which is not touched)"
        )
    return folder


@functools.cache
def homes() -> dict[str, str]:
    """Names of the wheel's top level, and the modules that have them."""
    found: dict[str, str] = json.loads(located().with_name("homes.json").read_text("utf-8"))
    return found


def fetch(version: str = VERSION, source: Path | None = None) -> Path:
    """Put the wheel into the cache, where it is not there yet.

    Args:
        version: must be the pinned one; for those who want to say it.
        source: the wheel, or a folder that has it; None: pip downloads it.

    Returns:
        The folder in the cache.

    Raises:
        SideloadError: another version, a wheel that is not what the index has, no pip, no network, a cache that cannot
            be written.
    """
    if version != VERSION:
        raise SideloadError(f"this release of hfcompat side-loads transformers {VERSION}, not {version}")
    goal = unpacked()
    if (goal / "transformers").is_dir():
        return goal
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        with _alone(goal):
            if not (goal / "transformers").is_dir():
                for left in (goal, *goal.parent.glob(f"{_WORK}*")):  # by those who were killed
                    shutil.rmtree(left, ignore_errors=True)
                with tempfile.TemporaryDirectory(prefix=_WORK, dir=goal.parent) as name:
                    work = Path(name)
                    wheel = _checked(_downloaded(work) if source is None else _given(Path(source)))
                    _unpack(wheel, work / "wheel", goal)
                    os.replace(work / "wheel", goal)
    except OSError as error:
        raise SideloadError(
            f"cannot write to the cache {goal.parent}: {error}; set HFCOMPAT_CACHE to a folder that can be written"
        ) from error
    return goal


def _given(path: Path) -> Path:
    wheel = path / _NAME if path.is_dir() else path
    if not wheel.is_file():
        raise SideloadError(f"{wheel} does not exist; it should be {_NAME}")
    return wheel


def _downloaded(folder: Path) -> Path:
    """Let pip fetch the wheel: it knows the index, the proxies and the credentials of the user."""
    pip = [sys.executable, "-m", "pip", "download", f"transformers=={VERSION}", "--no-deps", "--only-binary", ":all:"]
    pip += ["--dest", str(folder), "--disable-pip-version-check", "--quiet"]
    done = subprocess.run(pip, capture_output=True, text=True, errors="replace", check=False)
    wheel = folder / _NAME
    if done.returncode == 0 and wheel.is_file():
        return wheel
    elsewhere = f"get {_NAME} on another machine and run: {COMMAND} --from FILE"
    if "No module named pip" in done.stderr:
        raise SideloadError(f"{sys.executable} has no pip to download transformers {VERSION}; {elsewhere}")
    said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()[-1:]
    raise SideloadError(f"pip cannot download transformers {VERSION} ({'; '.join(said) or 'no word why'}); {elsewhere}")


def _checked(wheel: Path) -> Path:
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found == SHA256:
        return wheel
    if wheel.name != _NAME:
        raise SideloadError(f"{wheel} is not {_NAME}, the wheel that this release of hfcompat side-loads")
    raise SideloadError(f"{wheel} is not what the index has: its sha256 is {found}, not {SHA256}; delete it")


def _unpack(wheel: Path, folder: Path, goal: Path) -> None:
    """Unpack into `folder`, which will be `goal`, with the modules relocated."""
    homes: dict[str, str] = {}
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            path = folder / name
            if name.startswith("transformers/") and name.endswith(".py"):
                path.parent.mkdir(parents=True, exist_ok=True)
                source = archive.read(name).decode("utf-8")
                path.write_text(relocate(source), "utf-8", newline="")
                module = name[len("transformers/") : -len(".py")].replace("/", ".").removesuffix(".__init__")
                homes.update((found, module) for found in public(module, source))
            elif "/licenses/" in name or name.endswith("/METADATA"):
                archive.extract(name, folder)
    (folder / "homes.json").write_text(json.dumps(homes), "utf-8")
    # What every family needs, as an installation would do; the family's own modules when they are first imported.
    for part, depth in ((folder / "transformers", 0), *((folder / "transformers" / name, 1) for name in _SHARED)):
        compileall.compile_dir(part, maxlevels=depth, quiet=2, stripdir=str(folder), prependdir=str(goal))


_SHARED = ("utils", "integrations", "generation", "distributed", "quantizers", "loss", "models/auto")


@contextlib.contextmanager
def _alone(goal: Path) -> Iterator[None]:
    """Wait until no other process is fetching."""
    until = time.monotonic() + _PATIENCE
    with contextlib.ExitStack() as stack:
        while True:
            try:
                stack.enter_context(locked(goal))
                break
            except CheckpointError as error:
                if time.monotonic() > until:
                    raise SideloadError(f"another process has been fetching into {goal} for long; {error}") from None
                time.sleep(0.1)
        yield


def remove() -> bool:
    """Delete what has been fetched; whether there was something.

    Raises:
        SideloadError: the cache cannot be written.
    """
    there = unpacked().is_dir()
    try:
        if there:
            with tempfile.TemporaryDirectory(prefix=_WORK, dir=unpacked().parent) as name:
                os.replace(unpacked(), Path(name, "wheel"))  # at once: half a wheel would be taken for a whole one
    except OSError as error:
        raise SideloadError(f"cannot delete {unpacked()}: {error}") from error
    return there
