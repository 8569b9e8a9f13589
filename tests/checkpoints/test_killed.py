"""SIGKILL: the source stays as it is, the destination is absent or complete, and the next run makes it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="it forks")


def told(tmp_path, how):
    script = Path(__file__).with_name("killed_runs.py")
    path = os.pathsep.join(filter(None, [str(script.parent), os.environ.get("PYTHONPATH")]))
    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path), how],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_at_a_hundred_random_moments(tmp_path):
    answer = told(tmp_path, "moments")
    assert answer["killed"] == 100
    assert answer["left"] > 10  # not all before or after the work
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new", "pristine", "source", "wanted"]


@pytest.mark.parametrize("how", ["steps", "in_place"])
def test_before_each_change_of_the_file_system(tmp_path, how):
    answer = told(tmp_path, how)
    assert answer["killed"] > 30
    assert answer["left"] > 3
    assert answer["ended"] == 1
