#!/usr/bin/env python3
"""Families that only the newest release has, on older ones: writes docs/sideload-parity.md.

    python tests/sideload/parity.py PYTHON_5.23 PYTHON_4.57 [PYTHON_4.56] --work DIR [--only FAMILY...] [--steps ...]

The first python has the release that writes the references; the others have hfcompat and read them. What was found is kept in
DIR, a folder a family, so that `--only` and `--steps` renew a part of the table. The wheel is fetched beforehand:
`hfcompat sideload fetch`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
STEPS = ("references", "reading", "back")
CLOSE = 1e-6
ABOUT = (
    "import importlib.metadata as m, importlib.util as u, json, pathlib;"
    "models = pathlib.Path(u.find_spec('transformers').origin).parent / 'models';"
    "print(json.dumps([m.version('transformers'), sorted(p.name for p in models.iterdir() if (p / '__init__.py').exists())]))"
)
HEAD = """# Side-loaded families

Every family that {newest} has and 4.57 lacks, on the older releases. {newest} writes a tiny model of random weights (the top task
class) with what it answers; the older release reads that folder with `hfcompat.AutoModelFor….from_pretrained` and is asked
the same: = says that every number is equal to the bit, a number is the largest difference. *text* has a padded row; *media* is
an image, a video or a sound beside the text; *gradient* is the loss and the norm of all gradients; *generate* is
greedy with the cache; *saved back* is what the older release saves, read by stock {newest}; *(backport)*: there is a hand-written one, which comes first.
1e-06 under *gradient*: three of these add up experts in another order. Blank: {newest} does not answer that itself, or the family has no such thing. This page is written by
`tests/sideload/parity.py`.
"""
COLUMNS = ("fp32", "gradient", "bf16", "generate")


def run(python: str, script: str, *arguments: str) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"}
    subprocess.run([python, str(HERE / script), *arguments], check=True, env=environment)


def loaded(file: Path) -> dict[str, Any]:
    return json.loads(file.read_text()) if file.exists() else {}


def sign(value: Any) -> str:
    """= or how far; ✗ for what is wrong."""
    if value is None:
        return ""
    if isinstance(value, str):
        return "✗"
    return "=" if value == 0 else f"{value:.0e}"


def answer(said: dict[str, Any], question: str, cases: list[str]) -> str:
    """Of one question, by case; one sign where all cases agree."""
    signs = [sign(said.get("answers", {}).get(f"{question}/{case}")) for case in cases]
    return signs[0] if len(set(signs)) == 1 else " ".join(s or "-" for s in signs)


def imported(said: dict[str, Any]) -> str:
    if "hfcompat_plugins" in said.get("class", ""):
        return "✓ (backport)"
    return "✓" if said.get("import") else "✗"


def row(work: Path, family: str, version: str) -> list[str]:
    reference, said = loaded(work / family / "reference.json"), loaded(work / family / f"{version}.json")
    back = loaded(work / family / f"{version}-back.json")
    cases = [case for case in reference.get("cases", []) if case != "media"]
    cells = [f"`{family}`", reference.get("kind", ""), imported(said)]
    cells.append(
        f"`{reference['class']}`" if "class" in reference else f"none: {reference.get('error', '?').split(' @ ')[0]}"
    )
    cells += [answer(said, question, cases) for question in COLUMNS]
    cells += [answer(said, question, ["media"]) for question in ("fp32", "generate")]
    cells.append(answer(back, "fp32", reference.get("cases", [])))
    if "error" in said:
        cells[4] = f"✗ {said['error'].split(' @ ')[0]}"
    return [cell.replace("|", "\\|").replace("\n", " ")[:160] for cell in cells]


def totals(work: Path, families: list[str], version: str) -> list[str]:
    """In sentences."""
    references = {f: r for f in families if "class" in (r := loaded(work / f / "reference.json"))}
    reads = {f: loaded(work / f / f"{version}.json") for f in families}
    backs = {f: loaded(work / f / f"{version}-back.json") for f in families}
    lines = [f"{sum(bool(r.get('import')) for r in reads.values())} of {len(families)} import"]
    lines.append(f"{len(references)} have a reference")

    def score(name: str, question: str, media: bool, of: dict[str, Any]) -> str:
        meant = {
            f: [of[f].get("answers", {}).get(f"{question}/{case}", "none") for case in r["cases"] if (case == "media") == media
                and f"{question}/{case}" not in r["failed"] and (question != "generate" or r["generates"])]
            for f, r in references.items()
        }  # fmt: skip
        asked = {f: values for f, values in meant.items() if values}
        close = [
            f
            for f, v in asked.items()
            if all(not isinstance(x, str) and x <= (CLOSE if question != "bf16" else 0) for x in v)
        ]
        same = [f for f in close if all(x == 0 for x in asked[f])]
        return f"{name}: {len(same)} of {len(asked)} to the bit" + (
            f", {len(close)} to 1e-6" if len(close) > len(same) else ""
        )

    for name, question, media in (
        ("fp32", "fp32", False), ("loss and gradient", "gradient", False), ("bf16", "bf16", False),
        ("generate", "generate", False), ("with media", "fp32", True), ("generate with media", "generate", True),
    ):  # fmt: skip
        lines.append(score(name, question, media, reads))
    lines.append(score("saved back", "fp32", False, backs))
    return lines


def page(work: Path, families: list[str], newest: str, versions: list[str]) -> str:
    text = HEAD.format(newest=newest)
    for version in versions:
        text += f"\n## On {version}\n\n" + "; ".join(totals(work, families, version)) + ".\n\n"
        titles = ["family", "kind", "import", "reference", *COLUMNS, "media", "media generate", "saved back"]
        text += f"| {' | '.join(titles)} |\n|{'---|' * len(titles)}\n"
        text += "".join(f"| {' | '.join(row(work, family, version))} |\n" for family in families)
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pythons", nargs="+", metavar="PYTHON")
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--only", nargs="+", metavar="FAMILY")
    parser.add_argument("--steps", nargs="*", choices=STEPS, default=list(STEPS))
    parser.add_argument("--seconds", default="120", help="for one family")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)

    abouts = [json.loads(subprocess.check_output([p, "-c", ABOUT], text=True)) for p in options.pythons]
    (newest, theirs), (_, ours) = abouts[:2]
    families = [family for family in theirs if family not in ours]
    wanted = [family for family in families if not options.only or family in options.only]
    versions = [version for version, _ in abouts[1:]]
    work = str(options.work)
    if "references" in options.steps:
        run(options.pythons[0], "references.py", work, options.seconds, *wanted)
    for version, python in zip(versions, options.pythons[1:], strict=True):
        if "reading" in options.steps:
            run(python, "reading.py", work, options.seconds, *wanted)
        if "back" in options.steps:
            saved = [f for f in wanted if loaded(options.work / f / f"{version}.json").get("saved") is True]
            run(options.pythons[0], "reading.py", work, options.seconds, *saved, "--back", version)
    (HERE.parents[1] / "docs" / "sideload-parity.md").write_text(page(options.work, families, newest, versions))
    for version in versions:
        print(f"{version}: {'; '.join(totals(options.work, families, version))}")


if __name__ == "__main__":
    main()
