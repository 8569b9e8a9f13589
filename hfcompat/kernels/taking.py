"""Swaps are weighed, taken one after another, and written down."""

from __future__ import annotations

import functools
import importlib
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from hfcompat import api
from hfcompat.kernels import books, instances
from hfcompat.kernels.books import Attempt
from hfcompat.kernels.swap import Situation, Slot, Swap
from hfcompat.plugins import rows

__all__ = ["all_swaps", "candidates", "forecast", "take", "take_first", "weigh"]


def all_swaps() -> tuple[Swap, ...]:
    """Swaps of every plugin that is installed, in the order of their declaration.

    Raises:
        ValueError: a swap is badly declared.
    """
    return tuple(row for _, row in rows("hfcompat_swaps", Swap, api.LEDGER.policy))


def candidates(slot: Slot, situation: Situation, swaps: Iterable[Swap] | None = None) -> list[Swap]:
    """The swaps of a slot; rows for other versions of transformers go where one of the same id is for this one."""
    found = [swap for swap in (all_swaps() if swaps is None else swaps) if swap.slot is slot]
    fitting = {swap.id for swap in found if _is_for_runtime(swap, situation)}
    return [swap for swap in found if _is_for_runtime(swap, situation) or swap.id not in fitting]


def weigh(slot: Slot, situation: Situation, swaps: Iterable[Swap] | None = None) -> Iterator[tuple[Swap, str]]:
    """Each swap of a slot with the reason why it cannot be taken; "" where it can."""
    for swap in candidates(slot, situation, swaps):
        yield swap, swap.refusal(situation)


def forecast(situation: Situation) -> tuple[Attempt, ...]:
    """Every swap that there is, and whether a model there could take it; no model is needed."""
    return tuple(
        Attempt(slot, swap.id, not refusal, refusal or swap.reason)
        for slot in Slot
        for swap, refusal in weigh(slot, situation)
    )


def take_first(
    model: Any, slot: Slot, situation: Situation, config: dict[str, Any], swaps: Iterable[Swap] | None = None
) -> Swap | None:
    """Take the first swap of a slot that can be taken; the reasons of the others are noted. None: no one could."""
    for swap, refusal in weigh(slot, situation, swaps):
        if refusal:
            books.note(model, Attempt(slot, swap.id, False, refusal))
        elif take(model, swap, config).taken:
            return swap
    return None


def take(model: Any, swap: Swap, config: dict[str, Any]) -> Attempt:
    """Take a swap. Where its code raises, the model is as it was, and the attempt says why."""
    state = instances.watched(model)
    try:
        said = _resolved(swap.impl)(model, config=config)
    except Exception as error:  # kernels raise whatever they like; the model goes on without this one
        instances.take_back(instances.edits_of(state))
        attempt = Attempt(swap.slot, swap.id, False, f"{type(error).__name__}: {error}")
        warnings.warn(f"{swap.id} is not taken: {attempt.why}", stacklevel=4)
    else:
        instances.forbid_replicas(instances.edits_of(state))
        books.keep(model, functools.partial(_end, instances.edits_of(state)))
        attempt = Attempt(swap.slot, swap.id, True, said or "")
    books.note(model, attempt)
    return attempt


def _end(edits: list[instances.Edit], model: Any) -> None:
    instances.take_back(edits)


def _is_for_runtime(swap: Swap, situation: Situation) -> bool:
    own = {name: span for name, span in swap.when.items() if name == "transformers"}
    return situation.environment.unmet(own) is None


def _resolved(impl: str) -> Any:
    module, _, name = impl.partition(":")
    return getattr(importlib.import_module(module), name)
