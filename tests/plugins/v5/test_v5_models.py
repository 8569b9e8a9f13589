"""Remote code written for 5.23 gives the numbers of 5.23.0 on 4.x."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import transformers
import v5_models
from packaging.version import Version
from test_v5_names import applying, approximately, listed

from hfcompat.environment import Environment

ANSWERS = json.loads((Path(__file__).parent / "answers-models.json").read_text())
RUNTIME = Environment().transformers

pytestmark = pytest.mark.skipif(
    not (Version("4.56.0.dev0") <= RUNTIME < Version("5.0.0.dev0") or str(RUNTIME) == "5.23.0"),
    reason="configurations of 5.x are served on 4.56 and 4.57, and the answers are those of 5.23.0",
)


@pytest.fixture(scope="module")
def applied():
    with applying(dialect="5.23"):
        yield


@pytest.mark.parametrize("name", v5_models.MODELS)
def test_a_model_answers_as_recorded(applied, name, tmp_path):
    found, wanted = listed(v5_models.answers(name, tmp_path)), dict(ANSWERS[name])
    told = wanted.pop("config.json")
    said = json.loads(found.pop("config.json"))
    assert found == approximately(wanted)
    # What is saved here says, to 5.23.0, what its own says: in the names that its classes have.
    for key, value in json.loads(told).items():
        if key not in ("transformers_version", "tie_word_embeddings", "patch_config", "use_cache"):
            assert said.get(key) == value, key


@pytest.mark.parametrize("name", v5_models.MODELS)
def test_what_5_23_wrote_is_read_by_plain_apply(name, tmp_path):
    """A checkpoint of stock 5.23.0, its config.json to the letter, with apply() and no dialect."""
    recorded = ANSWERS[name]
    auto = getattr(transformers, v5_models.MODELS[name][1])
    with applying():
        folder = v5_models.written(name, recorded["saved"], recorded["config.json"], tmp_path / "theirs")
        model, told = auto.from_pretrained(folder, trust_remote_code=True, output_loading_info=True)
        assert [sorted(told["missing_keys"]), sorted(told["unexpected_keys"])] == [[], []]
        with torch.no_grad():
            logits = model.eval()(v5_models.IDS, attention_mask=v5_models.MASK).logits[1:]
    assert v5_models.plain(logits) == approximately(recorded["written"])


@pytest.mark.parametrize("name", ["lantern", "beacon", "harbour"])
def test_in_one_graph(applied, name, tmp_path):
    auto = getattr(transformers, v5_models.MODELS[name][1])
    config = transformers.AutoConfig.from_pretrained(v5_models.placed(name, tmp_path / "made"), trust_remote_code=True)
    model = v5_models.filled(auto.from_config(config, trust_remote_code=True, attn_implementation="eager"))
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    with torch.no_grad():
        assert compiled(v5_models.IDS).hidden_states is None
        model(v5_models.IDS, output_hidden_states=True)  # puts the hooks on, which no graph can, on 5.23.0 as well
        out = compiled(v5_models.IDS, output_hidden_states=True)
    assert v5_models.plain(out.logits) == approximately(ANSWERS[name]["model"]["logits"])
    assert len(out.hidden_states) == len(ANSWERS[name]["model"]["hidden_states"][0])


@pytest.mark.skipif(Version("5.0.0.dev0") <= RUNTIME, reason="5.23.0 runs them itself")
@pytest.mark.parametrize("name", ["lantern", "beacon", "harbour", "fleet"])
def test_stock_4_does_not_run_them(name, tmp_path):
    script = "import sys, transformers\ntransformers.AutoConfig.from_pretrained(sys.argv[1], trust_remote_code=True)\n"
    folder = v5_models.placed(name, tmp_path / f"stock_{name}")
    done = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True, text=True)
    assert done.returncode == 1
    assert "PreTrainedConfig" in done.stderr.splitlines()[-1]


@pytest.mark.skipif(Version("5.0.0.dev0") <= RUNTIME, reason="of 4.x")
def test_a_missing_bias_leaves_the_loaded_weight(applied, tmp_path):
    """`_init_weights` is asked for a module of which one tensor was loaded and another was not."""
    from safetensors.torch import load_file, save_file

    recorded = ANSWERS["beacon"]
    folder = v5_models.written("beacon", recorded["saved"], recorded["config.json"], tmp_path / "partly")
    tensors = load_file(folder / "model.safetensors")
    dropped = [key for key in tensors if key.endswith("qkv.bias")]
    kept = tensors["beacon.layers.0.attention.qkv.weight"]
    save_file(
        {key: value for key, value in tensors.items() if key not in dropped},
        folder / "model.safetensors",
        {"format": "pt"},
    )
    model, told = transformers.AutoModelForMaskedLM.from_pretrained(
        folder, trust_remote_code=True, output_loading_info=True
    )
    assert sorted(told["missing_keys"]) == sorted(dropped)
    attention = model.beacon.layers[0].attention
    assert torch.equal(attention.qkv.weight, kept)
    assert attention.qkv.bias.abs().max() == 0
