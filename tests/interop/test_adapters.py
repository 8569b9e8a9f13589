"""Adapters of peft between the generations: what they add is what the writer's added, on whichever side they are read.

What they add is computed here from the files, by peft's own formulas. Where peft is installed they are loaded too.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from adapters_cases import CASES, FIVE
from safetensors.torch import load_file, save_file

from hfcompat.checkpoints import Outcome, UnrepresentableError, convert, inspect

sys.path.insert(0, str(Path(__file__).parents[1] / "programs"))
from program_folders import install
from programs import Program

HOME = Path(__file__).parent / "recorded" / "adapters"
FOLDERS = [HOME / version / name for version, cases in CASES.items() for name in cases]
TARGETS = ("dual", "4.57", "5.23")
PROJECTIONS = {"w1": "gate", "gate_proj": "gate", "w3": "up", "up_proj": "up", "w2": "down", "down_proj": "down"}
of_each = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.name} of {folder.parent.name}")


@pytest.fixture(autouse=True)
def _bases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Adapters name their models from there."""
    monkeypatch.chdir(HOME)


def written(folder: Path, tmp_path: Path, to: str) -> Path:
    return convert(folder, tmp_path / to, to=to).path


def said(config: dict[str, Any], pattern: str, default: str, key: str) -> float:
    found = (value for name, value in config[pattern].items() if re.match(rf"(.*\.)?({name})$", key))
    return next(found, config[default])


def added(folder: Path) -> dict[str, torch.Tensor]:
    """What is added to each weight, experts one by one, and what is saved whole; by names of no generation."""
    config = json.loads((folder / "adapter_config.json").read_text())
    tensors = load_file(folder / "adapter_model.safetensors")
    found: dict[str, torch.Tensor] = {}
    for name, tensor in tensors.items():
        path, _, last = name.removeprefix("base_model.model.").partition(".lora_")
        if last == "B.weight":
            continue
        if last != "A.weight":
            found |= dict(saved(path, tensor))
            continue
        a, b = tensor.double(), tensors[name.replace("lora_A", "lora_B")].double()
        parameter, place = "", path.removesuffix(".base_layer")
        if place.endswith(".experts"):
            two = f"{place}.base_layer" in name or f"base_model.model.{place}.base_layer.lora_A.weight" in tensors
            asked = {target.rpartition(".")[2] for target in config["target_parameters"]} - {"weight"}
            parameter = ("gate_up_proj" if path != place else "down_proj") if two else asked.pop()
        key = f"{place}.{parameter}" if parameter else place
        rank = said(config, "rank_pattern", "r", key)
        scale = said(config, "alpha_pattern", "lora_alpha", key) / (math.sqrt(rank) if config["use_rslora"] else rank)
        if not parameter:
            assert a.shape[0] == rank, key
            found[neutral(place)] = scale * b @ a
            continue
        experts = a.shape[0] // int(rank)
        a, b = a.view(experts, int(rank), -1), b.view(len(b), int(rank), experts)
        if config.get("peft_version", "0") < "0.19":  # (in, out) for (out, in)
            whole = scale * torch.einsum("ork,kri->kio", b, a)
        else:
            whole = scale * torch.einsum("ork,kri->koi", b, a)
        sides = (
            {"down": whole} if parameter == "down_proj" else dict(zip(("gate", "up"), whole.chunk(2, 1), strict=True))
        )
        found |= {neutral(f"{place}.{n}.{side}"): part[n] for side, part in sides.items() for n in range(experts)}
    return {name: tensor for name, tensor in found.items() if tensor.any()}


def saved(name: str, tensor: torch.Tensor) -> list[tuple[str, torch.Tensor]]:
    if not name.endswith((".gate_up_proj", ".down_proj")):
        return [(neutral(name.removesuffix(".weight")), tensor)]
    place, _, parameter = name.rpartition(".")
    sides = {"down": tensor} if parameter == "down_proj" else dict(zip(("gate", "up"), tensor.chunk(2, 1), strict=True))
    return [(neutral(f"{place}.{n}.{side}"), part[n]) for side, part in sides.items() for n in range(len(tensor))]


def neutral(path: str) -> str:
    head, _, leaf = path.rpartition(".")
    path = f"{head}.{PROJECTIONS[leaf]}" if ".experts." in path and leaf in PROJECTIONS else path
    path = path.replace(".block_sparse_moe.", ".mlp.").replace(".mlp.router", ".mlp.gate")
    path = re.sub(r"^language_model\.model\.", "model.language_model.", path)
    path = re.sub(r"^(vision_tower|multi_modal_projector)\.", r"model.\1.", path)
    return path.replace("vision_tower.vision_model.", "vision_tower.")


def assert_same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    assert one.keys() == other.keys()
    for name in one:
        torch.testing.assert_close(one[name].double(), other[name].double(), rtol=1e-9, atol=0, msg=name)


# deepseek_v3 of 5.23.0 has experts with two scales, which no single adapter_config.json says to both.
UNSAYABLE = {("5.23.0", "deepseek_v3", "dual")}


@of_each
@pytest.mark.parametrize("to", TARGETS)
def test_the_same_is_added(folder: Path, to: str, tmp_path: Path) -> None:
    if (folder.parent.name, folder.name, to) in UNSAYABLE:
        with pytest.raises(
            UnrepresentableError, match=r"scaled by 1\.5 and 3 cannot .* write it for 4\.57 or for 5\.23 alone"
        ):
            written(folder, tmp_path, to)
        assert not list(tmp_path.iterdir())
        return
    assert_same(added(folder), added(written(folder, tmp_path, to)))


@of_each
def test_what_is_written_is_read_right(folder: Path, tmp_path: Path) -> None:
    """By inspect; nothing is left to be said in other words."""
    for to, readers in (("4.57", ["4.57"]), ("5.23", ["5.12", "5.23"]), ("dual", ["4.57", "5.12", "5.23"])):
        if (folder.parent.name, folder.name, to) in UNSAYABLE:
            continue
        path = written(folder, tmp_path, to)
        verdicts = {verdict.reader.name: verdict.outcome for verdict in inspect(path, readers).verdicts}
        assert verdicts == dict.fromkeys(readers, Outcome.RIGHT)
        assert convert(path, tmp_path / f"{to}-again", to=to).changes == ()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("name", ["mixtral", "qwen3_moe", "qwen2_moe", "deepseek_v3", "phimoe", "mixtral-saved"])
def test_there_and_back(name: str, dtype: torch.dtype, tmp_path: Path) -> None:
    """Two adapters that were put into one are found in it again, to the bit."""
    source = tmp_path / "source"
    shutil.copytree(HOME / "4.57.6" / name, source)
    tensors = {key: value.to(dtype) for key, value in load_file(source / "adapter_model.safetensors").items()}
    save_file(tensors, source / "adapter_model.safetensors", {"format": "pt"})
    five = convert(source, tmp_path / "five", to="5.23").path
    assert not any(".experts.0." in key for key in load_file(five / "adapter_model.safetensors"))
    back = load_file(convert(five, tmp_path / "back", to="4.57").path / "adapter_model.safetensors")
    assert back.keys() == tensors.keys()
    assert all(torch.equal(back[key], tensors[key]) for key in tensors)


def changed(tmp_path: Path, case: str, change: Callable[[dict[str, Any], dict[str, torch.Tensor]], None]) -> Path:
    folder = tmp_path / "changed"
    shutil.copytree(HOME / case, folder)
    config = json.loads((folder / "adapter_config.json").read_text())
    tensors = load_file(folder / "adapter_model.safetensors")
    change(config, tensors)
    (folder / "adapter_config.json").write_text(json.dumps(config))
    save_file(tensors, folder / "adapter_model.safetensors", {"format": "pt"})
    return folder


def nameless(config: dict[str, Any], tensors: dict[str, torch.Tensor]) -> None:
    config.update(base_model_name_or_path="nobody/knows", auto_mapping=None)


@pytest.mark.parametrize(
    ("case", "to"), [("5.23.0/mixtral", "4.57"), ("5.23.0/qwen3_moe", "dual"), ("4.57.6/qwen3_moe", "dual")]
)
def test_what_model_it_is_for_is_asked(case: str, to: str, tmp_path: Path) -> None:
    folder = changed(tmp_path, case, nameless)
    with pytest.raises(UnrepresentableError, match=r"adapter_config\.json: it does not say what kind of model.*--base"):
        convert(folder, tmp_path / "out", to=to)
    base = HOME / "bases" / case.partition("/")[2]
    assert_same(added(HOME / case), added(convert(folder, tmp_path / "out", to=to, base=base).path))


def test_some_need_not_be_asked(tmp_path: Path) -> None:
    for number, (case, to) in enumerate(
        [("4.57.6/mixtral", "dual"), ("4.57.6/qwen3_moe", "5.23"), ("4.57.6/llama", "dual")]
    ):
        folder = changed(tmp_path / str(number), case, nameless)
        assert_same(added(HOME / case), added(convert(folder, tmp_path / f"out-{number}", to=to).path))


def embeddings(config: dict[str, Any], tensors: dict[str, torch.Tensor]) -> None:
    """Adapters of embeddings and of a convolution, whose tensors have other names and shapes than those of experts."""
    config["target_modules"] = [*config["target_modules"], "embed_tokens", "conv"]
    config["alpha_pattern"] = {**config["alpha_pattern"], "embed_tokens": 64}
    config["rank_pattern"] = {**config["rank_pattern"], "embed_tokens": 3}
    place = "base_model.model.model.embed_tokens.lora_embedding_"
    tensors |= {f"{place}A": torch.ones(3, 32), f"{place}B": torch.ones(16, 3)}
    place, rank = "base_model.model.model.conv.lora_", config["r"]
    tensors |= {f"{place}A.weight": torch.ones(rank, 3, 2, 2), f"{place}B.weight": torch.ones(16, rank, 1, 1)}


@pytest.mark.parametrize("rooted", [False, True])
@pytest.mark.parametrize("to", TARGETS)
@pytest.mark.parametrize("case", ["4.57.6/mixtral", "5.23.0/mixtral"])
def test_what_is_beside_experts_keeps_rank_and_scale(case: str, to: str, rooted: bool, tmp_path: Path) -> None:
    def change(config: dict[str, Any], tensors: dict[str, torch.Tensor]) -> None:
        embeddings(config, tensors)
        config["use_rslora"] = rooted

    folder = changed(tmp_path, case, change)
    path = convert(folder, tmp_path / "out", to=to).path
    before, after = (json.loads((place / "adapter_config.json").read_text()) for place in (folder, path))
    tensors, others = (load_file(place / "adapter_model.safetensors") for place in (folder, path))
    assert {"embed_tokens", "conv"} <= {target.rpartition(".")[2] for target in after["target_modules"]}
    for key in ("model.embed_tokens", "model.conv"):
        names = [name for name in tensors if f"{key}.lora_" in name]
        assert all(torch.equal(tensors[name], others[name]) for name in names)
        rank = said(before, "rank_pattern", "r", key)
        assert said(after, "rank_pattern", "r", key) == rank == min(tensors[names[0]].shape[0], rank)
        scales = [
            said(config, "alpha_pattern", "lora_alpha", key) / (math.sqrt(rank) if config["use_rslora"] else rank)
            for config in (before, after)
        ]
        assert scales[1] == pytest.approx(scales[0], rel=1e-9)


def dora(config: dict[str, Any], tensors: dict[str, torch.Tensor]) -> None:
    config["use_dora"] = True
    tensors["base_model.model.model.layers.0.block_sparse_moe.experts.0.w1.lora_magnitude_vector"] = torch.ones(24)


def ia3(config: dict[str, Any], tensors: dict[str, torch.Tensor]) -> None:
    config["peft_type"] = "IA3"
    tensors.clear()
    tensors["base_model.model.model.layers.0.mlp.experts.0.up_proj.ia3_l"] = torch.ones(12, 1)


def two_scales(config: dict[str, Any], tensors: dict[str, torch.Tensor]) -> None:
    config["alpha_pattern"] = {"w3": 8}


def one_of_the_saved(config: dict[str, Any], tensors: dict[str, torch.Tensor]) -> None:
    del tensors["base_model.model.model.layers.0.block_sparse_moe.experts.1.w3.weight"]


@pytest.mark.parametrize(
    ("case", "change", "message"),
    [
        ("4.57.6/mixtral", dora, "experts.0.w1.lora_magnitude_vector has no place .*merge the adapter"),
        ("4.57.6/qwen3_moe", ia3, "experts.0.up_proj.ia3_l has no place .*merge the adapter"),
        ("4.57.6/mixtral", two_scales, "scaled by 3 and 4 cannot be said in one; give them one alpha / r, or"),
        ("4.57.6/mixtral-saved", one_of_the_saved, "experts is saved in part, and whole in 5.x"),
    ],
)
def test_what_stacks_do_not_have(case: str, change: Any, message: str, tmp_path: Path) -> None:
    folder = changed(tmp_path, case, change)
    with pytest.raises(UnrepresentableError, match=message):
        convert(folder, tmp_path / "out", to="5.23")
    verdict = inspect(folder, ["5.23"]).verdicts[0]
    assert verdict.outcome is Outcome.WRONG
    assert re.search(message, verdict.why)
    assert not (tmp_path / "out").exists()
    assert convert(folder, tmp_path / "four", to="4.57").changes == ()


# ------------------------------------------------------------------------------------------------------------ with peft
PEFT = {"4.57.6": "peft==0.18.0", "5.23.0": "peft==0.21.2"}
SIDE = "5.23" if FIVE else "4.57"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Logits, or the error, of every adapter with this runtime and the peft of its days, in a process of its own."""
    if transformers.__version__ not in PEFT:
        pytest.skip(f"adapters are loaded on {' and '.join(PEFT)}, not on {transformers.__version__}")
    home, wanted = tmp_path_factory.mktemp("adapters"), {}
    for folder in FOLDERS:
        base = CASES[folder.parent.name][folder.name][0]
        wanted[f"{folder.parent.name} {folder.name} as it is"] = [str(folder), base]
        for to in ("dual", SIDE):
            if (folder.parent.name, folder.name, to) not in UNSAYABLE:
                new = home / to / folder.parent.name / folder.name
                path = convert(folder, new, to=to, base=HOME / "bases" / base).path
                wanted[f"{folder.parent.name} {folder.name} {to}"] = [str(path), base]
    peft = install(Program("peft-of-adapters", PEFT[transformers.__version__], transformers.__version__, {}, {}))
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("load_adapters.py")],
        input=json.dumps(wanted),
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(peft), os.environ.get("PYTHONPATH", "")])},
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@of_each
@pytest.mark.parametrize("to", ["dual", SIDE])
def test_peft_loads_it(folder: Path, to: str, loaded: dict[str, Any]) -> None:
    """With the logits of the writer."""
    if (folder.parent.name, folder.name, to) in UNSAYABLE:
        return
    meant = json.loads((folder / "logits.json").read_text())
    assert loaded[f"{folder.parent.name} {folder.name} {to}"] == pytest.approx(meant, abs=1e-5)


@of_each
def test_inspect_says_what_peft_does(folder: Path, loaded: dict[str, Any]) -> None:
    """With what was written, as it is."""
    outcome = inspect(folder, [SIDE]).verdicts[0].outcome
    found = loaded[f"{folder.parent.name} {folder.name} as it is"]
    meant = json.loads((folder / "logits.json").read_text())
    right = not isinstance(found, str) and found == pytest.approx(meant, abs=1e-4)
    assert (outcome is Outcome.RIGHT) == right, found
