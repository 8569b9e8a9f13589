"""What was swapped in which model, why, and how it is taken back."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hfcompat.kernels.swap import Slot

__all__ = ["Attempt", "attempts", "keep", "note", "undo"]


@dataclass(frozen=True, slots=True)
class Attempt:
    """A swap that was tried.

    Attributes:
        slot: the part of the model.
        swap: name of the implementation.
        taken: whether the model has it.
        why: why not, or what should be known about it.
    """

    slot: Slot
    swap: str
    taken: bool
    why: str = ""

    def __str__(self) -> str:
        return f"{'TAKEN' if self.taken else 'REFUSED':<9} {self.slot.value}: {self.swap}" + (
            f"  {self.why}" if self.why else ""
        )


class _Page:
    __slots__ = ("attempts", "ends")

    def __init__(self) -> None:
        self.attempts: list[Attempt] = []
        self.ends: list[Callable[[Any], None]] = []


_pages: weakref.WeakKeyDictionary[Any, _Page] = weakref.WeakKeyDictionary()


def note(model: Any, *found: Attempt) -> None:
    """Write down what was tried."""
    _page(model).attempts += found


def keep(model: Any, end: Callable[[Any], None]) -> None:
    """Write down how something is taken back. `end` gets the model, and must not hold on to it."""
    _page(model).ends.append(end)


def attempts(model: Any) -> tuple[Attempt, ...]:
    """All swaps that were tried on a model, in order; of a copy, those of nobody."""
    page = _pages.get(model)
    return tuple(page.attempts) if page else ()


def undo(model: Any) -> None:
    """Take all swaps on a model back, the last first; it is to the bit what it was. Attention stays as it was built."""
    page = _pages.get(model)
    if page is None:
        return
    while page.ends:
        page.ends.pop()(model)
    page.attempts = [attempt for attempt in page.attempts if attempt.slot is Slot.ATTENTION]


def _page(model: Any) -> _Page:
    return _pages.setdefault(model, _Page())
