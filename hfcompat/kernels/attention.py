"""The ladder of attention implementations: a model is built with the first that works; why not the others is kept."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from hfcompat.kernels.books import Attempt
from hfcompat.kernels.swap import Situation, Slot, Swap
from hfcompat.kernels.taking import weigh

__all__ = ["LAST", "Wish", "build", "is_refusal", "rungs"]

_LOG = logging.getLogger("hfcompat")

Wish = str | Mapping[str, str] | Sequence[str] | None
"""A name, names to try in order, "auto", or one name for each sub-configuration. None leaves it to the runtime."""

LAST = ("sdpa", "eager")
"""Where every ladder ends; torch has the first itself, and every model the second."""

# How versions from 4.49 to 5.23 say that an attention implementation cannot be had.
_REFUSALS = tuple(
    (kind, re.compile(text))
    for kind, text in (
        (ValueError, r"does not support Flash ?Attention"),
        (ValueError, r"does not support an attention implementation through"),
        (ValueError, r"Specified `attn_implementation=.*is not supported"),
        (ValueError, r"does not support setting its attention implementation dynamically"),
        (ValueError, r"(?i)attention.* is not supported|does not support .*attention"),
        (ImportError, r"has been toggled on, but it cannot be used"),
        (
            ImportError,
            r"(?i)\bkernels?\b.* (is|are) not (installed|available)|install .*\bkernels\b|requires .*\bkernels\b",
        ),
        (ImportError, r"(?i)flash[_ -]?att|flex[_ -]?attention|\bsdpa\b"),
        (ValueError, r"(?i)flash[_ -]?attn|kernels?-community|kernel .*(not found|could not)"),
    )
)


def is_refusal(error: BaseException) -> bool:
    """Whether the runtime says that it has no such attention, or the model none; anything else is the user's to see."""
    return any(isinstance(error, kind) and text.search(str(error)) for kind, text in _REFUSALS)


def rungs(wish: Wish, situation: Situation, swaps: Iterable[Swap] | None = None) -> tuple[list[Any], list[Attempt]]:
    """What to try in order, and what need not be tried."""
    if wish is None:
        return [], []
    if isinstance(wish, Mapping):
        return [dict(wish), *LAST], []
    names = [wish] if isinstance(wish, str) else list(wish)
    refused: list[Attempt] = []
    if "auto" in names:
        known = {swap.id: why for swap, why in weigh(Slot.ATTENTION, situation, swaps)}
        at = names.index("auto")
        names[at : at + 1] = [name for name, why in known.items() if not why]
        refused = [Attempt(Slot.ATTENTION, name, False, why) for name, why in known.items() if why]
    return list(dict.fromkeys([*names, *LAST])), refused


def build(make: Callable[..., Any], wish: Wish, situation: Situation) -> tuple[Any, list[Attempt]]:
    """Call `make(attn_implementation=...)` with one implementation after another until the runtime takes one.

    Args:
        make: builds the model; called without the keyword where nothing is wished.

    Returns:
        The model (or whatever `make` returns), and what was tried.

    Raises:
        Whatever `make` raises that is no refusal of an attention implementation, and the last refusal of all.
    """
    names, tried = rungs(wish, situation)
    if not names:
        return make(), tried
    for name in names:
        try:
            made = make(attn_implementation=name)
        except (ValueError, ImportError) as error:
            if name == names[-1] or not is_refusal(error):
                raise
            tried.append(Attempt(Slot.ATTENTION, _shown(name), False, _first_sentence(error)))
        else:
            tried.append(Attempt(Slot.ATTENTION, _shown(name), True))
            if wish != "auto" and len(tried) > 1:
                _LOG.warning(
                    "attention: %s is used, since %s",
                    tried[-1].swap,
                    "; ".join(f"{t.swap}: {t.why}" for t in tried[:-1]),
                )
            return made, tried
    raise AssertionError("the last rung returns or raises")


def _shown(name: Any) -> str:
    return name if isinstance(name, str) else ", ".join(f"{part}={one}" for part, one in name.items())


def _first_sentence(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return re.split(r"(?<=[^.]\.) (?=[A-Z])|\. Please|, Please", text)[0][:300]
