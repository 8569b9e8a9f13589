"""`hfcompat demo`: the five acts are what happened, and it says so when they are not."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version
from program_folders import install
from programs import PROGRAMS

pytest.importorskip("torch", reason="the demo needs torch and transformers")
pytest.importorskip("rich", reason="the demo needs the extra cli")

from rich.console import Console
from typer.testing import CliRunner

from hfcompat.cli import demo as module
from hfcompat.cli.app import app
from hfcompat.cli.demo import demo

RUNTIME = Version(version("transformers"))
FAILS = RUNTIME.major >= 5


@pytest.fixture
def console() -> Console:
    return Console(record=True, width=200, quiet=False)


@pytest.fixture(scope="module")
def minicons() -> Path:
    return install(next(program for program in PROGRAMS if program.name == "minicons"))


def test_the_acts_are_as_told(console: Console, minicons: Path) -> None:
    assert demo(console, offline_source=minicons) == 0
    text = console.export_text()
    assert text.count("ImportError: cannot import name 'AutoModelForVision2Seq'") == (2 if FAILS else 0)
    assert text.count("-5.1892  -5.1892") == (1 if FAILS else 3)
    assert ("nothing that it needs is missing before transformers 5" in text) is not FAILS
    assert f"{'INSTALLED' if FAILS else 'SKIPPED'}" in text.partition("hfcompat.report()")[2]


def test_from_a_folder_of_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
    subprocess.run([*pip, "-d", str(tmp_path), *module.PINS], check=True)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    result = CliRunner().invoke(app, ["demo", "--from", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "-5.1892" in result.output


def test_without_network_it_names_the_package_and_the_way_out(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert demo(console) == 1
    text = console.export_text()
    assert "pip could not fetch minicons==0.3.18" in text
    assert "hfcompat demo --from" in text


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ("from transformers import AutoModelForVision2Seq\nscores = [-5.0, -7.0]", "are not those of 4.57.6"),
        ("raise ImportError('of its own')", "fails in the act 'with': ImportError: of its own"),
        ("scores = [-5.1892, -7.1640]", "works without hfcompat"),
        ("import os; os._exit(3)", "process broke down"),
    ],
    ids=["numbers", "fails", "works", "dies"],
)
def test_what_is_not_as_told_is_said(console: Console, tmp_path: Path, source: str, complaint: str) -> None:
    if not FAILS and complaint == "works without hfcompat":
        pytest.skip(f"on transformers {RUNTIME} the program is told to work")
    scorer = """
class IncrementalLMScorer:
    def __init__(self, *_): ...
    def sequence_score(self, _): return scores
"""
    (tmp_path / "minicons").mkdir()
    (tmp_path / "minicons" / "__init__.py").touch()
    (tmp_path / "minicons" / "scorer.py").write_text(source + scorer)
    assert demo(console, offline_source=tmp_path) == 1
    assert complaint in console.export_text()


def test_without_torch_it_names_the_command(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    class Bare:
        transformers = RUNTIME

        def version(self, name: str) -> Version | None:
            return None if name == "torch" else RUNTIME

    monkeypatch.setattr(module, "Environment", Bare)
    assert demo(console) == 1
    assert "run: pip install torch" in console.export_text()
