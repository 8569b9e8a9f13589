"""Calls that 4.x answers otherwise than 5.x: for those who say `dialect="5..."`."""

from __future__ import annotations

from hfcompat import Patch

BEHAVIOURS: list[Patch] = []
