"""Configurations answer on this runtime what they answered on 4.57.6."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from config_cases import CASES, Gemma3TextConfig, answer

import hfcompat

ANSWERS = json.loads((Path(__file__).parent / "answers.json").read_text())


def approximately(value):
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-5, abs=1e-7)
    if isinstance(value, list):
        return [approximately(item) for item in value]
    return {key: approximately(item) for key, item in value.items()} if isinstance(value, dict) else value


@pytest.fixture(scope="module")
def applied():
    with hfcompat.applied():
        yield


@pytest.mark.parametrize("name", CASES)
def test_answers_as_recorded(applied, name):
    if name == "rope_by_layer_type" and Gemma3TextConfig is None:
        pytest.skip("4.49 has no Gemma 3")
    assert answer(name) == approximately(ANSWERS[name])
