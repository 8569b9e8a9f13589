"""The two registries of attention functions."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["interface"]


def interface(theirs: Any) -> Any:
    """`AttentionInterface`: what was registered with the runtime alone is found too.

    The class stays, since the registry is made in the module that defines it. Masks are not shared: the functions that
    make them take other arguments.
    """
    own, runtime = theirs.__getitem__, importlib.import_module("transformers.modeling_utils").ALL_ATTENTION_FUNCTIONS

    def __getitem__(self: Any, key: str) -> Any:
        try:
            return own(self, key)
        except KeyError:
            return runtime[key]

    theirs.__getitem__ = __getitem__
    return theirs
