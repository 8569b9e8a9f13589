"""Whether a model is as transformers made it, so that another implementation may stand in for its own forward."""

from __future__ import annotations

from typing import Any

import torch
from transformers.loss import loss_utils

from hfcompat.origin import is_native

__all__ = ["WAY_OUT", "foreign_forward", "has_plain_head"]

WAY_OUT = "load it without device_map, swap_kernels, then accelerate.dispatch_model"
"""Hooks of accelerate go around what is there when they come, and are lost under what comes later."""

_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


def has_plain_head(model: Any, *, biased: bool = True) -> bool:
    """Whether the head is a weight and no more, and the loss is the stock one; torch.compile traces it.

    It is not with adapters, quantized or sharded weights, hooks, or a `loss_function` of the model's own.

    Args:
        biased: whether the head may have a bias.
    """
    head = model.get_output_embeddings()
    return (
        type(head) is torch.nn.Linear
        and type(head.weight) in (torch.nn.Parameter, torch.Tensor)
        and (biased or head.bias is None)
        and not any(getattr(head, hooks) for hooks in _HOOKS)
        and "forward" not in head.__dict__
        and model.loss_function is loss_utils.ForCausalLMLoss
    )


def foreign_forward(module: Any) -> str:
    """Whose forward the class of a module has, where that is neither transformers' nor torch's; "" otherwise."""
    owner = next(one for one in type(module).__mro__ if "forward" in vars(one))
    if not (is_native(owner) or _root(owner) == "torch"):
        return f"{owner.__name__} has a forward of its own"
    if _root(vars(owner)["forward"]) not in ("transformers", "torch", "hfcompat", "hfcompat_plugins"):
        return f"somebody has replaced the forward of {owner.__name__}"
    return ""


def _root(thing: Any) -> str:
    return str(getattr(thing, "__module__", "")).partition(".")[0]
