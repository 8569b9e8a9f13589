"""The programs on disk: fetched once by pip, without dependencies, each into a folder of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from programs import PROGRAMS, Program, Source
from repositories import REPOSITORIES

ROOT = Path(__file__).parents[2]


def cache() -> Path:
    """HFCOMPAT_TEST_CACHE, or `.cache` in the repository."""
    return Path(os.environ.get("HFCOMPAT_TEST_CACHE") or ROOT / ".cache").resolve() / "programs"


def install(program: Program) -> Path:
    """The folder to put on PYTHONPATH. Raises RuntimeError when the program cannot be fetched."""
    packages = [program.package] if isinstance(program.package, str) else []
    pins = [*packages, *program.needs]
    key = hashlib.sha256(repr([sys.version_info[:2], sys.platform, program.package, pins]).encode()).hexdigest()[:12]
    folder = cache() / f"{program.name}-{key}"
    if folder.exists():
        return folder
    cache().mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{program.name}-", dir=cache()))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    commands = [[*pip, "--target", fresh, *pins]] if pins else []
    if isinstance(program.package, Source):
        commands.append(_unpack(program.package, fresh / program.name))
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            shutil.rmtree(fresh)
            raise RuntimeError(f"could not fetch {program.package} and what it needs:\n{done.stderr}")
    try:
        fresh.rename(folder)
    except OSError:  # another process was faster
        shutil.rmtree(fresh)
    return folder


def available() -> list[Program]:
    """The packages, and the remote code that HFCOMPAT_TEST_SOURCES has."""
    return PROGRAMS + (REPOSITORIES if os.environ.get("HFCOMPAT_TEST_SOURCES") else [])


def _unpack(source: Source, folder: Path) -> list[str]:
    """The command that puts the Python files of the tree into `folder`."""
    clone = Path(os.environ["HFCOMPAT_TEST_SOURCES"]) / source.repository.replace("/", "+")
    git = next((path for path in (clone / "repo", clone / ".git") if path.exists()), clone)
    folder.mkdir()
    tree = source.commit if source.tree == "." else f"{source.commit}:{source.tree}"
    # Data files may be absent from a partial clone: one archive of the code alone.
    code = "set -o pipefail; git -C \"$0\" ls-tree -r --name-only \"$1\" | grep '[.]py$' | tr '\\n' '\\0' | "
    code += 'xargs -0 git -C "$0" archive "$1" | tar x -C "$2"'
    return ["bash", "-c", code, str(git), tree, str(folder)]
