"""Documentation that is not written."""

from __future__ import annotations

from typing import Any

__all__ = ["undocumented"]


def undocumented(theirs: Any) -> Any:
    """A decorator, with and without arguments, that gives back what it is given."""

    def auto_docstring(obj: Any = None, **kwargs: Any) -> Any:
        return obj if obj is not None else lambda obj: obj

    return auto_docstring
