#!/usr/bin/env python3
"""Who understands whose checkpoints: every writer's, as they are and converted, by every reader; and what `inspect` said.

    python tests/interop/matrix.py PYTHON... --work DIR [--only CASE...]       # of which the last outcomes are replaced
    python tests/interop/matrix.py PYTHON... --work DIR --reread --apply       # the same, as they are, by readers with apply()
    python tests/interop/matrix.py PYTHON... --work DIR --folders              # tokenizers and processors
    python tests/interop/matrix.py --work DIR --page                           # docs/checkpoints-matrix.md, of all three

Each PYTHON has another version of transformers, and is a writer and a reader. What happened goes to DIR/outcomes.json,
outcomes-applied.json and outcomes-folders.json.
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
from hfcompat_plugins.artifacts.tables.code import CODE_RULES
from hfcompat_plugins.artifacts.tables.configs import CONFIG_RULES
from hfcompat_plugins.artifacts.tables.tensors import TENSOR_RULES

from hfcompat.checkpoints import CheckpointError, convert, inspect

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs/checkpoints-matrix.md"
DIALECTS = ("raw", "dual")
Cell = dict[str, Any]

# Each measured once, before any rule had been changed on account of its models.
FIRST_RUN = [
    "When they were first converted, before any rule was changed on their account, 22 of 29 written by 5.23.0 were right in",
    "4.57.6 (5 as they were), and 24 of 28 written by 4.57.6 in 5.23.0 (23 as they were). The table shows them after rules",
    "were mended and added on the grounds of what failed, so that it is no measure of models that are still unseen.",
]
SECOND_RUN = [
    "Written down before any of them was read. At the first run, 40 of 43 written by 5.23.0 were right in 4.57.6, converted and",
    "with apply() alike (25 as they were), and 41 of 43 written by 4.57.6 in 5.23.0 (41 as they were); `inspect` was right about",
    "339 of 344 cells. Two of the three that were wrong are computed otherwise by the reader (idefics3, recurrent_gemma), which",
    "no file can say; for the third, cohere2_vision, a rule lost its list of families. The towers of video_llava were not looked",
    "at then: it had no picture.",
]
THIRD_RUN = [
    "Drawn by lot from the 257 families that 4.57.6 and 5.23.0 share and that no model above is of, and written down before any of",
    "them was read. At the first run, 25 of 30 written by 5.23.0 were right in 4.57.6, converted and with apply() alike (23 as they",
    "were), and 25 of 30 written by 4.57.6 in 5.23.0 (25 as they were); `inspect` was right about 223 of 240 cells: it took all",
    "that was wrong after conversion for right. Four of the five are computed otherwise by the reader (kosmos_2, mimi, nllb_moe,",
    "t5gemma), of which no rule knew; for the fifth, sam2_video, none knew its word for theta, nor that 5.x looks for a table of",
    "positions twice. Its video is another one now: in the first, where no object was seen, it was taken for right in 5.23.0, so",
    "that 26 were counted and 225 cells. The table shows all after rules were mended and added.",
]

# Why a model is not right, where no rule says so.
WHY = {"blip": "The head is not tied to the embeddings in 4.49, and is in later versions."}


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
    """Fill every cell; with `apply`, those of what is as it is."""
    by_version = {version_of(python): python for python in pythons}
    versions = list(by_version)
    dialects = DIALECTS[:1] if apply else DIALECTS
    sources = {(dialect, writer): work / dialect / writer for dialect in dialects for writer in versions}
    how = ["--apply"] if apply else []
    results = work / ("applied" if apply else "read")
    if write or apply:
        _forget(results, only)
    chosen = ["--only", *only] if only else []

    def read(reader: str) -> None:
        pairs = [(source, results / reader / f"{'-'.join(key)}.json") for key, source in sources.items()]
        models(by_version[reader], "load", *(path for pair in pairs for path in pair), *chosen, *how)

    with ThreadPoolExecutor(jobs) as pool:
        if write:
            list(
                pool.map(lambda version: models(by_version[version], "save", work / "raw" / version, *chosen), versions)
            )
        unwritten = {}
        if not apply:
            unwritten = {
                writer: convert_all(work / "raw" / writer, work / "dual" / writer, only) for writer in versions
            }
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


def _forget(results: Path, only: list[str]) -> None:
    """What was found about these cases; about all where there are none."""
    if not only:
        shutil.rmtree(results, ignore_errors=True)
    for path in results.glob("*/*.json"):
        found = json.loads(path.read_text())
        path.write_text(json.dumps({name: record for name, record in found.items() if name not in only}))


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


def folders(pythons: list[str], work: Path) -> list[Cell]:
    """Tokenizers and processors: cells of how many are right, of how many that the writer could write."""
    cells = []
    by_version = {version_of(python): python for python in pythons}
    for kind in ("tokenizers", "processors"):
        home, script = work / kind, str(HERE / f"{kind}_matrix.py")
        for writer, python in by_version.items():
            _quietly(python, script, "save", home / "raw" / writer)
            _quietly(sys.executable, script, "convert", home / "raw" / writer, home / "dual" / writer)
        for dialect, how in (("dual", []), ("raw", ["--apply"])):
            for reader, python in by_version.items():
                for writer in by_version:
                    out = home / "read" / reader / f"{dialect}-{writer}.json"
                    _quietly(python, script, "load", home / dialect / writer, out, *how)
                    found = json.loads(out.read_text())
                    wrong = {name: record for name, record in found.items() if record["verdict"] != "right"}
                    cells.append({"kind": kind, "writer": writer, "reader": reader, "dialect": dialect, "of": len(found), "wrong": wrong})  # fmt: skip
    return cells


def _quietly(python: str, *arguments: str | Path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    done = subprocess.run([python, *map(str, arguments)], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr[-4000:])


def page(cells: list[Cell], applied: list[Cell], folders: list[Cell]) -> str:
    """The documentation page."""
    agreed, total = agreement(cells)
    lines = [
        "# Checkpoints: who understands whose", "",
        "Tiny models, written by one version of transformers and read by another: as they are, after `hfcompat convert`, and as",
        "they are by a reader that calls `hfcompat.apply()`. A checkpoint is right when the logits are within 0.002 of their",
        "standard deviation of those of the writer; ≠ counts those that load and answer otherwise, ✗ those that raise, ○ those",
        "that convert refuses to write. Families that the reader does not have are not counted. Written by",
        "`tests/interop/matrix.py`; the models are in `tests/interop/model_cases.py`.", "",
        f"## {len(model_cases.CASES)} models that the rules were made on", "", *_tables(cells, applied, model_cases.CASES),
        f"## {len(model_cases.HELD_OUT)} models that came later", "", *FIRST_RUN, "", *_tables(cells, applied, model_cases.HELD_OUT),
        f"## {len(model_cases.UNSEEN)} more", "", *SECOND_RUN, "", *_tables(cells, applied, model_cases.UNSEEN),
        f"## {len(model_cases.DRAWN)} drawn by lot", "", *THIRD_RUN, "", *_tables(cells, applied, model_cases.DRAWN),
        "## Tokenizers and processors", "",
        "Right is what the writer reloads, or what was saved: ids, offsets, special tokens, templates, pixels. A sixth processor, that of",
        "Qwen2-VL, needs torchvision, which these environments have not.", "", *_of_folders(folders), "",
        "## What is not right after conversion", "", *_left(cells, "dual"), "",
        "## What is not right with apply()", "", *_left(applied, "raw"), "",
        "## What inspect said", "",
        f"`hfcompat inspect` said right, wrong or refused as it came to be in {agreed:,} of {total:,} cells, {agreed / total:.1%}.",
        "Rows on the code of readers were written from these very cells; before them, and before the mending above, it was",
        "5,018 of 5,660, 88.7%. Of checkpoints that no row was made from, expect the latter rather than the former.", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _tables(cells: list[Cell], applied: list[Cell], names: Iterable[str]) -> list[str]:
    rows = table(cells, names)
    return [*rows, *(row.replace(" | ", ", with apply() | ", 1) for row in table(applied, names)[2:]), ""]


def _of_folders(cells: list[Cell]) -> list[str]:
    readers = list(dict.fromkeys(cell["reader"] for cell in cells))
    lines = ["| written by | " + " | ".join(readers) + " |", "|---|" + "---|" * len(readers)]
    words = {"dual": "converted", "raw": "with apply()"}
    for kind, dialect, writer in dict.fromkeys((cell["kind"], cell["dialect"], cell["writer"]) for cell in cells):
        here = {c["reader"]: c for c in cells if (c["kind"], c["dialect"], c["writer"]) == (kind, dialect, writer)}
        counts = [
            f"{c['of'] - len(c['wrong'])}/{c['of']}" + (f" ({', '.join(c['wrong'])})" if c["wrong"] else "")
            for c in (here[reader] for reader in readers)
        ]
        lines.append(f"| {kind}, {writer}, {words[dialect]} | " + " | ".join(counts) + " |")
    return lines


def _left(cells: list[Cell], dialect: str) -> list[str]:
    """What is not right, one row for each model and reason."""
    rows: dict[tuple[str, str], list[Cell]] = {}
    for cell in cells:
        if cell["dialect"] == dialect and cell["outcome"] != "right" and not (cell["reader"] and absent(cell)):
            rows.setdefault((cell["case"], _why(cell)), []).append(cell)
    lines = ["| model | written by: read by | what happens | why |", "|---|---|---|---|"]
    for (case, why), found in sorted(rows.items()):
        pairs: dict[str, list[str]] = {}
        for cell in found:
            pairs.setdefault(cell["writer"], []).append(cell["reader"] or "all")
        who = "; ".join(f"{writer}: {', '.join(readers)}" for writer, readers in pairs.items())
        what = " or ".join(dict.fromkeys(_what(cell) for cell in found))
        lines.append(f"| {case} | {who} | {what} | {why} |")
    return lines


def _why(cell: Cell) -> str:
    """What the rules say of it, or what was found out otherwise."""
    reasons = [rule.reason for rule in CODE_RULES]
    because = cell.get("because", "")
    code = because if isinstance(because, str) else ""
    known = any(reason in code for reason in reasons)
    if cell["outcome"] == "unrepresentable" or (code and not known):
        return "what it says has no words there"
    if cell["dialect"] == "dual" and not code:  # of what is not converted, they are those that apply() has seen to
        code = " ".join(rule.reason for rule in (*CONFIG_RULES, *TENSOR_RULES) if rule.id in because)
    return WHY.get(cell["case"], code) or "not known"


def _what(cell: Cell) -> str:
    if "error" in cell:
        return " ".join(cell["error"].split())[:120].replace("|", "/")
    return "off by " + ", ".join(f"{off:.1g}" for off in cell["differs"].values())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pythons", nargs="*")
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument(
        "--reread", action="store_true", help="what was written stays; what the rules now write otherwise is read anew"
    )
    parser.add_argument("--apply", action="store_true", help="readers call hfcompat.apply()")
    parser.add_argument("--folders", action="store_true", help="tokenizers and processors in the place of models")
    parser.add_argument("--page", action="store_true", help="write the page of what is there, and run nothing")
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    names = ("outcomes.json", "outcomes-applied.json", "outcomes-folders.json")
    models_, applied, folders_ = (given.work / name for name in names)
    if given.page:
        import sweep

        kept = sweep.written(PAGE.read_text())
        made = page(*(json.loads(path.read_text()) for path in (models_, applied, folders_)))
        PAGE.write_text(sweep.section(made, kept) if kept else made)
        return
    if given.folders:
        cells = folders(given.pythons, given.work)
        folders_.write_text(json.dumps(cells, indent=1))
        print("\n".join(_of_folders(cells)))
        return
    cells = run(given.pythons, given.work, given.only, write=not given.reread, jobs=given.jobs, apply=given.apply)
    out = applied if given.apply else models_
    if given.only and out.exists():  # the others stay
        cells = [cell for cell in json.loads(out.read_text()) if cell["case"] not in given.only] + cells
    out.write_text(json.dumps(cells, indent=1))
    for chosen in (model_cases.CASES, model_cases.HELD_OUT, model_cases.UNSEEN, model_cases.DRAWN):
        print("\n".join([*table(cells, chosen), ""]))
    print("\n".join(_left(cells, "raw" if given.apply else "dual")))
    for cell in cells:
        if cell["reader"] and not given.apply and cell["inspect"] != cell["outcome"]:
            print(
                f"inspect said {cell['inspect']}: {cell['case']} {cell['dialect']} {cell['writer']} -> {cell['reader']} {cell['because']} {_what(cell)}"
            )
    sys.stdout.flush()


if __name__ == "__main__":
    main()
