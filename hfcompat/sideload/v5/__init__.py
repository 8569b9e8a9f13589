"""Stands for `transformers` of the wheel: `hfcompat.sideload.v5.models.qwen3_5.modeling_qwen3_5` is a module of it.

A package that can be imported in any process, so that what is pickled here is found in a child that was spawned.
"""

from __future__ import annotations

import importlib as _importlib
from typing import Any

from hfcompat.sideload import supported as _supported
from hfcompat.sideload.finder import install as _install
from hfcompat.sideload.wheel import VERSION as __version__
from hfcompat.sideload.wheel import located as _located

_supported()
__path__ = [str(_located())]
_install(_located())

_HOMES = {
    "PreTrainedConfig": "configuration_utils",
    "PretrainedConfig": "configuration_utils",
    "PreTrainedModel": "modeling_utils",
    "GenerationConfig": "generation",
    "GenerationMixin": "generation",
}


def __getattr__(name: str) -> Any:
    """A name of the top level, which the wheel's modules seldom ask for."""
    if name.startswith("_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name.startswith("Auto") or name.endswith("_MAPPING"):
        return getattr(_importlib.import_module(f"{__name__}.models.auto"), name)
    if name in _HOMES:
        return getattr(_importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    return getattr(_importlib.import_module("transformers"), name)


__all__ = ["__version__"]
