"""Subclasses of transformers' models that were written beside an older `__init__` and an older `forward`.

A program that changes how Llama attends makes its layers itself, by `LlamaPreTrainedModel.__init__`, and overrides
`_update_causal_mask`; `forward` it inherits. Since 4.53 that forward makes its masks without asking, in silence, and it
wants what the newer `__init__` sets.
"""

from __future__ import annotations

import dis
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from hfcompat_plugins.calls import of_the_moment
from torch import nn

from hfcompat.origin import is_native

__all__ = ["completed", "masking_themselves"]

_HOOK = "_update_causal_mask"


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a class makes its mask: what its method takes, and the arguments of forward, in order."""

    takes: frozenset[str]
    arguments: tuple[str, ...]


_PLANS: dict[type, _Plan | None] = {}


def masking_themselves(original: Any) -> Any:
    """`PreTrainedModel.__call__`, for foreign classes that override `_update_causal_mask` and inherit `forward`.

    Their mask (batch, 1, length, keys), added to the scores, is given to `forward`, which takes it as it is.
    """
    original = of_the_moment(original)

    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        plan = _PLANS[type(self)] if type(self) in _PLANS else _planned(type(self))
        if plan is None:
            return original(self, *args, **kwargs)
        return original(self, **_masked(plan, self, {**dict(zip(plan.arguments, args, strict=False)), **kwargs}))

    return __call__


def _planned(cls: type) -> _Plan | None:
    plan = None
    home, forward = _home(cls, _HOOK), _home(cls, "forward")
    if home is not None and forward is not None and not is_native(home) and is_native(forward):
        calls = inspect.unwrap(vars(forward)["forward"])
        if _HOOK not in calls.__code__.co_names and "attention_mask" in (names := inspect.signature(calls).parameters):
            takes = frozenset(inspect.signature(getattr(cls, _HOOK)).parameters)
            plan = _Plan(takes, tuple(names)[1:])
    _PLANS[cls] = plan
    return plan


def _masked(plan: _Plan, model: Any, given: dict[str, Any]) -> dict[str, Any]:
    mask, past = given.get("attention_mask"), given.get("past_key_values")
    if mask is not None and not isinstance(mask, torch.Tensor):
        return given
    states = given.get("inputs_embeds")
    if states is None:
        with torch.no_grad():
            states = model.get_input_embeddings()(given["input_ids"])
    position = given.get("cache_position")
    if position is None:
        position = torch.arange(states.shape[1], device=states.device) + _seen(past)
    known = {
        "attention_mask": mask,
        "input_tensor": states,
        "inputs_embeds": states,
        "cache_position": position,
        "past_key_values": past,
        "use_cache": given.get("use_cache"),
        "output_attentions": bool(given.get("output_attentions")),
    }
    made = getattr(model, _HOOK)(**{name: value for name, value in known.items() if name in plan.takes})
    if made is None and model.config._attn_implementation == "eager":
        # No mask: every token sees every other. `forward` would make a causal one.
        keys = int(position[-1]) + 1 if mask is None else mask.shape[-1]
        made = states.new_zeros((states.shape[0], 1, states.shape[1], keys))
    return {**given, "attention_mask": made}


def _seen(past: Any) -> int:
    """How many tokens are in a cache, or in tuples of keys and values, which are on their way to become one."""
    if past is None:
        return 0
    return int(past.get_seq_length() if hasattr(past, "get_seq_length") else past[0][0].shape[-2])


def completed(original: Any) -> Any:
    """`PreTrainedModel.post_init`, which gives foreign classes what the `forward` that they inherit reads of itself."""

    def post_init(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_native(self):
            _complete(self)
            _planned(type(self))
        return original(self, *args, **kwargs)

    return post_init


def _complete(model: Any) -> None:
    for parent in model.modules():
        if _inherits(parent, "forward"):
            for child in parent.children():
                if hasattr(child, "answers_two"):  # attention with the answer of 4.47, in a layer of today
                    child.answers_two = True
    if not _inherits(model, "forward"):
        return
    native = _home(type(model), "forward")
    read = _names(native, "forward", "LOAD_ATTR", "LOAD_METHOD")
    lacking = {name: module for name, module in model.named_modules() if any(_lacking(module, read))}
    if not lacking and not (_scales(native) and any(type(module) is nn.Embedding for module in model.modules())):
        return
    try:
        with torch.device("meta"):
            whole = dict(native(model.config).named_modules())  # type: ignore[misc]
    except Exception:  # a class that takes more than a configuration; the call will fail as it would without us
        return
    for name in lacking.keys() & whole.keys():
        _fill(lacking[name], whole[name], model.config, read)
    for name, part in whole.items() if _scales(native) else ():
        if hasattr(part, "scalar_embed_scale"):
            _scale(model.get_submodule(name.rpartition(".")[0]), name.rpartition(".")[2], part)


def _lacking(module: nn.Module, read: frozenset[str]) -> Iterator[str]:
    """What `__init__` of the native class behind a foreign one sets, is read in a forward, and is not there."""
    if is_native(module) or (native := next((base for base in type(module).__mro__ if is_native(base)), None)) is None:
        return
    if _inherits(module, "forward"):
        read = read | _names(native, "forward", "LOAD_ATTR", "LOAD_METHOD")
    yield from (name for name in _names(native, "__init__", "STORE_ATTR") & read if not hasattr(module, name))


def _fill(module: nn.Module, whole: nn.Module, config: Any, read: frozenset[str]) -> None:
    for name in list(_lacking(module, read)):
        part = whole._modules.get(name)
        if part is not None and not list(part.parameters()):  # rotary embeddings
            setattr(module, name, type(part)(config))
    for name, value in vars(whole).items():
        if not name.startswith("_") and not isinstance(value, torch.Tensor) and not hasattr(module, name):
            setattr(module, name, value)


_SCALED_BY_FORWARD = frozenset(("gemma", "gemma2", "vaultgemma"))  # up to 4.57


def _scales(native: Any) -> bool:
    """Whether a model's embeddings are scaled by their own class, and no longer by the model's forward."""
    family = native.__module__.split(".")[2:3]
    return not _SCALED_BY_FORWARD.isdisjoint(family) and any(
        "ScaledWordEmbedding" in name for name in _names(native, "__init__", "LOAD_GLOBAL")
    )


def _scale(module: nn.Module, name: str, part: Any) -> None:
    plain = module._modules.get(name)
    if type(plain) is nn.Embedding:
        with torch.device("meta"):
            made = type(part)(part.num_embeddings, part.embedding_dim, part.padding_idx, part.scalar_embed_scale)
        made.weight = plain.weight
        made.embed_scale = torch.tensor(part.scalar_embed_scale, device=plain.weight.device)
        setattr(module, name, made)


@cache
def _names(cls: Any, method: str, *kinds: str) -> frozenset[str]:
    """The attributes that a method sets or reads."""
    function = inspect.unwrap(getattr(cls, method))
    if not hasattr(function, "__code__"):
        return frozenset()
    return frozenset(step.argval for step in dis.get_instructions(function) if step.opname in kinds)


def _inherits(module: nn.Module, method: str) -> bool:
    """Whether a method is one of transformers' own."""
    return is_native(_home(type(module), method) or object)


def _home(cls: type, name: str) -> type | None:
    return next((base for base in cls.__mro__ if name in vars(base)), None)
