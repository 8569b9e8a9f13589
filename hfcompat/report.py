"""What was done and why, as text, as a table and as JSON."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hfcompat.kernels.books import Attempt
from hfcompat.patch import Record, Status
from hfcompat.plugins import Plugin, PluginState

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["HfcompatError", "Problem", "Report"]

_STYLES = {
    Status.INSTALLED: "green",
    Status.PENDING: "cyan",
    Status.NATIVE: "dim",
    Status.SKIPPED: "dim",
    Status.REVERTED: "dim",
    Status.CONFLICT: "yellow",
    Status.DISPLACED: "yellow",
    Status.FAILED: "bold red",
}


class HfcompatError(RuntimeError):
    """What strict mode raises. `report` holds the whole story."""

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that concerns no single patch: a plugin, the policy, the environment."""

    subject: str
    why: str
    failed: bool = True  #: a note otherwise

    def __str__(self) -> str:
        return f"{'FAILED' if self.failed else 'NOTE':<9} {self.subject}: {self.why}"


@dataclass(frozen=True, slots=True)
class Report:
    """A snapshot; nothing in it changes any more.

    Attributes:
        hfcompat, transformers, torch, python: versions; None where absent.
        dialect: the version that the user's code was written for, if it was given.
        records: every patch of every plugin, the selected ones in order of installation.
        plugins: every entry point, and what became of it.
        problems: what concerns no single patch.
        swaps: of one model, every kernel swap that was tried.
    """

    hfcompat: str
    transformers: str | None
    torch: str | None
    python: str
    dialect: str | None
    records: tuple[Record, ...] = ()
    plugins: tuple[Plugin, ...] = ()
    problems: tuple[Problem, ...] = field(default=())
    swaps: tuple[Attempt, ...] = ()

    def __iter__(self) -> Iterator[Record]:
        return iter(self.records)

    def __getitem__(self, key: str) -> Record:
        """The record of `plugin:id`; KeyError when there is none."""
        for record in self.records:
            if record.key == key:
                return record
        raise KeyError(key)

    def __str__(self) -> str:
        return self.text()

    @property
    def counts(self) -> dict[Status, int]:
        """How many patches have each status, most frequent first."""
        return dict(Counter(record.status for record in self.records).most_common())

    @property
    def failures(self) -> list[str]:
        """One line for each thing that a user should see without asking."""
        lines = [str(problem) for problem in self.all_problems if problem.failed]
        return lines + [line(record) for record in self.records if record.status.loud]

    @property
    def ok(self) -> bool:
        """Whether nothing failed, conflicted or was displaced."""
        return not self.failures

    @property
    def all_problems(self) -> list[Problem]:
        """`problems`, and the plugins that failed."""
        failed = [p for p in self.plugins if p.state is PluginState.FAILED]
        return [*self.problems, *(Problem(f"plugin {p.name} ({p.distribution} {p.version})", p.why) for p in failed)]

    def summary(self) -> str:
        """One line."""
        counts = ", ".join(f"{n} {status.value}" for status, n in self.counts.items()) or "no patches"
        dialect = f", dialect {self.dialect}" if self.dialect else ""
        return f"hfcompat {self.hfcompat} on transformers {self.transformers or 'none'}{dialect}: {counts}"

    def text(self, *, everything: bool = False) -> str:
        """The summary, and a line for each problem, swap and patch; skipped patches only with `everything`."""
        rows = [r for r in self.records if everything or r.status is not Status.SKIPPED]
        return "\n".join([self.summary(), *map(str, self.all_problems), *map(str, self.swaps), *map(line, rows)])

    def table(self, *, everything: bool = False) -> Table:
        """The same as `text`, for a terminal. Needs the extra `cli` (rich)."""
        from rich.table import Table
        from rich.text import Text

        table = Table(title=self.summary(), title_justify="left", box=None, pad_edge=False, header_style="bold")
        table.add_column("status", no_wrap=True)
        table.add_column("patch, target", overflow="fold", ratio=4)
        table.add_column("transformers", overflow="fold", ratio=2)
        table.add_column("why", overflow="fold", ratio=5)
        for problem in self.all_problems:
            word, style = ("FAILED", "bold red") if problem.failed else ("NOTE", "yellow")
            table.add_row(Text(word, style), Text(problem.subject), "", Text(problem.why))
        for swap in self.swaps:
            word, style = ("TAKEN", "green") if swap.taken else ("REFUSED", "yellow")
            table.add_row(Text(word, style), Text(f"{swap.slot.value}: {swap.swap}"), "", Text(swap.why))
        for record in self.records:
            if everything or record.status is not Status.SKIPPED:
                place = Text(record.key).append(f"\n{_short(record)}", "dim")
                status = Text(record.status.name, _STYLES[record.status])
                table.add_row(status, place, Text(_runtimes(record)), Text(record.why or str(record.patch.reason)))
        return table

    def to_dict(self) -> dict[str, Any]:
        """Plain data, as `doctor --json` prints it."""
        return {
            "hfcompat": self.hfcompat,
            "transformers": self.transformers,
            "torch": self.torch,
            "python": self.python,
            "dialect": self.dialect,
            "ok": self.ok,
            "counts": {status.value: n for status, n in self.counts.items()},
            "problems": [{"subject": p.subject, "why": p.why, "failed": p.failed} for p in self.all_problems],
            "plugins": [
                {
                    "name": p.name,
                    "module": p.module,
                    "distribution": p.distribution,
                    "version": p.version,
                    "state": p.state.value,
                    "why": p.why,
                    "patches": p.patches,
                }
                for p in self.plugins
            ],
            "swaps": [{"slot": s.slot.value, "swap": s.swap, "taken": s.taken, "why": s.why} for s in self.swaps],
            "patches": [_as_dict(record) for record in self.records],
        }

    def to_json(self) -> str:
        """`to_dict` as indented JSON."""
        return json.dumps(self.to_dict(), indent=2, default=str)  # a bad declaration may hold anything


def line(record: Record) -> str:
    """One line: status, `plugin:id`, target, why."""
    return f"{record.status.name:<9} {record.key}  {record.patch.target}  {record.why or record.patch.reason}"


def _runtimes(record: Record) -> str:
    when = record.patch.when
    return str(when.get("transformers", "any")) if hasattr(when, "get") else str(when)


def _short(record: Record) -> str:
    text = str(record.patch.target)
    return text.removeprefix("transformers.").removeprefix("transformers:")


def _as_dict(record: Record) -> dict[str, Any]:
    patch = record.patch
    when = patch.when if hasattr(patch.when, "items") else {}
    return {
        "key": record.key,
        "status": record.status.value,
        "why": record.why,
        "target": str(patch.target),
        "kind": getattr(patch.kind, "value", str(patch.kind)),
        "when": {name: str(text) for name, text in when.items()},
        "behavioural": patch.behavioural,
        "reason": patch.reason,
        "upstream": patch.upstream,
    }
