"""The verbs together: idempotence, scopes, environment variables, what is imported and what is printed."""

import importlib
import json
import subprocess
import sys

import pytest
from own_plugins import OURS

import hfcompat
from hfcompat import Status

CODE = "def answer(self):\n    return 42\n\ndef changed(self):\n    return -1\n"
ADD = 'row("a", "transformers.cache_utils:Cache.answer", Kind.ADD, "p_plugin.impl:answer")'
BEHAVIOUR = (
    'row("b", "transformers.cache_utils:Cache.length", Kind.REPLACE, "p_plugin.impl:changed", behavioural=True,'
    ' when={"transformers": ">=5.0.0.dev0,<5.24", "dialect": "<5.0"})'
)


@pytest.fixture
def cache(world):
    world.plugin("p", ADD, BEHAVIOUR, code=CODE)
    return importlib.import_module("transformers.cache_utils").Cache


def test_apply_twice_is_apply_once(cache):
    first = hfcompat.apply()
    second = hfcompat.apply()
    assert [(r.key, r.status, r.why) for r in first] == [(r.key, r.status, r.why) for r in second]
    hfcompat.revert()
    assert not hasattr(cache, "answer")
    hfcompat.revert()
    assert not hasattr(cache, "answer")


def test_apply_again_adds_what_is_newly_asked_for_and_takes_what_is_newly_disabled(cache):
    hfcompat.apply()
    assert cache().length() == 3
    hfcompat.apply(dialect="4.57")
    assert cache().length() == -1
    hfcompat.apply()
    assert cache().length() == -1, "an apply() of somebody else takes nothing away"
    hfcompat.apply(disable="p:b")
    assert cache().length() == 3
    assert cache().answer() == 42


def test_applied_restores_what_was_applied_before_it(cache):
    with hfcompat.applied(dialect="4.57") as report:
        assert report.dialect == "4.57"
        assert cache().length() == -1
    assert not hasattr(cache, "answer")
    assert cache().length() == 3
    hfcompat.apply()
    with hfcompat.applied(dialect="4.57"):
        assert cache().length() == -1
    assert cache().length() == 3
    assert cache().answer() == 42
    with pytest.raises(ZeroDivisionError), hfcompat.applied(disable="p:a"):
        assert not hasattr(cache, "answer")
        raise ZeroDivisionError
    assert cache().answer() == 42


@pytest.mark.parametrize(
    ("variables", "length", "answers"),
    [
        ({}, 3, True),
        ({"HFCOMPAT_DIALECT": "4.57"}, -1, True),
        ({"HFCOMPAT_DIALECT": "5.1"}, 3, True),
        ({"HFCOMPAT_ENABLE": "q:*, p:b"}, -1, True),
        ({"HFCOMPAT_DISABLE": f"p:a,{OURS}"}, 3, False),
        ({"HFCOMPAT_DISABLE": f"p,{OURS}"}, 3, False),
    ],
)
def test_environment_variables_say_the_same_as_arguments(cache, monkeypatch, variables, length, answers):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    hfcompat.apply()
    assert cache().length() == length
    assert hasattr(cache, "answer") is answers


def test_strict_by_environment_variable(cache, world, monkeypatch):
    world.plugin("bad", source="1 / 0")
    monkeypatch.setenv("HFCOMPAT_STRICT", "0")
    hfcompat.apply()
    monkeypatch.setenv("HFCOMPAT_STRICT", "1")
    with pytest.raises(hfcompat.HfcompatError, match="plugin bad"):
        hfcompat.apply()


def test_a_report_is_a_snapshot_that_can_be_printed_and_parsed(cache):
    before = hfcompat.apply()
    hfcompat.revert()
    assert before["p:a"].status is Status.INSTALLED
    assert hfcompat.report()["p:a"].status is Status.REVERTED
    data = json.loads(before.to_json())
    row = next(row for row in data["patches"] if row["key"] == "p:a")
    assert row["status"] == "installed"
    assert row["when"] == {"transformers": ">=5.0.0.dev0"}
    assert data["transformers"] == "5.23.0"
    assert "INSTALLED p:a  transformers.cache_utils:Cache.answer  because" in str(before)
    assert "p:b" not in str(before)
    assert "p:b" in before.text(everything=True)
    with pytest.raises(KeyError):
        before["p:nothing"]


def test_neither_torch_nor_transformers_is_imported(world):
    world.plugin("p", ADD, BEHAVIOUR, code=CODE)
    printed = world.run(
        """
        import sys
        import hfcompat
        hfcompat.apply(dialect="4.57")
        print(sorted({name.partition(".")[0] for name in sys.modules} & {"torch", "transformers", "numpy", "rich", "typer"}))
        """
    )
    assert printed.strip() == "[]"


def test_trace_prints_every_step(world):
    world.plugin("p", ADD, BEHAVIOUR, code=CODE)
    script = "import sys; sys.stderr = sys.stdout; import hfcompat; hfcompat.apply()"
    assert "hfcompat: PENDING   p:a" in world.run(script, HFCOMPAT_TRACE="1")
    assert world.run(script) == ""


def test_names_of_the_public_api():
    missing = [name for name in hfcompat.__all__ if not hasattr(hfcompat, name)]
    assert missing == []


def test_a_warning_is_seen_where_nobody_has_set_up_logging():
    script = "import logging, hfcompat; logging.getLogger('hfcompat').warning('other numbers')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "other numbers" in done.stderr
