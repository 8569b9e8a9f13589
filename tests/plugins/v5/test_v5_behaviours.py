"""Calls that both have, as 5.23.0 answers them: with the dialect, and not without."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import pytest
from packaging.version import Version
from test_v5_names import applying, listed
from v5_behaviours import CASES

import hfcompat
from hfcompat.environment import Environment

ANSWERS = json.loads((Path(__file__).parent / "answers-behaviours.json").read_text())
RUNTIME = Environment().transformers

pytestmark = [
    pytest.mark.skipif(
        Version("5.0.0.dev0") <= RUNTIME and str(RUNTIME) != "5.23.0",
        reason="the rows are for 4.x, and the answers are those of 5.23.0",
    ),
    pytest.mark.skipif(
        Version("4.56.0.dev0") > RUNTIME,
        reason="before 4.56 a config.json without a dtype, and crop, are read otherwise",
    ),
]


@pytest.mark.parametrize("name", CASES)
def test_answers_with_the_dialect(name):
    if name == "reporting" and find_spec("accelerate") is None:
        pytest.skip("TrainingArguments need accelerate")
    with applying(dialect="5.23"):
        assert listed(CASES[name]()) == ANSWERS[name]


@pytest.mark.skipif(Version("5.0.0.dev0") <= RUNTIME, reason="5.23.0 needs no dialect for it")
@pytest.mark.parametrize("name", ["chats", "decoding", "loading", "cropping"])
def test_answers_of_4_stay_without_it(name):
    with hfcompat.applied():
        try:
            found = listed(CASES[name]())
        except (TypeError, ValueError, AttributeError):
            return
    assert found != ANSWERS[name]
