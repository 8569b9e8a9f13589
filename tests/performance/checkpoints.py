"""What the writing of a checkpoint costs, as ratios to `cp -r` measured side by side in one run.

    python tests/performance/checkpoints.py [--rounds 3] [--gigabytes 2] [--shards 4] [--folder DIR] [--check]

Every round copies, and then writes the same checkpoint with another config, with other names, and with two dimensions of
every tensor exchanged. Wall seconds, and each figure is the minimum of the rounds. What is written is on the disk at the
end, so cp is timed with an fsync of each of its files; the time of cp alone is told beside it. Needs neither torch nor
transformers, and three times the room of the checkpoint.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from hfcompat.checkpoints import shards
from hfcompat.checkpoints.draft import Draft
from hfcompat.checkpoints.folder import Folder
from hfcompat.checkpoints.writing import write

EXPERTS, ROWS, COLUMNS = 8, 4096, 2048  # bfloat16, 128 MiB


def make(folder: Path, size: int, files: int) -> None:
    """A checkpoint of `size` bytes: tensors like those of experts, of random bytes."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps({"model_type": "llama", "rope_theta": 10000.0}))
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"vocab": {f"token{n}": n for n in range(100_000)}}}))
    one = EXPERTS * ROWS * COLUMNS * 2
    number = max(1, size // one // files)
    where = {}
    noise = os.urandom(one)
    for file in range(files):
        name = f"model-{file + 1:05d}-of-{files:05d}.safetensors"
        tensors = [f"layers.{file * number + n}.experts" for n in range(number)]
        where |= dict.fromkeys(tensors, name)
        with (folder / name).open("wb") as out:
            shape = (EXPERTS, ROWS, COLUMNS)
            out.write(shards.header_of(((tensor, "BF16", shape, one) for tensor in tensors), {"format": "pt"}))
            for _ in tensors:
                out.write(noise)
    index = {"metadata": {"total_size": one * len(where)}, "weight_map": where}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def copy(source: Path, goal: Path) -> dict[str, float]:
    start = time.perf_counter()
    subprocess.run(["cp", "-r", str(source), str(goal)], check=True)
    alone = time.perf_counter() - start
    for file in goal.iterdir():
        handle = os.open(file, os.O_RDONLY)
        os.fsync(handle)
        os.close(handle)
    return {"seconds": time.perf_counter() - start, "alone": alone}


def config(draft: Draft) -> None:
    draft.config["rope_parameters"] = {"rope_theta": 10000.0, "rope_type": "default"}


def names(draft: Draft) -> None:
    draft.rename(lambda name: f"model.{name}")


def swapped(draft: Draft) -> None:
    for name in draft.tensors:
        draft.swap(name, 1, 2)


EDITS: dict[str, Callable[[Draft], None]] = {edit.__name__: edit for edit in (config, names, swapped)}


def edited(how: str, source: Path, goal: Path) -> dict[str, float]:
    """In a process of its own, so that its memory is known."""
    child = subprocess.Popen([sys.executable, __file__, "--child", how, str(source), str(goal)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    text = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, how
    return {"seconds": float(text), "peak": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)}


def child(how: str, source: Path, goal: Path) -> None:
    start = time.perf_counter()
    draft = Draft(Folder(source))
    EDITS[how](draft)
    write(draft, goal)
    print(time.perf_counter() - start)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--gigabytes", type=float, default=2)
    parser.add_argument("--shards", type=int, default=4)
    parser.add_argument("--folder", help="where to make the checkpoint, and remove it again")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a figure is over its limit")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child[0], *map(Path, arguments.child[1:]))
        return 0
    best: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(dir=arguments.folder) as scratch:
        source, goal = Path(scratch, "source"), Path(scratch, "goal")
        make(source, int(arguments.gigabytes * 2**30), arguments.shards)
        os.sync()
        sizes = [file.stat().st_size for file in source.iterdir()]
        for _ in range(arguments.rounds):
            for name in ("cp", *EDITS):
                found = copy(source, goal) if name == "cp" else edited(name, source, goal)
                kept = best.setdefault(name, found)
                best[name] = {key: (max if key == "peak" else min)(kept[key], found[key]) for key in kept}
                shutil.rmtree(goal)
    peak = max(found.get("peak", 0) for found in best.values())
    rate = {name: best["cp"]["seconds"] / best[name]["seconds"] for name in EDITS}
    rows = [
        ("config alone, time / cp -r", f"{1 / rate['config']:.2%}", "1 %", 1 / rate["config"] <= 0.01),
        ("other names, throughput / cp -r", f"{rate['names']:.2f}", "0.8", rate["names"] >= 0.8),
        ("two dimensions exchanged, throughput / cp -r", f"{rate['swapped']:.2f}", "0.8", rate["swapped"] >= 0.8),
        ("peak memory / largest shard", f"{peak / max(sizes):.2f}", "1.5", peak / max(sizes) <= 1.5),
    ]
    print(f"{sum(sizes) / 1e9:.2f} GB in {arguments.shards} shards, {arguments.rounds} rounds")
    print("seconds: " + ", ".join(f"{name} {found['seconds']:.3f}" for name, found in best.items()), end="")
    print(f"; cp without fsync {best['cp']['alone']:.3f}; peak {peak / 2**20:.0f} MiB")
    print("\n| what | measured | limit |\n|---|---|---|")
    for what, measured, limit, _ in rows:
        print(f"| {what} | {measured} | {limit} |")
    return 0 if not arguments.check or all(ok for *_, ok in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
