"""`transformers.utils.output_capturing`: what layers put out is collected on the way, and given back with the output.

Hooks are put on the layers of a model once, when something is first asked for; a call tells them by a context variable
where to put what they see, so that two threads, or two calls within one another, do not meet.
"""

from __future__ import annotations

import inspect
import threading
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any

import torch
from torch import nn
from transformers.modeling_utils import PreTrainedModel

try:
    from transformers.utils.generic import OutputRecorder as _Recorder  # since 4.54
except ImportError:

    @dataclass
    class _Recorder:  # type: ignore[no-redef]
        target_class: Any
        index: int = 0
        layer_name: str | None = None
        class_name: str | None = None


__all__ = [
    "OutputRecorder",
    "capture_outputs",
    "maybe_install_capturing_hooks",
    "resolve_hidden_states_indices",
    "select_hidden_states",
    "selected_hidden_states",
]


@dataclass
class OutputRecorder(_Recorder):
    """Which modules' outputs are collected, and which part of them.

    Attributes:
        target_class: of the modules.
        index: of the part, where an output is a tuple.
        layer_name: a part of the dotted name that the modules must have.
        class_name: the end of their dotted name, where the class is not known.
        capture_initial_hidden_state: whether the input of the first one counts as well.
        num_hidden_layers_key: where the configuration says how many there are.
    """

    capture_initial_hidden_state: bool = True
    num_hidden_layers_key: str = "num_hidden_layers"


class _Collector:
    """What is being collected. Dynamo cannot trace context variables: while it compiles, a plain attribute is used."""

    def __init__(self) -> None:
        self.in_context: ContextVar[dict[str, Any] | None] = ContextVar("hfcompat_collected_outputs", default=None)
        self.while_compiling: dict[str, Any] | None = None

    def get(self) -> dict[str, Any] | None:
        return self.while_compiling if torch.compiler.is_compiling() else self.in_context.get()

    def put(self, collected: dict[str, Any]) -> Any:
        if torch.compiler.is_compiling():
            before, self.while_compiling = self.while_compiling, collected
            return before
        return self.in_context.set(collected)

    def take_back(self, before: Any) -> None:
        if torch.compiler.is_compiling():
            self.while_compiling = before
        else:
            self.in_context.reset(before)


_COLLECTOR = _Collector()
_SELECTION = "_hidden_states_layers"
_INSTALLED = "_output_capturing_hooks_installed"
_LOCK = threading.Lock()


def _recorded(model: Any) -> dict[str, Any]:
    return getattr(model, "_can_record_outputs", None) or {}


def _recorders(model: Any) -> list[tuple[str, OutputRecorder]]:
    found = []
    for key, what in _recorded(model).items():
        for one in what if isinstance(what, list) else [what]:
            if not isinstance(one, _Recorder):
                name, kind = (one, None) if isinstance(one, str) else (None, one)
                one = OutputRecorder(kind, index=0 if "hidden_states" in key else 1, class_name=name)
            found.append((key, one))
    return found


def _hook(key: str, recorder: Any) -> Callable[..., None]:
    with_first = getattr(recorder, "capture_initial_hidden_state", True)

    def collect(module: nn.Module, args: Any, output: Any) -> None:
        collected = _COLLECTOR.get()
        if collected is None or key not in collected:
            return
        found = output[recorder.index] if isinstance(output, tuple) else output
        if key != "hidden_states":
            if found is not None:
                collected[key].append(found)
            return
        states, wanted = collected[key], collected.get(_SELECTION)
        given = [args[0], found] if with_first and not states else [found]
        for position, state in enumerate(given):
            if state is not None or (with_first and position == 0 and len(given) == 2):
                states.append(state if wanted is None or len(states) in wanted else None)

    return collect


def _install(model: Any, prefix: str = "") -> None:
    recorders = _recorders(model)

    def visit(module: nn.Module, name: str) -> None:
        for child_name, child in module.named_children():
            if isinstance(child, PreTrainedModel):
                _install(child, f"{name}.{child_name}")
            else:
                visit(child, f"{name}.{child_name}")
        for key, recorder in recorders:
            by_class = recorder.target_class is not None and isinstance(module, recorder.target_class)
            by_name = recorder.class_name is not None and name.endswith(recorder.class_name)
            layer = recorder.layer_name
            if (by_class or by_name) and (layer is None or f".{layer.strip('.')}." in f"{name}."):
                module.register_forward_hook(_hook(key, recorder))

    visit(model, prefix)
    setattr(model, _INSTALLED, True)


def maybe_install_capturing_hooks(model: Any) -> None:
    """Put hooks on the layers of a model, unless they are there."""
    if not getattr(model, _INSTALLED, False):
        with _LOCK:
            if not getattr(model, _INSTALLED, False):
                _install(model)


def selected_hidden_states(output_hidden_states: Any) -> list[int] | None:
    """The indices that `output_hidden_states` names; None where it is a flag, or nothing."""
    if output_hidden_states is None or isinstance(output_hidden_states, bool):
        return None
    return [output_hidden_states] if isinstance(output_hidden_states, int) else list(output_hidden_states)


def resolve_hidden_states_indices(model: Any, selected: list[int], num_hidden_states: int | None = None) -> set[int]:
    """Indices counted from the front; those out of range are dropped.

    Raises:
        ValueError: an index is counted from the end, and the configuration does not say how many layers there are.
    """
    if num_hidden_states is None:
        recorder = _recorded(model).get("hidden_states")
        key = getattr(recorder, "num_hidden_layers_key", "num_hidden_layers")
        layers = getattr(model.config, key, None)
        if layers is None:
            if min(selected, default=0) < 0:
                raise ValueError(
                    f"{type(model).__name__}: hidden states {selected} need a `{key}` in the configuration"
                )
            return set(selected)
        num_hidden_states = layers + bool(getattr(recorder, "capture_initial_hidden_state", True))
    return {index % num_hidden_states for index in selected if -num_hidden_states <= index < num_hidden_states}


def select_hidden_states(selection: str | Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Decorator of a method that uses some hidden states only, so that its parts collect no others.

    Args:
        selection: the argument that has the indices, or a function of the model that gives them.
    """

    def decorate(method: Any) -> Any:
        signature = inspect.signature(method)

        @wraps(method)
        def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
            if not kwargs.get("output_hidden_states"):
                if isinstance(selection, str):
                    bound = signature.bind(self, *args, **kwargs)
                    bound.apply_defaults()
                    kwargs["output_hidden_states"] = bound.arguments[selection]
                else:
                    kwargs["output_hidden_states"] = selection(self)
            return method(self, *args, **kwargs)

        return wrapper

    return decorate


_WITH_ATTENTIONS = ("cross_attentions", "mask_decoder_attentions")
"""Asked for by `output_attentions`, as they always were."""


def capture_outputs(func: Any = None, *, tie_last_hidden_states: bool = True) -> Any:
    """Decorator of a forward: what `_can_record_outputs` of the model names is collected when `output_...` asks for it.

    Args:
        tie_last_hidden_states: whether the last of the hidden states is `last_hidden_state`, after the final norm; a
            configuration can say otherwise.
    """

    def decorate(forward: Any) -> Any:
        @wraps(forward)
        def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
            return_dict = kwargs.pop("return_dict", getattr(self.config, "return_dict", True))
            collected: dict[str, Any] = {}
            for key in _recorded(self):
                flag = "output_attentions" if key in _WITH_ATTENTIONS else f"output_{key}"
                wanted = kwargs.get(flag, getattr(self.config, flag, False))
                if wanted:
                    collected[key] = []
                    if key == "hidden_states" and (selected := selected_hidden_states(wanted)) is not None:
                        collected[_SELECTION] = resolve_hidden_states_indices(self, selected)
            if collected:
                maybe_install_capturing_hooks(self)
            before = _COLLECTOR.put(collected)
            try:
                outputs = forward(self, *args, **kwargs)
            finally:
                _COLLECTOR.take_back(before)
            collected.pop(_SELECTION, None)
            for key, values in collected.items():
                if key == "hidden_states" and values and values[-1] is not None:
                    tied = getattr(self.config, "tie_last_hidden_states", None)
                    if tie_last_hidden_states if tied is None else tied:
                        for last in ("vision_hidden_states", "last_hidden_state"):
                            if hasattr(outputs, last):
                                values[-1] = getattr(outputs, last)
                                break
                outputs[key] = tuple(values)
            return outputs.to_tuple() if return_dict is False else outputs

        return wrapper

    return decorate if func is None else decorate(func)
