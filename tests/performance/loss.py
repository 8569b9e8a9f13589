"""What the head of a language model and its loss cost, in chunks and as transformers has them, side by side in one run.

    python tests/performance/loss.py [--vocabulary 131072] [--length 2048] [--hidden 256] [--rounds 3] [--check]

Each way runs forward and backward in a process of its own; every round runs all, and each figure is the minimum of the
rounds. Memory is the peak of the process beyond what it had before the first forward.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import torch

WAYS = ("ForCausalLMLoss", "linear_cross_entropy")
LIMITS = {"megabytes": 0.2, "seconds": 0.9}


def peak_of(run: Callable[[], Any]) -> tuple[Any, float]:
    """What `run` returns, and the growth of resident memory in MB while it ran, looked at every millisecond."""
    page = os.sysconf("SC_PAGE_SIZE")

    def resident() -> int:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * page

    before, highest, over = resident(), [resident()], threading.Event()

    def watch() -> None:
        while not over.wait(0.001):
            highest[0] = max(highest[0], resident())

    thread = threading.Thread(target=watch)
    thread.start()
    answer = run()
    highest[0] = max(highest[0], resident())
    over.set()
    thread.join()
    return answer, (highest[0] - before) / 1e6


def measure(way: str, vocabulary: int, length: int, width: int, dtype: str) -> dict[str, Any]:
    from transformers.loss.loss_utils import ForCausalLMLoss

    from hfcompat.kernels import linear_cross_entropy

    def loss(states: torch.Tensor, weight: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        if way == "ForCausalLMLoss":
            return ForCausalLMLoss(states @ weight.t(), labels, weight.shape[0])
        shifted = torch.nn.functional.pad(labels, (0, 1), value=-100)[..., 1:]
        return linear_cross_entropy(states, weight, shifted)

    def run() -> tuple[torch.Tensor, ...]:
        found = loss(states, weight, labels)
        found.backward()
        return found.detach(), states.grad, weight.grad

    torch.manual_seed(0)
    small = torch.randn(1, 4, width, requires_grad=True), torch.randn(8, width, requires_grad=True)
    loss(*small, torch.zeros(1, 4, dtype=torch.long)).backward()  # what is imported late is imported now
    kind = getattr(torch, dtype)
    states = torch.randn(1, length, width).to(kind).requires_grad_()
    weight = (torch.randn(vocabulary, width) * 0.05).to(kind).requires_grad_()
    labels = torch.randint(0, vocabulary, (1, length))
    start = time.process_time()
    answer, megabytes = peak_of(run)
    seconds = time.process_time() - start
    norms = [float(part.double().norm()) for part in answer]
    return {"megabytes": megabytes, "seconds": seconds, "loss": norms[0], "gradients": norms[1:]}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--vocabulary", type=int, default=131072)
    parser.add_argument("--length", type=int, default=2048)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--dtype", default="float32")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a ratio is over its limit")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        print(json.dumps(measure(given.way, given.vocabulary, given.length, given.hidden, given.dtype)))
        return 0
    found: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    for number in range(given.rounds):
        for way in sorted(WAYS, reverse=number % 2 == 1):
            command = [sys.executable, *sys.argv, "--way", way]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            found[way].append(json.loads(done.stdout.splitlines()[-1]))
    stock, ours = (
        {what: min(one[what] for one in found[way]) for what in ("megabytes", "seconds", "loss")} for way in WAYS
    )
    print(f"V={given.vocabulary}, length {given.length}, H={given.hidden}, {given.dtype}, {given.rounds} rounds")
    for way, figures in zip(WAYS, (stock, ours), strict=True):
        print(f"  {way:21} {figures['megabytes']:7.0f} MB {figures['seconds']:7.2f} CPU s   loss {figures['loss']:.7f}")
        print(f"  {'':21} gradient norms {found[way][0]['gradients']}")
    ratios = {what: ours[what] / stock[what] for what in LIMITS}
    for what, ratio in ratios.items():
        print(f"{what}, of ForCausalLMLoss: {ratio:.3f} (limit {LIMITS[what]})")
    return 0 if not given.check or all(ratios[what] <= LIMITS[what] for what in LIMITS) else 1


if __name__ == "__main__":
    sys.exit(main())
