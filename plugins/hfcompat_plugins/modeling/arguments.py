"""What the `forward` of a model of transformers took, by an earlier version and by this one."""

from __future__ import annotations

import inspect
import json
import sys
from functools import cache
from importlib.resources import files
from typing import Any

import torch

from hfcompat.origin import is_native

# Names that could be given by position on the version that the code was written for; the same for the runtime; whether
# the runtime takes, and forgets, keywords that it does not know; how many positions mean the same on both.
Arguments = tuple[tuple[str, ...], tuple[str, ...], bool, int]


@torch.compiler.assume_constant_result
def arguments(cls: type, version: str) -> Arguments:
    """Of a model class, for dialects from `version` ("4.49" or "4.57") on.

    For a class whose `forward` is not transformers' own nothing is known: no names, nothing swallowed, all the same.
    """
    return _arguments(cls, version)


@cache
def _arguments(cls: type, version: str) -> Arguments:
    owner = next((base for base in cls.__mro__ if "forward" in vars(base)), None)
    if owner is None or not is_native(owner) or not owner.__module__.startswith("transformers.models."):
        return (), (), False, sys.maxsize
    parameters = list(inspect.signature(owner.forward).parameters.values())[1:]
    new = tuple(p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD))
    swallows = any(p.kind is p.VAR_KEYWORD for p in parameters)
    old = _table(version).get(f"{owner.__module__.split('.')[2]}.{owner.__name__}", new)
    pairs = enumerate(zip(old, new, strict=False))
    same = next((at for at, (one, other) in pairs if one != other), min(len(old), len(new)))
    return old, new, swallows, same


@torch.compiler.assume_constant_result
def placed_by_cache_position(cls: type) -> bool:
    """Whether a model of 4.57 took the positions of its tokens from `cache_position`, given no others."""
    families = {
        base.__module__.split(".")[2] for base in cls.__mro__ if base.__module__.startswith("transformers.models.")
    }
    return not families.isdisjoint(_recorded()["positions"].split())


@cache
def _recorded() -> Any:
    return json.loads(files(__package__).joinpath("arguments.json").read_text())


@cache
def _table(version: str) -> dict[str, tuple[str, ...]]:
    table: dict[str, tuple[str, ...]] = {}
    for step in ("4.57", "4.49") if version == "4.49" else ("4.57",):
        table |= {key: tuple(names.split()) for names, keys in _recorded()[step].items() for key in keys.split()}
    return table
