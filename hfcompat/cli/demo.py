"""`hfcompat demo`: a real program of the 4.x days failing, apply, passing, revert, failing again; and the report."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from hfcompat.cli._demo_acts import PROGRAM, SENTENCES
from hfcompat.environment import Environment

__all__ = ["demo"]

PINS = ("minicons==0.3.18", "wonderwords==3.0.1", "pillow>=10")
"""The program, and what it imports beside torch and transformers."""

RECORDED = (-5.1892, -7.1640)
"""Its scores on transformers 4.57.6, natural logarithm per token, of `SENTENCES` in order."""

_TOLERANCE = 1e-3
_FAILS_SINCE = 5  # the major version of transformers
_ACTS = ("before", "apply", "with", "revert", "after", "report")


def demo(console: Console, *, offline_source: Path | None = None, keep: bool = False) -> int:
    """Play the five acts.

    Args:
        console: where to.
        offline_source: a folder that holds the program, unpacked or as wheels; pip fetches it otherwise.
        keep: leave the fetched program on disk, and say where.

    Returns:
        0 when every act went as told; 1 otherwise, the reason being on the console.
    """
    runtime = Environment().transformers
    absent = [name for name in ("torch", "transformers") if Environment().version(name) is None]
    if runtime is None or absent:
        console.print(f"hfcompat demo needs {' and '.join(absent)}; run: pip install {' '.join(absent)}", style="red")
        return 1
    console.print(f"[bold]{PINS[0].replace('==', ' ')}[/], unmodified, on transformers {runtime}.", highlight=False)
    with _program(console, offline_source, keep) as folder:
        if folder is None:
            return 1
        acts = _play(console, folder)
    if acts is None:
        return 1
    fails = runtime.major >= _FAILS_SINCE
    _show(console, acts, folder, fails)
    wrong = _wrong(acts, fails)
    for line in wrong:
        console.print(f"Not as told: {line}", style="bold red", highlight=False)
    return int(bool(wrong))


@contextlib.contextmanager
def _program(console: Console, source: Path | None, keep: bool) -> Iterator[Path | None]:
    """A folder for PYTHONPATH; None when the program cannot be had, which is said."""
    if source is not None and (source / PROGRAM).is_dir():
        yield source.resolve()
        return
    folder = Path(tempfile.mkdtemp(prefix="hfcompat-demo-"))
    try:
        yield folder if _install(console, folder, source) else None
    finally:
        if keep:
            console.print(f"{PROGRAM} is kept in {folder}", style="dim", highlight=False)
        else:
            shutil.rmtree(folder, ignore_errors=True)


def _install(console: Console, folder: Path, source: Path | None) -> bool:
    pins = [pin for pin in PINS if not (pin.startswith("pillow") and importlib.util.find_spec("PIL"))]
    whence = [] if source is None else ["--no-index", "--find-links", str(source)]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    console.print(
        f"pip install --no-deps --target {folder} {' '.join(pins)}", style="dim", highlight=False, soft_wrap=True
    )
    done = subprocess.run([*command, *whence, "--target", str(folder), *pins], capture_output=True, text=True)
    if done.returncode == 0:
        return True
    reason = [line for line in done.stderr.splitlines() if line.strip()] or ["pip said nothing"]
    console.print(
        f"pip could not fetch {PINS[0]}: {reason[-1]}", style="red", highlight=False, markup=False, soft_wrap=True
    )
    console.print(
        "Way out: where there is a network, run\n"
        f"    pip download --no-deps -d programs {' '.join(map(_quoted, PINS))}\n"
        "and then here\n"
        "    hfcompat demo --from programs",
        highlight=False,
        markup=False,
    )
    return False


def _play(console: Console, folder: Path) -> dict[str, dict[str, Any]] | None:
    """What the child process told of each act; None when it broke down, which is said."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HFCOMPAT_")}
    path = [str(folder), *filter(None, [environment.get("PYTHONPATH")])]
    environment |= {
        "PYTHONPATH": os.pathsep.join(path),
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "TOKENIZERS_PARALLELISM": "false",
        "CUDA_VISIBLE_DEVICES": "",
    }
    command = [sys.executable, "-m", "hfcompat.cli._demo_acts", str(console.width)]
    with console.status("playing, in one Python process"):
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
    events = [json.loads(line[4:]) for line in done.stdout.splitlines() if line.startswith("ACT ")]
    acts = {event["act"]: event for event in events}
    if tuple(acts) == _ACTS:
        return acts
    console.print("The program's process broke down:", style="bold red")
    console.print(done.stderr[-3000:], highlight=False, markup=False)
    return None


def _show(console: Console, acts: dict[str, dict[str, Any]], folder: Path, fails: bool) -> None:
    def heading(number: int, text: str) -> None:
        console.print(f"\n[bold cyan]{number}[/] [bold]{text}[/]", highlight=False)

    heading(1, "As it is")
    _show_outcome(console, acts["before"])
    if fails:
        console.print(
            f'    By hand: pip install {PINS[0]} {PINS[1]}, then python -c "from {PROGRAM} import scorer"',
            style="dim",
            highlight=False,
            markup=False,
        )
    else:
        console.print("    It works: nothing that it needs is missing before transformers 5.", style="yellow")
    heading(2, "hfcompat.apply()")
    console.print(f"    {acts['apply']['summary']}; {1000 * acts['apply']['seconds']:.0f} ms", highlight=False)
    heading(3, "The same program, in the same process")
    _show_outcome(console, acts["with"])
    heading(4, "hfcompat.revert()")
    console.print(f"    {acts['revert']['summary']}", highlight=False)
    heading(5, "As it was")
    _show_outcome(console, acts["after"])
    heading(6, f"hfcompat.report(), as it was in act 3: what {PROGRAM} imports")
    console.print(Text.from_ansi(acts["report"]["table"]))


def _show_outcome(console: Console, act: dict[str, Any]) -> None:
    if "error" in act:
        console.print(f"    {act['error']}", style="red", highlight=False, markup=False, soft_wrap=True)
        return
    table = Table(box=None, pad_edge=False)
    for column in ("    sentence", "on 4.57.6", "now"):
        table.add_column(column, justify="left" if "sentence" in column else "right")
    for sentence, recorded, now in zip(SENTENCES, RECORDED, act["scores"], strict=True):
        style = "green" if abs(now - recorded) <= _TOLERANCE else "bold red"
        table.add_row(f"    {sentence}", f"{recorded:.4f}", Text(f"{now:.4f}", style))
    console.print(table)


def _wrong(acts: dict[str, dict[str, Any]], fails: bool) -> list[str]:
    """What did not go as told, one sentence each."""
    found = []
    if fails and "error" not in acts["before"]:
        found.append("the program works without hfcompat")
    for name, act in acts.items():
        if name == "with" or (name in ("before", "after") and not fails):
            scores = act.get("scores")
            if scores is None:
                found.append(f"the program fails in the act '{name}': {act['error']}")
            elif any(abs(a - b) > _TOLERANCE for a, b in zip(scores, RECORDED, strict=True)):
                found.append(f"the scores in the act '{name}' are not those of 4.57.6")
    if acts["after"].get("error") != acts["before"].get("error"):
        found.append("after revert() the program does not fare as before apply()")
    return found


def _quoted(pin: str) -> str:
    return f"'{pin}'" if ">" in pin else pin
