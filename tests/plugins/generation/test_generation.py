"""Code of 4.36 to 4.49 generates what it generated, on the runtime that is installed."""

import json
from pathlib import Path

import pytest
from generation_cases import CASES, plain

import hfcompat

ANSWERS = json.loads((Path(__file__).parent / "answers.json").read_text())


@pytest.fixture(scope="module", autouse=True)
def applied():
    with hfcompat.applied():
        yield


def test_every_case_is_recorded():
    assert ANSWERS.keys() == CASES.keys()


@pytest.mark.parametrize("name", CASES)
def test_case(name):
    assert close(plain(CASES[name].call()), ANSWERS[name])


def close(found, recorded):
    """Equal, numbers that are not integers to four digits."""
    if isinstance(recorded, dict):
        return found.keys() == recorded.keys() and all(close(found[key], recorded[key]) for key in recorded)
    if isinstance(recorded, list):
        return len(found) == len(recorded) and all(map(close, found, recorded))
    return found == (pytest.approx(recorded, rel=1e-4, abs=2e-4) if isinstance(recorded, float) else recorded)
