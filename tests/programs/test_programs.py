"""Real programs, unmodified: they fail on newer versions of transformers, and work as they did with hfcompat."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Any

import pytest
from packaging.specifiers import SpecifierSet
from playing import play
from program_folders import available
from programs import Program

pytest.importorskip("torch", reason="the programs need torch and transformers")

RUNTIME = version("transformers")

each_program = pytest.mark.parametrize("program", available(), ids=lambda program: program.name)


def run(program: Program, *mode: str) -> dict[str, Any]:
    """The outcome of the program's probe, which has to have come to its end."""
    outcome = play(sys.executable, program, *mode)
    assert outcome["steps"], f"the probe itself broke:\n{outcome['stderr']}"
    return outcome


def first_error(outcome: dict[str, Any]) -> str | None:
    error = outcome["error"]
    return error and f"{error['step']} {error['type']}: {error['message']}"


@each_program
def test_fails_without_hfcompat_where_it_was_seen_to_fail(program: Program) -> None:
    outcome = run(program)
    expected = [text for versions, text in program.fails.items() if SpecifierSet(versions).contains(RUNTIME, True)]
    error = first_error(outcome)
    if expected:
        assert error is not None, f"{program.package} works on {RUNTIME}: take it off the list"
        assert error.startswith(expected[0])
    else:
        assert (error, outcome["results"]) == (None, program.results)


@each_program
@pytest.mark.parametrize("with_dialect", [False, True], ids=["additive", "dialect"])
def test_gives_its_old_results_with_hfcompat(program: Program, with_dialect: bool) -> None:
    outcome = run(program, "hfcompat", *([program.written_for] if with_dialect else []))
    assert first_error(outcome) is None, outcome["stderr"]
    assert outcome["results"] == program.results
