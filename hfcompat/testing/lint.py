"""Rules that rows of a declaration table must keep, over and above being well-formed."""

from __future__ import annotations

import itertools
import subprocess
import sys
from collections.abc import Iterable, Iterator

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from hfcompat.environment import Environment
from hfcompat.patch import Kind, Patch, Range, as_range
from hfcompat.plan import Policy
from hfcompat.plugins import PluginState, discover

__all__ = ["lint", "lint_patches"]

_HEAVY = ("torch", "transformers", "numpy")


def lint(plugin: str) -> list[str]:
    """What is wrong with the declarations of an installed plugin, one sentence each.

    Raises:
        LookupError: no plugin has that name.
    """
    found = discover(Environment(), Policy())
    mine = [p for p in found.plugins if p.name == plugin]
    if not mine:
        names = ", ".join(p.name for p in found.plugins)
        raise LookupError(f"no plugin is called {plugin!r}; there are: {names}")
    broken = [p.why for p in mine if p.state is PluginState.FAILED]
    patches = [patch for name, patch in found.offers if name == plugin]
    return [*broken, *lint_patches(patches), *_heavy_imports(plugin)]


def lint_patches(patches: Iterable[Patch]) -> list[str]:
    """The same for rows that belong to no installed plugin."""
    rows = list(patches)
    bad = [f"{row.id}: {problem}" for row in rows for problem in row.problems()]
    if bad:
        return bad
    return [*_duplicates(rows), *_bounds(rows), *_links(rows), *_unknown_after(rows), *_meetings(rows)]


def _duplicates(rows: list[Patch]) -> Iterator[str]:
    seen: set[str] = set()
    for row in rows:
        if row.id in seen:
            yield f"{row.id}: two rows have this id"
        seen.add(row.id)


def _bounds(rows: list[Patch]) -> Iterator[str]:
    for row in rows:
        home = "huggingface_hub" if row.target.startswith("huggingface_hub") else "transformers"
        runtime = row.when.get(home)
        if runtime is None:
            yield f"{row.id}: when says nothing of {home}"
            continue
        specifiers = as_range(runtime)
        if row.kind in (Kind.REPLACE, Kind.WRAP) and not any(s.operator in ("<", "<=", "==") for s in specifiers):
            yield f"{row.id}: a {row.kind.value} needs an upper bound, the last version that it was tested on"
        for specifier in specifiers:
            if specifier.operator == ">=" and not specifier.version.endswith(".dev0"):
                yield f"{row.id}: the floor {specifier} shuts out development builds; write {specifier}.dev0"


def _links(rows: list[Patch]) -> Iterator[str]:
    for row in rows:
        if not row.upstream.startswith("https://"):
            yield f"{row.id}: upstream {row.upstream!r} is no link"
        if not row.reason.rstrip().endswith((".", "!", "?")):
            yield f"{row.id}: reason is no sentence: {row.reason!r}"


def _unknown_after(rows: list[Patch]) -> Iterator[str]:
    ids = {row.id for row in rows}
    for row in rows:
        for name in row.after:
            if ":" not in name and name not in ids:
                yield f"{row.id}: after names {name!r}, which this plugin does not have"


def _meetings(rows: list[Patch]) -> Iterator[str]:
    """One target, two bodies: their ranges must not meet, unless one goes around the other."""
    for one, other in itertools.combinations(rows, 2):
        if one.target != other.target or other.id in one.after or one.id in other.after:
            continue
        names = one.when.keys() & other.when.keys()
        if all(_meet(one.when[name], other.when[name]) for name in names):
            yield f"{one.id} and {other.id}: both patch {one.target} in ranges that meet"


def _meet(one: Range, other: Range) -> bool:
    left, right = as_range(one), as_range(other)
    return any(
        left.contains(version, prereleases=True) and right.contains(version, prereleases=True)
        for version in _samples(left, right)
    )


def _samples(*ranges: SpecifierSet) -> Iterator[Version]:
    """Every bound, and a version just above and just below: two intervals that meet do so at one of these."""
    yield Version("0")
    yield Version("9999")
    for specifier in itertools.chain(*ranges):
        version = Version(specifier.version.removesuffix(".*"))
        yield version
        yield Version(f"{version.base_version}.1")
        yield Version(f"{version.base_version}.dev0")


def _heavy_imports(plugin: str) -> list[str]:
    """Loading declarations must import nothing heavy: asked of a fresh process."""
    script = (
        "import sys\nfrom hfcompat.environment import Environment\nfrom hfcompat.plan import Policy\n"
        f"from hfcompat.plugins import discover\nblock = [n for n in {sorted(_names())!r} if n != {plugin!r}]\n"
        "discover(Environment(), Policy(disable=tuple(block)))\n"
        f"print(*(name for name in {_HEAVY!r} if name in sys.modules))"
    )
    printed = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    return [f"{plugin}: its declarations import {name}" for name in printed]


def _names() -> set[str]:
    return {plugin.name for plugin in discover(Environment(), Policy()).plugins}
