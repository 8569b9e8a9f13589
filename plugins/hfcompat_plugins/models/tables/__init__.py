"""The declarations of the plugin, a module for each concern, and the two kinds of rows that most of them are.

Nothing here imports torch or transformers.
"""

from __future__ import annotations

from hfcompat_plugins.rows import SOURCE, added, row_id, versions

from hfcompat import Kind, Patch

OURS = "hfcompat_plugins.models."


def gone(
    names: str, family: str, *, last: str, to: str, reason: str, kind: str = "modeling", traced: bool = False
) -> list[Patch]:
    """Rows for names that a module of `family` had in version `last`, and none that came after it."""
    package = "data2vec" if family == "data2vec_audio" else family
    module = f"models.{package}.{kind}_{family}"
    return added(
        names,
        at=(module,),
        to=to if "." in to else OURS + to,
        since=_after(last),
        reason="{name} is gone since {since}, " + reason,
        upstream=f"{SOURCE}{last}/src/transformers/{module.replace('.', '/')}.py",
        traced=traced,
    )


def member(
    path: str,
    family: str,
    *,
    to: str,
    since: str,
    reason: str,
    upstream: str,
    before: str = "",
    after: tuple[str, ...] = (),
) -> Patch:
    """A row for a member of a class: one that is gone comes back, one that changed is wrapped."""
    name = path.rpartition(".")[2]
    wrapped = name in ("__init__", "forward")
    return Patch(
        id=row_id("models", family, path.replace("__", "")),
        target=f"transformers.models.{family}.modeling_{family}:{path}",
        kind=Kind.WRAP if wrapped else Kind.ADD,
        impl=OURS + to,
        when={"transformers": versions(since, before or ("5.24" if wrapped else ""))},
        reason=reason.format(name=name),
        upstream=upstream,
        traced=name != "__init__",
        after=after,
    )


def _after(version: str) -> str:
    """The minor version that followed that of `version`."""
    major, minor, _ = version.split(".")
    return "5.0" if (major, minor) == ("4", "57") else f"{major}.{int(minor) + 1}"
