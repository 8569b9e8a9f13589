"""The commands, on the fake runtime."""

import json
import os
import subprocess
import sys
import textwrap

import pytest
from own_plugins import OURS

CODE = """
    def answer(self):
        return 42

    def changed(self):
        return -1
"""
ADD = 'row("a", "transformers.cache_utils:Cache.answer", Kind.ADD, "p_plugin.impl:answer")'
BEHAVIOUR = (
    'row("b", "transformers.cache_utils:Cache.length", Kind.REPLACE, "p_plugin.impl:changed", behavioural=True,'
    ' when={"transformers": ">=5.0.0.dev0,<5.24", "dialect": "<5.0"})'
)
PROGRAM = """
from transformers.cache_utils import Cache
print("answer", getattr(Cache(), "answer", lambda: None)(), "length", Cache().length(), flush=True)
"""


@pytest.fixture
def cli(world, monkeypatch):
    """Runs `hfcompat ARGS...`; gives (exit status, stdout, stderr)."""
    world.plugin("p", ADD, BEHAVIOUR, code=CODE)
    monkeypatch.chdir(world.root)

    def run(*args, **env):
        done = subprocess.run(
            [sys.executable, "-m", "hfcompat", *args],
            env={**os.environ, "PYTHONPATH": str(world.root), "COLUMNS": "200", **env},
            capture_output=True,
            text=True,
            timeout=120,
        )
        return done.returncode, done.stdout, done.stderr

    run.world = world
    return run


def test_doctor_settles_every_patch_and_shows_why(cli):
    code, out, _ = cli("doctor")
    assert code == 0
    assert "transformers 5.23.0" in out
    row = next(line for line in out.splitlines() if "p:a" in line)
    assert row.split()[:3] == ["INSTALLED", "p:a", ">=5.0.0.dev0"]
    assert "p:b" not in out
    assert "changes a call that works today" in cli("doctor", "--all")[1]
    assert "INSTALLED p:b" in " ".join(cli("doctor", "--dialect", "4.57")[1].split())
    assert "PENDING" in cli("doctor", "--fast")[1]


def test_doctor_as_json(cli):
    code, out, _ = cli("doctor", "--json")
    data = json.loads(out)
    assert (code, data["ok"], data["transformers"]) == (0, True, "5.23.0")
    statuses = {row["key"]: row["status"] for row in data["patches"]}
    assert statuses["p:a"] == "installed"
    assert statuses["p:b"] == "skipped"


@pytest.mark.parametrize("model_type", ["llama", "unheard-of", None, 7, ["llama"]])
def test_doctor_of_a_model_whatever_its_config_says(cli, tmp_path, model_type):
    (tmp_path / "config.json").write_text(json.dumps({"model_type": model_type}))
    code, out, err = cli("doctor", "--fast", "--model", str(tmp_path))
    assert (code, err) == (0, "")
    assert "attention" in out


def test_doctor_fails_when_something_failed(cli):
    cli.world.plugin("bad", source="1 / 0")
    code, out, _ = cli("doctor")
    assert code == 1
    assert "plugin bad (dist_bad 1.0)" in out
    assert json.loads(cli("doctor", "--json")[1])["ok"] is False


def test_explain(cli):
    code, out, _ = cli("explain", "p:a")
    assert code == 0
    lines = dict(line.split(None, 1) for line in out.splitlines() if line.split(None, 1)[1:])
    assert lines["patch"] == "p:a"
    assert lines["status"] == "INSTALLED"
    assert lines["reason"] == "because"
    assert lines["upstream"] == "https://example.org/pull/1"
    assert lines["before"] == "nothing"
    assert lines["now"] == "p_plugin.impl.answer"
    assert "transformers >=5.0.0.dev0" in out
    assert "hfcompat.apply(disable='p:a')" in out


def test_explain_says_what_it_might_have_been(cli):
    code, _, err = cli("explain", "A")
    assert code == 2
    assert "no patch is called 'A'; did you mean" in err
    assert "p:a" in err


def test_plugins(cli):
    assert "dist_p" in cli("plugins")[1]
    row = next(row for row in json.loads(cli("plugins", "--json")[1]) if row["name"] == "p")
    assert (row["state"], row["patches"], row["module"]) == ("loaded", 2, "p_plugin")


@pytest.mark.parametrize(
    "command", [["--", sys.executable, "program.py"], [sys.executable, "program.py"], ["program.py"], ["-m", "program"]]
)
def test_run_an_unmodified_program(cli, command):
    cli.world.write("program.py", PROGRAM)
    assert cli("run", *command)[1] == "answer 42 length 3\n"
    assert cli("run", "--dialect", "4.57", *command)[1] == "answer 42 length -1\n"
    assert cli("run", "--disable", f"p:a,{OURS}", *command)[1] == "answer None length 3\n"


def test_run_hands_arguments_and_exit_status_through(cli):
    cli.world.write("program.py", "import sys\nprint(sys.argv[1:])\nsys.exit(7)\n")
    code, out, _ = cli("run", "--", sys.executable, "program.py", "--dialect", "x", "-m", "--", "y")
    assert (code, out) == (7, "['--dialect', 'x', '-m', '--', 'y']\n")


def test_run_reaches_every_kind_of_child(cli):
    cli.world.write(
        "program.py",
        """
        import multiprocessing as mp, subprocess, sys

        def work(_):
            from transformers.cache_utils import Cache
            return Cache().answer()

        if __name__ == "__main__":
            for method in ("fork", "spawn", "forkserver"):
                with mp.get_context(method).Pool(1) as pool:
                    print(method, pool.map(work, [0]))
            print("shell", subprocess.run([sys.executable, "-c", "from transformers.cache_utils import Cache; print(Cache().answer())"],
                                          capture_output=True, text=True).stdout.strip())
        """,
    )
    out = cli("run", "--", sys.executable, "program.py")[1]
    assert out.splitlines() == ["fork [42]", "spawn [42]", "forkserver [42]", "shell 42"]


def test_run_strict_stops_before_the_program(cli):
    cli.world.plugin("bad", source="1 / 0")
    cli.world.write("program.py", PROGRAM)
    code, out, err = cli("run", "--strict", "--", sys.executable, "program.py")
    assert (code, out) == (1, "")
    assert "plugin bad (dist_bad 1.0)" in err
    assert cli("run", "--", sys.executable, "program.py")[0] == 0


def test_run_adds_to_what_the_environment_disables(cli):
    cli.world.write("program.py", PROGRAM)
    command = ["run", "--disable", "p:nothing", "--", sys.executable, "program.py"]
    assert cli(*command, HFCOMPAT_DISABLE=f"p:a,{OURS}")[1] == "answer None length 3\n"


def test_what_others_wrote_is_no_markup(cli):
    cli.world.plugin("bad", source="raise OSError('[/etc/x] [bold]')")
    for command in (["doctor"], ["plugins"]):
        assert "[/etc/x]" in cli(*command)[1]
    assert cli("doctor", HFCOMPAT_STRICT="1")[0] == 1


def test_run_does_not_recurse_and_keeps_the_sitecustomize_of_others(cli):
    cli.world.write("sitecustomize.py", "print('theirs', flush=True)\n")
    cli.world.write(
        "spawning_plugin.py",
        """
        import subprocess, sys
        from hfcompat import hookimpl

        @hookimpl
        def hfcompat_patches():
            # a plugin that starts a Python while it is being applied: the child must not apply, or there is no end
            child = "import sys; print('child applied', 'hfcompat' in sys.modules)"
            print(subprocess.run([sys.executable, "-c", child], capture_output=True, text=True).stdout.strip(), flush=True)
            return []
        """,
    )
    cli.world.distribution("dist_spawning", "1.0", {"spawning": "spawning_plugin"})
    cli.world.write("program.py", PROGRAM)
    out = cli("run", "--", sys.executable, "program.py")[1].splitlines()
    assert "child applied False" in out
    assert out[-1] == "answer 42 length 3"
    assert "theirs" in out


def test_run_without_such_a_program(cli):
    code, _, err = cli("run", "--", "no-such-program-anywhere")
    assert code == 127
    assert "no program 'no-such-program-anywhere'" in err


def test_a_child_python_without_hfcompat_goes_on_and_says_so(cli):
    script = textwrap.dedent(
        """
        import subprocess, sys
        print(subprocess.run([sys.executable, "-c", "print('went on')"], env={**__import__("os").environ, "HIDE": "1"},
                             capture_output=True, text=True))
        """
    )
    cli.world.write("program.py", script)
    cli.world.write(
        "sitecustomize.py", "import os, sys\nif os.environ.get('HIDE'):\n    sys.modules['hfcompat'] = None\n"
    )
    out = cli("run", "--", sys.executable, "program.py")[1]
    assert "went on" in out
    assert "goes on without it: import of hfcompat halted" in out


def test_without_the_extra_there_is_one_clear_line(cli):
    script = "import sys; sys.modules['typer'] = None; from hfcompat.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.strip() == "hfcompat: the command line needs typer; run: pip install 'hfcompat[cli]'"
