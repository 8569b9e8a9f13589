"""Whose code is this? Additive patches answer foreign classes and callers; transformers' own see what they saw."""

from __future__ import annotations

import sys

__all__ = ["is_native", "native_caller"]

_ROOTS = ("transformers", "hfcompat.sideload.v5")
"""The second is transformers' own code as well, of a newer version, which is side-loaded."""


_WITHIN = tuple(root + "." for root in _ROOTS)


def _inside(module: str | None) -> bool:
    return module is not None and (module.startswith(_WITHIN) or module in _ROOTS)


def is_native(thing: object) -> bool:
    """Whether a class, function or instance is defined in the transformers distribution itself.

    Remote code (`transformers_modules.…`), packages, scripts and tests are foreign. An instance answers for its class.
    """
    if not isinstance(thing, type) and not hasattr(thing, "__qualname__"):
        thing = type(thing)
    return _inside(getattr(thing, "__module__", None))


def native_caller(depth: int = 1) -> bool:
    """Whether the frame `depth` calls above the one that asks runs code of transformers.

    `depth=1` is the caller of the function that calls this. Reads a frame, so torch.compile cannot trace it: for
    host-side code only.
    """
    try:
        frame = sys._getframe(depth + 1)
    except ValueError:
        return False
    return _inside(frame.f_globals.get("__name__"))
