"""`huggingface_hub` of 1.x and later, on 0.x."""

from __future__ import annotations

from typing import Any

import huggingface_hub
from huggingface_hub import constants

__all__ = ["ResolvedRevision", "is_offline_mode"]


def is_offline_mode() -> bool:
    """Whether nothing is to be asked of the Hub."""
    return bool(constants.HF_HUB_OFFLINE)


class ResolvedRevision(str):
    """A revision that knows its commit; with 0.x no revision is resolved ahead, so that none is made."""

    resolved: str | None = None


def __getattr__(name: str) -> Any:
    return getattr(huggingface_hub, name)
