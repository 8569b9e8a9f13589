#!/usr/bin/env python3
"""Every family that two versions share and no case of matrix.py is of: who understands whose checkpoints.

    python tests/interop/sweep.py NEWER OLDER --work DIR [--only FAMILY...]    # write, convert, inspect, read, read with apply()
    python tests/interop/sweep.py NEWER OLDER --work DIR --reread              # what was written stays
    python tests/interop/sweep.py --work DIR --page                            # its section of docs/checkpoints-matrix.md

NEWER and OLDER are two Pythons, each with another version of transformers. A tiny model of each family, of the first class that both
have, is made of the class's own defaults; the few words that some need are in sweep_families.py. What happened goes to
DIR/outcomes-sweep.json; those of the first run, before rules were mended, are kept in DIR/outcomes-first.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "sideload"))

import matrix
import sweep_families

from hfcompat.checkpoints import CheckpointError, convert, inspect

HERE = Path(__file__).parent
HEADING = "## Every other family"
Cell = dict[str, Any]

# Why a model is not right, where no rule says so.
WHY = {
    "fsmt": "4.57 cannot run a model that was made from a configuration or read: its decoder has no config.",
    "maskformer": "The detector in it names a backbone of timm, which 5.x asks the Hub about; these environments are offline.",
    "mlcd": "4.57 has theta 10000 in its code. Its Auto classes do not know the model type; that is what `inspect` says of it.",
    "mllama": "4.57 raises TypeError for a text without an image.",
    "xlstm": "4.57 cannot run the sizes that were made.",
}


def models(python: str, command: str, work: Path, *arguments: str) -> None:
    """Run sweep_models.py under a Python."""
    environment = {
        **os.environ, "HFCOMPAT_DISABLE": "", "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error",
        "HF_HOME": str(work.absolute() / "home"),
    }  # fmt: skip
    done = subprocess.run([python, str(HERE / "sweep_models.py"), command, str(work), *arguments], env=environment)
    if done.returncode:
        raise SystemExit(done.returncode)


def families(pythons: dict[str, str], work: Path) -> dict[str, str]:
    """Those that all have, and the class that is made of each."""
    found = []
    for version, python in pythons.items():
        models(python, "classes", work / f"classes-{version}.json")
        found.append(json.loads((work / f"classes-{version}.json").read_text()))
    newest, *others = found
    chosen = {}
    for family, names in newest.items():
        said = sweep_families.FAMILIES.get(family)
        shared = [
            name for name in names if "MultipleChoice" not in name and all(name in o.get(family, ()) for o in others)
        ]
        if said is not None and said.cls:
            chosen[family] = said.cls
        elif shared:
            chosen[family] = shared[0]
    return chosen


def run(versions: list[str], pythons: dict[str, str], work: Path, only: list[str], *, write: bool) -> list[Cell]:
    """Fill every cell."""
    chosen = ["--only", *only] if only else []
    if write:
        for version in versions:
            models(pythons[version], "save", work, *chosen)
    made = {version: json.loads((work / f"raw/{version}.json").read_text()) for version in versions}
    written = {
        version: [f for f, said in made[version].items() if "error" not in said and (not only or f in only)]
        for version in versions
    }
    cells = []
    for version in versions:
        cells += _converted(work, version, written[version])
    verdicts = {
        (dialect, version, family): inspect(work / dialect / version / family, versions).verdicts
        for version in versions for family in written[version] for dialect in ("raw", "dual")
        if (work / dialect / version / family).is_dir()
    }  # fmt: skip
    for how in ([], ["--apply"]):
        for version in versions:
            models(pythons[version], "load", work, *how, *chosen)
    for reader_at, reader in enumerate(versions):
        read = {how: json.loads((work / how / f"{reader}.json").read_text()) for how in ("read", "applied")}
        for (dialect, writer, family), said in verdicts.items():
            verdict = said[reader_at]
            cell = {"case": family, "writer": writer, "reader": reader, "inspect": verdict.outcome.value,
                    "because": verdict.why or sorted({finding.rule for finding in verdict.findings})}  # fmt: skip
            cells.append({**cell, "dialect": dialect, **_of(read["read"], family, dialect, writer)})
            if dialect == "raw":
                cells.append({**cell, "dialect": "applied", **_of(read["applied"], family, dialect, writer)})
    return cells


def _of(read: dict[str, Any], family: str, dialect: str, writer: str) -> Cell:
    found = read[family]
    return found.get(f"{dialect}/{writer}") or {"outcome": "refused", "error": found.get("error", "not read")}


def _converted(work: Path, writer: str, names: list[str]) -> list[Cell]:
    """Convert all of a writer's; cells of those that could not be."""
    (work / "dual" / writer).mkdir(parents=True, exist_ok=True)
    cells = []
    for name in names:
        target = work / "dual" / writer / name
        shutil.rmtree(target, ignore_errors=True)
        try:
            convert(work / "raw" / writer / name, target)
        except CheckpointError as error:
            why = f"{type(error).__name__}: {error}"
            cells.append(
                {
                    "case": name,
                    "writer": writer,
                    "dialect": "dual",
                    "reader": "",
                    "outcome": "unrepresentable",
                    "error": why,
                }
            )
    return cells


def counts(cells: list[Cell], writer: str, reader: str, dialect: str) -> str:
    """Right of all, and what the others are."""
    here = [c for c in cells if (c["writer"], c["dialect"]) == (writer, dialect) and c["reader"] in ("", reader)]
    found = Counter(cell["outcome"] for cell in here)
    words = (("wrong", "≠"), ("refused", "✗"), ("unrepresentable", "○"))
    rest = ", ".join(f"{found[word]} {mark}" for word, mark in words if found[word])
    return f"{found['right']}/{len(here)}" + (f" ({rest})" if rest else "")


def table(cells: list[Cell]) -> list[str]:
    """As that of the matrix."""
    versions = sorted({cell["reader"] for cell in cells if cell["reader"]})
    lines = ["| written by | " + " | ".join(versions) + " |", "|---|" + "---|" * len(versions)]
    for dialect, words in (("raw", ""), ("dual", ", converted"), ("applied", ", with apply()")):
        for writer in versions:
            row = [counts(cells, writer, reader, dialect) for reader in versions]
            lines.append(f"| {writer}{words} | " + " | ".join(row) + " |")
    return lines


def agreed(cells: list[Cell]) -> tuple[int, int]:
    """How often inspect said what happened, of what was read as it is and converted."""
    return matrix.agreement([cell for cell in cells if cell["dialect"] != "applied"])


def page(cells: list[Cell], first: list[Cell], work: Path) -> str:
    """The section of the documentation page."""
    newer, older = sorted({cell["reader"] for cell in cells if cell["reader"]}, reverse=True)
    unmade = {f: said for version in (newer, older) for f, said in _unmade(work, version).items()}
    before, after = agreed(first), agreed(cells)
    lines = [
        HEADING, "",
        f"All that {older} and {newer} share and that no model above is of: a tiny model of the first class that both have, made of the",
        "class's own defaults with every size made small, and thetas, rotated parts and epsilons that are nobody's default; inputs of text",
        "with a padded row, and of an image or a sound where the class takes one. What is compared is what the model answers, with",
        "the tolerance of the above; not what its parts gave, nor what it says of padding, which were left out when the first answers had",
        "been seen, and before a rule was changed. Written by `tests/interop/sweep.py`.", "",
        "At the first run, before any rule was changed on account of them:", "", *table(first), "",
        f"`hfcompat inspect` was right about {before[0]:,} of {before[1]:,} cells. After rules were mended and added, it is right about",
        f"{after[0]:,} of {after[1]:,}. Families that no rule was changed for were not read anew:", "", *table(cells), "",
        "What is not right after conversion or with apply():", "",
        "| family | written by: read by | what happens | why |", "|---|---|---|---|", *_left(cells), "",
        f"Not made, in one version or in both: {len(unmade)} families. " + "; ".join(f"{f} ({why})" for f, why in sorted(unmade.items())) + ".", "",
    ]  # fmt: skip
    return "\n".join(lines)


def _unmade(work: Path, version: str) -> dict[str, str]:
    found = json.loads((work / f"raw/{version}.json").read_text())
    errors = {f: " ".join(said["error"].partition(" @ ")[0].split()) for f, said in found.items() if "error" in said}
    return {f: f"{version}: {why[:70].replace('|', '/')}" for f, why in errors.items()}


def _left(cells: list[Cell]) -> list[str]:
    rows: dict[str, list[Cell]] = {}
    for cell in cells:
        if cell["dialect"] != "raw" and cell["outcome"] != "right":
            rows.setdefault(cell["case"], []).append(cell)
    lines = []
    for case, found in sorted(rows.items()):
        where = {"dual": "converted", "applied": "apply()"}
        who = dict.fromkeys(f"{c['writer']}: {c['reader'] or 'all'} ({where[c['dialect']]})" for c in found)
        what = dict.fromkeys(matrix._what(c)[:90] for c in found)
        why = {c["because"]: None for c in found if isinstance(c.get("because"), str) and c["because"]}
        lines.append(
            f"| {case} | {', '.join(who)} | {' or '.join(what)} | {WHY.get(case) or ' '.join(why) or 'not known'} |"
        )
    return lines


def written(text: str) -> str:
    """The section that a page has; empty where it has none."""
    start = text.find(HEADING + "\n")
    return text[start : text.find("\n## ", start + 1)] if start >= 0 else ""


def section(text: str, new: str) -> str:
    """A page with its section in the place of the old one, or before what is said of tokenizers."""
    start = text.find(HEADING + "\n")
    end = text.find("\n## ", start + 1) + 1 if start >= 0 else text.find("## Tokenizers and processors")
    return text[: start if start >= 0 else end] + new + "\n" + text[end:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pythons", nargs="*")
    parser.add_argument("--work", required=True, type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--reread", action="store_true", help="what was written stays")
    parser.add_argument("--page", action="store_true", help="write the section of what is there, and run nothing")
    given = parser.parse_args()
    work, out = given.work, given.work / "outcomes-sweep.json"
    work.mkdir(parents=True, exist_ok=True)
    if given.page:
        cells, first = (json.loads((work / f"outcomes-{name}.json").read_text()) for name in ("sweep", "first"))
        matrix.PAGE.write_text(section(matrix.PAGE.read_text(), page(cells, first, work)))
        return
    pythons = {matrix.version_of(python): python for python in given.pythons}
    if not (given.reread and (work / "families.json").exists()):
        (work / "families.json").write_text(json.dumps(families(pythons, work), indent=1))
    cells = run(list(pythons), pythons, work, given.only, write=not given.reread)
    if given.only and out.exists():  # the others stay
        cells = [cell for cell in json.loads(out.read_text()) if cell["case"] not in given.only] + cells
    out.write_text(json.dumps(cells, indent=1))
    if not (work / "outcomes-first.json").exists():
        shutil.copy(out, work / "outcomes-first.json")
    print("\n".join(table(cells)))
    print("inspect: {} of {}".format(*agreed(cells)))
    for cell in cells:
        if cell["outcome"] != "right" and cell["dialect"] != "raw":
            print(f"{cell['case']} {cell['dialect']} {cell['writer']} -> {cell['reader']}: {matrix._what(cell)}")
    for cell in cells:
        if cell["reader"] and cell["dialect"] != "applied" and cell["inspect"] != cell["outcome"]:
            print(
                f"inspect said {cell['inspect']}: {cell['case']} {cell['dialect']} {cell['writer']} -> {cell['reader']} {cell['because']} {matrix._what(cell)}"
            )


if __name__ == "__main__":
    main()
