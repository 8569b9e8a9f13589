"""Stands for `transformers` of the wheel: `hfcompat.sideload.v5.models.qwen3_5.modeling_qwen3_5` is a module of it.

A package that can be imported in any process, so that what is pickled here is found in a child that was spawned.
"""

from __future__ import annotations

import importlib as _importlib
from typing import Any

from hfcompat.sideload import supported as _supported
from hfcompat.sideload.finder import install as _install
from hfcompat.sideload.wheel import VERSION as __version__
from hfcompat.sideload.wheel import homes as _homes
from hfcompat.sideload.wheel import located as _located

_supported()
__path__ = [str(_located())]
_install(_located())


def __getattr__(name: str) -> Any:
    """A name of the top level: a class of the wheel, or a function that the runtime has under that name.

    A class that the wheel does not have is not there: the runtime's would be another one.
    """
    home = _homes().get(name) or _homes().get(name.removesuffix("Fast"))
    if name.startswith("Auto") or name.endswith("_MAPPING"):
        return getattr(_importlib.import_module(f"{__name__}.models.auto"), name)
    if home is not None:
        module = _importlib.import_module(f"{__name__}.{home}")
        return getattr(module, name if hasattr(module, name) else name.removesuffix("Fast"))
    if name[0].islower():
        return getattr(_importlib.import_module("transformers"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["__version__"]
