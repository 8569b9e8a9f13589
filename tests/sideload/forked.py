"""One family a process, from a parent that has imported transformers already."""

from __future__ import annotations

import json
import os
import signal
import traceback
from collections.abc import Callable
from typing import Any


def forked(function: Callable[[str], dict[str, Any]], family: str, seconds: int) -> dict[str, Any]:
    """What `function(family)` says; an error or a crash is said under "error"."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.alarm(seconds)
        try:
            said = function(family)
        except BaseException as error:
            where = [line.strip() for line in traceback.format_exc().splitlines() if line.strip().startswith("File")]
            places = [w.split("/")[-1].replace('", line ', ":").split(",")[0] for w in where[-2:]]
            said = {"error": f"{type(error).__name__}: {error}"[:400] + f" @ {' < '.join(reversed(places))}"}
        with os.fdopen(writing, "w") as stream:
            stream.write(json.dumps(said))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as stream:
        text = stream.read()
    status = os.waitpid(child, 0)[1]
    return json.loads(text) if text else {"error": f"no answer in {seconds} s" if status == 14 else f"crash {status}"}
