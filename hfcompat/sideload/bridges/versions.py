"""In the place of `dependency_versions_check`: what the wheel needs newer is in hfcompat/sideload/outside."""

from __future__ import annotations

__all__ = ["dep_version_check"]


def dep_version_check(pkg: str, hint: str | None = None) -> None:
    """Takes whatever version is installed."""
