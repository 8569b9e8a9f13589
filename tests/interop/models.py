"""Models of the matrix, as the version of transformers of this Python writes and reads them.

    python tests/interop/models.py save OUT
    python tests/interop/models.py load SOURCE OUT.json [SOURCE OUT.json ...] [--apply]

`save` writes OUT/<case>/ and, beside it, what the model answers (OUT/<case>.npz). `load` reads every folder that it finds
in SOURCE and tells of each whether the answers are right, wrong, or refused.
"""

from __future__ import annotations

import argparse
import hashlib
import inspect
import json
import os
import shutil
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

os.environ.update(
    HF_HUB_OFFLINE="1", TOKENIZERS_PARALLELISM="false", TRANSFORMERS_VERBOSITY="error", OMP_NUM_THREADS="1"
)

import model_cases
import numpy as np
import torch
import transformers
from model_cases import Case, Config, Either, Layered, Rope
from packaging.version import Version

TOLERANCE = 2e-3  # of the standard deviation of the answer
HERE = Version(transformers.__version__)
SETS = {
    "cases": model_cases.CASES,
    "held-out": model_cases.HELD_OUT,
    "unseen": model_cases.UNSEEN,
    "drawn": model_cases.DRAWN,
}
SETS["all"] = {name: case for cases in SETS.values() for name, case in cases.items()}


# ------------------------------------------------------------------------------------------------------------- building
def build(case: Case) -> Any:
    """The model, its weights a noise that is the same everywhere."""
    torch.manual_seed(0)
    model = getattr(transformers, case.model)(_made(case.config)).eval()
    fill(model, near=case.near)
    return model.to(getattr(torch, case.dtype))


def fill(model: Any, *, near: bool) -> None:
    """Fill a model with a noise; `near` what the class makes of its weights, or in its place."""
    generator = torch.Generator().manual_seed(1234)
    done = set()
    with torch.no_grad():
        for name, module in model.named_modules():
            for word, weight in module.named_parameters(prefix=name, recurse=False):
                if weight.requires_grad and weight.data_ptr() not in done:  # others are tables of sines
                    done.add(weight.data_ptr())
                    _fill(word, weight, module, generator, near)
        for name, buffer in model.named_buffers():
            if name.endswith("embed_sum"):  # codebooks, all of whose codes are zero
                buffer.add_(torch.randn(buffer.shape, generator=generator))
            if name.endswith("encoder.shared_embedding.positional_embedding"):  # of one table, as released ones are
                buffer.copy_(model.shared_image_embedding.positional_embedding)


def _fill(word: str, weight: Any, module: Any, generator: Any, near: bool) -> None:
    noise = torch.randn(weight.shape, generator=generator)
    plain = ("A_log", "dt_bias", "sinks", ".D", "original0", "logit_scale")
    if near:
        if "duration_predictor" not in word:
            weight.add_(0.02 * noise)
    elif weight.ndim < 2 or word.endswith(plain):
        weight.add_((0.05 if word.endswith(plain) else 0.15) * noise)
    else:
        convolves = isinstance(module, torch.nn.modules.conv._ConvNd) or word.endswith("original1")
        inputs = int(np.prod(weight.shape[1:])) if convolves else weight.shape[-1]
        weight.copy_(noise * 1.5 / max(inputs, 1) ** 0.5)


def _made(config: Config) -> Any:
    keys = {key: _made(value) if isinstance(value, Config) else value for key, value in _said(config.keys).items()}
    if config.flat_before and Version(config.flat_before) > HERE:
        keys = {**keys.pop("text_config"), **keys}
    return getattr(transformers, config.name)(**keys)


def _said(keys: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments with ropes in the words of this version."""
    said: dict[str, Any] = {}
    for key, value in keys.items():
        if isinstance(value, Rope | Layered | Either):
            said |= value.keys(HERE)
        else:
            said[key] = _said(value) if isinstance(value, dict) else value
    return said


def answer(model: Any, case: Case) -> dict[str, np.ndarray]:
    """What it answers, in float32, by the name of the output."""
    accepted = inspect.signature(model.forward).parameters
    inputs = {**case.inputs, **{name: value for name, value in case.optional.items() if name in accepted}}
    tensors = {name: torch.from_numpy(value) for name, value in inputs.items()}
    with torch.no_grad():
        found = _tracked(model, **tensors) if "video" in tensors else model(**tensors)
    return {name: getattr(found, name).float().numpy() for name in case.outputs}


def _tracked(model: Any, video: Any) -> Any:
    """What it answers to the frames of a video, when it is shown a point of the first."""
    session = transformers.models.sam2_video.modeling_sam2_video.Sam2VideoInferenceSession(
        video, *video.shape[-2:], dtype=torch.float32
    )
    at = session.obj_id_to_idx(1)
    session.add_point_inputs(
        at, 0, {"point_coords": torch.tensor([[[[40.0, 60.0]]]]), "point_labels": torch.tensor([[[1]]])}
    )
    session.obj_with_new_inputs = [1]
    masks = [model(inference_session=session, frame_idx=frame).pred_masks for frame in range(len(video))]
    return SimpleNamespace(pred_masks=torch.stack(masks))


# ------------------------------------------------------------------------------------------------------ writing, reading
def save(cases: Mapping[str, Case], out: Path) -> None:
    """Write each case, and what it answers."""
    absent = 0
    for name, case in cases.items():
        folder = out / name
        shutil.rmtree(folder, ignore_errors=True)
        try:
            model = build(case)
            model.save_pretrained(folder, **({"max_shard_size": case.shards} if case.shards else {}))
            if case.dtype != "float32":
                model = read(case, folder)
            np.savez(out / f"{name}.npz", **answer(model, case))
        except Exception as error:
            shutil.rmtree(folder, ignore_errors=True)
            absent += 1
            print(f"{name:24} {told(error)[:200]}", flush=True)
    print(f"{len(cases) - absent}/{len(cases)} written by {HERE}")


def read(case: Case, folder: Path) -> Any:
    """The model in a folder, in float32, with the attention that the case asks for."""
    how: dict[str, Any] = {"dtype" if Version("4.56.0") <= HERE else "torch_dtype": torch.float32}
    if "attn_implementation" in case.config.keys:
        how["attn_implementation"] = case.config.keys["attn_implementation"]
    return getattr(transformers, case.model).from_pretrained(folder, **how).eval()


def load(cases: Mapping[str, Case], source: Path, out: Path) -> None:
    """Read every case of `source`; a folder that is as it was when `out` was written is not read again."""
    found: dict[str, Any] = json.loads(out.read_text()) if out.exists() else {}
    for name, case in cases.items():
        folder, expected = source / name, source / f"{name}.npz"
        of = _fingerprint([expected, *sorted(folder.glob("*"))]) if folder.is_dir() else found.pop(name, None)
        if folder.is_dir() and found.get(name, {}).get("of") != of:
            try:
                found[name] = compared(answer(read(case, folder), case), np.load(expected))
            except Exception as error:
                found[name] = {"outcome": "refused", "error": told(error)}
            found[name]["of"] = of
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=1))
    print(f"{source}: {sum(record['outcome'] == 'right' for record in found.values())}/{len(found)} right in {HERE}")


def compared(answers: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Whether the answers are those that are expected, and how far off they are where they are not."""
    differs = {}
    for name in expected:
        one, other = answers[name], expected[name]
        off = np.inf
        if one.shape == other.shape:
            apart = np.subtract(one, other, where=one != other, out=np.zeros_like(other))  # of infinities too
            off = np.abs(apart).max() / max(other[np.isfinite(other)].std(), 1e-6)
        if not off <= TOLERANCE:
            differs[name] = float(off)
    return {"outcome": "wrong" if differs else "right", "differs": differs}


def _fingerprint(files: list[Path]) -> str:
    found = hashlib.sha256()
    for path in files:
        found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()


def told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:600]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("save", "load"))
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--set", default="all", choices=SETS, dest="chosen")
    parser.add_argument("--only", nargs="*", default=(), help="names of cases")
    parser.add_argument("--apply", action="store_true")
    given = parser.parse_args()
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    if given.apply:
        import hfcompat

        hfcompat.apply()
    cases = {name: case for name, case in SETS[given.chosen].items() if not given.only or name in given.only}
    if given.command == "save":
        save(cases, *given.paths)
    else:
        for source, out in zip(given.paths[::2], given.paths[1::2], strict=True):
            load(cases, source, out)
    sys.stdout.flush()


if __name__ == "__main__":
    main()
