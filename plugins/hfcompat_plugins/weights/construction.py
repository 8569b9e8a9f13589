"""Building a model whose class is not transformers' own, so that what its `__init__` computes is there afterwards.

Since 5.0 `from_pretrained` builds on the meta device and knows how to fill again only what its own models compute.
Here such a class is built as 4.x built it: on a real device, in the wanted dtype, with no time spent on initial values
of parameters. Parameters that nothing writes to take address space only, until the checkpoint replaces them.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any

import torch
from torch import nn

from hfcompat.origin import is_native


def get_init_context(original: Any) -> Any:
    """The contexts under which `from_pretrained` builds: for foreign classes without the meta device."""

    def get_init_context(cls: type, *args: Any, **kwargs: Any) -> list[Any]:
        contexts: list[Any] = original(cls, *args, **kwargs)
        if is_native(cls) or not any(_is_meta(context) for context in contexts):
            return contexts
        quantized = kwargs.get("is_quantized", args[1] if len(args) > 1 else False)
        real = [context for context in contexts if not _is_meta(context)]
        if quantized:
            return [*real, _parameters_on_meta()]
        # What the class ties is looked at before the weights are loaded, and what it loads is tied by then.
        return [*(context for context in real if _name(context) != "no_tie_weights"), Quiet()]

    return get_init_context


def get_init_context_4(original: Any) -> Any:
    """The same from 4.51 to 4.57, where parameters are on the meta device: what `__init__` puts into them is lost."""

    def get_init_context(cls: type, is_quantized: bool, *args: Any, **kwargs: Any) -> list[Any]:
        contexts: list[Any] = original(cls, is_quantized, *args, **kwargs)
        if is_native(cls) or is_quantized:
            return contexts
        return [context for context in contexts if _name(context) != "init_empty_weights"]

    return get_init_context


def from_pretrained(original: Any) -> Any:
    """`from_pretrained` inside the `__init__` of a model that is being loaded: what it loads, it loads whole.

    As in 4.x, without a dtype it takes that of the model around it.
    """

    def from_pretrained(cls: type, *args: Any, **kwargs: Any) -> Any:
        building = _building.get()
        if building is None:
            return original(cls, *args, **kwargs)
        if kwargs.get("dtype") is None and kwargs.get("torch_dtype") is None:
            kwargs["dtype"] = torch.get_default_dtype()
        with building.suspended():
            return original(cls, *args, **kwargs)

    return from_pretrained


def twin(model: nn.Module, dtype: torch.dtype) -> nn.Module:
    """The same model, built off the meta device; its parameters hold nothing in particular."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with torch.device("cpu"), Quiet():
            return type(model)(model.config)
    finally:
        torch.set_default_dtype(before)


class Quiet(AbstractContextManager["Quiet"]):
    """While this lasts, parameters get no initial values, neither from torch's init functions nor from `init_weights`.

    Buffers and other tensors do. An init function returns what it was given, as always.
    """

    def __init__(self) -> None:
        self._saved: list[tuple[Any, str, Any]] = []

    def __enter__(self) -> Quiet:
        self._install()
        self._token = _building.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _building.reset(self._token)
        self._restore()

    @contextmanager
    def suspended(self) -> Iterator[None]:
        self._restore()
        token = _building.set(None)
        try:
            yield
        finally:
            _building.reset(token)
            self._install()

    def _install(self) -> None:
        initialization = sys.modules["transformers.initialization"]
        base = sys.modules["transformers.modeling_utils"].PreTrainedModel
        for module in map(sys.modules.get, initialization.TORCH_MODULES_TO_PATCH):
            for name in initialization.TORCH_INIT_FUNCTIONS:
                if module is not None and hasattr(module, name):
                    self._set(module, name, _unless_parameter(getattr(module, name)))
        self._set(base, "initialize_weights", _nothing)

    def _set(self, owner: Any, name: str, value: Any) -> None:
        self._saved.append((owner, name, vars(owner)[name]))
        setattr(owner, name, value)

    def _restore(self) -> None:
        while self._saved:
            setattr(*self._saved.pop())


_building: ContextVar[Quiet | None] = ContextVar("building", default=None)


def _unless_parameter(function: Any) -> Any:
    def initialize(tensor: torch.Tensor, *args: Any, **kwargs: Any) -> torch.Tensor:
        return tensor if isinstance(tensor, nn.Parameter) else function(tensor, *args, **kwargs)

    return initialize


def _nothing(model: Any) -> None:
    pass


def _parameters_on_meta() -> Any:
    from accelerate import init_empty_weights

    return init_empty_weights(include_buffers=False)


def _name(context: Any) -> str | None:
    """Of a context that a generator function made, the name of that function."""
    return getattr(getattr(context, "func", None), "__name__", None)


def _is_meta(context: Any) -> bool:
    return isinstance(context, torch.device) and context.type == "meta"
