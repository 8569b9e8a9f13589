"""What `PreTrainedModel` of 4.x does with a class that is written for 5.x: what it ties, and initializes anew."""

from __future__ import annotations

import re
from itertools import cycle
from typing import Any

import torch
from torch import nn

from hfcompat.origin import is_native


def get_interface(self: Any, attn_implementation: str | None, default: Any) -> Any:
    """`AttentionInterface.get_interface`: the function of an implementation, `default` for "eager".

    Raises:
        KeyError: there is none of that name.
    """
    if attn_implementation not in (None, "eager") and attn_implementation not in self:
        raise KeyError(f"`{attn_implementation}` is not registered in the `AttentionInterface`")
    return self.get(attn_implementation, default)


def is_of_5(model: Any) -> bool:
    """Whether a class from elsewhere says its ties as a mapping, or has a configuration of 5.x."""
    if is_native(model):
        return False
    bases = type(model.config).__mro__
    return isinstance(model._tied_weights_keys, dict) or any(
        base.__module__ == f"{_HERE}configuration" for base in bases
    )


_HERE = f"{__name__.rpartition('.')[0]}."


def tying_what_is_declared(original: Any) -> Any:
    """`tie_embeddings_and_encoder_decoder`: of a class of 5.x, what `_tied_weights_keys` maps and nothing else."""

    def tie_embeddings_and_encoder_decoder(self: Any) -> None:
        if not is_of_5(self):
            original(self)
            return
        for target, source in ties(self).items():
            _tie(self, target, source)

    return tie_embeddings_and_encoder_decoder


def ties(model: Any) -> dict[str, str]:
    """`{target: source}` in names of weights; `_tied_weights_keys` may have patterns.

    Raises:
        ValueError: a pattern fits no weight, or targets and sources do not go into one another.
    """
    declared = model._tied_weights_keys
    if not isinstance(declared, dict) or not getattr(model.config, "tie_word_embeddings", False):
        return {}
    names = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    names |= {name for name, _ in model.named_buffers(remove_duplicate=False)}
    found: dict[str, str] = {}
    for target, source in declared.items():
        if target in names and source in names:
            pairs = [(target, source)]
        else:
            to, of = (sorted(name for name in names if re.search(f"^{key}", name)) for key in (target, source))
            if not to or not of or len(to) % len(of):
                raise ValueError(
                    f"`_tied_weights_keys` of {type(model).__name__} ties {to or target} to {of or source}"
                )
            pairs = list(zip(to, cycle(of), strict=False))
        found |= {one: found.get(other, other) for one, other in pairs}
    return found


def _tie(model: Any, target: str, source: str) -> None:
    shared = model.get_parameter_or_buffer(source)
    place, _, leaf = target.rpartition(".")
    holder = model.get_submodule(place)
    setattr(holder, leaf, shared)
    bias = getattr(holder, "bias", None)
    if leaf == "weight" and bias is not None and len(bias) != len(shared):
        bias.data = nn.functional.pad(bias.data, (0, len(shared) - len(bias)))
    if leaf == "weight" and isinstance(holder, nn.Linear):
        holder.out_features = len(shared)


def leaving_what_is_loaded(original: Any) -> Any:
    """`_initialize_missing_keys`: what was loaded says so, to `transformers.initialization`, and stays as it is."""

    def _initialize_missing_keys(self: Any, keys: Any, *args: Any, **kwargs: Any) -> Any:
        if not is_of_5(self):
            return original(self, keys, *args, **kwargs)
        named = set(keys)
        of_missing = "missing" in original.__code__.co_varnames[1]
        kept = []
        for prefix, module in self.named_modules():
            own = {f"{prefix}.{name}" if prefix else name: tensor for name, tensor in _saved(module)}
            loaded = [tensor for name, tensor in own.items() if (name in named) is not of_missing]
            for tensor in loaded:
                tensor._is_hf_initialized = True
            if len(loaded) < len(own):
                kept += [(tensor, tensor.detach().clone()) for tensor in loaded if not tensor.is_meta]
        answer = original(self, keys, *args, **kwargs)
        with torch.no_grad():
            for tensor, value in kept:
                tensor.copy_(value)
        return answer

    return _initialize_missing_keys


def _saved(module: nn.Module) -> Any:
    yield from module.named_parameters(recurse=False)
    for name, tensor in module.named_buffers(recurse=False):
        if name not in module._non_persistent_buffers_set:
            yield name, tensor
