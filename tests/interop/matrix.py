#!/usr/bin/env python3
"""Who understands whose checkpoints: every writer's, as they are and converted, by every reader; and what `inspect` said.

    python tests/interop/matrix.py PYTHON... --work DIR [--only CASE...]

Each PYTHON has another version of transformers, and is a writer and a reader. What happened goes to DIR/outcomes.json and,
for a matrix of all cases, to docs/checkpoints-matrix.md.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import model_cases

from hfcompat.checkpoints import CheckpointError, convert, inspect

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs/checkpoints-matrix.md"
DIALECTS = ("raw", "dual")
Cell = dict[str, Any]

# Measured once, before any rule had been changed on account of these models.
FIRST_RUN = (
    "When they were first converted, before any rule was changed on their account, 22 of 29 written by 5.23.0 were right in",
    "4.57.6 (5 as they were), and 24 of 28 written by 4.57.6 in 5.23.0 (23 as they were). The table shows them after rules",
    "were mended and added on the grounds of what failed, so that it is no measure of models that are still unseen.",
)


def version_of(python: str) -> str:
    script = "from importlib.metadata import version; print(version('transformers'))"
    return subprocess.run([python, "-c", script], capture_output=True, check=True, text=True).stdout.strip()


def models(python: str, *arguments: str | Path) -> None:
    """Run models.py under a Python; what it prints of note is printed."""
    done = subprocess.run(
        [python, str(HERE / "models.py"), *map(str, arguments)],
        env={**os.environ, "HFCOMPAT_DISABLE": "", "OMP_NUM_THREADS": "1"},
        capture_output=True, text=True,
    )  # fmt: skip
    print(done.stdout, end="", flush=True)
    if done.returncode:
        raise SystemExit(done.stderr[-4000:])


def convert_all(source: Path, out: Path, only: Iterable[str]) -> dict[str, str]:
    """Every case of a writer in both dialects; which of them could not be written, and why."""
    out.mkdir(parents=True, exist_ok=True)
    refused = {}
    for folder in _cases(source, only):
        target = out / folder.name
        shutil.rmtree(target, ignore_errors=True)
        try:
            convert(folder, target)
        except CheckpointError as error:
            refused[folder.name] = f"{type(error).__name__}: {str(error).removeprefix(str(folder))}"
        shutil.copy(folder.with_suffix(".npz"), out)
    return refused


def inspect_all(source: Path, readers: list[str], only: Iterable[str]) -> dict[str, dict[str, Cell]]:
    """What inspect says of each reader, by case."""
    said: dict[str, dict[str, Cell]] = {}
    for folder in _cases(source, only):
        found = inspect(folder, readers).verdicts
        said[folder.name] = {
            verdict.reader.name: {
                "inspect": verdict.outcome.value,
                "because": verdict.why or sorted({finding.rule for finding in verdict.findings}),
            }
            for verdict in found
        }
    return said


def _cases(source: Path, only: Iterable[str]) -> list[Path]:
    return [path for path in sorted(source.iterdir()) if path.is_dir() and (not only or path.name in only)]


def run(pythons: list[str], work: Path, only: list[str], *, write: bool, jobs: int, apply: bool) -> list[Cell]:
    """Fill every cell."""
    by_version = {version_of(python): python for python in pythons}
    versions = list(by_version)
    sources = {(dialect, writer): work / dialect / writer for dialect in DIALECTS for writer in versions}
    how = ["--apply"] if apply else []
    results = work / ("applied" if apply else "read")
    if write or apply:
        shutil.rmtree(results, ignore_errors=True)
    chosen = ["--only", *only] if only else []

    def read(reader: str) -> None:
        pairs = [(source, results / reader / f"{'-'.join(key)}.json") for key, source in sources.items()]
        models(by_version[reader], "load", *(path for pair in pairs for path in pair), *chosen, *how)

    with ThreadPoolExecutor(jobs) as pool:
        if write:
            list(
                pool.map(lambda version: models(by_version[version], "save", work / "raw" / version, *chosen), versions)
            )
        unwritten = {writer: convert_all(work / "raw" / writer, work / "dual" / writer, only) for writer in versions}
        reading = [pool.submit(read, version) for version in reversed(versions)]
        said = {key: inspect_all(source, versions, only) for key, source in sources.items()}
        for job in reading:
            job.result()
    cells = []
    for (dialect, writer), verdicts in said.items():
        for reader in versions:
            found = json.loads((results / reader / f"{dialect}-{writer}.json").read_text())
            cells += [
                {"case": case, "writer": writer, "dialect": dialect, "reader": reader, **found[case], **verdicts[case][reader]}
                for case in verdicts
            ]  # fmt: skip
        if dialect == "dual":
            cells += [
                {"case": case, "writer": writer, "dialect": dialect, "reader": "", "outcome": "unrepresentable", "error": why}
                for case, why in unwritten[writer].items()
            ]  # fmt: skip
    return cells


def agreement(cells: list[Cell]) -> tuple[int, int]:
    """How often inspect said what happened, of all that was read."""
    read = [cell for cell in cells if cell["reader"]]
    return sum(cell["inspect"] == cell["outcome"] for cell in read), len(read)


def table(cells: list[Cell], names: Iterable[str]) -> list[str]:
    """Rows of writer and dialect, columns of readers; right ones of those that the reader has the family of."""
    names = set(names)
    chosen = [cell for cell in cells if cell["reader"] and cell["case"] in names]
    readers = list(dict.fromkeys(cell["reader"] for cell in chosen))
    lines = ["| written by | " + " | ".join(readers) + " |", "|---|" + "---|" * len(readers)]
    for writer, dialect in dict.fromkeys((cell["writer"], cell["dialect"]) for cell in chosen):
        unwritten = [
            c["case"]
            for c in cells
            if not c["reader"] and c["case"] in names and (c["writer"], c["dialect"]) == (writer, dialect)
        ]
        row = []
        for reader in readers:
            here = [c for c in chosen if (c["writer"], c["dialect"], c["reader"]) == (writer, dialect, reader)]
            there = [cell for cell in here if not absent(cell)]
            counts = Counter(cell["outcome"] for cell in there)
            counts["unwritten"] = len(unwritten)
            words = (("wrong", "≠"), ("refused", "✗"), ("unwritten", "○"))
            rest = ", ".join(f"{counts[word]} {mark}" for word, mark in words if counts[word])
            row.append(f"{counts['right']}/{len(there) + len(unwritten)}" + (f" ({rest})" if rest else ""))
        lines.append(f"| {writer}{', converted' if dialect == 'dual' else ''} | " + " | ".join(row) + " |")
    return lines


def absent(cell: Cell) -> bool:
    """Whether the reader has no such family, which no words can change."""
    return (
        cell["outcome"] == "refused" and "has no attribute" in cell["error"] and "module transformers" in cell["error"]
    )


def page(cells: list[Cell]) -> str:
    """The documentation page."""
    agreed, total = agreement(cells)
    left = [c for c in cells if c["dialect"] == "dual" and c["outcome"] != "right" and not (c["reader"] and absent(c))]
    lines = [
        "# Checkpoints: who understands whose", "",
        "Tiny models, written by one version of transformers and read by another, as they are and after `hfcompat convert`. A",
        "checkpoint is right when the logits are within 0.002 of their standard deviation of those of the writer; ≠ counts those",
        "that load and answer otherwise, ✗ those that raise, ○ those that convert refuses to write. Families that the reader does not have are not counted. Written by",
        "`tests/interop/matrix.py`; the models are in `tests/interop/model_cases.py`.", "",
        f"## {len(model_cases.CASES)} models that the rules were made on", "", *table(cells, model_cases.CASES), "",
        f"## {len(model_cases.HELD_OUT)} models that came later", "", *FIRST_RUN, "", *table(cells, model_cases.HELD_OUT), "",
        "## What is not right after conversion", "", "| model | written by | read by | what happens | inspect says |", "|---|---|---|---|---|",
        *(f"| {c['case']} | {c['writer']} | {c['reader'] or 'all'} | {_what(c)} | {c.get('inspect', '')} |" for c in left), "",
        "## What inspect said", "",
        f"`hfcompat inspect` said right, wrong or refused as it came to be in {agreed:,} of {total:,} cells, {agreed / total:.1%}.",
        "Rows on the code of readers were written from these very cells; before them, and before the mending above, it was",
        "5,018 of 5,660, 88.7%. Of checkpoints that no row was made from, expect the latter rather than the former.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _what(cell: Cell) -> str:
    if "error" in cell:
        return " ".join(cell["error"].split())[:120].replace("|", "/")
    return "logits off by " + ", ".join(f"{off:.2g}" for off in cell["differs"].values()) + " of their std"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pythons", nargs="+")
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument(
        "--reread", action="store_true", help="what was written stays; what the rules now write otherwise is read anew"
    )
    parser.add_argument("--apply", action="store_true", help="readers call hfcompat.apply()")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    cells = run(given.pythons, given.work, given.only, write=not given.reread, jobs=given.jobs, apply=given.apply)
    (given.work / "outcomes.json").write_text(json.dumps(cells, indent=1))
    text = page(cells)
    if not given.only and not given.apply and len(given.pythons) >= 5:
        PAGE.write_text(text)
    print(text)
    for cell in cells:
        if cell["reader"] and cell["inspect"] != cell["outcome"]:
            print(
                f"inspect said {cell['inspect']}: {cell['case']} {cell['dialect']} {cell['writer']} -> {cell['reader']} {cell['because']} {_what(cell)}"
            )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
