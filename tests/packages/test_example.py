"""The third-party door: a real distribution, installed by pip, works, is listed, is blocked, and fails harmlessly."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent / "hfcompat-example"

PROBE = """
import json, sys
import hfcompat
hfcompat.apply(**json.loads(sys.argv[1]))
import torch
from transformers import DynamicCache
import transformers.cache_utils as cache_utils

cache = DynamicCache()
cache.update(torch.zeros(1, 2, 3, 4), torch.zeros(1, 2, 3, 4), 0)
print(json.dumps({
    "usable": cache.get_usable_length(1),
    "tokens": cache.token_count() if hasattr(cache, "token_count") else None,
    "layers": cache_utils.layer_types(cache) if hasattr(cache_utils, "layer_types") else None,
    "failures": hfcompat.report().failures,
    "plugins": {p.name: p.state.value for p in hfcompat.report().plugins},
}))
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder with the example installed."""
    folder = tmp_path_factory.mktemp("site")
    options = ["--no-deps", "--no-build-isolation", "--quiet", "--target", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, str(SOURCE)], check=True)
    return folder


def probe(site, fail="", **wish):
    env = {**os.environ, "PYTHONPATH": str(site), "HFCOMPAT_EXAMPLE_FAIL": fail}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, json.dumps(wish)], env=env, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_it_patches(site):
    answer = probe(site)
    assert answer["tokens"] == 3
    assert answer["layers"] is not None
    assert answer["failures"] == []
    assert answer["plugins"]["example"] == "loaded"


def test_it_is_listed(site):
    env = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(
        [sys.executable, "-m", "hfcompat", "plugins", "--json"], env=env, capture_output=True, text=True, check=True
    )
    row = next(row for row in json.loads(done.stdout) if row["name"] == "example")
    assert (row["distribution"], row["version"], row["patches"]) == ("hfcompat-example", "1.0.0", 2)


@pytest.mark.parametrize("how", [{"disable": "example"}, {"disable": "example:*"}])
def test_it_is_blocked(site, how):
    answer = probe(site, **how)
    assert answer["tokens"] is None
    assert answer["usable"] == 3
    assert answer["plugins"]["example"] == "blocked"


@pytest.mark.parametrize(
    ("phase", "says"),
    [
        ("import", "raised on import: RuntimeError: example fails on import"),
        ("registration", "raised on registration: PluginValidationError"),
        ("hook", "raised in its hook: RuntimeError: example fails in its hook"),
        ("rubbish", "yielded 'rubbish', which is no Patch (1 of 3)"),
        ("declaration", "range 'latest' for 'transformers'"),
        ("install", "impl hfcompat_example.impl:missing is missing"),
        ("use", "impl hfcompat_example.impl:missing is missing"),
        ("wrap", "raised RuntimeError: example fails while wrapping"),
    ],
)
def test_it_fails_in_every_phase_and_harms_nobody(site, phase, says):
    answer = probe(site, fail=phase)
    assert answer["usable"] == 3, "the cache plugin works on"
    (line,) = answer["failures"]
    assert says in line
    assert "example" in line
    assert {state for name, state in answer["plugins"].items() if name != "example"} == {"loaded"}


def test_its_own_tests_pass(site):
    env = {**os.environ, "PYTHONPATH": str(site)}
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "declarations or import-apply-revert",
    ]
    done = subprocess.run([*command, str(SOURCE / "tests")], env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout
