"""Models without weights, and weights with several names: `transformers.integrations.accelerate` of 4.51 to 4.57."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

__all__ = ["find_tied_parameters", "init_empty_weights", "init_on_device"]


@contextmanager
def init_empty_weights(include_buffers: bool = False) -> Iterator[None]:
    """Modules made inside have their parameters on the meta device, and with `include_buffers` their buffers, too."""
    with init_on_device(torch.device("meta"), include_buffers=include_buffers):
        yield


@contextmanager
def init_on_device(device: torch.device, include_buffers: bool = False) -> Iterator[None]:
    """Modules made inside have their parameters on `device`; with `include_buffers`, so is every tensor."""
    if include_buffers:
        with device:
            yield
        return
    register = nn.Module.register_parameter

    def register_there(module: nn.Module, name: str, param: nn.Parameter | None) -> None:
        register(module, name, param)
        registered: Any = module._parameters[name]
        if registered is not None:
            options = vars(registered) | {"requires_grad": registered.requires_grad}
            module._parameters[name] = type(registered)(registered.to(device), **options)

    nn.Module.register_parameter = register_there  # type: ignore[method-assign]
    try:
        yield
    finally:
        nn.Module.register_parameter = register  # type: ignore[method-assign]


def find_tied_parameters(model: nn.Module, **kwargs: Any) -> list[list[str]]:
    """The names of the parameters that are one object, sorted, a list for each such object.

    Args:
        kwargs: not used; earlier versions passed their own state through them.
    """
    names: dict[int, list[str]] = {}
    for name, parameter in model.named_parameters(remove_duplicate=False):
        names.setdefault(id(parameter), []).append(name)
    return [sorted(group) for group in names.values() if len(group) > 1]
