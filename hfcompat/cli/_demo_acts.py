"""The demo's child process: one program, in one process, before and after.

    python -m hfcompat.cli._demo_acts COLUMNS

The program, minicons, is found through PYTHONPATH. Every line on stdout that starts with `ACT ` is an event for the
parent, in JSON: `act`, and what it came to.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import importlib.util
import io
import json
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import Any

import hfcompat
from hfcompat.report import Report

PROGRAM = "minicons"
SENTENCES = ("the quick brown fox", "lazy dog jumps")


def main(columns: int) -> None:
    with tempfile.TemporaryDirectory(prefix="hfcompat-demo-", ignore_cleanup_errors=True) as folder:
        _write_model(folder)
        _tell("before", **_play(folder))
        started = time.perf_counter()
        report = hfcompat.apply()
        _tell("apply", summary=report.summary(), seconds=time.perf_counter() - started)
        _tell("with", **_play(folder))
        table = _table(_met(hfcompat.report()), columns)
        _tell("revert", summary=hfcompat.revert().summary())
        _tell("after", **_play(folder))
        _tell("report", table=table)


def _play(folder: str) -> dict[str, Any]:
    """Import the program anew and score the sentences: `scores`, or `error`, the last line of the traceback."""
    for name in [name for name in sys.modules if name.partition(".")[0] == PROGRAM]:
        del sys.modules[name]
    try:
        scorer = importlib.import_module(f"{PROGRAM}.scorer")
        scores = scorer.IncrementalLMScorer(folder, "cpu").sequence_score(list(SENTENCES))
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
    return {"scores": [float(score) for score in scores]}


def _write_model(folder: str) -> None:
    """A tiny language model whose weights depend on its parameters' names only, and a tokenizer of ten words."""
    torch: Any = importlib.import_module("torch")
    transformers: Any = importlib.import_module("transformers")
    tokenizers: Any = importlib.import_module("tokenizers")
    words = ["<unk>", "<s>", "</s>", *dict.fromkeys(["the", "quick", "brown", "fox", "jumps", "over", "lazy", "dog"])]
    vocabulary = {word: i for i, word in enumerate(words)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    special = {"unk_token": "<unk>", "bos_token": "<s>", "eos_token": "</s>", "pad_token": "</s>"}
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)

    torch.set_num_threads(1)
    config = transformers.GPT2Config(vocab_size=32, n_positions=64, n_embd=64, n_layer=2, n_head=4)
    model = transformers.GPT2LMHeadModel(config)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            seed = torch.Generator().manual_seed(zlib.crc32(name.encode()))
            noise = torch.randn(parameter.shape, generator=seed)
            parameter.copy_(0.15 * noise if parameter.ndim > 1 else ("ln" in name) + 0.1 * noise)
    model.save_pretrained(folder)


def _met(report: Report) -> Report:
    """The rows that the program meets: what it imports from transformers; and whatever went wrong."""
    spec = importlib.util.find_spec(PROGRAM)
    places = (spec.submodule_search_locations or []) if spec else []
    imported = set()
    for file in [file for place in places for file in Path(place).rglob("*.py")]:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                imported |= {f"{node.module}:{alias.name}" for alias in node.names}
    return dataclasses.replace(report, records=tuple(r for r in report if r.status.loud or str(r.target) in imported))


def _table(report: Report, columns: int) -> str:
    """For a terminal of so many columns, with its control codes."""
    from rich.console import Console

    console = Console(file=io.StringIO(), width=columns, force_terminal=True, color_system="standard")
    with console.capture() as capture:
        console.print(report.table(everything=True))
    return capture.get()


def _tell(act: str, **more: Any) -> None:
    print("\nACT", json.dumps({"act": act, **more}), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
