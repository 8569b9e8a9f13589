"""Tokenizers of the v4 days answer on this runtime what they answered on the version that they were written for."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version
from tokenizers_cases import CASES, plain

import hfcompat

RUNTIME = Version(version("transformers"))
HERE = Path(__file__).parent
ANSWERS = {
    on: json.loads((HERE / f"answers-{on}.json").read_text()) for on in sorted({case.on for case in CASES.values()})
}
ASKED = [(case.dialect, name) for name, case in CASES.items()]


@pytest.fixture(scope="module")
def dialect(request):
    with hfcompat.applied(dialect=request.param):
        yield request.param


@pytest.mark.parametrize(("dialect", "name"), ASKED, indirect=["dialect"])
def test_answers_as_recorded(dialect, name, tmp_path):
    if Version(CASES[name].since) > RUNTIME:
        pytest.skip(f"before {CASES[name].since} the base class answered otherwise")
    answer = json.loads(json.dumps(plain(CASES[name].call(tmp_path))))
    assert answer == ANSWERS[CASES[name].on][name]
