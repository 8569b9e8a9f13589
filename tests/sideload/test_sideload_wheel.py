"""Fetching: what is checked, what a user is told, and that nothing is left half-written."""

import hashlib
import os
import subprocess
import threading
import zipfile
from pathlib import Path

import pytest

from hfcompat import sideload
from hfcompat.environment import Environment
from hfcompat.sideload import relocation, support, wheel

MODULES = {
    "transformers/__init__.py": "raise AssertionError('the top level of the wheel is not executed')\n",
    "transformers/models/auto/auto_mappings.py": """
from collections import OrderedDict
CONFIG_MAPPING_NAMES = OrderedDict([("newt", "NewtConfig"), ("newt-text", "NewtTextConfig"), ("eft", "EftConfig")])
SPECIAL_MODEL_TYPE_TO_MODULE_NAME = OrderedDict([("newt-text", "newt")])
""",
    "transformers/models/newt/modeling_newt.py": "from transformers.utils import logging\n",
    "transformers-5.23.0.dist-info/METADATA": "Name: transformers\n",
}


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A small wheel that is the pinned one, and an empty cache."""
    path = tmp_path / f"transformers-{wheel.VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in MODULES.items():
            archive.writestr(name, text)
    monkeypatch.setattr(wheel, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setenv("HFCOMPAT_CACHE", str(tmp_path / "cache"))
    return path


@pytest.fixture
def pip(monkeypatch):
    """What pip says, in its place."""

    def says(stderr, code=1):
        done = subprocess.CompletedProcess([], code, "", stderr)
        monkeypatch.setattr(wheel.subprocess, "run", lambda *args, **kwargs: done)

    return says


def leftovers():
    folder = wheel.unpacked().parent
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize("of_a_folder", [False, True])
def test_a_wheel_that_is_there(small, of_a_folder):
    assert sideload.fetch(source=small.parent if of_a_folder else small) == wheel.unpacked()
    assert leftovers() == [wheel.unpacked().name]
    modeling = sideload.located() / "models" / "newt" / "modeling_newt.py"
    assert modeling.read_text() == "from hfcompat.sideload.v5.utils import logging\n"
    assert sideload.families() == {"newt": "newt", "newt-text": "newt", "eft": "eft"}


def test_what_is_there_is_not_fetched_again(small):
    sideload.fetch(source=small)
    small.unlink()
    assert sideload.fetch() == sideload.fetch(source=small) == wheel.unpacked()


def test_the_cache_can_be_emptied(small):
    sideload.fetch(source=small)
    assert wheel.remove()
    assert not wheel.remove()
    with pytest.raises(sideload.SideloadError, match="run: hfcompat sideload fetch"):
        sideload.located()


def test_pip_is_asked_for_the_wheel_and_nothing_else(small, monkeypatch):
    def run(command, **kwargs):
        assert command[1:5] == ["-m", "pip", "download", f"transformers=={wheel.VERSION}"]
        assert "--no-deps" in command
        folder = Path(command[command.index("--dest") + 1])
        (folder / small.name).write_bytes(small.read_bytes())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(wheel.subprocess, "run", run)
    assert sideload.fetch() == wheel.unpacked()
    assert leftovers() == [wheel.unpacked().name]


def test_another_version():
    with pytest.raises(sideload.SideloadError, match=r"side-loads transformers 5\.23\.0, not 5\.24\.0"):
        sideload.fetch("5.24.0")


def test_a_wheel_of_another_version(small):
    other = small.rename(small.with_name("transformers-5.22.0-py3-none-any.whl"))
    other.write_bytes(b"another")
    with pytest.raises(sideload.SideloadError, match=r"5\.22\.0.* is not transformers-5\.23\.0-py3-none-any\.whl"):
        sideload.fetch(source=other)
    assert leftovers() == []


def test_a_wheel_that_was_tampered_with(small):
    small.write_bytes(small.read_bytes() + b"\0")
    with pytest.raises(sideload.SideloadError, match="is not what the index has: its sha256 is"):
        sideload.fetch(source=small)
    assert leftovers() == []


def test_a_wheel_that_does_not_exist(small, tmp_path):
    with pytest.raises(sideload.SideloadError, match=r"nowhere\.whl does not exist"):
        sideload.fetch(source=tmp_path / "nowhere.whl")


def test_no_pip(small, pip):
    pip("/usr/bin/python: No module named pip\n")
    with pytest.raises(sideload.SideloadError, match=r"has no pip .*sideload fetch --from FILE"):
        sideload.fetch()
    assert leftovers() == []


def test_no_network(small, pip):
    pip("WARNING: Retrying\nERROR: No matching distribution found for transformers==5.23.0\n")
    with pytest.raises(sideload.SideloadError, match=r"No matching distribution.*sideload fetch --from FILE"):
        sideload.fetch()


def test_a_cache_that_cannot_be_written(small, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("HFCOMPAT_CACHE", str(tmp_path / "file"))
    with pytest.raises(sideload.SideloadError, match="cannot write to the cache .* set HFCOMPAT_CACHE"):
        sideload.fetch(source=small)


def test_many_fetch_at_once(small):
    """One unpacks, the others wait for it: nobody finds half a wheel."""
    found, unpacked, original = [], [], wheel._unpack

    def unpack(*args):
        unpacked.append(1)
        original(*args)

    def fetch():
        sideload.fetch(source=small)
        found.append(sideload.located().joinpath("models/newt/modeling_newt.py").is_file())

    wheel._unpack, threads = unpack, [threading.Thread(target=fetch) for _ in range(6)]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        wheel._unpack = original
    assert found == [True] * 6
    assert unpacked == [1]


def test_interrupted(small, monkeypatch):
    def broken(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(wheel, "relocate", broken)
    with pytest.raises(KeyboardInterrupt):
        sideload.fetch(source=small)
    assert leftovers() == []


def test_what_a_killed_removal_leaves_is_no_wheel(small, monkeypatch):
    sideload.fetch(source=small)
    unlink, gone = os.unlink, []

    def killed(path, *args, **kwargs):
        if gone:
            raise KeyboardInterrupt
        gone.append(path)
        unlink(path, *args, **kwargs)

    monkeypatch.setattr(os, "unlink", killed)
    with pytest.raises(KeyboardInterrupt):
        wheel.remove()
    monkeypatch.setattr(os, "unlink", unlink)
    with pytest.raises(sideload.SideloadError, match="run: hfcompat sideload fetch"):
        sideload.located()
    sideload.fetch(source=small)
    assert leftovers() == [wheel.unpacked().name]
    assert sideload.families()


def test_what_others_have_left_does_not_stand_in_the_way(small):
    wheel.unpacked().mkdir(parents=True)
    (wheel.unpacked() / "homes.json").write_text("{}")
    (wheel.unpacked().parent / ".fetching-killed" / "wheel").mkdir(parents=True)
    sideload.fetch(source=small)
    assert leftovers() == [wheel.unpacked().name]
    assert sideload.families()


@pytest.mark.parametrize(("before", "after"), [
    ("from transformers import AutoModel", "from hfcompat.sideload.v5 import AutoModel"),
    ("    from transformers.utils import logging", "    from hfcompat.sideload.v5.utils import logging"),
    ("import transformers.models.auto as auto", "import hfcompat.sideload.v5.models.auto as auto"),
    ('import_module(f".{name}", "transformers.models")', 'import_module(f".{name}", "hfcompat.sideload.v5.models")'),
    ('cls.__module__.startswith("transformers.")', 'cls.__module__.startswith("hfcompat.sideload.v5.")'),
    ('importlib.import_module("transformers")', 'importlib.import_module("hfcompat.sideload.v5")'),
    ('import_module(".tokenization", "transformers")', 'import_module(".tokenization", "hfcompat.sideload.v5")'),
    ('sys.modules.get("transformers")', 'sys.modules.get("hfcompat.sideload.v5")'),
    ('hasattr(torch.nn.Module, "smart_apply")', 'hasattr(torch.nn.Module, "smart_apply_of_5")'),
    ("from huggingface_hub import HfApi", "from hfcompat.sideload.outside.hub import HfApi"),
    ("from huggingface_hub.utils import httpx", "from hfcompat.sideload.outside.hub_utils import httpx"),
    ("from huggingface_hub.errors import HfHubHTTPError", "from huggingface_hub.errors import HfHubHTTPError"),
    (">>> from transformers import AutoModel", ">>> from transformers import AutoModel"),
    ("from transformers_stream import x", "from transformers_stream import x"),
    ('get_logger("transformers")', 'get_logger("transformers")'),
])  # fmt: skip
def test_relocation(before, after):
    assert relocation.relocate(f"x = 1\n{before}\n") == f"x = 1\n{after}\n"


def test_other_rules_are_another_folder():
    assert wheel.unpacked().name == f"transformers-{wheel.VERSION}-{relocation.DIGEST}"


@pytest.mark.parametrize("version", ["4.49.0", "4.55.4", "4.58.0", "5.0.0", "5.23.0"])
def test_runtimes_that_it_does_not_work_on(version):
    with pytest.raises(sideload.SideloadError, match=rf"on transformers 4\.56 and 4\.57, not on {version}"):
        support.supported(Environment.of(transformers=version))


@pytest.mark.parametrize("version", ["4.56.0", "4.56.2", "4.57.6"])
def test_runtimes_that_it_works_on(version):
    support.supported(Environment.of(transformers=version))
