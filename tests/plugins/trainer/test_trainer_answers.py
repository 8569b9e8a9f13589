"""What training and pipelines answered on the version that each case was written for, they answer here."""

from __future__ import annotations

import json
import warnings
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version
from trainer_cases import CASES, answer

import hfcompat

ANSWERS = {
    name: value
    for minor in ("4.44", "4.49", "4.57")
    for name, value in json.loads((Path(__file__).parent / f"answers-{minor}.json").read_text()).items()
}
RUNTIME = Version(version("transformers"))


EARLY_5 = Version("5.0.0.dev0") <= RUNTIME < Version("5.15.0.dev0")


def needed(name: str) -> str | None:
    case = CASES[name]
    return case.version if case.dialect or (case.dialect_of_early_5 and EARLY_5) else None


@pytest.fixture(scope="module")
def patched(request):
    with hfcompat.applied(dialect=request.param):
        yield


def approximately(value):
    if isinstance(value, float):
        return pytest.approx(value, rel=2e-4, abs=2e-5)
    if isinstance(value, list):
        return [approximately(item) for item in value]
    return {key: approximately(item) for key, item in value.items()} if isinstance(value, dict) else value


@pytest.mark.usefixtures("patched")
@pytest.mark.parametrize(("name", "patched"), [(name, needed(name)) for name in CASES], indirect=["patched"])
def test_answers_as_recorded(name):
    if Version(CASES[name].version) > RUNTIME:
        pytest.skip(f"written for {CASES[name].version}, which is newer than this {RUNTIME}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert answer(name) == approximately(ANSWERS[name])
