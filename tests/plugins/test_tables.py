"""The tables of all plugins together, on every release that they can meet: nothing conflicts, nothing is badly declared."""

from __future__ import annotations

from importlib.metadata import entry_points

import pytest
from packaging.version import Version

from hfcompat.environment import Environment
from hfcompat.patch import Status
from hfcompat.plan import Policy, plan

OFFERS = [
    (entry.name, patch)
    for entry in entry_points(group="hfcompat")
    if entry.value.startswith("hfcompat_plugins.")
    for patch in getattr(entry.load(), "PATCHES", ())  # some declare nothing but swaps or tokenizers
]
RELEASES = [f"4.{minor}.0" for minor in range(49, 58)] + [f"5.{minor}.0" for minor in range(24)]
HUB = {"4": "0.36.0", "5": "1.5.0"}


@pytest.mark.parametrize("dialect", [None, "4.36", "4.49", "4.53", "4.57", "5.0", "5.12", "5.23"])
@pytest.mark.parametrize("release", RELEASES)
def test_no_two_rows_are_in_each_others_way(release: str, dialect: str | None) -> None:
    here = Environment.of(
        python="3.11.0", transformers=release, torch="2.13.0", huggingface_hub=HUB[release[0]], tokenizers="0.22.1"
    )
    records = plan(OFFERS, here, Policy(dialect=dialect and Version(dialect)))
    assert len(records) > 2000
    assert [f"{r.key}: {r.why}" for r in records if r.status not in (Status.PENDING, Status.SKIPPED)] == []
