"""`load_state_dict` with what `state_dict` gave on 4.57."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import state_dict_cases as cases
import torch
from packaging.version import Version
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM, LlamaModel, __version__

import hfcompat

ANSWERS = json.loads(Path(__file__).with_name("answers-4.57.json").read_text())["answers"]
RUNTIME = Version(__version__)
pytestmark = pytest.mark.skipif(Version("4.57.0.dev0") > RUNTIME, reason=f"names are those of 4.57; this is {RUNTIME}")


@pytest.fixture(autouse=True, scope="module")
def applied() -> Iterator[None]:
    with hfcompat.applied():
        yield


@pytest.mark.parametrize("name", cases.MODELS)
def test_a_state_dict_of_4_57_is_loaded(name: str) -> None:
    answer = ANSWERS[f"state dict: {name}"]
    model = cases.MODELS[name]()
    given = cases.weights(answer["shapes"])
    before = dict(given)
    found = model.load_state_dict(given)
    assert cases.answer(model) == pytest.approx(answer["answer"], abs=3e-3)
    assert not found.missing_keys
    assert not found.unexpected_keys
    assert given.keys() == before.keys()


def test_inside_another_module_and_in_half_precision() -> None:
    answer = ANSWERS["state dict: clip"]
    module = nn.ModuleDict({"encoder": cases.MODELS["clip"](), "head": nn.Linear(2, 2)}).to(torch.bfloat16)
    given = {f"encoder.{name}": value for name, value in cases.weights(answer["shapes"]).items()}
    module.load_state_dict({**given, **{f"head.{name}": value for name, value in module["head"].state_dict().items()}})
    assert module["encoder"].dtype is torch.bfloat16
    assert cases.answer(module["encoder"].float()) == pytest.approx(answer["answer"], abs=0.03)


def test_what_is_incomplete_or_too_much_is_refused_by_name() -> None:
    whole = cases.weights(ANSWERS["state dict: mixtral"]["shapes"])
    less = {name: value for name, value in whole.items() if "lm_head" not in name}
    for weights, wrong in ((less, "Missing.*lm_head.weight"), ({**whole, "more": torch.zeros(1)}, "Unexpected.*more")):
        with pytest.raises(RuntimeError, match=wrong) as error:
            cases.MODELS["mixtral"]().load_state_dict(weights)
        assert "experts" not in str(error.value)


def test_not_strictly_a_base_model_gives_a_model_with_a_head_nothing() -> None:
    """As without us: names that do not fit are passed over."""
    config = LlamaConfig(**cases.TEXT)
    model = LlamaForCausalLM(config)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    found: Any = model.load_state_dict(LlamaModel(config).state_dict(), strict=False)
    assert set(found.missing_keys) == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
