"""The commands. They say what the library did; none of them decides anything."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

import hfcompat
from hfcompat.api import LEDGER
from hfcompat.auto import families
from hfcompat.checkpoints import CheckpointError, documents
from hfcompat.environment import Environment
from hfcompat.kernels import Attempt, Situation
from hfcompat.kernels.taking import forecast
from hfcompat.patch import Record, Status
from hfcompat.report import Report

app = typer.Typer(
    help="The polyfill layer for Hugging Face Transformers.", no_args_is_help=True, pretty_exceptions_enable=False
)
out, err = Console(markup=False, highlight=False), Console(stderr=True, markup=False, highlight=False)

Dialect = Annotated[str | None, typer.Option(help="Version that the code was written for, such as 4.57.", metavar="V")]


@app.command()
def doctor(
    dialect: Dialect = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show the patches that are skipped too.")] = False,
    fast: Annotated[bool, typer.Option(help="Only plan: import neither torch nor transformers.")] = False,
    model: Annotated[
        Path | None, typer.Option(help="A folder with a model: which kernel swaps it could take here, and why not.")
    ] = None,
) -> None:
    """Versions, every patch, its status and why. Exit status 1 when something failed or conflicts."""
    swaps = _swaps(model, fast=fast) if model else ()
    try:
        with contextlib.redirect_stdout(sys.stderr):  # what imports print is no part of the answer
            report = hfcompat.apply(dialect=dialect) if fast else _settled(dialect)
    except hfcompat.HfcompatError as error:
        report = error.report
    report = replace(report, swaps=swaps)
    if as_json:
        print(report.to_json())
    else:
        out.print(f"transformers {report.transformers}, torch {report.torch}, python {report.python}")
        out.print(report.table(everything=everything))
    raise typer.Exit(0 if report.ok else 1)


@app.command()
def explain(
    name: Annotated[str, typer.Argument(metavar="ID", help="plugin:id, or just id.")],
    dialect: Dialect = None,
) -> None:
    """One patch: its reason, upstream link, range, the target now and before, and how to turn it off."""
    report = hfcompat.apply(dialect=dialect)
    found = [record for record in report if name in (record.key, record.patch.id)]
    if not found:
        known = sorted(record.key for record in report if name.lower() in record.key.lower())
        err.print(
            f"no patch is called {name!r}; "
            + (f"did you mean {', '.join(known)}?" if known else "see: hfcompat doctor --all")
        )
        raise typer.Exit(2)
    for record in found:
        settled = _settle(record)
        out.print(_explanation(settled), soft_wrap=True)


@app.command()
def plugins(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Every plugin, where it comes from, and what became of it."""
    report = hfcompat.apply()
    if as_json:
        import json

        print(json.dumps(report.to_dict()["plugins"], indent=2))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in ("plugin", "distribution", "version", "state", "patches", "why"):
        table.add_column(column, overflow="fold")
    for p in report.plugins:
        table.add_row(p.name, p.distribution, p.version, p.state.value, str(p.patches), p.why)
    out.print(table)
    if not report.plugins:
        err.print("no plugin is installed: hfcompat itself must be installed (pip install), not just on PYTHONPATH")
        raise typer.Exit(1)


@app.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
def run(
    command: Annotated[list[str], typer.Argument(metavar="-- COMMAND ARGS... | -m MODULE ARGS...")],
    dialect: Dialect = None,
    enable: Annotated[str | None, typer.Option(help="Globs on plugin:id that are wanted.")] = None,
    disable: Annotated[str | None, typer.Option(help="Globs on plugin:id, or plugins, that are not.")] = None,
    strict: Annotated[bool, typer.Option(help="Fail when a patch fails.")] = False,
) -> None:
    """Run an unmodified program, the Python processes that it starts included, with hfcompat applied.

    hfcompat run -- python train.py --epochs 3        hfcompat run --dialect 4.57 -m package
    """
    command = command[1:] if command[0] == "--" else command
    if command[:1] == ["-m"] or (command and command[0].endswith(".py")):
        command = [sys.executable, *command]
    program = shutil.which(command[0]) if command else None
    if program is None:
        err.print(
            f"hfcompat run: there is no program {command[0] if command else ''!r}; say: hfcompat run -- python train.py"
        )
        raise typer.Exit(127)
    wishes = {"DIALECT": dialect, "STRICT": "1" if strict else None}
    for name, globs in (("ENABLE", enable), ("DISABLE", disable)):  # these add to what the environment says
        wishes[name] = ",".join(filter(None, [os.environ.get(f"HFCOMPAT_{name}"), globs]))
    os.environ.update({f"HFCOMPAT_{name}": value for name, value in wishes.items() if value})
    bootstrap = str(Path(hfcompat.__file__).parent / "_bootstrap")
    inherited = os.environ.get("PYTHONPATH")
    entries = [entry for entry in inherited.split(os.pathsep) if entry != bootstrap] if inherited else []
    os.environ["PYTHONPATH"] = os.pathsep.join([bootstrap, *entries])
    sys.stdout.flush()
    os.execv(program, command)


@app.command()
def demo(
    source: Annotated[
        Path | None, typer.Option("--from", help="A folder with the program, for use without network.")
    ] = None,
    keep: Annotated[bool, typer.Option(help="Keep the downloaded program.")] = False,
) -> None:
    """A real program of the 4.x days: failing, apply, passing, revert, failing again; and the report."""
    from hfcompat.cli.demo import demo as play

    raise typer.Exit(play(Console(), offline_source=source, keep=keep))


@app.callback()
def _main() -> None:
    logging.getLogger("hfcompat").setLevel(logging.CRITICAL)  # the commands print the report themselves


def _swaps(model: Path, *, fast: bool) -> tuple[Attempt, ...]:
    """What could be swapped in a model, from its config.json alone."""
    try:
        config = documents.read(model / "config.json")
    except (CheckpointError, OSError) as error:
        err.print(f"hfcompat doctor: {error}", style="red")
        raise typer.Exit(2) from error
    model_type, dtype = families.model_type(config), config.get("dtype") or config.get("torch_dtype")
    situation = Situation(Environment(), model_type, dtype=dtype) if fast else Situation.here(model_type, dtype)
    return forecast(situation)


def _settled(dialect: str | None) -> Report:
    """The report after every target has been imported, so that nothing is left pending that could be known."""
    for record in hfcompat.apply(dialect=dialect):
        if record.status is Status.PENDING:
            _import(record.target.module)
    return hfcompat.report()


def _settle(record: Record) -> Record:
    if record.status is Status.PENDING:
        _import(record.target.module)
    return hfcompat.report()[record.key]


def _import(module: str) -> None:
    try:
        importlib.import_module(module)
    except Exception as error:
        first = (str(error).splitlines() or [""])[0]
        err.print(f"{module} cannot be imported here: {type(error).__name__}: {first}", style="yellow")


def _explanation(record: Record) -> str:
    patch = record.patch
    when = patch.when.items() if hasattr(patch.when, "items") else [(str(patch.when), "")]
    ranges = ", ".join(f"{name} {text}" for name, text in when)
    kind = getattr(patch.kind, "value", patch.kind)
    lines = [
        ("patch", record.key),
        ("status", f"{record.status.name}{f' ({record.why})' if record.why else ''}"),
        ("reason", patch.reason),
        ("upstream", patch.upstream),
        ("needed when", ranges),
        ("kind", f"{kind}{', behavioural' if patch.behavioural else ''}{', traced' if patch.traced else ''}"),
        ("target", patch.target),
        *_places(record),
        ("implemented by", patch.impl),
        ("turn it off", f"hfcompat.apply(disable={record.key!r})  or  HFCOMPAT_DISABLE={record.key}"),
    ]
    return "\n".join(f"{label:<14} {text}" for label, text in lines)


def _places(record: Record) -> list[tuple[str, str]]:
    try:
        before, now = LEDGER.places(record.key)
    except KeyError:
        return []
    return [("before", _shown(before)), ("now", _shown(now))]


def _shown(thing: Any) -> str:
    home, name = getattr(thing, "__module__", None), getattr(thing, "__qualname__", None)
    return f"{home}.{name}" if home and name else repr(thing)


from hfcompat.cli import checkpoints as _checkpoints  # noqa: E402, F401  (registers its commands)
from hfcompat.cli import sideload as _sideload  # noqa: E402, F401
