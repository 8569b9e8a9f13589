"""Attention of somebody's own, with the call of transformers 4.36 to 4.52, inside a layer of transformers.

Since 4.54 the layer around it names what it gives, `cache_position` too; since 4.56 it says `past_key_values`, since
5.0 it gives masks of booleans and wants two values back. What is foreign is called by its own signature; transformers'
own attention is called as ever.
"""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

import torch

from hfcompat.origin import is_native

__all__ = ["calling_a_foreign_self", "position_embedding_type"]


class _Absolute:
    """`position_embedding_type` of a layer that knows no other; a subclass that assigns one has its own."""

    def __get__(self, layer: Any, owner: type | None = None) -> Any:
        return self if layer is None else "absolute"


position_embedding_type = _Absolute()


def calling_a_foreign_self(original: Any) -> Any:
    """`BertAttention.forward`, and those like it, around a `self` of somebody's own."""

    def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        child = self._modules["self"]
        owner = next(base for base in type(child).__mro__ if "forward" in vars(base))
        taken = None if is_native(owner) else _old_parameters(owner)
        if taken is None:
            return original(self, *args, **kwargs)
        hooks = (
            child.register_forward_pre_hook(lambda _, given, named: _as_it_was(taken, given, named), with_kwargs=True),
            child.register_forward_hook(_as_it_is, with_kwargs=True),
        )
        try:
            return original(self, *args, **kwargs)
        finally:
            for hook in hooks:
                hook.remove()

    return forward


@cache
def _old_parameters(cls: Any) -> frozenset[str] | None:
    """What the forward of a foreign class takes, if it is one of 4.36 to 4.52."""
    parameters = inspect.signature(cls.forward).parameters
    if "past_key_value" not in parameters or any(
        parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()
    ):
        return None
    return frozenset(parameters)


def _as_it_was(taken: frozenset[str], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    past = kwargs.get("past_key_values", kwargs.get("past_key_value"))
    if past is not None and not isinstance(past, tuple):
        raise NotImplementedError("A layer that takes tuples of keys and values cannot work with a Cache.")
    mask = kwargs.get("attention_mask")
    if mask is not None and mask.dtype == torch.bool:
        states = args[0]
        kwargs["attention_mask"] = torch.zeros_like(mask, dtype=states.dtype).masked_fill(
            ~mask, torch.finfo(states.dtype).min
        )
    if kwargs.get("encoder_hidden_states") is not None and "encoder_attention_mask" in taken:
        kwargs["encoder_attention_mask"] = kwargs.pop("attention_mask", None)
    return args, {name: value for name, value in kwargs.items() if name in taken}


def _as_it_is(layer: Any, args: Any, kwargs: dict[str, Any], output: Any) -> tuple[Any, Any]:
    """The context, and the weights or None."""
    return output[0], output[1] if kwargs.get("output_attentions") else None
