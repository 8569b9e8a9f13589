"""Copies of functions that see another object under a name of their module, or go by another name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import CellType, CodeType, FunctionType
from typing import Any

__all__ = ["named", "names_of", "rewired"]


def rewired(
    function: FunctionType, home: dict[str, Any], replace: Mapping[str, Any], within: frozenset[int] = frozenset()
) -> FunctionType:
    """A copy of `function` to which names of the module `home` mean what `replace` says.

    Functions that it wraps by way of its closure are copied along, save those that it is `within` itself; one in which
    no such name occurs comes back itself.
    """
    within |= {id(function)}
    cells = [_rewired_cell(cell, home, replace, within) for cell in function.__closure__ or ()]
    found = {}
    if function.__globals__ is home:
        found = {name: replace[name] for name in names_of(function.__code__) if name in replace}
    if not found and all(one is other for one, other in zip(cells, function.__closure__ or (), strict=True)):
        return function
    known = function.__globals__
    if found:
        # torch.compile guards a global of a module that has a name as an attribute of that module, where the other is.
        known = {name: value for name, value in home.items() if name != "__name__"} | found
    return _copy(function, known, tuple(cells), function.__name__)


def named(function: FunctionType, name: str) -> FunctionType:
    """A copy that goes by `name`, by which pickle looks a bound method up."""
    return _copy(function, function.__globals__, function.__closure__ or (), name)


def names_of(code: CodeType) -> Iterator[str]:
    """All names of globals and attributes that occur in the code, and in functions within it."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_of(constant)


def _rewired_cell(cell: CellType, home: dict[str, Any], replace: Mapping[str, Any], within: frozenset[int]) -> CellType:
    try:
        inner = cell.cell_contents
    except ValueError:  # nothing is in it yet
        return cell
    if not isinstance(inner, FunctionType) or id(inner) in within:
        return cell
    copy = rewired(inner, home, replace, within)
    return cell if copy is inner else CellType(copy)


def _copy(function: FunctionType, known: dict[str, Any], cells: tuple[CellType, ...], name: str) -> FunctionType:
    # A code object of its own: torch.compile keeps what it compiled with it, for the globals that it met first.
    copy = FunctionType(function.__code__.replace(), known, name, function.__defaults__, cells)
    copy.__kwdefaults__ = function.__kwdefaults__
    copy.__annotations__ = function.__annotations__
    copy.__module__, copy.__doc__ = function.__module__, function.__doc__
    copy.__qualname__ = function.__qualname__.rpartition(".")[0].removesuffix("<locals>") + name
    if hasattr(function, "__wrapped__"):  # by which inspect finds the signature
        copy.__wrapped__ = function.__wrapped__
    return copy
