"""Steps of training on a GPU: transformers as it is, Liger by itself, and hfcompat, in turns in one run.

    python tests/performance/gpu.py [--models llama qwen3] [--lengths 8192] [--rounds 8] [--optimizer] [--json FILE] [--check]
    python tests/performance/gpu.py --losses                  # the head and its loss alone
    python tests/performance/gpu.py --curve 200               # how far the losses of training are apart

Each way has a process of its own, since Liger by itself changes all of its process; in every round each takes two steps
of forward and backward, one after another. Models are random and bfloat16; tokens a second are those of the median of all
steps after the first round, memory is the peak that torch allocated.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

WAYS = ("eager", "sdpa", "compile", "liger", "chunks", "hfcompat", "hfcompat-cudnn")
MODELS: dict[str, dict[str, Any]] = {
    "llama": dict(  # Llama 3.2 1B
        vocab_size=128256, hidden_size=2048, intermediate_size=8192, num_hidden_layers=16, num_attention_heads=32,
        num_key_value_heads=8, head_dim=64, rope_theta=500000.0, rms_norm_eps=1e-5,
    ),
    "qwen3": dict(  # Qwen3 0.6B
        vocab_size=151936, hidden_size=1024, intermediate_size=3072, num_hidden_layers=28, num_attention_heads=16,
        num_key_value_heads=8, head_dim=128, rope_theta=1000000.0, rms_norm_eps=1e-6,
    ),
}  # fmt: skip
TOKENS = 8192
"""A step has as many, or one row."""
STEPS = 2
SPEED, MEMORY, LIGER = 1.2, 0.5, 0.99


def build(name: str, way: str, attention: str | None = None) -> Any:
    """A model on the GPU, in training, as `way` has it."""
    import torch
    import transformers

    import hfcompat

    config = transformers.AutoConfig.for_model(
        name, **MODELS[name], max_position_embeddings=131072, tie_word_embeddings=True, use_cache=False
    )
    torch.manual_seed(0)
    auto = hfcompat.AutoModelForCausalLM if way.startswith("hfcompat") else transformers.AutoModelForCausalLM
    more: dict[str, Any] = {"attn_implementation": attention or ("eager" if way == "eager" else "sdpa")}
    if way.startswith("hfcompat"):
        more |= {"use_liger_kernel": True, "use_sdpa_patching": way == "hfcompat-cudnn"}
    with torch.device("cuda"):
        model = auto.from_config(config, dtype=torch.bfloat16, **more)
    if way == "chunks":
        from hfcompat_plugins.losses import hfcompat_swaps

        from hfcompat.kernels.taking import take

        (swap,) = hfcompat_swaps()
        attempt = take(model, swap, {})
        assert attempt.taken, attempt
    elif way == "liger":
        from liger_kernel.transformers import _apply_liger_kernel_to_instance

        _apply_liger_kernel_to_instance(model=model)
    elif way.startswith("hfcompat"):
        refused = [one for one in hfcompat.kernels.attempts(model) if not one.taken]
        assert not refused, refused
    return model.train()


class Worker:
    """One way, in this process: it answers what it is asked by lines of JSON."""

    def __init__(self, name: str, way: str, optimizer: bool) -> None:
        import torch

        self.torch, self.way = torch, way
        self.model = build(name, way)
        self.call = torch.compile(self.model) if way == "compile" else self.model
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=1e-4, fused=True) if optimizer else None

    def step(self, ids: Any) -> None:
        self.call(input_ids=ids, labels=ids).loss.backward()
        if self.optimizer:
            self.optimizer.step()
        self.model.zero_grad()

    def answer(self, length: int, rows: int, checkpointing: bool, steps: int) -> dict[str, Any]:
        torch = self.torch
        if checkpointing:
            self.model.gradient_checkpointing_enable({"use_reentrant": False})
        else:
            self.model.gradient_checkpointing_disable()
        ids = torch.randint(0, self.model.config.vocab_size, (rows, length), device="cuda")
        torch.cuda.reset_peak_memory_stats()
        seconds = []
        try:
            for _ in range(steps):
                torch.cuda.synchronize()
                start = time.perf_counter()
                self.step(ids)
                torch.cuda.synchronize()
                seconds.append(time.perf_counter() - start)
        except torch.OutOfMemoryError:
            return {"error": "out of memory"}
        finally:
            peak = torch.cuda.max_memory_allocated()
            self.model.zero_grad()
            torch.cuda.empty_cache()
        return {"seconds": seconds, "peak": peak}

    def serve(self) -> None:
        for line in sys.stdin:
            print(json.dumps(self.answer(**json.loads(line))), flush=True)


class Remote:
    """A worker in another process."""

    def __init__(self, name: str, way: str, optimizer: bool) -> None:
        command = [sys.executable, __file__, "--serve", name, way, *(["--optimizer"] if optimizer else [])]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **question: Any) -> dict[str, Any]:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            print(json.dumps(question), file=self.process.stdin, flush=True)
        except BrokenPipeError:
            line = ""
        else:
            line = self.process.stdout.readline()
        return json.loads(line) if line else {"error": f"the process ended ({self.process.wait()})"}

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


def grid(name: str, lengths: list[int], checkpointing: list[bool], ways: list[str], rounds: int, optimizer: bool,
         until: float) -> list[dict[str, Any]]:  # fmt: skip
    """A row for every length, with and without checkpointing, and way."""
    workers = {way: Remote(name, way, optimizer) for way in ways}
    rows = []
    for length in lengths:
        for again in checkpointing:
            question = dict(length=length, rows=max(1, TOKENS // length), checkpointing=again, steps=STEPS)
            found: dict[str, dict[str, Any]] = {way: {"seconds": [], "peak": 0} for way in ways}
            for turn in range(rounds + 1):
                if turn > 2 and time.monotonic() > until:
                    break
                for way, worker in workers.items():
                    if "error" in found[way]:
                        continue
                    said = worker.ask(**question)
                    if "error" in said:
                        found[way] = said
                    elif turn:  # in the first everything is warmed up
                        found[way]["seconds"] += said["seconds"]
                        found[way]["peak"] = max(found[way]["peak"], said["peak"])
            for way, one in found.items():
                row = dict(model=name, length=length, checkpointing=again, optimizer=optimizer, way=way)
                if "error" in one:
                    row |= one
                else:
                    speed = question["rows"] * length / statistics.median(one["seconds"])
                    row |= dict(tokens=round(speed), gigabytes=round(one["peak"] / 1e9, 2), steps=len(one["seconds"]))
                rows.append(row)
                print(json.dumps(row), flush=True)
            if time.monotonic() > until:
                break
    for worker in workers.values():
        worker.end()
    return rows


def losses(rounds: int) -> list[dict[str, Any]]:
    """Head and loss alone, forward and backward, bfloat16: milliseconds and peak beyond the inputs."""
    import torch
    from liger_kernel.transformers.functional import liger_fused_linear_cross_entropy
    from transformers.loss.loss_utils import ForCausalLMLoss

    from hfcompat.kernels import linear_cross_entropy

    rows = []
    for vocabulary, width, length in ((128256, 2048, 8192), (151936, 1024, 8192), (131072, 256, 2048)):
        torch.manual_seed(0)
        hidden = torch.randn(length, width, device="cuda", dtype=torch.bfloat16, requires_grad=True)
        weight = (torch.randn(vocabulary, width, device="cuda") / width**0.5).bfloat16().requires_grad_()
        labels = torch.randint(0, vocabulary, (length,), device="cuda")

        def stock(hidden: Any = hidden, weight: Any = weight, labels: Any = labels) -> Any:
            return ForCausalLMLoss(hidden @ weight.t(), None, weight.shape[0], shift_labels=labels)

        def liger(hidden: Any = hidden, weight: Any = weight, labels: Any = labels) -> Any:
            return liger_fused_linear_cross_entropy(hidden, weight, labels)

        def ours(rows: int | None, hidden: Any = hidden, weight: Any = weight, labels: Any = labels) -> Any:
            return linear_cross_entropy(hidden, weight, labels, chunk_size=rows)

        ways: dict[str, Any] = {"stock": stock, "liger": liger, "ours": lambda ours=ours: ours(None)}
        ways |= {f"ours, {n}": lambda ours=ours, n=n: ours(n) for n in (256, 512, 1024, 2048, 4096) if n <= length}
        times: dict[str, list[float]] = {way: [] for way in ways}
        peaks: dict[str, float] = {}
        values: dict[str, float] = {}
        for turn in range(rounds + 1):
            for way, call in ways.items():
                torch.cuda.empty_cache()
                before = torch.cuda.memory_allocated()
                torch.cuda.reset_peak_memory_stats()
                torch.cuda.synchronize()
                start = time.perf_counter()
                loss = call()
                loss.backward()
                torch.cuda.synchronize()
                if turn:
                    times[way].append(time.perf_counter() - start)
                peaks[way] = (torch.cuda.max_memory_allocated() - before) / 1e9
                values[way] = float(loss)
                hidden.grad = weight.grad = None
        for way in ways:
            row = dict(vocabulary=vocabulary, width=width, length=length, way=way, loss=round(values[way], 5))
            row |= dict(milliseconds=round(1000 * statistics.median(times[way]), 2), gigabytes=round(peaks[way], 2))
            rows.append(row)
            print(json.dumps(row), flush=True)
    return rows


def curve(name: str, steps: int) -> list[dict[str, Any]]:
    """The losses of `steps` steps on the same text, as stock has them and as hfcompat; a row says how far apart they are."""
    import torch

    found = {}
    for way in ("sdpa", "hfcompat"):
        model = build(name, way)
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
        generator = torch.Generator("cuda").manual_seed(1)
        text = torch.randint(0, 64, (8, 4, 512), device="cuda", generator=generator)  # it can be learned by heart
        said = []
        for step in range(steps):
            loss = model(input_ids=text[step % 8], labels=text[step % 8]).loss
            loss.backward()
            optimizer.step()
            optimizer.zero_grad()
            said.append(loss.detach())
        found[way] = torch.stack(said).tolist()
        del model, optimizer
        torch.cuda.empty_cache()
    apart = [abs(one - other) for one, other in zip(*found.values(), strict=True)]
    row = dict(model=name, steps=steps, first=found["sdpa"][0], last={way: one[-1] for way, one in found.items()})
    row |= dict(largest=max(apart), mean=statistics.mean(apart))
    print(json.dumps(row), flush=True)
    return [row]


def check(rows: list[dict[str, Any]]) -> list[str]:
    """What is missed of the targets: a Llama of 1B at 8192."""
    missed = []
    for again in (False, True):
        found = {
            row["way"]: row
            for row in rows
            if (row["model"], row["length"], row["checkpointing"]) == ("llama", 8192, again)
        }
        ours, sdpa, liger = found["hfcompat"], found["sdpa"], found["liger"]
        for what, value, least in (
            ("tokens / sdpa", ours["tokens"] / sdpa["tokens"], SPEED),
            ("sdpa / memory", sdpa["gigabytes"] / ours["gigabytes"], 1 / MEMORY),
            ("tokens / liger", ours["tokens"] / liger["tokens"], LIGER),
        ):
            print(f"checkpointing={again}: {what} {value:.3f} (at least {least})")
            if value < least:
                missed.append(f"checkpointing={again}: {what}")
    return missed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--models", nargs="+", default=[*MODELS], choices=[*MODELS])
    parser.add_argument("--lengths", nargs="+", type=int, default=[2048, 8192, 32768])
    parser.add_argument("--ways", nargs="+", default=[*WAYS], choices=WAYS)
    parser.add_argument("--checkpointing", nargs="+", choices=("on", "off"), default=["off", "on"])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--minutes", type=float, default=60, help="after these, no cell has more than two rounds")
    parser.add_argument("--optimizer", action="store_true", help="with a step of AdamW")
    parser.add_argument("--losses", action="store_true")
    parser.add_argument("--curve", type=int, metavar="STEPS")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--serve", nargs=2, metavar=("MODEL", "WAY"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        Worker(*options.serve, options.optimizer).serve()
        return 0
    if options.losses:
        rows = losses(options.rounds)
    elif options.curve:
        rows = [row for name in options.models for row in curve(name, options.curve)]
    else:
        until = time.monotonic() + 60 * options.minutes
        again = [one == "on" for one in options.checkpointing]
        rows = [
            row
            for name in options.models
            for row in grid(name, options.lengths, again, options.ways, options.rounds, options.optimizer, until)
        ]
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    missed = check(rows) if options.check else []
    for one in missed:
        print("missed:", one)
    return bool(missed)


if __name__ == "__main__":
    raise SystemExit(main())
