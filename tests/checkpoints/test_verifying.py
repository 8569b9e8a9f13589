"""Two checkpoints, loaded and compared by the transformers that is installed."""

import json
import shutil

import numpy as np
import pytest
from small_checkpoints import write_json

import hfcompat
from hfcompat.checkpoints.errors import CheckpointError
from hfcompat.checkpoints.verifying import differences

torch = pytest.importorskip("torch", reason="loads models")
transformers = pytest.importorskip("transformers", reason="loads models")


@pytest.fixture
def saved(tmp_path):
    """A tiny model, and a copy of it; nothing of hfcompat stays applied."""
    torch.manual_seed(0)
    config = transformers.LlamaConfig(
        hidden_size=16, intermediate_size=32, num_hidden_layers=1, num_attention_heads=2, vocab_size=32
    )
    transformers.LlamaForCausalLM(config).save_pretrained(tmp_path / "one")
    shutil.copytree(tmp_path / "one", tmp_path / "other")
    yield tmp_path / "one", tmp_path / "other"
    hfcompat.revert()


def test_equal(saved):
    assert differences(*saved) == []


def test_another_value_and_a_missing_tensor(saved):
    from safetensors.numpy import load_file, save_file

    held = load_file(saved[1] / "model.safetensors")
    held["model.norm.weight"][3] = np.float32(1.0000001)
    del held["lm_head.weight"]  # transformers makes one up
    save_file(held, saved[1] / "model.safetensors", {"format": "pt"})
    assert differences(*saved) == ["lm_head.weight has other values", "model.norm.weight has other values"]


def test_another_shape(saved):
    config = json.loads((saved[1] / "config.json").read_text())
    write_json(saved[1] / "config.json", {**config, "intermediate_size": 16})
    with pytest.raises(CheckpointError, match="other: it cannot be loaded"):
        differences(*saved)


def test_what_the_config_alone_changes(saved):
    config = json.loads((saved[1] / "config.json").read_text())
    write_json(saved[1] / "config.json", {**config, "rms_norm_eps": 10.0})
    (found,) = differences(*saved)
    assert found.startswith("the outputs differ by up to ")


def test_no_model(saved, tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckpointError, match=r"empty: it cannot be loaded: it has no config\.json, and models alone"):
        differences(saved[0], tmp_path / "empty")
    write_json(tmp_path / "empty" / "adapter_config.json", {})
    with pytest.raises(CheckpointError, match="empty: it cannot be loaded: it is an adapter, and models alone"):
        differences(tmp_path / "empty", saved[0])
