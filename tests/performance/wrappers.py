"""What `hfcompat.AutoModelForCausalLM` costs beyond the stock class, as ratios measured side by side in one run.

    python tests/performance/wrappers.py [--rounds 12] [--hidden 1024] [--layers 13] [--check]
    python tests/performance/wrappers.py --count [--check]      # instructions in the place of time; needs valgrind

A Llama of about 200 million parameters and one of a few thousand are written to a temporary folder, whose files stay in
the page cache. Both ways take turns, the second right after the first, and the first of one round is the second of the
next. Imports with `apply()` are measured in processes of their own; the first call of `from_pretrained` in copies of
these (by fork), several of each. What a process does often is measured in one, where patches are applied for one way,
and reverted for the other. CPU seconds (user + system). A figure is the median of all turns, a ratio that of the ratios
of two neighbouring turns: a machine that is busy for a while is so for both. Byte code is written, as pip does it.
What processors execute depends on nobody else: `--count` has callgrind count it, a load and a small forward, three times
each in processes of their own.
"""

from __future__ import annotations

import argparse
import gc
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

WAYS = ("transformers", "hfcompat")
FIGURES = ("import", "first load", "load", "forward", "forward, small")
COUNTED = ("load", "forward, small")
LIMITS = {"load": 1.02, "forward": 1.02}
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "OMP_NUM_THREADS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}
COPIES = 5
"""Of each process that has imported everything."""
os.environ |= ENVIRONMENT
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

Turns = dict[str, dict[str, list[float]]]
"""CPU seconds of each turn, by way and figure."""


def write(folder: Path, hidden: int, layers: int) -> int:
    """A large and a small Llama; returns the number of parameters of the large one."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    def model(hidden: int, layers: int, heads: int, vocabulary: int) -> Any:
        config = LlamaConfig(
            hidden_size=hidden,
            intermediate_size=3 * hidden,
            num_hidden_layers=layers,
            num_attention_heads=heads,
            num_key_value_heads=heads,
            vocab_size=vocabulary,
        )
        return LlamaForCausalLM(config).to(torch.bfloat16)

    large = model(hidden, layers, 16, 16384)
    large.save_pretrained(folder / "large")
    model(32, 2, 4, 128).save_pretrained(folder / "small")
    return sum(parameter.numel() for parameter in large.parameters())


def once(way: str, folder: Path) -> None:
    """Print the CPU seconds of the imports, and, for every line that comes in, those of a first load after them."""
    start = time.process_time()
    from transformers import AutoModelForCausalLM, LlamaForCausalLM  # noqa: F401

    if way == "hfcompat":
        import hfcompat
        from hfcompat import AutoModelForCausalLM

        hfcompat.apply()
    print(time.process_time() - start, flush=True)
    gc.collect()
    gc.freeze()  # or it would write to, and so copy, every page of the process that the copies share
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            start = time.process_time()
            AutoModelForCausalLM.from_pretrained(folder / "large")
            print(time.process_time() - start, flush=True)
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            sys.exit("a copy failed")


def by_turns(folder: Path, number: int, turns: Turns) -> None:
    """One round of `once`: both processes live at the same time, and no two copies do."""
    command = [sys.executable, __file__, "--folder", str(folder), "--way"]
    order = sorted(WAYS, reverse=number % 2 == 1)
    running: dict[str, Any] = {}

    def figure(way: str, name: str) -> None:
        answer = running[way].stdout.readline()
        if not answer:
            sys.exit(f"measuring {name} of {way} failed")
        turns[way][name].append(float(answer))

    for way in order:
        running[way] = subprocess.Popen([*command, way], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        figure(way, "import")
    for copy in range(COPIES):
        for way in order if copy % 2 else reversed(order):
            print(file=running[way].stdin, flush=True)
            figure(way, "first load")
    for process in running.values():
        process.communicate()


def often(folder: Path, rounds: int, turns: Turns) -> None:
    """A load, and a forward through the untouched models, both ways in this process; of some repeats, the least."""
    import torch
    import transformers

    import hfcompat

    doors = {"transformers": transformers.AutoModelForCausalLM, "hfcompat": hfcompat.AutoModelForCausalLM}
    ids = torch.arange(16)[None]
    models: dict[str, Any] = {}

    def turn(way: str) -> None:
        door = doors[way].from_pretrained
        runs: dict[str, tuple[int, Callable[[], Any]]] = {  # by figure: how often in a row, and what
            "load": (1, lambda: models.update(large=door(folder / "large"))),
            "forward": (1, lambda: models["large"](ids)),
            "forward, small": (50, lambda: models["small"](ids)),
        }
        models["small"] = door(folder / "small")
        for figure, (times, run) in runs.items():
            run()  # what was patched a moment ago is slow at first
            least = float("inf")
            for _ in range(5):
                start = time.process_time()
                for _ in range(times):
                    run()
                least = min(least, (time.process_time() - start) / times)
            turns[way][figure].append(least)

    with torch.no_grad():
        for number in range(rounds):
            for way in sorted(WAYS, reverse=number % 2 == 1):
                if way == "hfcompat":
                    hfcompat.apply()
                turn(way)
                hfcompat.revert()


def counted(folder: Path, figure: str) -> None:
    """Three calls after three, the latter seen by callgrind, which this process runs under."""
    import torch
    import transformers

    import hfcompat

    way, name = figure.split("/")
    door = transformers.AutoModelForCausalLM.from_pretrained
    if way == "hfcompat":
        hfcompat.apply()
        door = hfcompat.AutoModelForCausalLM.from_pretrained
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    ids, small = torch.arange(16)[None], door(folder / "small")
    run = (lambda: door(folder / "large")) if name == "load" else (lambda: small(ids))
    for switch in ("off", "on"):
        gc.collect()
        subprocess.run(["callgrind_control", "-i", switch, str(os.getpid())], stdout=subprocess.DEVNULL, check=True)
        for _ in range(3):
            run()
    os._exit(0)


def instructions(folder: Path, way: str, name: str) -> list[float]:
    """Of one call, in millions; from three processes."""
    valgrind = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=/dev/null"]
    command = [*valgrind, sys.executable, __file__, "--folder", str(folder), "--counted", f"{way}/{name}"]
    found = []
    for seed in ("0", "1", "2"):
        done = subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True)
        said = re.search(r"Collected : (\d+)", done.stderr)
        if said is None:
            sys.exit(f"counting {name} of {way} failed: {done.stderr[-2000:]}")
        found.append(int(said[1]) / 3e6)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--hidden", type=int, default=1024)
    parser.add_argument("--layers", type=int, default=13)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a ratio is over its limit")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--count", action="store_true", help="count instructions in the place of time")
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    parser.add_argument("--counted", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.counted:
        counted(Path(given.folder), given.counted)
    if given.way:
        once(given.way, Path(given.folder))
        return 0
    turns: Turns = {way: {figure: [] for figure in FIGURES} for way in WAYS}
    with tempfile.TemporaryDirectory() as scratch:
        parameters = write(Path(scratch), given.hidden, given.layers)
        if given.count:
            print(f"{parameters / 1e6:.0f} million parameters, bfloat16; million instructions, the median of three:")
            return report({w: {f: instructions(Path(scratch), w, f) for f in COUNTED} for w in WAYS}, 1, given.check)
        for number in range(given.rounds):
            by_turns(Path(scratch), number, turns)
        often(Path(scratch), 3 * given.rounds, turns)
    print(f"{parameters / 1e6:.0f} million parameters, bfloat16, {given.rounds} rounds; CPU milliseconds:")
    return report(turns, 1e3, given.check)


def report(turns: Turns, unit: float, check: bool) -> int:
    """Print what was found, and each ratio; 1 where one is to be checked and over its limit."""
    held = True
    for figure in turns["transformers"]:
        stock, ours = (turns[way][figure] for way in WAYS)
        ratio = statistics.median(one / other for one, other in zip(ours, stock, strict=True))
        limit = LIMITS.get(figure)
        held = held and (limit is None or ratio <= limit)
        found = "   ".join(f"{way} {unit * statistics.median(turns[way][figure]):9.2f}" for way in WAYS)
        print(f"  {figure:15} {found}   ratio {ratio:.3f}{f' (limit {limit})' if limit else ''}")
    return 0 if held or not check else 1


if __name__ == "__main__":
    sys.exit(main())
