"""Which patches are wanted, and in which order: a pure function of declarations, versions and policy."""

from __future__ import annotations

import graphlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import pairwise

from packaging.version import Version

from hfcompat.environment import Environment
from hfcompat.patch import Kind, Patch, Range, Record, Status, Target, as_range

__all__ = ["Offer", "Policy", "plan", "unmatched"]

Offer = tuple[str, Patch]
"""A plugin's name and one of its patches."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the user asked for.

    Attributes:
        dialect: version that the user's code was written for; selects behavioural patches.
        enable: globs on `plugin:id`; what they match is wanted whatever the dialect, and wins conflicts.
        disable: globs on `plugin:id`; win over everything. A plugin's name alone blocks the plugin.
        strict: failures raise.
    """

    dialect: Version | None = None
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    strict: bool = False

    def enables(self, key: str) -> str | None:
        """The glob that asks for `plugin:id`."""
        return _matching(key, self.enable)

    def disables(self, key: str) -> str | None:
        """The glob that turns `plugin:id` off."""
        return _matching(key, self.disable) or self.blocks(key.partition(":")[0])

    def blocks(self, plugin: str) -> str | None:
        """The glob that turns the whole plugin off, so that it need not even be imported."""
        if not self.disable:
            return None
        heads = {glob: glob.removesuffix(":*") for glob in self.disable}
        return next((glob for glob, head in heads.items() if ":" not in head and fnmatchcase(plugin, head)), None)

    def merged(self, other: Policy) -> Policy:
        """Both wishes; the dialect that was there first stays."""
        return Policy(
            self.dialect or other.dialect,
            tuple(dict.fromkeys(self.enable + other.enable)),
            tuple(dict.fromkeys(self.disable + other.disable)),
            self.strict or other.strict,
        )


def plan(offers: Iterable[Offer], environment: Environment, policy: Policy) -> list[Record]:
    """One record an offer: those that are wanted come as PENDING, in the order of installation, the others behind.

    The order depends on names alone, never on the order of discovery: first `after`, then `plugin:id`.
    """
    records = [_judge(plugin, patch, environment, policy) for plugin, patch in offers]
    records.sort(key=lambda record: (record.plugin, str(record.patch.id)))
    _fail_duplicates(records)
    wanted = _ordered([record for record in records if record.status is Status.PENDING])
    _settle_conflicts(wanted, policy)
    return [r for r in wanted if r.status is Status.PENDING] + [r for r in records if r.status is not Status.PENDING]


def unmatched(policy: Policy, keys: Iterable[str], plugins: Iterable[str]) -> list[str]:
    """Globs of `enable`, then of `disable`, that mean nothing here; most likely misspelled."""
    known, names = list(keys), list(plugins)
    lost = [glob for glob in policy.enable if not any(fnmatchcase(key, glob) for key in known)]
    for glob in policy.disable:
        alone = Policy(disable=(glob,))
        if not any(alone.disables(key) for key in known) and not any(alone.blocks(name) for name in names):
            lost.append(glob)
    return lost


def _judge(plugin: str, patch: Patch, environment: Environment, policy: Policy) -> Record:
    try:
        problems = patch.problems()
    except Exception as error:  # a declaration so odd that it cannot even be judged
        problems = [f"{type(error).__name__}: {error}"]
    if problems:
        return Record(plugin, patch, Status.FAILED, f"bad declaration: {'; '.join(problems)}; its author must mend it")
    record = Record(plugin, patch, Status.PENDING, target=Target.parse(patch.target))
    why = _off(record.key, environment, policy) or _out_of_range(record.key, patch, environment, policy)
    if why:
        record.status, record.why = Status.SKIPPED, why
    return record


def _off(key: str, environment: Environment, policy: Policy) -> str | None:
    glob = policy.disables(key)
    return f"policy: disabled by {glob!r}" if glob else environment.unsupported()


def _out_of_range(key: str, patch: Patch, environment: Environment, policy: Policy) -> str | None:
    for name, text in patch.when.items():
        if name == "dialect":
            continue
        version = environment.version(name)
        if version is None:
            return f"version: {name} is absent or of an unknown version"
        if not _contains(text, version):
            return f"version: {name} {version} is not in {_spelled(text)}"
    if not patch.behavioural or policy.enables(key):
        return None
    wanted = patch.when["dialect"]
    if policy.dialect is None:
        return f"policy: changes a call that works today, so it waits for apply(dialect=...) in {_spelled(wanted)}"
    if not _contains(wanted, policy.dialect):
        return f"policy: dialect {policy.dialect} is not in {_spelled(wanted)}"
    return None


def _fail_duplicates(records: list[Record]) -> None:
    first: dict[str, Record] = {}
    for record in records:
        kept = first.setdefault(record.key, record)
        if kept is not record:
            record.status = Status.FAILED
            record.why = (
                f"duplicate id {record.patch.id!r}: it is declared for {kept.patch.target} too, which stays; "
                "its author must rename one"
            )


def _settle_conflicts(records: list[Record], policy: Policy) -> None:
    """One target has one patch, unless a WRAP says that it comes after the other one."""
    by_target: dict[Target, list[Record]] = defaultdict(list)
    for record in records:
        by_target[record.target].append(record)
    for target, rivals in by_target.items():
        if len(rivals) == 1 or all(_stacks(upper, lower) for lower, upper in pairwise(rivals)):
            continue
        asked = [record for record in rivals if policy.enables(record.key)]
        for record in rivals:
            if [record] == asked:
                continue
            others = ", ".join(other.key for other in rivals if other is not record)
            record.status = Status.CONFLICT
            record.why = f"{target} is also the target of {others}; keep one with enable= or disable="


def _stacks(upper: Record, lower: Record) -> bool:
    return upper.patch.kind is Kind.WRAP and lower.key in _predecessors(upper)


def _predecessors(record: Record) -> list[str]:
    return [name if ":" in name else f"{record.plugin}:{name}" for name in record.patch.after]


def _ordered(records: list[Record]) -> list[Record]:
    """Topological order on `after`, ties by key. Rows of a cycle fail; the others go on."""
    waiting = {record.key: record for record in records}
    while True:
        graph = {key: [p for p in _predecessors(r) if p in waiting] for key, r in waiting.items()}
        sorter = graphlib.TopologicalSorter(graph)
        try:
            sorter.prepare()
        except graphlib.CycleError as error:
            cycle = list(dict.fromkeys(error.args[1]))
            for key in cycle:
                record = waiting.pop(key)
                record.status = Status.FAILED
                record.why = f"cyclic after: {' -> '.join([*cycle, cycle[0]])}; their authors must break the circle"
            continue
        order: list[Record] = []
        while sorter.is_active():
            ready = sorted(sorter.get_ready())
            order += [waiting[key] for key in ready]
            sorter.done(*ready)
        return order


def _contains(text: Range, version: Version) -> bool:
    return as_range(text).contains(version, prereleases=True)


def _spelled(text: Range) -> str:
    return str(text) or "any version"


def _matching(key: str, globs: tuple[str, ...]) -> str | None:
    return next((glob for glob in globs if fnmatchcase(key, glob)), None)
