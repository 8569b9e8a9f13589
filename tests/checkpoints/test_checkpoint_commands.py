"""`hfcompat inspect` and `hfcompat convert`: what they print, and how they end."""

import json
from pathlib import Path

import pytest
from small_checkpoints import contents, load, make

pytest.importorskip("typer", reason="the command line needs the extra cli")
from typer.testing import CliRunner

from hfcompat import checkpoints
from hfcompat.checkpoints.draft import Draft
from hfcompat.checkpoints.folder import Folder
from hfcompat.checkpoints.writing import write
from hfcompat.cli.app import app


@pytest.fixture
def cli(monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")

    def run(*arguments):
        done = CliRunner().invoke(app, [str(argument) for argument in arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.output

    return run


class Inspection:
    def __init__(self, path, readers):
        Folder(path)
        self.readers = list(readers)
        self.ok = "4.57" not in self.readers

    def text(self):
        return f"read by {self.readers}"

    def to_json(self):
        return json.dumps({"readers": self.readers})


class Conversion:
    def __init__(self, path, to):
        self.path, self.to = path, to

    def text(self):
        return f"{self.path} for {self.to}"


@pytest.fixture
def stubs(monkeypatch):
    """In place of rules: one that names each tensor anew."""

    def inspect(path, readers=("5.0", "5.23"), base=None):
        if "x" in readers:
            raise ValueError("there is no reader 'x'")
        return Inspection(path, readers)

    def convert(
        source, destination, *, to="dual", progress=None, in_place=False, backup=None, base=None, allow_pickle=False
    ):
        draft = Draft(Folder(source))
        draft.rename(lambda name: f"model.{name}")
        return Conversion(write(draft, destination, in_place=in_place, backup=backup, progress=progress), to)

    monkeypatch.setattr(checkpoints, "inspect", inspect)
    monkeypatch.setattr(checkpoints, "convert", convert)


@pytest.mark.parametrize(
    ("more", "status", "says"),
    [
        ([], 0, "read by ['5.0', '5.23']"),
        (["--for", "5.23, vllm-0.11"], 0, "read by ['5.23', 'vllm-0.11']"),
        (["--for", "4.57,5.23"], 1, "read by ['4.57', '5.23']"),
        (["--for", "4.57", "--json"], 1, '{"readers": ["4.57"]}'),
        (["--for", "x"], 2, "hfcompat inspect: there is no reader 'x'"),
    ],
)
def test_inspect(tmp_path, cli, stubs, more, status, says):
    code, output = cli("inspect", make(tmp_path / "source"), *more)
    assert (code, says in output) == (status, True), output


def test_inspect_what_is_not_there(tmp_path, cli, stubs):
    code, output = cli("inspect", tmp_path / "absent")
    assert code == 2
    assert "absent: there is no such folder" in output


@pytest.mark.parametrize("to", ["4.57", "5.23", None])
def test_convert(tmp_path, cli, stubs, to):
    path = make(tmp_path / "source", files=2)
    code, output = cli("convert", path, tmp_path / "new", *(["--to", to] if to else []))
    assert code == 0
    assert output.strip() == f"{tmp_path / 'new'} for {to or 'dual'}"
    assert load(tmp_path / "new").keys() == {f"model.{name}" for name in load(path)}


def test_convert_quietly(tmp_path, cli, stubs):
    assert cli("convert", make(tmp_path / "source"), tmp_path / "new", "--quiet") == (0, "")


def test_convert_in_place(tmp_path, cli, stubs):
    path = make(tmp_path / "source")
    before = contents(path)
    code, _ = cli("convert", path, "--in-place", "--backup", tmp_path / "backup")
    assert code == 0
    assert contents(tmp_path / "backup") == before
    assert all(name.startswith("model.") for name in load(path))


@pytest.mark.parametrize(
    "more",
    [
        [],
        ["--in-place"],
        ["new", "--in-place", "--backup", "b"],
        ["new", "--backup", "b"],
        ["--backup", "b"],
        ["new", "--to", "3"],
    ],
)
def test_convert_asked_for_in_a_way_that_means_nothing(tmp_path, cli, stubs, monkeypatch, more):
    monkeypatch.chdir(tmp_path)
    path = make(tmp_path / "source")
    before = contents(tmp_path)
    code, output = cli("convert", path, *more)
    assert code == 2
    assert "--in-place --backup" in output or "--to" in output
    assert contents(tmp_path) == before


def test_convert_what_cannot_be_converted(tmp_path, cli, stubs):
    path = make(tmp_path / "source")
    Path(tmp_path / "there").mkdir()
    code, output = cli("convert", path, tmp_path / "there")
    assert code == 2
    assert "there: it exists already" in output
    (path / "model.safetensors").write_bytes(b"short")
    code, output = cli("convert", path, tmp_path / "new")
    assert code == 2
    assert "model.safetensors: it is no safetensors file" in output
    assert not (tmp_path / "new").exists()
