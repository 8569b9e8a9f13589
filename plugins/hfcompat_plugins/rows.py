"""Rows of declarations that read alike: names, and whole modules, that are served where they used to be."""

from __future__ import annotations

import re
from collections.abc import Iterable

from hfcompat import Kind, Patch

PULL = "https://github.com/huggingface/transformers/pull/"
GUIDE = "https://github.com/huggingface/transformers/blob/main/MIGRATION_GUIDE_V5.md"
SOURCE = "https://github.com/huggingface/transformers/blob/v"  # and a version, and a path
TOP = ""  # the package transformers itself

_EDGES, _WITHIN = re.compile(r"\b_+|_+\b"), re.compile("_+")


def added(
    names: str,
    *,
    at: Iterable[str],
    to: str,
    since: str,
    reason: str,
    upstream: str,
    before: str = "",
    traced: bool = False,
) -> list[Patch]:
    """A row for each of `names` at each of the modules `at`; `to` is a module that has the name, or `module:name`.

    `{name}` and `{since}` in `reason` are filled in.
    """
    suffix = f".before-{before.replace('.', '-')}" if before else ""
    when = {"transformers": versions(since, before)}
    return [
        Patch(
            id=row_id(module, name) + suffix,
            target=f"{path(module)}:{name}",
            kind=Kind.ADD,
            impl=to if ":" in to else f"{to}:{name}",
            when=when,
            reason=reason.format(name=name, since=since),
            upstream=upstream,
            traced=traced,
        )
        for name in names.split()
        for module in at
    ]


def redirected(modules: str, *, to: str, since: str, reason: str, upstream: str, before: str = "") -> list[Patch]:
    """A row for each of `modules`, all of which are served from the module `to`; `reason` as for `added`."""
    return [
        Patch(
            id=row_id("module", module),
            target=path(module),
            kind=Kind.REDIRECT,
            impl=to,
            when={"transformers": versions(since, before)},
            reason=reason.format(name=path(module), since=since),
            upstream=upstream,
            traced=False,
        )
        for module in modules.split()
    ]


def versions(since: str, before: str = "") -> str:
    return f">={since}.0.dev0" + (f",<{before}.0.dev0" if before else "")


def path(module: str) -> str:
    return f"transformers.{module}" if module else "transformers"


def row_id(*parts: str) -> str:
    """The parts, joined as the id of a row is written: `utils._is_some` becomes `utils.is-some`."""
    return _WITHIN.sub("-", _EDGES.sub("", ".".join(filter(None, parts)).lower()))
