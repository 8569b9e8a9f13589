"""Every call of the v4 cache API answers on this runtime what it answered on 4.44.2 and 4.53.3."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest
from cache_scenarios import SCENARIOS, Scenario, answer
from packaging.version import Version

import hfcompat

ANSWERS = {v: json.loads((Path(__file__).parent / f"answers-{v}.json").read_text()) for v in ("4.44", "4.49", "4.53")}
RUNTIME = Version(version("transformers"))


def approximately(value):
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-5, abs=1e-6)
    if isinstance(value, list):
        return [approximately(item) for item in value]
    return {key: approximately(item) for key, item in value.items()} if isinstance(value, dict) else value


def followed(scenario: Scenario) -> str:
    return "4.53" if scenario.follows == "both" else scenario.follows


def dialects() -> list[tuple[str, str | None]]:
    """Each scenario as little as it needs, and as the version that it was recorded on."""
    return [
        (name, dialect) for name, scenario in SCENARIOS.items() for dialect in {scenario.dialect, followed(scenario)}
    ]


@pytest.mark.parametrize(("name", "dialect"), sorted(dialects(), key=str))
def test_answers_as_recorded(name, dialect):
    scenario = SCENARIOS[name]
    native = scenario.native_below is not None and Version(scenario.native_below) > RUNTIME
    expected = ANSWERS["4.49" if native else followed(scenario)][name]
    with hfcompat.applied(dialect=dialect):
        assert answer(scenario) == approximately(expected)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_table_says_truly_where_the_recordings_agree(name):
    scenario = SCENARIOS[name]
    recorded = [ANSWERS["4.44"][name], ANSWERS["4.53"][name]]
    answer = ANSWERS[followed(scenario)][name]
    assert not (isinstance(answer, dict) and "raises" in answer), "a scenario follows a recording that failed"
    assert (name in ANSWERS["4.49"]) is (scenario.native_below is not None)
    assert (scenario.follows == "both") is (recorded[0] == recorded[1])
    assert bool(scenario.why) is (scenario.follows != "both")
