"""Families of 5.x on the runtime, from what 5.23.0 wrote: the same answers, and a folder that 5.x reads again."""

from __future__ import annotations

import importlib
import json
import shutil

import pytest
import torch
import transformers
from backport_cases import CASES, MINISTRAL3, RECORDED, YARN, answers, auto_of, inputs, recorded
from packaging.version import Version
from safetensors.torch import load_file

import hfcompat
from hfcompat.auto.families import all_backports
from hfcompat.environment import Environment

RUNTIME = Version(transformers.__version__)
NATIVE = Version("5.1.0")
pytestmark = pytest.mark.skipif(
    Version("5.0.0") <= RUNTIME < NATIVE,
    reason=f"{RUNTIME} has some of the families itself, with other answers than 5.23",
)
FAMILIES = [name for name in CASES if name != "mistral3"]


def there(name: str) -> bool:
    known = transformers.models.auto.configuration_auto.CONFIG_MAPPING
    return name in known or name in all_backports(Environment())


def only(names):
    lacking = "transformers {} lacks it, and so do the backports for that version"
    return [
        pytest.param(name, marks=pytest.mark.skipif(not there(name), reason=lacking.format(RUNTIME))) for name in names
    ]


@pytest.fixture
def load():
    def load(name, **kwargs):
        kwargs.setdefault("torch_dtype", torch.float32)
        return getattr(hfcompat, auto_of(name)).from_pretrained(RECORDED / name, **kwargs).eval()

    torch.set_num_threads(1)
    yield load
    hfcompat.revert()


WRAPPER = pytest.mark.skipif(not there("ministral3"), reason=f"no ministral3 on transformers {RUNTIME}")
NAMES = [*only(FAMILIES), pytest.param("mistral3", marks=WRAPPER)]
OTHER_NAMES = pytest.mark.skipif(
    NATIVE <= RUNTIME < Version("5.12"), reason=f"{RUNTIME} by itself gives other names to what it saves of mistral3"
)


@pytest.mark.parametrize("name", NAMES)
def test_the_same_answers(load, name):
    found, meant = answers(load(name), name), recorded(name)
    assert torch.equal(found.pop("tokens"), meant.pop("tokens"))
    for key, value in meant.items():
        torch.testing.assert_close(found[key], value, rtol=0, atol=2e-5 if key == "norm" else 2e-6, msg=key)


@pytest.mark.parametrize("name", only(name for name in FAMILIES if name != "lfm2_moe"))  # it has a cache of its own
def test_an_empty_cache_of_the_caller_is_filled(load, name):
    """An empty cache is false, and must not be taken for none."""
    model, given, cache = load(name), torch.arange(5, 13)[None], transformers.DynamicCache()
    with torch.no_grad():
        whole = model(given).logits
        model(given[:, :5], past_key_values=cache, use_cache=True)
        assert cache.get_seq_length() == 5
        last = model(given[:, 5:], past_key_values=cache, use_cache=True).logits
    torch.testing.assert_close(last, whole[:, 5:], rtol=0, atol=2e-5)


@pytest.mark.parametrize("name", NAMES)
def test_no_weight_is_left_over(load, name):
    _, loading = getattr(hfcompat, auto_of(name)).from_pretrained(RECORDED / name, output_loading_info=True)
    assert not any(loading[kind] for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"))


@pytest.mark.parametrize("name", [*only(FAMILIES), pytest.param("mistral3", marks=[WRAPPER, OTHER_NAMES])])
def test_it_is_saved_in_the_layout_that_it_came_in(load, name, tmp_path):
    load(name).save_pretrained(tmp_path)
    said, meant = load_file(tmp_path / "model.safetensors"), load_file(RECORDED / name / "model.safetensors")
    assert said.keys() == meant.keys()
    assert all(torch.equal(said[key], meant[key].float()) for key in meant)
    config, original = (json.loads((home / "config.json").read_text()) for home in (tmp_path, RECORDED / name))
    assert config["architectures"] == original["architectures"]
    assert config["model_type"] == original["model_type"]
    section, wanted = config.get("text_config", config), original.get("text_config", original)["rope_parameters"]
    rope = {"rope_type": "default", **(section.get("rope_scaling") or {}), **(section.get("rope_parameters") or {})}
    rope.setdefault("rope_theta", section.get("rope_theta"))
    rope.setdefault("partial_rotary_factor", section.get("partial_rotary_factor"))
    assert {key: rope[key] for key in wanted} == wanted


@pytest.mark.parametrize("name", only(FAMILIES))
@pytest.mark.parametrize("way", ["eager", "compiled", "checkpointed"])
def test_the_same_by_another_way(load, name, way):
    model = load(name, **({"attn_implementation": "eager"} if way == "eager" else {}))
    given = inputs(name)
    seen = given["attention_mask"].bool()
    if way == "compiled":
        model.forward = torch.compile(model.forward, backend="eager")
    if way == "checkpointed":
        model.train()
        model.gradient_checkpointing_enable()
        model(**given, use_cache=False, labels=given["input_ids"].masked_fill(~seen, -100)).loss.backward()
        norm = torch.stack([p.grad.norm() for p in model.parameters() if p.grad is not None]).norm()
        torch.testing.assert_close(norm, recorded(name)["norm"], rtol=0, atol=2e-5)
    else:
        with torch.no_grad():
            said = model(**given, output_hidden_states=True, use_cache=False)
        assert len(said.hidden_states) == model.config.num_hidden_layers + 1
        near = 2e-5 if way == "eager" else 2e-6  # sdpa was asked
        torch.testing.assert_close(said.logits[seen], recorded(name)["logits"], rtol=0, atol=near)


@pytest.mark.parametrize("name", only(FAMILIES))
def test_it_is_of_the_runtime(load, name):
    model = load(name)
    assert isinstance(model, transformers.PreTrainedModel)
    assert isinstance(model.config, transformers.PretrainedConfig)
    assert {type(module).__name__ for module in model.modules()} >= set(model._no_split_modules)
    half = load(name, torch_dtype=torch.bfloat16)
    assert half.dtype == torch.bfloat16
    assert torch.isfinite(half(**inputs(name)).logits).all()


@pytest.mark.parametrize("name", only(["solar_open"]))
@pytest.mark.parametrize("said", [True, False])
def test_the_tokenizer_that_lies_beside(load, name, said, tmp_path):
    shutil.copytree(RECORDED / name, tmp_path, dirs_exist_ok=True)
    if not said:
        (tmp_path / "tokenizer_config.json").write_text('{"eos_token": "w2"}')
    tokenizer = hfcompat.AutoTokenizer.from_pretrained(tmp_path)
    assert tokenizer("w5 w7 w31")["input_ids"] == [5, 7, 31]
    assert tokenizer.eos_token_id == 2


@pytest.mark.parametrize("name", only(["ministral3"]))
@pytest.mark.parametrize("task", ["SequenceClassification", "TokenClassification"])
def test_a_head_for_classes(load, name, task):
    model = getattr(hfcompat, f"AutoModelFor{task}").from_pretrained(RECORDED / name, num_labels=3)
    assert type(model).__name__ == f"Ministral3For{task}"
    assert model(**inputs(name)).logits.shape[-1] == 3


@pytest.mark.skipif(RUNTIME >= NATIVE or not there("ministral3"), reason=f"{RUNTIME} has it, or no backport has")
def test_a_configuration_takes_the_words_of_5(load):
    load("ministral3")
    config = transformers.AutoConfig.for_model("ministral3", **MINISTRAL3)
    assert config.rope_theta == YARN["rope_theta"]
    assert config.rope_scaling == {key: value for key, value in YARN.items() if key != "rope_theta"}
    assert not hasattr(config, "rope_parameters")


@pytest.mark.skipif(RUNTIME >= NATIVE, reason=f"{RUNTIME} has the families")
@pytest.mark.parametrize("name", only(FAMILIES))
def test_the_base_is_left_alone(load, name):
    family = importlib.import_module(type(load(name)).__module__)
    model = next(
        value for key, value in vars(family).items() if key.endswith("ForCausalLM") and "hfcompat" in value.__module__
    )
    base = model.__mro__[1]
    assert base.__module__.startswith("transformers.")
    assert base.__init__.__globals__ is vars(importlib.import_module(base.__module__))


@pytest.mark.skipif(RUNTIME < NATIVE, reason=f"{RUNTIME} lacks the families")
def test_nothing_is_brought_where_the_runtime_has_the_family(load):
    assert not all_backports(Environment()).keys() & set(CASES)
    assert type(load("ministral3")).__module__.startswith("transformers.")
