#!/usr/bin/env python3
"""Runs the programs and writes docs/programs.md.

    python tests/programs/table.py PYTHON... [--only NAME...] [--modes stock additive dialect]

A PYTHON has torch, one version of transformers and hfcompat. Outcomes are kept in the cache, by version, so that
`--only` or `--modes` renew a part of the table. HFCOMPAT_TEST_SOURCES says where the clones of repositories are.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from playing import play
from program_folders import ROOT, available, cache
from programs import Program

MODES = ("stock", "additive", "dialect")
HEAD = """# Real programs

Unmodified third-party code that worked on an older transformers: packages at a release, and model folders in the manner of remote
code. Each is run on every version three times: as it is, after `hfcompat.apply()`, and after `hfcompat.apply(dialect=…)` with the version
that it was written for. ✓ says that it ends, and that every number equals the one of the version that it was written for; ✗ that
it raises; ≠ that it ends with other numbers. The probes are in `tests/programs/probes`; this page is written by
`tests/programs/table.py`; `?` has not been run yet.

"""


def outcome(python: str, program: Program, mode: str) -> dict[str, Any]:
    said = play(
        python, program, *{"stock": [], "additive": ["hfcompat"], "dialect": ["hfcompat", program.written_for]}[mode]
    )
    del said["stderr"]
    return said


def sign(program: Program, said: dict[str, Any] | None) -> str:
    if said is None:
        return "?"
    return "✗" if said["error"] else "✓" if said["results"] == program.results else "≠"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pythons", nargs="+", metavar="PYTHON")
    parser.add_argument("--only", nargs="+", default=[])
    parser.add_argument("--modes", nargs="+", default=list(MODES), choices=MODES)
    parser.add_argument("-j", "--jobs", type=int, default=2)
    options = parser.parse_args()

    kept = cache() / "outcomes.json"
    outcomes: dict[str, Any] = json.loads(kept.read_text()) if kept.exists() else {}
    ask = "import importlib.metadata as m; print(m.version('transformers'))"
    versions = {subprocess.check_output([p, "-c", ask], text=True).strip(): p for p in options.pythons}
    wanted = [
        (version, program, mode)
        for version in versions
        for program in available()
        for mode in options.modes
        if not options.only or program.name in options.only
    ]
    with ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda job: outcome(versions[job[0]], job[1], job[2]), wanted)
        for (version, program, mode), said in zip(wanted, results, strict=True):
            outcomes[f"{version} {program.name} {mode}"] = said
            kept.write_text(json.dumps(outcomes, indent=1))
            print(
                f"{version:8s} {program.name:18s} {mode:9s} {sign(program, said)} {said['error'] or ''}"[:240],
                flush=True,
            )
            if not said["error"] and said["results"] != program.results:
                off = {k: v for k, v in said["results"].items() if program.results.get(k) != v}
                print(f"{'':38s}{off}", flush=True)

    seen = sorted({key.split()[0] for key in outcomes}, key=lambda v: [int(n) for n in v.split(".")], reverse=True)
    lines = ["| program | written for | " + " | ".join(seen) + " |", "|---" * (2 + len(seen)) + "|"]
    for program in available():
        cells = ["".join(sign(program, outcomes.get(f"{v} {program.name} {mode}")) for mode in MODES) for v in seen]
        lines.append(f"| {program.package} | {program.written_for} | " + " | ".join(cells) + " |")
    for at, mode in enumerate(MODES):
        runs = [sum(f"{v} {p.name} {mode}" in outcomes for p in available()) for v in seen]
        sums = [sum(sign(p, outcomes.get(f"{v} {p.name} {mode}")) == "✓" for p in available()) for v in seen]
        label = ("as it is", "apply()", "apply(dialect=…)")[at]
        lines.append(
            f"| **{label}** | | "
            + " | ".join(f"{n} of {ran}" if ran else "not run" for n, ran in zip(sums, runs, strict=True))
            + " |"
        )
    (ROOT / "docs" / "programs.md").write_text(HEAD + "\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
