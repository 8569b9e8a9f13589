"""Models of sweep.py, as the version of transformers of this Python writes and reads them.

    python tests/interop/sweep_models.py classes OUT.json
    python tests/interop/sweep_models.py save WORK
    python tests/interop/sweep_models.py load WORK [--apply]

WORK/families.json says which families, and which class of each. `save` writes WORK/raw/<version>/<family>/ and, beside it,
inputs and answers (<family>.pt). `load` reads what every writer wrote, in both dialects, and keeps what came of it in
WORK/read/<version>.json, or in WORK/applied/<version>.json. Every family has a process of its own.
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import json
import re
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "sideload"))

import model_cases
import models
import sweep_families
import torch
import transformers
from forked import forked
from inputs import cases_of
from measuring import outputs
from model_cases import Rope
from references import LARGEST, classes_of, sound, warm
from spec import Family, Floats
from tiny import tiny

HERE = str(models.HERE)
FULL, SLIDING, PART, EPSILON = 54321.0, 777.0, 0.75, 1e-3  # which no class has by default
_FULL = re.compile("rope_theta|rotary_emb_base|global_rope_theta|rotary_base")
_SLIDING = re.compile("rope_local_base_freq|local_rope_theta")
_PART = re.compile("partial_rotary_factor|rotary_pct")
_OF_PARTS = re.compile(r"_outputs?\.|(?<!last)_hidden_states?(\.|$)")
_EPSILON = re.compile(r"(.*_)?(norm|layernorm|rms)_?(eps|epsilon)")


# ----------------------------------------------------------------------------------------------------- which families
def classes() -> dict[str, list[str]]:
    """The classes of every family that no case of the matrix is of, the top task first; of one that fails, the error."""
    cases = {**model_cases.CASES, **model_cases.HELD_OUT, **model_cases.UNSEEN, **model_cases.DRAWN}
    known = {_family(getattr(transformers, case.model, None)) for case in cases.values()}
    found = {}
    for folder in sorted(Path(transformers.__file__).parent.glob("models/*/")):
        if (folder / "__init__.py").exists() and folder.name not in known and any(folder.glob("modeling_*.py")):
            try:
                found[folder.name] = [cls.__name__ for cls in classes_of(folder.name)]
            except Exception as error:
                found[folder.name] = [f"{type(error).__name__}: {error}"[:200]]
    return found


def _family(cls: Any) -> str:
    return "" if cls is None else cls.__module__.split(".")[2]


def class_of(family: str, name: str) -> Any:
    """A class of a family by its name."""
    return next(cls for cls in classes_of(family) if cls.__name__ == name)


# ------------------------------------------------------------------------------------------------------------- writing
def save(work: Path, family: str, name: str) -> dict[str, Any]:
    """Write one, with inputs and answers; those of the first writer serve the next, where it takes them."""
    out = work / "raw" / HERE
    spec = sweep_families.FAMILIES.get(family, Family())
    model = _built(class_of(family, name), spec, near=False)
    asked = _cases(work, family, model, spec)
    answers = _answers(model, asked)
    if not all(sound(value) for value in answers.values()):
        model = _built(type(model), spec, near=True)
        answers = _answers(model, asked)
    answers = {name: value for name, value in answers.items() if sound(value)}
    if not answers:
        raise ValueError("it answers the same number everywhere, or none")
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out / family)
    torch.save({"class": name, "inputs": asked, "answers": answers}, out / f"{family}.pt")
    return {"cases": list(asked), "outputs": list(answers), "parameters": sum(p.numel() for p in model.parameters())}


def _built(cls: Any, spec: Family, *, near: bool) -> Any:
    said = cls.config_class().to_dict()
    config = cls.config_class(**marked(said, spec.config))
    with torch.device("meta"):
        size = sum(weight.numel() for weight in cls._from_config(config).parameters())
    if size > LARGEST:
        raise MemoryError(f"{size / 1e6:.0f} M parameters")
    torch.manual_seed(0)
    model = cls._from_config(config).float().eval()
    models.fill(model, near=near)
    return model


def marked(made: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A configuration with thetas and the like that are nobody's default, and with what is said of it."""
    made = tiny(
        _with_marks(made, FULL), {name: value for name, value in changes.items() if not isinstance(value, Rope)}
    )
    for name, value in changes.items():
        if isinstance(value, Rope):
            at = made
            for key in name.split(".")[:-1]:
                at = at[key]
            for key in ("rope_parameters", "rope_theta", "rope_scaling"):
                at.pop(key, None)
            at |= value.keys(models.HERE)
    return made


def _with_marks(section: dict[str, Any], theta: float) -> dict[str, Any]:
    marked = {}
    for key, value in section.items():
        key = str(key)
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        if isinstance(value, dict):
            value = _with_marks(value, SLIDING if key == "sliding_attention" else theta)
        elif number and _FULL.fullmatch(key):
            value = theta
        elif number and _SLIDING.fullmatch(key):
            value = SLIDING
        elif number and _PART.fullmatch(key) and value < 1:
            value = PART
        elif number and _EPSILON.fullmatch(key):
            value = EPSILON
        marked[key] = value
    return marked


def _cases(work: Path, family: str, model: Any, spec: Family) -> dict[str, dict[str, Any]]:
    for kept in sorted(work.glob(f"raw/*/{family}.pt")):
        cases = torch.load(kept)["inputs"]
        try:
            _answers(model, cases)
            return cases
        except Exception:  # it was made for a configuration that is another one here
            continue
    made = own_cases(model, spec)
    try:
        _answers(model, {"media": made["media"]} if "media" in made else made)
    except Exception:
        if "media" not in made or spec.media is not None:
            raise
        del made["media"]
    return made


def own_cases(model: Any, spec: Family) -> dict[str, dict[str, Any]]:
    """Text alone, and with an image in its place, or beside it where no token stands for it."""
    try:
        return cases_of(model, spec)
    except LookupError:
        if spec.media is not None or "pixel_values" not in inspect.signature(model.forward).parameters:
            raise
        made = cases_of(model, dataclasses.replace(spec, media={}))
        size = getattr(model.config.vision_config, "image_size", 64)
        pixels = cases_of(model, dataclasses.replace(spec, inputs={"pixel_values": Floats(2, 3, size, size)}))["main"]
        return {"media": {**made["text"], **pixels}}


def _answers(model: Any, cases: dict[str, dict[str, Any]]) -> dict[str, torch.Tensor]:
    """By case and output what is asked of a model: not what its parts gave, nor what is a choice, which noise may turn."""
    accepted = inspect.signature(model.forward).parameters
    found = {}
    for case, inputs in cases.items():
        said = outputs(model, {name: value for name, value in inputs.items() if name in accepted})
        found |= {f"{case}/{name}": _seen(value, inputs) for name, value in said.items() if _asked(name, value)}
    return found


def _asked(name: str, value: torch.Tensor) -> bool:
    return value.is_floating_point() and value.numel() > 0 and not _OF_PARTS.search(name)


def _seen(value: torch.Tensor, inputs: dict[str, Any]) -> torch.Tensor:
    """With nothing at tokens that are padding, of which each version makes something else."""
    mask = inputs.get("attention_mask")
    if mask is None or value.ndim < 3 or value.shape[:2] != mask.shape:
        return value
    return value.masked_fill((mask == 0).reshape(*mask.shape, *[1] * (value.ndim - 2)), 0)


# ------------------------------------------------------------------------------------------------------------- reading
def load(work: Path, family: str, name: str, dialects: tuple[str, ...] = ("raw", "dual")) -> dict[str, Any]:
    """What came of it, by dialect and writer."""
    said = {}
    for kept in sorted(work.glob(f"raw/*/{family}.pt")):
        expected = torch.load(kept)
        for dialect in dialects:
            folder = work / dialect / kept.parent.name / family
            if folder.is_dir():
                said[f"{dialect}/{kept.parent.name}"] = _read(folder, class_of(family, name), expected)
    return said


def _read(folder: Path, cls: Any, expected: dict[str, Any]) -> dict[str, Any]:
    try:
        model, report = cls.from_pretrained(folder, dtype=torch.float32, output_loading_info=True)
        answers = _answers(model.eval(), expected["inputs"])
        meant = {
            n: _seen(v, expected["inputs"][n.split("/")[0]]) for n, v in expected["answers"].items() if n in answers
        }
        if not meant:
            raise KeyError(f"no output that the writer had, but {list(answers)}")
        found = models.compared(*({name: said[name].float().numpy() for name in meant} for said in (answers, meant)))
        found["loading"] = {kind: sorted(map(str, names))[:6] for kind, names in report.items() if names}
        return found
    except Exception as error:
        return {"outcome": "refused", "error": models.told(error)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("classes", "save", "load"))
    parser.add_argument("path", type=Path)
    parser.add_argument("--only", nargs="*", default=())
    parser.add_argument("--apply", action="store_true")
    parser.add_argument("--seconds", type=int, default=90, help="for one family")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    if given.command == "classes":
        given.path.write_text(json.dumps(classes()))
        return
    if given.apply:
        import hfcompat

        hfcompat.apply()
    work = given.path
    home = "raw" if given.command == "save" else "applied" if given.apply else "read"
    out = work / home / f"{HERE}.json"
    out.parent.mkdir(parents=True, exist_ok=True)
    warm(work)
    found: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {}
    for family, name in json.loads((work / "families.json").read_text()).items():
        if given.only and family not in given.only:
            continue
        if given.command == "save":
            shutil.rmtree(work / home / HERE / family, ignore_errors=True)
            (work / home / HERE / f"{family}.pt").unlink(missing_ok=True)
        if given.command == "save":
            found[family] = forked(lambda family, name=name: save(work, family, name), family, given.seconds)
        else:  # what apply() sees to is not converted
            dialects = ("raw",) if given.apply else ("raw", "dual")
            found[family] = forked(lambda f, name=name, d=dialects: load(work, f, name, d), family, given.seconds)
        if "error" in found[family]:
            print(f"{HERE} {given.command} {family}: {found[family]['error']}", flush=True)
    out.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
