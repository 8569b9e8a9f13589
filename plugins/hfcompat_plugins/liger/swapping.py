"""Liger's kernels in one model.

Liger binds its norms and MLPs to the modules of a model, but it also replaces names of transformers' modules, for all
other models too. Those are put back at once, and what they stood for is bound to the modules of this model.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import os
import threading
from collections.abc import Iterator
from types import FunctionType, MethodType, ModuleType
from typing import Any

import torch
from hfcompat_plugins.liger.functions import named, names_of, rewired
from hfcompat_plugins.losses import chunked, plain
from hfcompat_plugins.losses.heads import HEADS
from packaging.version import Version

from hfcompat.environment import Environment
from hfcompat.kernels import instances

__all__ = ["swap"]

_HARMLESS_CAP = 25
_CAPS_RIGHT_SINCE = Version("0.8.5")

_ONE_AT_A_TIME = threading.Lock()

_Replaced = dict[str, tuple[dict[str, Any], dict[str, Any]]]
"""By name of a module: all its names, and those of them that Liger had replaced, with what it put there."""

# Their experts ask Triton for the properties of a GPU, which its interpreter has not.
_FUSED_EXPERTS = "LigerExperts"


def swap(model: Any, *, config: dict[str, Any]) -> str:
    """Give `model` Liger's kernels.

    Args:
        model: a PreTrainedModel.
        config: options of Liger's function for this model type, such as {"rope": False}.

    Returns:
        What should be known about it.

    Raises:
        RuntimeError: the model is spread over devices, or offloaded.
        ImportError: Liger refuses this transformers, or lacks Triton.
        LookupError: this release of Liger does not know the model type, or finds nothing to swap in this model.
        ValueError: `config` has a key that Liger does not know, or asks for what would change every model.
    """
    if _is_dispatched(model):
        raise RuntimeError(f"accelerate moves its weights, which Liger would not wait for; {plain.WAY_OUT}")
    apply = _function_for(model.config.model_type)
    options, said = _options(apply, model, config)
    before = instances.watched(model)
    with _ONE_AT_A_TIME:
        changed = _apply(apply, model, options)
    said += _give_back(before)
    said += _bind_functions(model, changed)
    if not instances.edits_of(before):
        raise LookupError(f"Liger finds nothing to swap in {type(model).__name__} on this transformers")
    _guard_losses(model)
    _give_rope_deltas(model)
    _name_methods(model)
    if _lacks_its_loss(apply, model, config, options):
        why = chunked.refusal(model)
        instead = f"the stock one stays: {why}" if why else f"hfcompat's is taken: {chunked.swap(model, config={})}"
        said.append(f"Liger has no loss that is right for it; {instead}")
    return "; ".join(said)


def _is_dispatched(model: Any) -> bool:
    """Whether hooks of accelerate fetch weights, or move what a module is given; around one device they do neither."""
    devices = set()
    for module in model.modules():
        hook = vars(module).get("_hf_hook")
        for one in getattr(hook, "hooks", (hook,)):
            if one is None:
                continue
            if getattr(one, "offload", True) or not hasattr(one, "execution_device"):
                return True
            devices.add(one.execution_device)
    return len(devices - {None}) > 1


def _function_for(model_type: str) -> FunctionType:
    from liger_kernel.transformers import monkey_patch

    if model_type not in monkey_patch.MODEL_TYPE_TO_APPLY_LIGER_FN:
        raise LookupError(f"this release of Liger does not know model type {model_type!r}")
    return monkey_patch.MODEL_TYPE_TO_APPLY_LIGER_FN[model_type]


def _lacks_its_loss(apply: FunctionType, model: Any, config: dict[str, Any], options: dict[str, Any]) -> bool:
    """Granite has none, and others are denied theirs by `_options`; who denies it himself gets none of ours."""
    if "fused_linear_cross_entropy" in config or model.config.model_type not in HEADS:
        return False
    parameter = inspect.signature(apply).parameters["fused_linear_cross_entropy"]
    is_fused = options.get(parameter.name, parameter.default)
    return not is_fused and model.get_output_embeddings() is not None


def _options(apply: FunctionType, model: Any, config: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    parameters = inspect.signature(apply).parameters
    known = [name for name, one in parameters.items() if one.kind is not one.VAR_KEYWORD and name != "model"]
    takes_more = len(known) + ("model" in parameters) < len(parameters)
    unknown = config.keys() - known
    if unknown and not takes_more:
        raise ValueError(
            f"liger_kernel_config: {model.config.model_type} has no {', '.join(sorted(unknown))};"
            f" it knows {', '.join(known)}"
        )
    if config.get("cross_entropy"):
        raise ValueError(
            "liger_kernel_config: cross_entropy=True would replace torch.nn.functional.cross_entropy in the whole"
            " process; fused_linear_cross_entropy is for this model alone"
        )
    options, said = dict(config), []
    if "cross_entropy" in known:
        options["cross_entropy"] = False
    if "fused_linear_cross_entropy" in known and (model.get_output_embeddings() is None or _is_capped_low(model)):
        options.setdefault("fused_linear_cross_entropy", False)
    if os.environ.get("TRITON_INTERPRET") == "1" and _FUSED_EXPERTS in _mentioned(apply) and _has_experts(model):
        options.setdefault("swiglu", False)
        said.append("swiglu is left out: Liger's experts need a GPU")
    return options, said


def _is_capped_low(model: Any) -> bool:
    """Before 0.8.5, what is beyond the vocabulary in its last block counts with the negative cap as its logit.

    Where logits are capped at 30, as Gemma's are, that is below what float32 can tell.
    """
    cap = getattr(model.config, "final_logit_softcapping", None)
    return cap is not None and cap < _HARMLESS_CAP and Environment().version("liger-kernel") < _CAPS_RIGHT_SINCE


def _has_experts(model: Any) -> bool:
    return any(type(module).__name__.endswith(("Experts", "NaiveMoe")) for module in model.modules())


def _apply(
    apply: FunctionType, model: Any, options: dict[str, Any]
) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Call Liger, and put back what it replaced outside of the model."""
    modules = list(_touched(apply))
    before = [(place, dict(vars(place))) for module in modules for place in (module, *_classes(module))]
    try:
        apply(model=model, **options)
    finally:
        changed: _Replaced = {}
        for place, was in before:
            for name, value in list(vars(place).items()):
                if name not in was and str(getattr(value, "__module__", "")).startswith("liger_kernel."):
                    delattr(place, name)
                elif name in was and value is not was[name] and not name.startswith("__"):
                    setattr(place, name, was[name])
                    if isinstance(place, ModuleType):
                        changed.setdefault(place.__name__, (vars(place), {}))[1][name] = value
    return changed


def _touched(apply: FunctionType) -> Iterator[ModuleType]:
    """The modules that Liger's function may write to; they are imported first, so that what they were can be seen."""
    yield from (torch.nn, torch.nn.functional)
    names = _mentioned(apply)
    for package in sorted(name for name in names if name.startswith("transformers.")):
        for path in (package, *(f"{package}.{name}" for name in sorted(names) if name.startswith("modeling_"))):
            try:
                yield importlib.import_module(path)
            except ImportError:
                continue


def _mentioned(apply: FunctionType) -> set[str]:
    """Names in the code of Liger's function, and of those functions of Liger that it calls."""
    found: set[str] = set()
    todo = [apply]
    while todo:
        function = todo.pop()
        names = set(names_of(function.__code__)) - found
        found |= names
        called = (function.__globals__.get(name) for name in names if name.startswith("apply_liger"))
        todo += [one for one in called if isinstance(one, FunctionType)]
        if "MODEL_TYPE_TO_APPLY_LIGER_FN" in names:  # llava: whichever model is inside
            todo += function.__globals__["MODEL_TYPE_TO_APPLY_LIGER_FN"].values()
    return found


def _classes(module: ModuleType) -> Iterator[type]:
    if module.__name__.startswith("transformers."):
        for value in vars(module).values():
            if isinstance(value, type) and value.__module__ == module.__name__:
                yield value


def _give_back(before: instances.State) -> list[str]:
    """Take back what Liger did to modules whose forward is somebody's own: his would be lost."""
    edits: dict[int, list[instances.Edit]] = {}
    for edit in instances.edits_of(before):
        edits.setdefault(id(edit.module()), []).append(edit)
    said = []
    for module, was in before:
        why = plain.foreign_forward(module) if id(module) in edits else ""
        own = was.get("forward")
        if not why and id(module) in edits and own is not None and "_hf_hook" not in was and not _is_ligers(own):
            why = f"a {type(module).__name__} has a forward of its own"
        if why:
            instances.take_back(edits[id(module)])
            said.append(f"{why}, and is left out")
    return list(dict.fromkeys(said))


def _is_ligers(forward: Any) -> bool:
    """Of this model's modules, from a call before."""
    function = getattr(forward, "__func__", None) or getattr(forward, "function", None)
    return str(getattr(function, "__module__", "")).startswith(("liger_kernel.", __name__))


def _guard_losses(model: Any) -> None:
    """Liger's loss knows the weight of a head and no more: whatever else a head or a loss has needs the stock one."""
    for module in model.modules():
        function = getattr(vars(module).get("forward"), "__func__", None)
        is_ligers = isinstance(function, FunctionType) and function.__module__.startswith("liger_kernel.")
        if is_ligers and "lm_head" in names_of(inspect.unwrap(function).__code__):
            instances.bind(module, "forward", _guarded(function))


@functools.cache
def _guarded(fused: FunctionType) -> FunctionType:
    def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        if plain.has_plain_head(self, biased=False):
            return fused(self, *args, **kwargs)
        return type(self).forward(self, *args, **kwargs)

    forward.__wrapped__ = fused  # the Trainer looks at the signature
    return forward


def _bind_functions(model: Any, changed: _Replaced) -> list[str]:
    """Let the modules of this model find Liger's functions where those of transformers were; classes need no more."""
    replaced = [
        (home, {name: value for name, value in names.items() if not isinstance(value, type)})
        for home, names in changed.values()
    ]
    left = {name for _, names in replaced for name in names}
    found: set[str] = set()
    copies: dict[FunctionType, FunctionType] = {}
    for module in model.modules():
        bound = vars(module).get("forward")
        forward = (
            getattr(bound, "__func__", None) if bound is not None else inspect.getattr_static(type(module), "forward")
        )
        if not isinstance(forward, FunctionType) or forward.__module__.startswith("liger_kernel."):
            continue
        if forward not in copies:
            copies[forward] = forward
            for home, names in replaced:
                copy = rewired(copies[forward], home, names)
                found |= names.keys() if copy is not copies[forward] else set()
                copies[forward] = copy
        if copies[forward] is not forward:
            instances.bind(module, "forward", copies[forward])
    return [f"{name} is left out: no module without a forward of its own calls it" for name in sorted(left - found)]


def _give_rope_deltas(model: Any) -> None:
    """Liger hands on an attribute of what the inner model returns, which has it no more from 5.23 on."""
    inner, own = getattr(model, "model", None), vars(model).get("forward")
    if own is not None and hasattr(inner, "rope_deltas") and "rope_deltas" in names_of(inspect.unwrap(own).__code__):
        instances.bind(inner, "forward", _with_rope_deltas)


def _with_rope_deltas(self: Any, *args: Any, **kwargs: Any) -> Any:
    outputs = type(self).forward(self, *args, **kwargs)
    if not isinstance(outputs, tuple) and not hasattr(outputs, "rope_deltas"):
        outputs.rope_deltas = self.rope_deltas
    return outputs


def _name_methods(model: Any) -> None:
    """A bound method is pickled as the name of its function, which has to be that of a method."""
    for module in model.modules():
        for name, value in list(vars(module).items()):
            if isinstance(value, MethodType) and value.__self__ is module and value.__func__.__name__ != name:
                instances.bind(module, name, named(value.__func__, name))
