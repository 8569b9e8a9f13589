"""NLLB-MoE's experts: as 4.57.6 answers, where 5.x sends every token to the first two."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import routing_cases
import torch
from packaging.version import Version
from sharing_cases import assert_close, plain

import hfcompat

RUNTIME = Version(version("transformers"))
pytestmark = pytest.mark.skipif(Version("5.0.dev0") > RUNTIME, reason="up to 4.57 the router is followed")
CASES = routing_cases.CASES
ANSWERS = json.loads((Path(__file__).parent / "routing.json").read_text())


@pytest.mark.parametrize(
    "asked", [{"enable": "families:nllb-moe.experts"}, {"dialect": "4.57"}], ids=["enabled", "dialect"]
)
@pytest.mark.parametrize("name", CASES)
def test_the_router_is_followed(name, asked):
    hfcompat.apply(**asked)
    assert_close(CASES[name](), ANSWERS[name])


@pytest.mark.parametrize("name", ["logits", "training"])
def test_numbers_of_the_runtime_stay_unless_asked(name):
    stock = CASES[name]()
    hfcompat.apply()
    assert_close(CASES[name](), plain(stock))
    with pytest.raises(AssertionError):
        assert_close(stock, ANSWERS[name])


@pytest.mark.parametrize("name", ["logits", "training"])
def test_compiled(name, monkeypatch):
    hfcompat.apply(dialect="4.57")
    make = routing_cases.model

    def compiled(**sizes: Any) -> Any:
        model = make(**sizes)
        model.forward = torch.compile(model.forward, backend="eager")
        return model

    monkeypatch.setattr(routing_cases, "model", compiled)
    assert_close(CASES[name](), ANSWERS[name])
