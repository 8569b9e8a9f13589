"""One program played by one interpreter, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from program_folders import install
from programs import Program

PROBE = Path(__file__).with_name("probe.py")


def play(python: str, program: Program, *mode: str) -> dict[str, Any]:
    """What probe.py prints, and the end of `stderr`; without `steps` when the probe itself broke.

    Args:
        mode: nothing for stock transformers, `"hfcompat"`, or `"hfcompat"` and a dialect.
    """
    path = os.pathsep.join(filter(None, [str(install(program)), os.environ.get("PYTHONPATH")]))
    unset = {"HFCOMPAT_DIALECT", "HFCOMPAT_ENABLE", "HFCOMPAT_DISABLE"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {"PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    command = [python, PROBE, program.name, *mode]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=900)
    lines = [line for line in done.stdout.splitlines() if line.startswith("PROBE ")]
    stderr = done.stderr[-3000:]
    if not lines:
        return {"steps": [], "results": {}, "error": {"step": "", "type": "", "message": stderr}, "stderr": stderr}
    return {**json.loads(lines[-1].removeprefix("PROBE ")), "stderr": stderr}
