"""Weights in pickles: opened when somebody asks, as tensors and nothing else, and written as safetensors."""

from __future__ import annotations

import json
import os
import pickle
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from hfcompat.checkpoints import CheckpointError, Outcome, PickleError, convert, inspect

HERE = Path(__file__).parent / "recorded"
LLAVA = HERE / "5.23.0" / "llava"


def pickled(path: Path, source: Path = LLAVA, shards: int = 1, **how: Any) -> Path:
    """The recorded checkpoint with its weights as torch.save writes them."""
    path.mkdir(parents=True)
    tensors = load_file(source / "model.safetensors")
    (path / "config.json").write_bytes((source / "config.json").read_bytes())
    if shards == 1:
        torch.save(tensors, path / "pytorch_model.bin", **how)
        return path
    names = [f"pytorch_model-{number + 1:05d}-of-{shards:05d}.bin" for number in range(shards)]
    where = {name: names[number % shards] for number, name in enumerate(tensors)}
    for file in names:
        torch.save({name: tensors[name] for name in tensors if where[name] == file}, path / file, **how)
    document = {"metadata": {"total_size": 1}, "weight_map": where}
    (path / "pytorch_model.bin.index.json").write_text(json.dumps(document))
    return path


def held(path: Path) -> dict[str, torch.Tensor]:
    return {name: tensor for file in path.glob("*.safetensors") for name, tensor in load_file(file).items()}


def refused(path: Path, tmp_path: Path, message: str) -> None:
    before = sorted(os.listdir(tmp_path))
    with pytest.raises(CheckpointError, match=message):
        convert(path, tmp_path / "new", to="4.57", allow_pickle=True)
    assert sorted(os.listdir(tmp_path)) == before


@pytest.mark.parametrize("shards", [1, 3])
@pytest.mark.parametrize("how", [{}, {"_use_new_zipfile_serialization": False}], ids=["zip", "of torch before 1.6"])
def test_what_is_allowed(shards: int, how: dict[str, Any], tmp_path: Path) -> None:
    path = pickled(tmp_path / "source", shards=shards, **how)
    (path / "notes.txt").write_text("kept")
    meant = held(convert(LLAVA, tmp_path / "meant", to="4.57").path)
    found = convert(path, tmp_path / "new", to="4.57", allow_pickle=True).path
    assert {name: tensor.tolist() for name, tensor in held(found).items()} == {n: t.tolist() for n, t in meant.items()}
    assert any("vision_model" in name for name in meant)
    more = {f"model-{n:05d}-of-00003.safetensors" for n in (1, 2, 3)} | {"model.safetensors.index.json"}
    assert set(os.listdir(found)) == {"config.json", "notes.txt"} | (more if shards > 1 else {"model.safetensors"})
    assert sorted(os.listdir(tmp_path)) == ["meant", "new", "source"]
    assert inspect(found, ["4.57"]).verdicts[0].outcome is Outcome.RIGHT


def test_nothing_is_opened_unasked(tmp_path: Path) -> None:
    path = pickled(tmp_path / "source")
    (path / "pytorch_model.bin").write_bytes(b"whatever")
    with pytest.raises(PickleError, match=r"pytorch_model\.bin: it is a pickle.*--allow-pickle"):
        convert(path, tmp_path / "new", to="4.57")
    assert os.listdir(tmp_path) == ["source"]
    wrong, unknown = inspect(path, ["4.57", "5.23"]).verdicts
    assert wrong.outcome is Outcome.WRONG  # its theta, as config.json says
    assert unknown.outcome in (Outcome.RIGHT, Outcome.UNKNOWN)
    assert "pytorch_model.bin, a pickle, which is not opened" in wrong.why


def test_other_weights_are_told_of(tmp_path: Path) -> None:
    """A variant, a folder in the folder, a pickle beside safetensors: nobody has said that they hold the same model."""
    path = tmp_path / "source"
    shutil.copytree(LLAVA, path)
    (path / "encoder").mkdir()
    names = ["encoder/model.safetensors", "model.fp16.safetensors", "pytorch_model.bin"]
    for name in names:
        shutil.copy(path / "model.safetensors", path / name)
    (path / "optimizer.bin").write_bytes(b"of no model")
    done = convert(path, tmp_path / "new", to="4.57")
    assert done.left == tuple(names)
    assert "  model.fp16.safetensors has other weights, and is as it was: convert it by itself" in done.text()
    assert all((done.path / name).read_bytes() == (path / name).read_bytes() for name in names)
    again = convert(done.path, tmp_path / "again", to="4.57")
    assert again.left == ()  # no tensor has another name now


def test_an_adapter(tmp_path: Path) -> None:
    source, path = HERE / "adapters" / "4.57.6" / "mixtral", tmp_path / "source"
    path.mkdir()
    (path / "adapter_config.json").write_bytes((source / "adapter_config.json").read_bytes())
    torch.save(load_file(source / "adapter_model.safetensors"), path / "adapter_model.bin")
    assert {v.outcome for v in inspect(path, ["4.57", "5.23"]).verdicts} == {Outcome.UNKNOWN}
    new = convert(path, tmp_path / "new", to="5.23", allow_pickle=True).path
    meant = load_file(convert(source, tmp_path / "meant", to="5.23").path / "adapter_model.safetensors")
    found = load_file(new / "adapter_model.safetensors")
    assert found.keys() == meant.keys()
    assert all(torch.equal(found[name], meant[name]) for name in meant)


class Harm:
    def __reduce__(self) -> Any:
        return (os.mkdir, ("harm",))


def test_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for how, write in (("pickle", pickle.dump), ("torch", torch.save)):
        path = pickled(tmp_path / how)
        with (path / "pytorch_model.bin").open("wb") as file:
            write({"weight": Harm()}, file, *([2] if how == "pickle" else []))
        refused(path, tmp_path, r"pytorch_model\.bin: it asks for \S*mkdir, which is no tensor; it may do harm")
    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    ("held", "message"),
    [
        ([torch.ones(2)], "it has a list, where tensors by name are needed"),
        ({"model": {"weight": torch.ones(2)}}, "it has a dict by the name 'model'"),
        ({"weight": torch.ones(2), "step": 3}, "it has a int by the name 'step'"),
        ({"weight": torch.eye(2).to_sparse()}, "it has a tensor without plain numbers, weight"),
    ],
)
def test_more_than_tensors(held: Any, message: str, tmp_path: Path) -> None:
    path = pickled(tmp_path / "source")
    torch.save(held, path / "pytorch_model.bin")
    refused(path, tmp_path, rf"pytorch_model\.bin: {message}")


def test_damaged(tmp_path: Path) -> None:
    path = pickled(tmp_path / "source")
    data = (path / "pytorch_model.bin").read_bytes()
    for kept in (0, 100, len(data) - 500):
        (path / "pytorch_model.bin").write_bytes(data[:kept])
        refused(path, tmp_path, r"pytorch_model\.bin: it is no pickle of tensors, or is damaged: ")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda where: where.update(lost="../../etc/passwd"), r"'\.\./\.\./etc/passwd' leads out of the folder"),
        (lambda where: where.update(lost="pytorch_model-00009-of-00003.bin"), "names pytorch_model-00009-of-00003.bin, which is not there"),
        (lambda where: where.update(lost="config.json"), r"names config\.json, which is no \.bin"),
        (lambda where: where.update(lost="pytorch_model-00001-of-00003.bin"), "says that lost is in pytorch_model-00001-of-00003.bin, which does not have it"),
    ],
)  # fmt: skip
def test_a_bad_index(change: Any, message: str, tmp_path: Path) -> None:
    path = pickled(tmp_path / "source", shards=3)
    file = path / "pytorch_model.bin.index.json"
    document = json.loads(file.read_text())
    change(document["weight_map"])
    file.write_text(json.dumps(document))
    refused(path, tmp_path, message)


def test_a_name_in_two_files(tmp_path: Path) -> None:
    path = pickled(tmp_path / "source", shards=2)
    one, two = sorted(path.glob("*.bin"))
    torch.save({**torch.load(one), **torch.load(two)}, two)
    refused(path, tmp_path, r"pytorch_model-00002-of-00002\.bin: \S+ is in model-00001-of-00002\.safetensors too")


def test_shared_memory(tmp_path: Path) -> None:
    """A tied head, a view and a transposed matrix: each is there by its own name."""
    path = pickled(tmp_path / "source", HERE / "5.23.0" / "llama")
    big = torch.arange(12.0).view(3, 4)
    tensors = {
        "embed": big,
        "head": big,
        "row": big[1],
        "turned": big.t(),
        "empty": torch.empty(0, 4),
        "scalar": big[0, 0],
        "negative": torch._neg_view(torch.randn(3)),  # as is what only becomes so when it is read
        "conjugate": torch.randn(3, dtype=torch.complex64).conj(),
    }
    torch.save(tensors, path / "pytorch_model.bin")
    found = load_file(convert(path, tmp_path / "new", to="5.23", allow_pickle=True).path / "model.safetensors")
    assert found.keys() == tensors.keys()
    assert all(torch.equal(found[name], tensors[name]) for name in tensors)


def test_where_it_cannot_be(tmp_path: Path) -> None:
    path = pickled(tmp_path / "source")
    with pytest.raises(CheckpointError, match="its weights become other files; name another folder for the result"):
        convert(path, path, in_place=True, backup=tmp_path / "backup", allow_pickle=True)
    (tmp_path / "new").mkdir()
    refused(path, tmp_path, "new: it exists already")
    (tmp_path / "link").symlink_to(path, target_is_directory=True)
    before = sorted(os.listdir(path))
    with pytest.raises(CheckpointError, match="name another folder for the result"):
        convert(path, tmp_path / "link" / "new", allow_pickle=True)
    assert sorted(os.listdir(path)) == before


def test_an_old_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pickled(tmp_path / "source")
    monkeypatch.setattr(torch, "__version__", "2.5.1")
    refused(path, tmp_path, r"torch 2\.5\.1 cannot be kept from running what is in it; 2\.6 and later can")


def test_safetensors_count_where_there_are_some(tmp_path: Path) -> None:
    path = pickled(tmp_path / "source")
    (path / "model.safetensors").write_bytes((LLAVA / "model.safetensors").read_bytes())
    (path / "pytorch_model.bin").write_bytes(b"whatever")
    new = convert(path, tmp_path / "new", to="4.57", allow_pickle=True).path
    assert (new / "pytorch_model.bin").read_bytes() == b"whatever"
    assert any("vision_model" in name for name in held(new))
