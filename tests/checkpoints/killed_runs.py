"""Kills a writer again and again, and looks after each time at what is left. A process of its own, since it forks.

    python killed_runs.py FOLDER (moments | steps | in_place)

Prints a JSON object: how many runs were killed, how many of these left something to go on from, and how many ended.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np  # noqa: F401  (so that no child imports it)
from small_checkpoints import contents, make

from hfcompat.checkpoints.draft import Draft
from hfcompat.checkpoints.folder import Folder
from hfcompat.checkpoints.writing import write

KILLS = 100
CHANGES = ("open", "os.mkdir", "os.rename", "os.link", "os.remove", "os.rmdir", "shutil.rmtree", "os.truncate")


class Case:
    def __init__(self, root: Path, in_place: bool = False) -> None:
        self.source = make(root / "source", files=3, size=120)
        self.partial = root / f".{'source' if in_place else 'new'}.hfcompat-partial"
        self.in_place, self.backup = in_place, root / "backup"
        self.goal = self.source if in_place else root / "new"
        self.before = contents(self.source)
        self.pristine = shutil.copytree(self.source, root / "pristine")
        self.after = contents(self.write(root / "wanted", False))

    def write(self, goal: Path, in_place: bool) -> Path:
        draft = Draft(Folder(self.source))
        draft.config["rope_parameters"] = {"rope_theta": 1.0}
        draft.rename(lambda name: f"model.{name}")
        draft.swap("model.layers.1.w1", 1, 2)
        draft.copy("model.layers.2.w0", "lm_head.weight")
        return write(draft, goal, in_place=in_place, backup=self.backup if in_place else None)

    def start(self, prepare: Callable[[], None]) -> int:
        child = os.fork()
        if child == 0:
            try:
                prepare()
                self.write(self.goal, self.in_place)
                os._exit(0)
            except BaseException as error:
                print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
                os._exit(1)
        return child

    def ended(self, child: int) -> bool:
        """Whether it ended by itself, and well."""
        status = os.waitpid(child, 0)[1]
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, status
        return not os.WIFSIGNALED(status)

    def complete(self) -> bool:
        """Whether the destination is there; all of it or nothing, and the source as it was."""
        if self.in_place and self.backup.exists():
            assert contents(self.backup) == self.before
            assert not self.goal.exists() or contents(self.goal) == self.after
            return self.goal.exists()
        assert contents(self.source) == self.before
        if self.in_place:
            return False
        assert not self.goal.exists() or contents(self.goal) == self.after
        return self.goal.exists()

    def finish(self) -> None:
        """What a user does next: run it again, where the source is still there."""
        if not self.complete():
            if self.in_place and self.backup.exists():
                self.backup.rename(self.source)
            assert self.ended(self.start(lambda: None))
            assert self.complete()
            assert not self.partial.exists()

    def reset(self) -> None:
        for path in (self.goal, self.backup, self.partial):
            shutil.rmtree(path, ignore_errors=True)
        if self.in_place:
            shutil.copytree(self.pristine, self.source)


def moments(case: Case) -> dict[str, int]:
    """At random moments; what is left stays for the next run."""
    lengths = []
    for _ in range(5):
        start = time.perf_counter()
        assert case.ended(case.start(lambda: None))
        lengths.append(time.perf_counter() - start)
        assert case.complete()
        case.reset()
    chance = random.Random(0)
    told = {"killed": 0, "left": 0, "ended": 0}
    while told["killed"] < KILLS:
        if chance.random() < 0.3:
            case.reset()
        child = case.start(lambda: None)
        time.sleep(chance.uniform(0, max(lengths)))
        os.kill(child, signal.SIGKILL)
        if case.ended(child):
            told["ended"] += 1
        else:
            told["killed"] += 1
            told["left"] += any(case.partial.rglob("*.safetensors"))
        if case.complete():
            case.reset()
    case.finish()
    return told


def steps(case: Case) -> dict[str, int]:
    """Before each change of the file system, one after the other."""
    told = {"killed": 0, "left": 0, "ended": 0}
    while not told["ended"]:
        number = told["killed"]

        def prepare(number: int = number) -> None:
            left = number

            def hook(event: str, _arguments: object) -> None:
                nonlocal left
                if event in CHANGES:
                    if left == 0:
                        os.kill(os.getpid(), signal.SIGKILL)
                    left -= 1

            sys.addaudithook(hook)

        if case.ended(case.start(prepare)):
            told["ended"] += 1
        else:
            told["killed"] += 1
            told["left"] += any(case.partial.rglob("*.safetensors"))
        case.finish()
        case.reset()
    return told


if __name__ == "__main__":
    root, how = Path(sys.argv[1]), sys.argv[2]
    answer = moments(Case(root)) if how == "moments" else steps(Case(root, in_place=how == "in_place"))
    print(json.dumps(answer))
