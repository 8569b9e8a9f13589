"""Changes to one model, and to no other: attributes of its own modules, taken note of and taken back."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, MethodType
from typing import Any

__all__ = ["Edit", "bind", "edits_of", "forbid_replicas", "take_back", "watched"]

# Dictionaries of torch.nn.Module that are changed in place.
_INNER = ("_parameters", "_buffers", "_modules", "_forward_hooks", "_forward_pre_hooks", "_backward_hooks")

_ABSENT = object()


@dataclass(frozen=True, slots=True)
class _Method:
    """A method bound to the module itself, without the module: what is written down must not keep a model alive."""

    function: Any


@dataclass(frozen=True, slots=True)
class Edit:
    """An attribute of a module as it was before and after."""

    module: weakref.ref[Any]
    name: str
    before: Any
    after: Any


State = list[tuple[Any, dict[str, Any]]]


def watched(model: Any) -> State:
    """The attributes of all modules of a model as they are now."""
    return [(module, _attributes(module)) for module in model.modules()]


def edits_of(state: State) -> list[Edit]:
    """What has changed since."""
    found: list[Edit] = []
    for module, before in state:
        now = _attributes(module)
        reference = weakref.ref(module)
        for name in before.keys() | now.keys():
            was, is_ = before.get(name, _ABSENT), now.get(name, _ABSENT)
            if not _same(was, is_):
                found.append(Edit(reference, name, was, is_))
    return found


def take_back(edits: list[Edit]) -> None:
    """Give every attribute what it was; one that somebody has changed since is left alone."""
    for edit in edits:
        module = edit.module()
        if module is None:
            continue
        inner, _, name = edit.name.rpartition("/")
        place = module.__dict__[inner] if inner else module.__dict__
        if not _same(_kept(place.get(name, _ABSENT), module), edit.after):
            continue
        if edit.before is _ABSENT:
            place.pop(name, None)
        else:
            place[name] = MethodType(edit.before.function, module) if isinstance(edit.before, _Method) else edit.before


def bind(module: Any, name: str, function: Callable[..., Any]) -> None:
    """Give one module a method of its own: a plain function, which torch.compile traces and a copy takes along."""
    if not isinstance(function, FunctionType):
        raise TypeError(f"{function!r} is no plain function; torch.compile would drop it in silence")
    setattr(module, name, MethodType(function, module))


def forbid_replicas(edits: list[Edit]) -> None:
    """Let torch.nn.DataParallel refuse modules that have a method of their own: its copies would run the original's."""
    for edit in edits:
        module = edit.module()
        if module is not None and isinstance(edit.after, _Method):
            bind(module, "_replicate_for_data_parallel", _replicate_for_data_parallel)


def _replicate_for_data_parallel(self: Any) -> Any:
    raise RuntimeError(
        f"the kernels of this {type(self).__name__} are swapped, and torch.nn.DataParallel would run all its copies "
        "with the weights of the first; use DistributedDataParallel (torchrun), or hfcompat.kernels.undo the model"
    )


def _attributes(module: Any) -> dict[str, Any]:
    found = {name: _kept(value, module) for name, value in module.__dict__.items() if name not in _INNER}
    for inner in _INNER:
        found |= {f"{inner}/{name}": value for name, value in module.__dict__.get(inner, {}).items()}
    return found


def _kept(value: Any, module: Any) -> Any:
    return _Method(value.__func__) if isinstance(value, MethodType) and value.__self__ is module else value


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, _Method) and isinstance(other, _Method):
        return one.function is other.function
    return one is other
