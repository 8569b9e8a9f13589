"""Attention functions of one's own, each with the mask that it needs."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, MutableMapping
from typing import Any

__all__ = ["register_attention"]

_MODELING = "transformers.modeling_utils"
_MASKING = "transformers.masking_utils"  # 4.53; before it, each model makes its mask itself
_MADE_BEFORE = ("eager", "sdpa")


def register_attention(name: str, function: Callable[..., Any], *, mask: Any) -> Callable[[], None]:
    """Make an attention function known under a name that `attn_implementation=` takes, and say which mask it needs.

    Registered with transformers alone, from 4.53 on such a function is given no mask at all unless a mask is
    registered too, in silence: padding is attended to.

    Args:
        name: not one that is there, nor one that the runtime reads more into: "flash", "/", ":" or "|" in it.
        function: of (module, query [batch, heads, length, size], key and value [batch, key heads, length, size],
            attention_mask, **kwargs with `scaling` and `dropout`); returns the output [batch, length, heads, size] and
            the weights or None.
        mask: "eager" for a mask that is added to the scores, "sdpa" for that of scaled_dot_product_attention (boolean,
            added, or None where causality says it all), "flash_attention_2" for [batch, length] or None, the name of
            another that is registered, or a function as of transformers' AttentionMaskInterface. Up to 4.52 models
            make the first for every function, which "sdpa" takes as well; others cannot be had there.

    Returns:
        A function that takes it back. What somebody registered over it stays.

    Raises:
        ValueError: the name is taken or cannot be used; there is no such mask.
    """
    if not name or re.search(r"flash|[/:|\s]", name):
        raise ValueError(f"attention {name!r}: the runtime reads more into such a name; leave out 'flash', / : and |")
    modeling = importlib.import_module(_MODELING)
    functions = _table(modeling, "AttentionInterface", "ALL_ATTENTION_FUNCTIONS")
    if name == "eager" or name in functions:
        raise ValueError(f"attention {name!r} is there already; choose another name")
    tables: list[tuple[MutableMapping[str, Any], Any]] = [(functions, function)]
    try:
        masking = importlib.import_module(_MASKING)
    except ModuleNotFoundError:
        if mask not in _MADE_BEFORE:
            there = importlib.import_module("transformers").__version__
            raise ValueError(f"mask={mask!r}: transformers {there} makes 'eager' alone; upgrade to 4.53") from None
    else:
        masks = _table(masking, "AttentionMaskInterface", "ALL_MASK_ATTENTION_FUNCTIONS")
        if not callable(mask) and mask not in masks:
            raise ValueError(f"mask={mask!r} is neither a function nor one of {', '.join(sorted(masks))}")
        tables.append((masks, mask if callable(mask) else masks[mask]))
    for table, made in tables:
        table[name] = made

    def unregister() -> None:
        for table, made in tables:
            if table.get(name) is made:
                del table[name]

    return unregister


def _table(module: Any, interface: str, table: str) -> MutableMapping[str, Any]:
    """Where `register` of an interface writes; masks are looked for nowhere else. 4.49 has a dictionary."""
    found = getattr(module, interface, None)
    mapping: MutableMapping[str, Any] = getattr(module, table) if found is None else found._global_mapping
    return mapping
