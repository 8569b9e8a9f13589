"""What `hfcompat.AutoModelForCausalLM` costs beyond the stock class, as ratios measured side by side in one run.

    python tests/performance/wrappers.py [--rounds 12] [--hidden 1024] [--layers 13] [--check]

A Llama of about 200 million parameters and one of a few thousand are written to a temporary folder, whose files stay in
the page cache. Each round runs every way in a process of its own, for what a process does once: imports with `apply()`,
and the first call of `from_pretrained`. What it does often is measured in one process, in turns: patches are applied for
one way, and reverted for the other. CPU seconds (user + system); every figure is the minimum of the rounds: contention
only ever adds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

WAYS = ("transformers", "hfcompat")
FIGURES = ("import", "first load", "load", "forward", "forward, small")
LIMITS = {"load": 1.02, "forward": 1.02, "forward, small": 1.02}
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "OMP_NUM_THREADS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
}
os.environ |= ENVIRONMENT


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


def once(way: str, folder: Path) -> dict[str, float]:
    """CPU seconds of the imports, and of the first load after them."""
    start = time.process_time()
    from transformers import AutoModelForCausalLM, LlamaForCausalLM  # noqa: F401

    if way == "hfcompat":
        import hfcompat
        from hfcompat import AutoModelForCausalLM

        hfcompat.apply()
    imported = time.process_time()
    AutoModelForCausalLM.from_pretrained(folder / "large")
    return {"import": imported - start, "first load": time.process_time() - imported}


def often(folder: Path, rounds: int) -> dict[str, dict[str, float]]:
    """By way, the least CPU seconds of a load, and of a forward through the untouched models."""
    import torch
    import transformers

    import hfcompat

    doors = {"transformers": transformers.AutoModelForCausalLM, "hfcompat": hfcompat.AutoModelForCausalLM}
    ids = torch.arange(16)[None]
    best = {way: dict.fromkeys(FIGURES[2:], float("inf")) for way in WAYS}
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
            for repeat in range(6):
                start = time.process_time()
                for _ in range(times):
                    run()
                if repeat:  # what was patched a moment ago is slow at first
                    best[way][figure] = min(best[way][figure], (time.process_time() - start) / times)

    with torch.no_grad():
        for number in range(rounds):
            for way in sorted(WAYS, reverse=number % 2 == 1):
                if way == "hfcompat":
                    hfcompat.apply()
                turn(way)
                hfcompat.revert()
    return best


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--hidden", type=int, default=1024)
    parser.add_argument("--layers", type=int, default=13)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a ratio is over its limit")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        print(json.dumps(once(given.way, Path(given.folder))))
        return 0
    found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
    with tempfile.TemporaryDirectory() as scratch:
        parameters = write(Path(scratch), given.hidden, given.layers)
        for number in range(given.rounds):
            for way in sorted(WAYS, reverse=number % 2 == 1):
                command = [sys.executable, __file__, "--way", way, "--folder", scratch]
                done = subprocess.run(command, capture_output=True, text=True, check=True)
                found[way].append(json.loads(done.stdout.splitlines()[-1]))
        best = often(Path(scratch), 3 * given.rounds)
    for way in WAYS:
        best[way] |= {figure: min(one[figure] for one in found[way]) for figure in FIGURES[:2]}
    ratios = {figure: best["hfcompat"][figure] / best["transformers"][figure] for figure in FIGURES}
    print(f"{parameters / 1e6:.0f} million parameters, bfloat16, {given.rounds} rounds; CPU milliseconds:")
    for figure in FIGURES:
        stock, ours = (1e3 * best[way][figure] for way in WAYS)
        limit = f" (limit {LIMITS[figure]})" if figure in LIMITS else ""
        print(f"  {figure:15} transformers {stock:9.2f}   hfcompat {ours:9.2f}   ratio {ratios[figure]:.3f}{limit}")
    return 0 if not given.check or all(ratios[figure] <= limit for figure, limit in LIMITS.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
