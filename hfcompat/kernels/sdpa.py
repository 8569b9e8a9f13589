"""A model that is held to backends of torch.nn.functional.scaled_dot_product_attention.

Each attention module of that model chooses them for the time of its own call. Therefore the choice is the same when
gradient checkpointing calls the module once more, and a copy, a pickle and torch.compile take it along.
"""

from __future__ import annotations

import functools
import os
import re
import threading
from collections.abc import Iterator
from types import CodeType
from typing import Any

from hfcompat.kernels import books
from hfcompat.kernels.books import Attempt
from hfcompat.kernels.swap import Slot
from hfcompat.origin import is_native

__all__ = ["BACKENDS", "backends_of", "hold", "let_go"]

BACKENDS = ("CUDNN_ATTENTION", "FLASH_ATTENTION", "EFFICIENT_ATTENTION", "MATH")
"""Members of torch.nn.attention.SDPBackend, in the order in which they are tried where nobody says another."""

_STATE = "_sdpa_backends"  # names, not members: SDPBackend cannot be pickled

# torch keeps the choice in flags of the process: two models in two threads must take turns.
_TURN = threading.RLock()
# A fork waits for the turn of another thread: its child would have the lock and the flags of a thread that it has not.
if hasattr(os, "register_at_fork"):  # not on Windows
    os.register_at_fork(before=_TURN.acquire, after_in_parent=_TURN.release, after_in_child=_TURN.release)

_CALLED = re.compile(r"scaled_dot_product_attention|sdpa_attention|(?<!MASK_)ATTENTION_FUNCTION")
_NAMED = re.compile(r"(?i)attention|attn")
_OTHERS = re.compile(r"eager|flash|flex")


def hold(model: Any, methods: Any = None) -> None:
    """Hold a model to backends, in order of preference; `hfcompat.kernels.undo` lets it go.

    MATH is put at the end where it is missing: it is the only one that can compute everything, on a CPU often the only
    one, and what another model computes in another thread meanwhile must not fail for want of it.

    Args:
        model: a torch.nn.Module. Where its attention does not call scaled_dot_product_attention, nothing is done, and
            that is noted.
        methods: torch.nn.attention.SDPBackend, a name of one in any case, or several. Default: `BACKENDS`.

    Raises:
        ValueError: a name that is none, or none at all.
    """
    names = backends_of(methods)
    chosen, others = _attention(model)
    shown = ", ".join(names).lower()
    if not chosen:
        why = f"its attention is {' and '.join(sorted(others))}; load it with attn_implementation='sdpa'"
        books.note(model, Attempt(Slot.SDPA, shown, False, why if others else "no module of it is an attention"))
        return
    for module in chosen:
        before = module.__dict__.get("forward")
        module.__dict__[_STATE] = names
        if not _is_ours(before):
            # Bound by a partial: a copy and a pickle get one that is bound to the copy.
            module.__dict__["forward"] = functools.partial(_forward, module, before)
    books.keep(model, let_go)
    why = f"not in the parts whose attention is {' and '.join(sorted(others))}" if others else ""
    books.note(model, Attempt(Slot.SDPA, shown, True, why))


def _forward(module: Any, before: Any, /, *args: Any, **kwargs: Any) -> Any:
    """The forward of an attention module that is held; `before` is one that this instance had of its own."""
    import torch
    from torch.nn.attention import SDPBackend, sdpa_kernel

    forward = type(module).forward.__get__(module) if before is None else before
    names = getattr(module, _STATE, ())
    if not names:  # let go, while somebody else's wrapper still has this
        return forward(*args, **kwargs)
    backends = [getattr(SDPBackend, name) for name in names]
    if torch.compiler.is_compiling():  # the choice becomes a part of the graph
        with sdpa_kernel(backends, set_priority=True):
            return forward(*args, **kwargs)
    with _TURN, sdpa_kernel(backends, set_priority=True):
        return forward(*args, **kwargs)


def let_go(model: Any) -> None:
    """Take back what `hold` did, to this model or to one that this is a copy of."""
    for module in model.modules():
        module.__dict__.pop(_STATE, None)
        ours = module.__dict__.get("forward")
        if _is_ours(ours):
            if ours.args[1] is None:
                del module.__dict__["forward"]
            else:
                module.__dict__["forward"] = ours.args[1]


def _is_ours(forward: Any) -> bool:
    return isinstance(forward, functools.partial) and forward.func is _forward


def backends_of(methods: Any) -> tuple[str, ...]:
    """The names of members of SDPBackend that `hold` would take; raises what it raises."""
    from torch.nn.attention import SDPBackend

    known = {name: member for name, member in SDPBackend.__members__.items() if name != "ERROR"}
    listed = BACKENDS if methods is None else methods if isinstance(methods, (list, tuple)) else (methods,)
    names = []
    for method in listed:
        text = method if isinstance(method, str) else getattr(method, "name", repr(method))
        name = text.strip().upper().removeprefix("SDPBACKEND.")
        if name not in known:
            raise ValueError(f"sdpa_method: {method!r} is none of {', '.join(known).lower()}")
        names.append(name)
    if not names:
        raise ValueError(f"sdpa_method names no backend; there are {', '.join(known).lower()}")
    names = list(dict.fromkeys([*names, "MATH"]))
    return tuple(names[: names.index("MATH") + 1])  # on a CPU torch would prefer flash_attention behind it


def _attention(model: Any) -> tuple[list[Any], set[str]]:
    """The modules that call scaled_dot_product_attention, and which attention the modules have that do not."""
    chosen: list[Any] = []
    others: set[str] = set()
    for module, implementation in _walk(model, None):
        if hasattr(type(module), "config_class"):  # a whole model; its methods name everything that there is
            continue
        direct = any(map(_CALLED.search, _names_in(type(module))))
        inner = any(_NAMED.search(type(child).__name__) for child in module.modules() if child is not module)
        if not direct and (inner or not _NAMED.search(type(module).__name__)):
            continue
        # Classes of transformers do as their configuration says; another's code is taken at its word.
        if implementation and _OTHERS.search(implementation) and (is_native(type(module)) or not direct):
            others.add(implementation)
        else:
            chosen.append(module)
    return chosen, others


def _walk(module: Any, implementation: str | None) -> Iterator[tuple[Any, str | None]]:
    """Every module, with the attention implementation of the configuration that is nearest to it."""
    said = getattr(getattr(module, "config", None), "_attn_implementation", None)
    implementation = said if isinstance(said, str) else implementation
    yield module, implementation
    for child in module.children():
        yield from _walk(child, implementation)


def _names_in(cls: type) -> Iterator[str]:
    """Every name that the methods of a class use."""
    for owner in cls.__mro__:
        if owner.__module__.partition(".")[0] == "torch":
            continue
        for value in vars(owner).values():
            while hasattr(value, "__wrapped__"):
                value = value.__wrapped__
            code = getattr(value, "__code__", None)
            waiting = [code] if isinstance(code, CodeType) else []
            while waiting:
                code = waiting.pop()
                yield from code.co_names
                waiting += [constant for constant in code.co_consts if isinstance(constant, CodeType)]
