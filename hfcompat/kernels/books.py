"""What was swapped in which model, why, and how it is taken back."""

from __future__ import annotations

import importlib
import warnings
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from types import MethodType
from typing import Any

from hfcompat.kernels.swap import Slot

__all__ = ["Attempt", "attempts", "inner", "keep", "note", "undo"]


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
    if found:  # remote code may give what cannot be noted on
        _page(model).attempts += found


def keep(model: Any, end: Callable[[Any], None]) -> None:
    """Write down how something is taken back. `end` gets the model, and must not hold on to it."""
    _page(model).ends.append(end)


def attempts(model: Any) -> tuple[Attempt, ...]:
    """All swaps that were tried on a model, in order; of a copy, those of nobody. PEFT's wrapper tells of the model."""
    page = _pages.get(inner(model))
    return tuple(page.attempts) if page else ()


def inner(model: Any) -> Any:
    """The model within PEFT's wrapper; any other as it is."""
    is_wrapper = any(cls.__module__.partition(".")[0] == "peft" for cls in type(model).__mro__)
    return model.get_base_model() if is_wrapper and hasattr(model, "get_base_model") else model


def undo(model: Any) -> None:
    """Take all swaps on a model back, the last first; it is to the bit what it was. Attention stays as it was built.

    PEFT's wrapper stands for the model within. A deep copy is let go by `sdpa_method`, but keeps the methods of other
    swaps: what they replaced is known of the model alone that they were made on, and a warning says so.
    """
    model = inner(model)
    page = _pages.get(model)
    while page and page.ends:
        page.ends.pop()(model)
    if page:
        page.attempts = [attempt for attempt in page.attempts if attempt.slot is Slot.ATTENTION]
    sdpa = importlib.import_module("hfcompat.kernels.sdpa")
    sdpa.let_go(model)
    if page is None and (bound := sum(map(_is_bound, model.modules()))):
        warnings.warn(
            f"{bound} modules of this {type(model).__name__} have a forward of their own, and no swap on it is known: "
            "what a copy has taken along is not taken back; undo the model before it is copied, or load it anew",
            stacklevel=2,
        )


def _is_bound(module: Any) -> bool:
    """Whether a module has a method of its own for a forward, as swaps bind it, and accelerate does not."""
    own = vars(module).get("forward")
    return isinstance(own, MethodType) and own.__func__ is not type(module).forward


def _page(model: Any) -> _Page:
    return _pages.setdefault(model, _Page())
