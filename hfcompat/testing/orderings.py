"""Import, apply and revert in every order that a program may meet, each in a process of its own."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Collection, Iterable, Iterator
from operator import attrgetter
from typing import Any

import hfcompat
from hfcompat import edits
from hfcompat.api import LEDGER
from hfcompat.patch import Kind, Record, Status
from hfcompat.plugins import PluginState
from hfcompat.testing.snapshot import Snapshot

__all__ = ["ORDERINGS", "run_ordering"]

ORDERINGS: dict[str, str] = {
    name.replace(" ", "-"): name
    for name in (
        "import apply",
        "apply import",
        "apply apply import",
        "apply import apply",
        "import apply apply",
        "import apply revert",
        "apply import revert",
        "apply revert import",
        "apply revert revert import",
        "apply import revert revert",
        "import apply revert revert",
        "import revert apply",
        "revert apply import",
        "apply revert apply import",
        "import apply revert apply",
        "apply import revert apply",
        "apply apply import revert",
        "apply import apply revert",
    )
}
"""By name. After the last step every patch acts exactly once, or, when the last word was revert, no trace is left."""


def run_ordering(name: str, plugins: Iterable[str] = (), *, dialect: str | None = None, timeout: float = 600) -> None:
    """Play one of `ORDERINGS` in a fresh process, for the patches of `plugins` (default: all).

    Raises:
        AssertionError: with what is wrong, one line each.
    """
    command = [sys.executable, "-m", "hfcompat.testing", name, dialect or "-", *plugins]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, f"ordering {name}:\n{done.stdout}\n{done.stderr[-4000:]}"


def play(name: str, dialect: str | None, plugins: list[str]) -> list[str]:
    """Play one of `ORDERINGS` in this process, which should have done nothing else; returns what is wrong."""
    wish: dict[str, Any] = {"dialect": dialect, "disable": _other_plugins(plugins) if plugins else ()}
    idle = _idle(plugins, wish)
    if idle:
        return idle
    targets = _targets(wish)
    steps = ORDERINGS[name].split()
    before: Snapshot | None = None
    for step in steps:
        if step == "import":
            _import(targets)
        elif step == "apply":
            if before is None:
                before = Snapshot()
            hfcompat.apply(**wish)
        else:
            hfcompat.revert()
    last = [step for step in steps if step != "import"][-1]
    if last == "apply":
        return list(_wrong_when_applied(hfcompat.report().records))
    return _wrong_when_reverted(before, targets, wish)


def _other_plugins(wanted: list[str]) -> list[str]:
    names = [plugin.name for plugin in hfcompat.apply().plugins]
    hfcompat.revert()
    return [name for name in names if name not in wanted]


def _idle(plugins: list[str], wish: dict[str, Any]) -> list[str]:
    """Why there is nothing to play: a plugin that is misspelled, broken or empty would pass every ordering."""
    report = hfcompat.apply(**wish)
    hfcompat.revert()
    rows = {plugin.name: plugin for plugin in report.plugins if plugin.state is PluginState.LOADED and plugin.patches}
    return [f"plugin {name} has no patches to play, or did not load" for name in plugins if name not in rows]


def _targets(wish: dict[str, Any]) -> list[str]:
    records = hfcompat.apply(**wish).records
    hfcompat.revert()
    return sorted(
        {r.target.module for r in records if r.status is Status.PENDING and r.patch.kind is not Kind.REDIRECT}
    )


def _import(targets: list[str]) -> None:
    for target in targets:
        importlib.import_module(target)


def _wrong_when_applied(records: Collection[Record]) -> Iterator[str]:
    tops = {record.target: record for record in records if record.status is Status.INSTALLED}
    for record in records:
        if record.status in (Status.SKIPPED, Status.NATIVE):
            continue
        if record.status is not Status.INSTALLED:
            yield f"{record.key} is {record.status.name}: {record.why}"
        elif record is tops[record.target]:  # what is under it is what this one wraps
            try:
                yield from _wrong_in_place(record)
            except Exception as error:
                yield f"{record.key} cannot be had: {type(error).__name__}: {error}"


def _wrong_in_place(record: Record) -> Iterator[str]:
    before, now = LEDGER.places(record.key)
    impl = record.patch.impl
    if record.patch.kind is Kind.REDIRECT:
        module = importlib.import_module(record.target.module)
        if vars(module).get("__hfcompat_impl__") is not importlib.import_module(impl):
            yield f"{record.key}: {record.target} is not served from {impl}"
    elif isinstance(now, str) and now.startswith("served from"):
        if getattr(sys.modules[record.target.module], record.target.name) is not pkgutil.resolve_name(impl):
            yield f"{record.key}: {record.target} is not {impl}"
    elif record.patch.kind is Kind.WRAP:
        inner = getattr(getattr(now, "__func__", now), "__wrapped__", None)
        if (
            not isinstance(now, property)
            and before is not edits.MISSING
            and inner is not getattr(before, "__func__", before)
        ):
            yield f"{record.key}: {record.target} is not wrapped exactly once"
    elif now is not pkgutil.resolve_name(impl):
        yield f"{record.key}: {record.target} is not {impl}"


def _wrong_when_reverted(before: Snapshot | None, targets: list[str], wish: dict[str, Any]) -> list[str]:
    assert before is not None
    wrong = [f"{r.key} is {r.status.name} after revert" for r in hfcompat.report() if r.status is Status.INSTALLED]
    wrong += before.differences(Snapshot(), loaded=True)
    roots = {"hfcompat", *(plugin.module.partition(".")[0] for plugin in hfcompat.report().plugins)}
    wrong += Snapshot().traces(roots)
    wrong += [f"{r.target} is still registered" for r in hfcompat.report() if _still_registered(r)]
    # Once everything that can load has loaded, another round must leave the identical objects, without forgiveness.
    _import(targets)
    hfcompat.apply(**wish)
    list(_wrong_when_applied(hfcompat.report().records))
    hfcompat.revert()
    warm = Snapshot()
    hfcompat.apply(**wish)
    wrong += _wrong_when_applied(hfcompat.report().records)
    hfcompat.revert()
    return wrong + warm.differences(Snapshot())


def _still_registered(record: Record) -> bool:
    """A registry is one object whatever it holds, so a snapshot of attributes does not see this."""
    if record.patch.kind is not Kind.REGISTER or record.status is not Status.REVERTED:
        return False
    module = sys.modules.get(record.target.module)
    return module is not None and record.target.key in attrgetter(".".join(record.target.path))(module)
