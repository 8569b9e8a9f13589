"""Reads the references on an older release, or what that release saved again: `python reading.py WORK SECONDS FAMILY...`.

`WORK/FAMILY/VERSION.json` says how it went; `WORK/FAMILY/back-VERSION` is what the older release saves. With `--back VERSION`
it is that folder that is read, by stock transformers, into `WORK/FAMILY/VERSION-back.json`.
"""

from __future__ import annotations

import argparse
import importlib
import json
import shutil
import warnings
from pathlib import Path
from typing import Any

import torch
import transformers
from forked import forked
from measuring import answers, in_dtype

NEWEST = 5


def own(reference: dict[str, Any]) -> Any:
    """The class by its name in stock transformers."""
    return getattr(importlib.import_module(reference["module"]), reference["class"])


def brought(reference: dict[str, Any], folder: Path) -> Any:
    """What a user writes: an Auto class of hfcompat; where there is none for it, the family's own class."""
    import hfcompat
    from hfcompat import sideload
    from hfcompat.sideload.relocation import ALIAS

    auto = reference["auto"] or ""
    if hasattr(hfcompat, auto):
        return getattr(hfcompat, auto)
    sideload.bring(json.loads((folder / "config.json").read_text())["model_type"])
    if hasattr(transformers, auto):
        return getattr(transformers, auto)
    module = reference["module"].replace("transformers.", f"{ALIAS}.", 1)
    return getattr(importlib.import_module(module), reference["class"])


def imported(family: str) -> None:
    """All modeling files of the family, whether or not there is a reference.

    Raises:
        Exception: whatever an import raises.
    """
    from hfcompat import sideload
    from hfcompat.sideload.relocation import ALIAS

    files = sorted(Path(sideload.located(), "models", family).glob("modeling_*.py"))
    for file in files or [Path(f"configuration_{family}.py")]:
        importlib.import_module(f"{ALIAS}.models.{family}.{file.stem}")


def compared(found: dict[str, Any], meant: dict[str, Any], failed: dict[str, str]) -> dict[str, Any]:
    """By `question/case`: 0 where all is equal to the bit, the largest difference, or what is wrong."""
    said: dict[str, Any] = {}
    for name, value in meant.items():
        question = name.rpartition("/")[0]
        if question in failed:
            said[question] = failed[question]
            continue
        got = found.get(name)
        if got is None:
            said[question] = f"there is no {name}"
        elif got.shape != value.shape:
            said[question] = f"{name} has shape {tuple(got.shape)}, not {tuple(value.shape)}"
        elif not isinstance(said.get(question, 0), str):
            said[question] = max(said.get(question, 0), difference(got, value))
    return said


def difference(one: torch.Tensor, other: torch.Tensor) -> float:
    if one.dtype == other.dtype and torch.equal(one.nan_to_num(), other.nan_to_num()):
        return 0
    one, other = (each.double().nan_to_num(7e7, 8e7, -8e7) for each in (one, other))
    return float((one - other).abs().max())


def read(work: Path, family: str, version: str) -> dict[str, Any]:
    reference = json.loads((work / family / "reference.json").read_text())
    said: dict[str, Any] = {"import": False}
    try:
        imported(family)
        said["import"] = True
        if "error" not in reference:
            said |= asked(work / family, reference, version)
    except Exception as error:
        said["error"] = f"{type(error).__name__}: {error}"[:400]
    return said


def asked(home: Path, reference: dict[str, Any], version: str) -> dict[str, Any]:
    """What the family answers here, against what it answered there; and whether it is saved."""
    kept = torch.load(home / "cases.pt")
    cases, meant = kept["cases"], kept["answers"]
    door = brought(reference, home / "checkpoint")
    model = door.from_pretrained(home / "checkpoint", dtype=torch.float32).eval()
    said = {"class": f"{type(model).__module__}.{type(model).__name__}"}
    said["is_native"] = isinstance(model, transformers.PreTrainedModel)
    found, failed = answers(model, cases, ("fp32", "gradient", "generate"))
    half = door.from_pretrained(home / "checkpoint", dtype=torch.bfloat16).eval()
    more, failures = answers(half, in_dtype(cases, torch.bfloat16), ("bf16",))
    said["answers"] = compared(found | more, meant, failed | failures)
    try:
        shutil.rmtree(home / f"back-{version}", ignore_errors=True)
        model.save_pretrained(home / f"back-{version}")
        said["saved"] = True
    except Exception as error:
        said["saved"] = f"{type(error).__name__}: {error}"[:300]
    return said


def returned(work: Path, family: str, version: str) -> dict[str, Any]:
    """What `version` saved, read by stock transformers of the release that wrote the reference."""
    home = work / family
    reference = json.loads((home / "reference.json").read_text())
    kept = torch.load(home / "cases.pt")
    model = own(reference).from_pretrained(home / f"back-{version}", dtype=torch.float32).eval()
    found, failed = answers(model, kept["cases"], ("fp32",))
    meant = {name: value for name, value in kept["answers"].items() if name.startswith("fp32/")}
    return {"answers": compared(found, meant, failed)}


def warm() -> None:
    """Have everything imported before the first fork."""
    for name in ("modeling_utils", "generation.utils", "models.auto.modeling_auto", "models.llama.modeling_llama"):
        importlib.import_module(f"transformers.{name}")
    if int(transformers.__version__.split(".")[0]) < NEWEST:
        import hfcompat

        hfcompat.apply()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("work", type=Path)
    parser.add_argument("seconds", type=int)
    parser.add_argument("families", nargs="+")
    parser.add_argument("--back")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    warm()
    version = options.back or transformers.__version__
    for family in options.families:
        ask = returned if options.back else read
        said = forked(lambda name, ask=ask: ask(options.work, name, version), family, options.seconds)
        file = options.work / family / (f"{version}-back.json" if options.back else f"{version}.json")
        file.write_text(json.dumps(said, indent=1))
        print(family, json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
