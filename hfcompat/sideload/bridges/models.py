"""In the place of `models`: a package without names of its own."""

from __future__ import annotations

__all__: list[str] = []
