#!/usr/bin/env python3
"""Every family of one version, with apply() and without: built, saved, loaded, asked, trained and generated from, to the bit.

    python tests/harm/every_family.py PYTHON... --work DIR [--only FAMILY...]    # what differs; exit status 1 where something does
    python tests/harm/every_family.py --work DIR --page                          # docs/unchanged.md, of what is in DIR

A tiny model of each family, of its first class, is made of the class's own defaults with every size made small, and thetas,
rotated parts and epsilons that are nobody's default. An outcome is a digest of bits, or an error, which has to be the same
error. What stock itself does not answer twice alike, for what it never initialises, is not compared.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from families import digest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/unchanged.md"
sys.path[:0] = [str(ROOT / "tests" / name) for name in ("interop", "sideload")]

WAYS = ("stock", "again", "apply")
WHY = {
    "albert, camembert, roberta, xlm_roberta, xmod": (
        "4.49.0 loads another bias of the head than it has saved, without a word; with apply() the saved one."
    ),
    "shieldgemma2": "4.57.6 does not find the tied head in what it has saved itself, and leaves it random; with apply() it is tied.",
}
"""What differs, and is meant to."""
ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "OMP_NUM_THREADS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "HFCOMPAT_DISABLE": "",
    "PYTHONHASHSEED": "0",  # some register buffers in the order of a set
    "MALLOC_PERTURB_": "85",  # what glibc gives is filled with it: buffers that nobody initialises are the same twice
}
Outcomes = dict[str, dict[str, str]]
"""By family and by what was asked of it: a digest, or an error."""


# ------------------------------------------------------------------------------------------------- in the version's Python
def worker(way: str, out: Path, only: list[str]) -> None:
    """Write the outcomes of all families, or of some; each in a process of its own."""
    warnings.simplefilter("ignore")
    import torch
    import transformers
    from forked import forked
    from references import warm

    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    if way == "apply":
        import hfcompat

        hfcompat.apply()
    warm(out.parent)
    folders = sorted(Path(transformers.__file__).parent.glob("models/*/"))
    families = [f.name for f in folders if (f / "__init__.py").exists() and any(f.glob("modeling_*.py"))]
    found: Outcomes = {}
    for family in families:
        if not only or family in only:
            found[family] = forked(outcomes, family, 120)
            if "error" in found[family]:  # where it was raised is another matter
                found[family]["error"] = found[family]["error"].partition(" @ ")[0]
    out.write_text(json.dumps(found, indent=1))


def outcomes(family: str) -> dict[str, str]:
    """What comes of a family, by what was asked of it."""
    import models
    import sideload_families
    import sweep_families
    import sweep_models
    import torch
    from measuring import answers
    from references import LARGEST, classes_of, top
    from spec import Family

    spec = sweep_families.FAMILIES.get(family) or sideload_families.FAMILIES.get(family) or Family()
    if spec.cls:
        cls = top(family, spec)[0] if ":" in spec.cls else sweep_models.class_of(family, spec.cls)
    else:
        cls = classes_of(family)[0]
    config = cls.config_class(**sweep_models.marked(cls.config_class().to_dict(), spec.config))
    with torch.device("meta"):
        size = sum(weight.numel() for weight in cls._from_config(config).parameters())
    if size > LARGEST:
        raise MemoryError(f"{size / 1e6:.0f} M parameters")
    found = {"config": digest(str(config))}
    torch.manual_seed(0)
    model = cls._from_config(config).float().eval()
    found["built"] = digest(*_tensors(model))
    models.fill(model, near=True)
    with tempfile.TemporaryDirectory() as scratch:
        model.save_pretrained(scratch)
        found["saved"] = digest(*((path.name, path.read_bytes()) for path in sorted(Path(scratch).iterdir())))
        try:
            loaded, report = cls.from_pretrained(scratch, output_loading_info=True)
        except Exception as error:
            found["loaded"] = _said(error, scratch)
            return found
    found["loaded"] = digest(*_tensors(loaded), {kind: sorted(map(str, names)) for kind, names in report.items()})
    loaded.eval()
    try:
        cases = sweep_models.own_cases(loaded, spec)
    except Exception as error:
        found["inputs"] = _said(error, scratch)
        return found
    answered, failed = answers(loaded, cases, ("forward", "gradient", "generate"))
    found |= {name: digest(value) for name, value in answered.items()}
    found |= {name: re.sub("0x[0-9a-f]+", "0x", said) for name, said in failed.items()}
    return found


def _tensors(model: Any) -> list[Any]:
    """Names and values of all parameters and buffers, those that are not saved among them."""
    return [*model.named_parameters(), *model.named_buffers()]


def _said(error: Exception, scratch: str) -> str:
    return f"{type(error).__name__}: {error}".replace(scratch, "")[:300]


# -------------------------------------------------------------------------------------------------------------- all of them
def sweep(python: str, work: Path, only: list[str]) -> dict[str, Any]:
    """Both ways side by side, then stock once more."""
    version = subprocess.run(
        [python, "-c", "import importlib.metadata as m; print(m.version('transformers'))"], capture_output=True, text=True, check=True
    ).stdout.strip()  # fmt: skip
    files = {way: work / f"{version}-{way}.json" for way in WAYS}

    def run(way: str, families: list[str]) -> Outcomes:
        command = [python, __file__, "--way", way, "--out", str(files[way].absolute()), "--only", *families]
        before: Outcomes = json.loads(files[way].read_text()) if families and files[way].exists() else {}
        subprocess.run(command, env={**os.environ, **ENVIRONMENT}, check=True)
        found = before | json.loads(files[way].read_text())  # the others stay
        files[way].write_text(json.dumps(found, indent=1))
        return found

    with ThreadPoolExecutor(2) as pool:
        stock, patched = pool.map(run, ("stock", "apply"), (only, only))
    fails = [family for family, said in stock.items() if "error" in said and "error" in patched[family]]
    odd = [family for family in stock if stock[family] != patched[family] and family not in fails]
    again = run("again", odd) if odd else {}
    different: dict[str, dict[str, Any]] = {family: {} for family in odd}
    unsteady, repaired = [], []
    for family in odd:
        for what in stock[family] | patched[family]:
            was, is_, would_be = (found[family].get(what) for found in (stock, patched, again))
            if was != would_be:
                unsteady.append(f"{family} {what}")
            elif _raised(stock[family].get("loaded", "")) and not _raised(patched[family]["loaded"]):
                repaired.append(f"{family} {what}")
            elif was != is_:
                different[family][what] = was, is_
    ran = [family for family, said in stock.items() if "error" not in said]
    asked = [what.partition("/")[0] for family in ran for what in stock[family]]
    return {
        "version": version,
        "families": len(stock),
        "ran": len(ran),
        "asked": {what: asked.count(what) for what in dict.fromkeys(asked)},
        "different": {family: said for family, said in different.items() if said},
        "unsteady": unsteady,
        "repaired": repaired,
        "not run": {family: said["error"][:100] for family, said in stock.items() if "error" in said},
    }


def _raised(outcome: str) -> bool:
    return ": " in outcome


def page(found: list[dict[str, Any]]) -> str:
    """The documentation page, newest version first."""
    lines = [
        "# What apply() leaves as it is", "",
        "Every family of models that a version has, with `hfcompat.apply()` and no dialect, and without hfcompat: a tiny model of its first",
        "class is built, filled with noise, saved and loaded again, asked, given gradients, and generated from. Compared are digests of",
        "all bits: configuration, parameters and buffers (those that are not saved too), the bytes of every file that is written,",
        "what loading reports, every output, loss and gradient norm, and the tokens of greedy generation; of what fails, the error.",
        "Written by `tests/harm/every_family.py`.", "",
        "| transformers | families | built and asked | outcomes compared | of these not twice alike in stock | families that differ |",
        "|---|---|---|---|---|---|",
    ]  # fmt: skip
    for said in found:
        families = [f"{family} ({', '.join(what)})" for family, what in said["different"].items()]
        loads = dict.fromkeys(what.split()[0] for what in said["repaired"])
        different = ", ".join([*families, *(f"{family} (stock cannot load it)" for family in loads)]) or "none"
        compared = sum(said["asked"].values())
        row = (said["version"], said["families"], said["ran"], f"{compared:,}", len(said["unsteady"]), different)
        lines.append("| " + " | ".join(map(str, row)) + " |")
    lines += ["", *(f"- {families}: {why}" for families, why in WHY.items()), "", "Not built, with or without:", ""]
    for said in found:
        errors = (f"{family} ({' '.join(why.split())[:70]})" for family, why in sorted(said["not run"].items()))
        lines.append(
            f"- {said['version']}: {'; '.join(errors).replace('|', '/').replace('https://huggingface.co', 'the Hub')}."
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pythons", nargs="*")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--page", action="store_true", help="write the page of what is there, and run nothing")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        worker(given.way, given.out, given.only)
        return 0
    if given.work is None:
        parser.error("--work says where outcomes go")
    given.work.mkdir(parents=True, exist_ok=True)
    if given.page:
        found = [json.loads(file.read_text()) for file in given.work.glob("*.json") if "-" not in file.stem]
        PAGE.write_text(
            page(sorted(found, key=lambda said: [int(n) for n in said["version"].split(".")], reverse=True))
        )
        return 0
    harmed = False
    for python in given.pythons:
        said = sweep(python, given.work, given.only)
        (given.work / f"{said['version']}.json").write_text(json.dumps(said, indent=1))
        harmed = harmed or bool(said["different"])
        print(
            f"{said['version']}: {said['ran']} of {said['families']} families ran; {said['asked']}; {said['unsteady']}"
        )
        for family, what in said["different"].items():
            print(f"  {family}: {what}")
    return int(harmed)


if __name__ == "__main__":
    sys.exit(main())
