"""The switch that skipped weight initialization in transformers 4, and the context manager that turned it off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["no_init_weights"]

_init_weights = True


@contextmanager
def no_init_weights(_enable: bool = True) -> Iterator[None]:
    """Models made inside keep the memory that torch allocated: neither torch nor transformers fills it, nor are weights
    tied. `_init_weights` is False meanwhile.

    Args:
        _enable: when false, nothing is skipped. transformers 5 has a context manager that lacks this argument.
    """
    global _init_weights
    if not _enable:
        yield
        return
    from transformers import initialization

    before = _init_weights
    with initialization.no_init_weights():
        _init_weights = False
        try:
            yield
        finally:
            _init_weights = before
