"""Writes references on the release that has the families: `python references.py WORK SECONDS FAMILY...`.

A folder a family: `checkpoint/` as save_pretrained writes it, `cases.pt` with inputs and answers, `reference.json`.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import shutil
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import torch
import transformers
from forked import forked
from inputs import cases_of
from measuring import answers, in_dtype
from sideload_families import FAMILIES
from spec import Family
from tiny import tiny
from transformers.models.auto import modeling_auto

LARGEST = 40_000_000
TASKS = ("ForConditionalGeneration", "ForCausalLM", "ForMaskedLM")
LATER = ("Classification", "QuestionAnswering", "Backbone")


def classes_of(family: str) -> list[Any]:
    """The models of a family, the top task first."""
    base = transformers.PreTrainedModel
    found = []
    for file in sorted(Path(transformers.__file__).parent.glob(f"models/{family}/modeling_*.py")):
        if file.stem.startswith(("modeling_tf_", "modeling_flax_")):  # 4.x has other frameworks too
            continue
        module = importlib.import_module(f"transformers.models.{family}.{file.stem}")
        found += [getattr(module, name) for name in module.__all__]
    models = [c for c in found if inspect.isclass(c) and issubclass(c, base) and c.config_class is not None]
    return sorted(models, key=lambda c: (c.config_class.model_type != family, rank(c.__name__)))


def rank(name: str) -> int:
    if name.endswith("PreTrainedModel"):
        return 9
    for at, task in enumerate(TASKS):
        if name.endswith(task):
            return at
    if "For" in name:
        return 4 if any(word in name for word in LATER) else 3
    return 5 if name.endswith("Model") else 6


def top(family: str, spec: Family) -> tuple[Any, Any]:
    """The top task class and its configuration's."""
    if spec.cls:
        module, _, name = spec.cls.partition(":")
        model = getattr(importlib.import_module(f"transformers.models.{module}"), name)
        return model, model.config_class
    models = classes_of(family)
    if models:
        return models[0], models[0].config_class
    config = transformers.models.auto.configuration_auto.CONFIG_MAPPING[family]
    for name, auto in autos():
        if name != "AutoModel" and config in auto._model_mapping:
            return auto._model_mapping[config], config
    raise LookupError("no model")


def autos() -> list[tuple[str, Any]]:
    found = [(n, c) for n, c in vars(modeling_auto).items() if n.startswith("Auto") and hasattr(c, "_model_mapping")]
    first = ("AutoModelForCausalLM", "AutoModelForImageTextToText", "AutoModelForMultimodalLM", "AutoModelForMaskedLM")
    return sorted(found, key=lambda item: first.index(item[0]) if item[0] in first else len(first))


def auto_of(model: Any, config: Any) -> str | None:
    """The Auto class that makes this class of that configuration."""
    for name, auto in autos():
        if config in auto._model_mapping:
            said = auto._model_mapping[config]
            if (said[0] if isinstance(said, (tuple, list)) else said) is model:
                return name
    return None


def kind_of(model: Any) -> str:
    """In words, from what it takes and what it is called."""
    taken = inspect.signature(model.forward).parameters
    name = model.__name__
    if "input_ids" in taken and ("pixel_values" in taken or "pixel_values_videos" in taken):
        return "vision and text"
    if "input_ids" in taken and any(x in taken for x in ("input_features", "input_values", "audio_input_ids")):
        return "audio and text"
    task = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.partition("For")[2]).lower()
    return task.replace("lm", "LM") or "model"


def fill(model: Any) -> None:
    """Weights of N(0, 0.06); vectors keep what they are, and a little noise."""
    random = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if weight.ndim >= 2:
                weight.copy_(torch.randn(weight.shape, generator=random) * 0.06)
            elif "A_log" not in name and "dt_bias" not in name:
                weight.add_(torch.randn(weight.shape, generator=random) * 0.05)


def refer(work: Path, family: str) -> dict[str, Any]:
    began = time.time()
    home = work / family
    shutil.rmtree(home, ignore_errors=True)
    spec = FAMILIES.get(family, Family())
    cls, config_class = top(family, spec)
    said: dict[str, Any] = {"class": cls.__name__, "module": cls.__module__, "auto": auto_of(cls, config_class)}
    said["kind"] = kind_of(cls)
    config = config_class(**tiny(config_class().to_dict(), spec.config))
    with torch.device("meta"):
        said["parameters"] = sum(p.numel() for p in cls._from_config(config).parameters())
    if said["parameters"] > LARGEST:
        raise MemoryError(f"{said['parameters'] / 1e6:.0f} M parameters")
    torch.manual_seed(0)
    model = cls._from_config(config).float().eval()
    fill(model)
    model.save_pretrained(home / "checkpoint")
    model = cls.from_pretrained(home / "checkpoint", dtype=torch.float32).eval()
    cases = cases_of(model, spec)
    found, failed = answers(model, cases, ("fp32", "gradient", "generate"))
    if any(f"fp32/{case}" in failed for case in cases):
        raise RuntimeError(next(failed[f"fp32/{case}"] for case in cases if f"fp32/{case}" in failed))
    half = cls.from_pretrained(home / "checkpoint", dtype=torch.bfloat16).eval()
    more, failures = answers(half, in_dtype(cases, torch.bfloat16), ("bf16",))
    found |= more
    flat = [name for name, value in found.items() if name.startswith("fp32") and not sound(value)]
    said["generates"] = any(name.startswith("generate/") for name in found)
    said |= {"cases": list(cases), "failed": failed | failures, "flat": flat}
    torch.save({"cases": cases, "answers": found}, home / "cases.pt")
    said["seconds"] = round(time.time() - began, 1)
    (home / "reference.json").write_text(json.dumps(said, indent=1))
    return said


def sound(value: torch.Tensor) -> bool:
    """Finite, and not one number all over."""
    if not value.is_floating_point():
        return True
    return bool(value[value.isfinite()].std() >= 1e-4) if value.numel() > 1 else True


def warm(work: Path) -> None:
    """Have everything imported before the first fork."""
    config = transformers.LlamaConfig(**tiny(transformers.LlamaConfig().to_dict(), {}))
    transformers.LlamaForCausalLM._from_config(config).save_pretrained(work / "warm")
    model = transformers.AutoModelForCausalLM.from_pretrained(work / "warm")
    model.generate(torch.tensor([[1, 2]]), max_new_tokens=1, do_sample=False, pad_token_id=0)


def main() -> None:
    work, seconds, *families = sys.argv[1:]
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    transformers.utils.logging.disable_progress_bar()
    warm(Path(work))
    for family in families:
        said = forked(lambda name: refer(Path(work), name), family, int(seconds))
        if "error" in said:
            shutil.rmtree(Path(work, family), ignore_errors=True)
            Path(work, family).mkdir(parents=True)
            Path(work, family, "reference.json").write_text(json.dumps(said, indent=1))
        print(family, json.dumps(said), flush=True)


if __name__ == "__main__":
    main()
