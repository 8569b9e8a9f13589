"""What is installed where: the one place with state.

Plugin code and imports run outside the lock, so a thread that imports never waits for one that applies. Every
change of state happens inside it, and asks first whether the record is still the one that it was decided for.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from hfcompat import edits
from hfcompat.edits import Edit
from hfcompat.environment import Environment
from hfcompat.imports import Watch
from hfcompat.patch import Kind, Record, Status
from hfcompat.plan import Policy, plan, unmatched
from hfcompat.plugins import Discovery, Plugin, PluginState, is_harmless
from hfcompat.report import Problem, Report, line

__all__ = ["Ledger"]

_LOG = logging.getLogger("hfcompat")

_EXECUTES_TRANSFORMERS_ANEW = "transformers.processing_utils"
"""Its import runs `transformers/__init__.py` again, and puts another module into sys.modules['transformers']."""


@dataclass(slots=True)
class _Entry:
    """An edit that was made, and the record of the patch that it was made for."""

    record: Record
    edit: Edit


class Ledger:
    """Installs, verifies and reverts patches; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._policy: Policy | None = None
        self._records: list[Record] = []
        self._wanted: set[str] = set()  # keys that the last plan selected
        self._edits: dict[str, _Entry] = {}  # by `plugin:id`, in order of installation
        self._plugins: list[Plugin] = []
        self._problems: list[Problem] = []
        self._watch = Watch(self._arrived)
        if hasattr(os, "register_at_fork"):  # a child must not inherit a lock that another thread holds
            os.register_at_fork(
                before=self._lock_all, after_in_parent=self._unlock_all, after_in_child=self._unlock_all
            )

    @property
    def policy(self) -> Policy | None:
        """What is applied now; None when nothing is."""
        with self._lock:
            return self._policy

    @property
    def problems(self) -> list[Problem]:
        """What concerns no single patch."""
        with self._lock:
            return list(self._problems)

    def apply(
        self,
        discovery: Discovery,
        environment: Environment,
        policy: Policy,
        problems: Iterable[Problem] = (),
        *,
        merge: bool = True,
    ) -> None:
        """Bring the runtime to what `policy` (merged with what is applied already) wants of what was discovered.

        What is wanted and there stays as it is, what is no longer wanted is undone. Modules that are imported are
        patched before this returns, the others when they come.
        """
        with self._lock:
            if merge and self._policy:
                policy = self._policy.merged(policy)
            planned = plan(discovery.offers, environment, policy)
            self._follow()
            known = self._by_key() if self._policy or self._edits else {}
            wanted = {record.key for record in planned if record.status is Status.PENDING}
            self._uninstall(self._edits.keys() - wanted)
            self._uninstall(self._lifted(planned, known))
            self._look_again()
            told = {(record.key, record.status, record.why) for record in self._records}
            self._records = [self._kept(known.get(record.key), record, policy) for record in planned]
            planned_keys = {record.key for record in planned}
            self._records += [entry.record for key, entry in self._edits.items() if key not in planned_keys]
            self._wanted = wanted
            for record in self._records:
                if (record.key, record.status, record.why) not in told:
                    _tell(record)
            if not merge:
                self._problems = []
            self._note(discovery.plugins, [*problems, *_misspelled(policy, discovery)])
            self._policy = policy
            pending = [record for record in self._records if record.status is Status.PENDING]
        for record in pending:
            if record.patch.kind is Kind.REDIRECT:
                self._install(record)
        modules = dict.fromkeys(r.target.module for r in pending if r.patch.kind is not Kind.REDIRECT)
        if "transformers" in modules:
            modules[_EXECUTES_TRANSFORMERS_ANEW] = None
        for module in modules:
            self._watch.add(module)
        if _EXECUTES_TRANSFORMERS_ANEW in sys.modules:
            with self._lock:
                edits.serve_in_doubles("transformers", [entry.edit for entry in self._edits.values()])

    def revert(self) -> None:
        """Undo, newest first, everything that is still ours; what others patched over is left alone, and said so."""
        with self._lock:
            self._watch.clear()
            self._uninstall(set(self._edits))
            for record in self._records:
                if record.status is Status.PENDING:
                    record.status, record.why = Status.REVERTED, ""
            self._policy = None
            self._problems = []

    def follow(self) -> None:
        """Go over to modules that took the place of patched ones."""
        with self._lock:
            self._follow()

    def verify(self) -> None:
        """Look at every target again."""
        with self._lock:
            self._look_again()

    def report(self, blank: Report) -> Report:
        """`blank`, which has the versions, filled in with what is in the books."""
        with self._lock:
            dialect = self._policy.dialect if self._policy else None
            return replace(
                blank,
                dialect=str(dialect) if dialect else None,
                records=tuple(replace(record) for record in self._records),
                plugins=tuple(replace(plugin) for plugin in self._plugins),
                problems=tuple(self._problems),
            )

    def places(self, key: str) -> tuple[Any, Any]:
        """What stood at the target of `plugin:id` before, and what stands there now.

        Raises:
            KeyError: it is not installed.
        """
        with self._lock:
            edit = self._edits[key].edit
            return edit.before, edit.now()

    def _arrived(self, module: str) -> None:
        """Called inside somebody's import: must never raise."""
        try:
            with self._lock:
                if module == _EXECUTES_TRANSFORMERS_ANEW:
                    self._follow()
                due = [r for r in self._records if r.status is Status.PENDING and r.target.module == module]
            for record in due:
                self._install(record)
        except BaseException as error:
            if not is_harmless(error):
                raise
            with contextlib.suppress(Exception):
                _LOG.exception("hfcompat could not patch %s; please report this", module)

    def _install(self, record: Record) -> None:
        edit: Edit | None = None
        status, why = Status.INSTALLED, ""
        force = bool(self._policy and self._policy.enables(record.key))
        try:
            edit = edits.prepare(
                record.target, record.patch, force=force, ours=self._ours, failed=lambda why: self._lost(record, why)
            )
        except edits.Native as error:
            status, why = Status.NATIVE, str(error)
        except edits.AlreadyPatched as error:
            status, why = Status.CONFLICT, f"{error} and is left alone; enable={record.key!r} patches over it"
        except BaseException as error:  # a plugin's code may raise anything
            if not is_harmless(error):
                raise
            status, why = Status.FAILED, _failure(error, record)
        with self._lock:
            if record.status is not Status.PENDING or not any(record is known for known in self._records):
                return  # another thread was first, or it was reverted meanwhile
            if edit is not None:
                try:
                    edit.make()
                except Exception as error:
                    status, why = Status.FAILED, _failure(error, record)
                else:
                    self._edits[record.key] = _Entry(record, edit)
            _settle(record, status, why)

    def _uninstall(self, keys: Iterable[str]) -> None:
        doomed = self._with_those_above(set(keys))
        for key in [key for key in reversed(self._edits) if key in doomed]:
            record, edit = self._edits[key].record, self._edits[key].edit
            if not (edit.intact or edit.stale):
                _settle(record, Status.DISPLACED, f"{_displaced(edit)}; not reverted")
                continue
            try:
                if edit.intact:
                    edit.undo()
            except Exception as error:
                _settle(record, Status.FAILED, f"could not be reverted: {_failure(error, record)}")
                continue
            del self._edits[key]
            _settle(record, Status.REVERTED, "")

    def _follow(self) -> None:
        """Bring edits over to modules that were imported anew, or undo them, so that they are made again."""
        self._uninstall([key for key, entry in self._edits.items() if entry.edit.stale and not entry.edit.follow()])

    def _kept(self, old: Record | None, new: Record, policy: Policy) -> Record:
        """The record that goes on: what was settled for the same wish is not settled again."""
        entry = self._edits.get(new.key)
        if entry is not None:
            return entry.record
        if old is None or new.status is not Status.PENDING:
            return new
        newly_asked = old.status is Status.CONFLICT and policy.enables(old.key)
        settled = self._policy is not None and old.key in self._wanted and old.status is not Status.REVERTED
        return old if settled and not newly_asked else new

    def _with_those_above(self, keys: set[str]) -> set[str]:
        """`keys`, and the edits of ours that went around one of them later."""
        opened, found = set(), set()
        for key, entry in self._edits.items():
            target = entry.record.target
            if key in keys:
                opened.add(target)
            if target in opened:
                found.add(key)
        return found

    def _lifted(self, planned: list[Record], known: dict[str, Record]) -> set[str]:
        """Installed edits that a newly wanted one has to go under."""
        opened, found = set(), set()
        for record in planned:  # in order of installation
            if record.status is not Status.PENDING:
                continue
            old = known.get(record.key)
            if record.key in self._edits and record.target in opened:
                found.add(record.key)
            elif old is None or old.status in (Status.SKIPPED, Status.REVERTED):
                opened.add(record.target)
        return found

    def _look_again(self) -> None:
        """Compare each target with what was put there. What is under another edit of ours shows when that goes."""
        seen = set()
        for entry in reversed(self._edits.values()):
            record, edit = entry.record, entry.edit
            if record.target in seen:
                continue
            seen.add(record.target)
            if record.status is Status.INSTALLED and not edit.intact and not edit.stale:
                _settle(record, Status.DISPLACED, _displaced(edit))
            elif record.status is Status.DISPLACED and edit.intact:
                _settle(record, Status.INSTALLED, "")

    def _note(self, plugins: list[Plugin], problems: list[Problem]) -> None:
        known = {plugin.name: plugin.why for plugin in self._plugins}
        for plugin in plugins:
            if plugin.state is PluginState.FAILED and known.get(plugin.name) != plugin.why:
                _say(logging.WARNING, f"FAILED plugin {plugin.name}: {plugin.why}")
        self._plugins = plugins
        for problem in problems:
            if problem not in self._problems:
                self._problems.append(problem)
                _say(logging.WARNING if problem.failed else logging.INFO, str(problem))

    def _lock_all(self) -> None:
        for lock in (self._lock, self._watch.lock, *edits.LOCKS):
            lock.acquire()

    def _unlock_all(self) -> None:
        for lock in reversed((self._lock, self._watch.lock, *edits.LOCKS)):
            lock.release()

    def _by_key(self) -> dict[str, Record]:
        found: dict[str, Record] = {}
        for record in self._records:
            found.setdefault(record.key, record)
        return found

    def _ours(self, thing: Any) -> bool:
        with self._lock:
            return any(entry.edit.now() is thing and entry.edit.intact for entry in self._edits.values())

    def _lost(self, record: Record, why: str) -> None:
        with self._lock:
            if record.status is Status.INSTALLED:
                _settle(record, Status.FAILED, f"{why}; disable={record.key!r} turns it off")


def _displaced(edit: Edit) -> str:
    now = edit.now()
    by = "is gone" if now is edits.MISSING else f"was patched over by {edits.origin(now) or repr(now)[:60]}"
    return f"what hfcompat put there {by}"


def _failure(error: BaseException, record: Record) -> str:
    text = (
        str(error)
        if isinstance(error, edits.Unresolvable)
        else f"{record.patch.impl} raised {type(error).__name__}: {error}"
    )
    return f"{text}; disable={record.key!r} turns it off"


def _misspelled(policy: Policy, discovery: Discovery) -> list[Problem]:
    keys = [f"{plugin}:{patch.id}" for plugin, patch in discovery.offers]
    why = "matches no patch and no plugin; see: hfcompat doctor --all"
    return [
        Problem(f"pattern {glob!r}", why, failed=glob in policy.enable)
        for glob in unmatched(policy, keys, [plugin.name for plugin in discovery.plugins])
    ]


def _settle(record: Record, status: Status, why: str) -> None:
    record.status, record.why = status, why
    _tell(record)


def _tell(record: Record) -> None:
    _say(logging.WARNING if record.status.loud else logging.DEBUG, line(record))


def _say(level: int, text: str) -> None:
    """Log; a handler that raises must not break the import that this may be happening in."""
    with contextlib.suppress(Exception):
        _LOG.log(level, "%s", text)
