"""Models are saved so that the runtime of this test reads them, by one process and by two; fsdp.py shows it across versions."""

import json
import os
import sys

import fsdp
import models
import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from hfcompat.checkpoints.errors import CheckpointError
from hfcompat.checkpoints.saving import Checkpointer, Saved, save

CASES = models.model_cases.CASES
LLAMA = CASES["llama_default"]


@pytest.fixture(scope="module")
def llama():
    return models.build(LLAMA)


def names(path):
    return sorted(file.name for file in path.iterdir())


def tensors(path):
    found = {}
    for file in path.glob("*.safetensors"):
        found |= load_file(file)
    return found


def same(one, other):
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert tensor.dtype == other[name].dtype
        assert torch.equal(tensor, other[name]), name


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("name", ["llama_tied", "mixtral", "llava", "t5_untied"])
def test_this_runtime_reads_it(name, asynchronous, tmp_path):
    case = CASES[name]
    model = models.build(case)
    expected = models.answer(model, case)
    assert save(model, tmp_path / "saved", asynchronous=asynchronous).wait() == tmp_path / "saved"
    found = models.answer(models.read(case, tmp_path / "saved"), case)
    assert models.compared(found, expected) == {"outcome": "right", "differs": {}}
    assert names(tmp_path) == ["saved"]


def test_both_ways_write_the_same(tmp_path):
    """What is in a checkpoint does not depend on who wrote it: the model's own function and rewriting, or DCP."""
    for name in ("llama_tied", "mixtral", "llava"):
        model = models.build(CASES[name])
        for dialect in ("4.57", "5.23"):
            one, other = (tmp_path / f"{name}-{dialect}-{way}" for way in ("one", "other"))
            save(model, one, dialect=dialect)
            save(model, other, dialect=dialect, asynchronous=True).wait()
            assert names(one) == names(other)
            assert (one / "config.json").read_text() == (other / "config.json").read_text()
            same(tensors(one), tensors(other))


def test_dialects(llama, tmp_path):
    configs = {}
    for dialect in ("4.57", "5.23", "dual"):
        saved = save(llama, tmp_path / dialect, dialect=dialect)
        assert saved == Saved(tmp_path / dialect, dialect)
        configs[dialect] = json.loads((tmp_path / dialect / "config.json").read_text())
    theta = configs["4.57"]["rope_theta"]
    assert theta == models.model_cases.THETA
    assert "rope_parameters" not in configs["4.57"]
    assert configs["5.23"]["rope_parameters"]["rope_theta"] == theta
    assert configs["dual"]["rope_theta"] == configs["dual"]["rope_parameters"]["rope_theta"] == theta


def test_many_files(llama, tmp_path):
    for asynchronous in (False, True):
        path = save(llama, tmp_path / str(asynchronous), max_shard_size="60KB", asynchronous=asynchronous).wait()
        index = json.loads((path / "model.safetensors.index.json").read_text())
        assert len(set(index["weight_map"].values())) > 2
        for file in set(index["weight_map"].values()):
            assert set(load_file(path / file)) == {name for name, of in index["weight_map"].items() if of == file}
        same(tensors(path), dict(llama.state_dict()))


class Plain(torch.nn.Module):
    """A module of nobody's library, with what the joining of DCP loses: integers, and a tensor without dimensions."""

    class config:
        @staticmethod
        def to_dict():
            return {"model_type": "plain", "hidden_size": 4}

    def __init__(self):
        super().__init__()
        self.inner = torch.nn.Linear(4, 4, dtype=torch.bfloat16)
        self.outer = torch.nn.Linear(4, 4, dtype=torch.bfloat16)
        self.outer.weight = self.inner.weight
        self.scale = torch.nn.Parameter(torch.tensor(3.0))
        self.register_buffer("steps", torch.tensor([7, 8]))


@pytest.mark.parametrize("asynchronous", [False, True])
def test_any_module(asynchronous, tmp_path):
    model = Plain()
    save(model, tmp_path / "saved", asynchronous=asynchronous).wait()
    state = dict(model.state_dict())
    found = tensors(tmp_path / "saved")
    kept = "inner.weight" if "inner.weight" in found else "outer.weight"
    same(found, {name: tensor for name, tensor in state.items() if not name.endswith("r.weight") or name == kept})
    assert json.loads((tmp_path / "saved/config.json").read_text())["hidden_size"] == 4


def test_what_is_copied_is_what_was_there(tmp_path):
    model = models.build(LLAMA)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    saved = save(model, tmp_path / "saved", asynchronous=True)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    saved.wait()
    same(tensors(tmp_path / "saved"), before)


def test_checkpointer(llama, tmp_path):
    saved = Checkpointer(dialect="4.57", asynchronous=True).save(llama, tmp_path / "saved")
    assert saved.dialect == "4.57"
    assert "rope_parameters" not in json.loads((saved.wait() / "config.json").read_text())


def test_a_full_folder_is_left_alone(llama, tmp_path):
    (tmp_path / "note").write_text("mine")
    for asynchronous in (False, True):
        with pytest.raises(CheckpointError, match="not empty"):
            save(llama, tmp_path, asynchronous=asynchronous)
    assert names(tmp_path) == ["note"]
    (tmp_path / "empty").mkdir()
    assert "config.json" in names(save(llama, tmp_path / "empty").path)


def test_dialects_that_are_not(llama, tmp_path):
    with pytest.raises(ValueError, match="there is no dialect '6'"):
        save(llama, tmp_path / "saved", dialect="6")


def test_nothing_is_left_of_a_failure(llama, tmp_path, monkeypatch):
    def fail(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("safetensors.torch.save", fail)
    with pytest.raises(CheckpointError, match="No space left"):
        save(llama, tmp_path / "saved", asynchronous=True).wait()
    monkeypatch.setattr(type(llama.config), "save_pretrained", fail)
    for asynchronous in (False, True):
        with pytest.raises(CheckpointError, match="No space left"):
            save(llama, tmp_path / "saved", asynchronous=asynchronous)
    assert names(tmp_path) == []


# ------------------------------------------------------------------------------------------------------- two processes
def together(work, out):
    """Run `work(rank, out)` on two processes."""
    torch.multiprocessing.spawn(_ran, (work, out), 2)


def _ran(rank, work, out):
    os.environ |= {"RANK": str(rank), "WORLD_SIZE": "2"}
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", init_method=f"file://{out}/store", rank=rank, world_size=2)
    work(rank, out)
    torch.distributed.destroy_process_group()


def _save_trained(rank, out):
    """All that two processes are asked for here, as starting them is what takes the time."""
    import torch.distributed as dist
    from torch.distributed.checkpoint import HuggingFaceStorageReader, load

    for name in ("llama_tied", "mixtral", "llava"):
        case = CASES[name]
        model = fsdp.fsdp(case, out)
        expected = models.answer(model, case)
        whole = {key: tensor.full_tensor() for key, tensor in model.state_dict().items()}
        save(model, out / name)
        save(model, out / f"{name}-files", max_shard_size="60KB", asynchronous=True).wait()
        save(model, out / f"{name}-parts", consolidated=False)
        if rank == 0:
            np.savez(out / f"{name}.npz", **expected)
        dist.barrier()
        joined = {key: torch.zeros_like(tensor) for key, tensor in tensors(out / name).items()}
        load(joined, storage_reader=HuggingFaceStorageReader(str(out / f"{name}-parts")))
        same(joined, tensors(out / name))
        assert name != "llama_tied" or all(torch.equal(whole[key], tensor) for key, tensor in joined.items())

    if rank == 1:
        sys.modules["safetensors.torch"].save = _failing
    with pytest.raises(CheckpointError, match="rank 1 cannot write its part: OSError: .*No space"):
        save(model, out / "failed", max_shard_size="60KB")
    with pytest.raises(CheckpointError, match="rank 1 cannot write its part: OSError: .*No space"):
        save(model, out / "failed", max_shard_size="60KB", asynchronous=True).wait()
    with pytest.raises(CheckpointError, match="not empty"):
        save(model, out)
    dist.barrier()


def _failing(*_, **__):
    raise OSError(28, "No space left on device")


def test_two_processes(tmp_path):
    together(_save_trained, tmp_path)
    for name in ("llama_tied", "mixtral", "llava"):
        alone = save(models.build(CASES[name]), tmp_path / f"{name}-alone").path
        assert tensors(alone).keys() == tensors(tmp_path / name).keys()
        assert (alone / "config.json").read_text() == (tmp_path / name / "config.json").read_text()
        expected = np.load(tmp_path / f"{name}.npz")
        for way in ("", "-files"):
            found = models.answer(models.read(CASES[name], tmp_path / f"{name}{way}"), CASES[name])
            assert models.compared(found, expected)["outcome"] == "right"
        assert len(list((tmp_path / f"{name}-files").glob("*.safetensors"))) > 2
    assert [name for name in names(tmp_path) if "failed" in name or name.startswith(".")] == []
