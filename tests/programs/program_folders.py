"""The programs on disk: fetched once by pip, without dependencies, each into a folder of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from programs import Program

ROOT = Path(__file__).parents[2]


def cache() -> Path:
    """HFCOMPAT_TEST_CACHE, or `.cache` in the repository."""
    return Path(os.environ.get("HFCOMPAT_TEST_CACHE") or ROOT / ".cache").resolve() / "programs"


def install(program: Program) -> Path:
    """The folder to put on PYTHONPATH. Raises RuntimeError when pip cannot fetch the program."""
    pins = [program.package, *program.needs]
    key = hashlib.sha256(repr([sys.version_info[:2], sys.platform, pins]).encode()).hexdigest()[:12]
    folder = cache() / f"{program.name}-{key}"
    if folder.exists():
        return folder
    cache().mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f"{program.name}-", dir=cache()))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*pip, "--target", fresh, *pins], capture_output=True, text=True)
    if done.returncode:
        shutil.rmtree(fresh)
        raise RuntimeError(f"pip could not fetch {program.package} and what it needs:\n{done.stderr}")
    try:
        fresh.rename(folder)
    except OSError:  # another process was faster
        shutil.rmtree(fresh)
    return folder
