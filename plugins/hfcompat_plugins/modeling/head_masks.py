"""Head masks for models of transformers 5, whose attentions no longer know them.

Silencing head h of an attention multiplies its part of what the heads hand to the layer that joins them, so that is
where it is done, for the time of one call.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from hfcompat_plugins.modeling.heads import Attention, attentions

NAMES = ("head_mask", "decoder_head_mask", "cross_attn_head_mask")


class _Stack:
    """The attentions of one kind in one stack, and their mask."""

    def __init__(self, found: list[Attention], rows: list[int], mask: torch.Tensor, layers: int) -> None:
        if mask.dim() == 1:
            mask = mask.expand(layers, -1)
        if mask.dim() == 2:
            mask = mask[:, None, :, None, None]
        if mask.dim() != 5 or mask.shape[-2:] != (1, 1):
            raise ValueError(f"a head mask has shape (heads,) or (layers, heads), not {tuple(mask.shape)}")
        if len(mask) != layers:
            raise ValueError(f"a head mask for {len(mask)} layers was given to a stack of {layers}")
        self.found = found
        self.mask = mask if rows == list(range(layers)) else mask[rows]

    def hooks(self) -> Iterator[Any]:
        for attention, mask in zip(self.found, self.mask, strict=True):
            yield attention.joining.layer.register_forward_pre_hook(_silencing(attention, mask))

    def masked(self, probabilities: tuple[torch.Tensor | None, ...]) -> tuple[torch.Tensor | None, ...]:
        """Attention probabilities of every layer, each of shape (batch, heads, queries, keys)."""
        often = len(probabilities) // len(self.mask)
        masks = [mask for mask in self.mask for _ in range(often)]
        pairs = zip(probabilities, masks, strict=True)
        return tuple(layer if layer is None else layer * mask.to(layer) for layer, mask in pairs)


def _silencing(attention: Attention, mask: torch.Tensor) -> Any:
    """A hook for the joining layer; `mask` has shape (1 or batch, heads, 1, 1)."""

    def silence(layer: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
        joined = args[0].unflatten(-1, (attention.heads, attention.size))
        between = [1] * (joined.dim() - 3)
        scale = mask.to(joined).reshape(len(mask), *between, attention.heads, 1)
        return ((joined * scale).flatten(-2), *args[1:])

    return silence


@contextmanager
def masked_heads(model: Any, accepted: tuple[str, ...], masks: dict[str, torch.Tensor]) -> Iterator[dict[str, _Stack]]:
    """For this time, heads of `model` are masked.

    Args:
        accepted: names of the arguments that its forward took when it knew head masks.
        masks: by the name of the argument.

    Yields:
        By the name of an output of attention probabilities, what masks it.

    Raises:
        NotImplementedError: for a model whose heads cannot be told apart.
        ValueError: for a mask of a shape that does not fit.
    """
    stacks = _stacks(model, accepted, masks)
    with _hooked(stacks), _masked_again(model, stacks):
        yield stacks


@contextmanager
def _hooked(stacks: dict[str, _Stack]) -> Iterator[None]:
    handles = [handle for stack in stacks.values() for handle in stack.hooks()]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _masked_again(model: Any, stacks: dict[str, _Stack]) -> Iterator[None]:
    """What is checkpointed for this time is masked as well when the backward pass runs it again."""
    name = "_gradient_checkpointing_func"
    layers = [module for module in model.modules() if name in vars(module)] if model.training else []
    kept = [(layer, getattr(layer, name)) for layer in layers]
    forward = True

    def masking(checkpoint: Any) -> Any:
        def checkpoint_masked(function: Any, *args: Any, **kwargs: Any) -> Any:
            def masked(*args: Any, **kwargs: Any) -> Any:
                if forward:
                    return function(*args, **kwargs)
                with _hooked(stacks):
                    return function(*args, **kwargs)

            return checkpoint(masked, *args, **kwargs)

        return checkpoint_masked

    for layer, checkpoint in kept:
        setattr(layer, name, masking(checkpoint))
    try:
        yield
    finally:
        forward = False
        for layer, checkpoint in kept:
            setattr(layer, name, checkpoint)


def _stacks(model: Any, accepted: tuple[str, ...], masks: dict[str, torch.Tensor]) -> dict[str, _Stack]:
    stacks: dict[str, _Stack] = {}

    def stack(output: str, part: Any, cross: bool, mask: torch.Tensor | None) -> None:
        if mask is None:
            return
        found = [attention for attention in attentions(part) if attention.cross is cross]
        layers = _layers(part, len(found))
        rows = _rows(part, len(found), layers)
        if not rows:
            raise NotImplementedError(
                f"{type(model).__name__} takes no head mask on this version of transformers: its heads cannot be told "
                "apart from outside."
            )
        stacks[output] = _Stack(found, rows, mask, layers)

    head, decoder, cross = (masks.get(name) for name in NAMES)
    if "decoder_head_mask" in accepted:
        stack("encoder_attentions", model.get_encoder(), False, head)
        stack("decoder_attentions", model.get_decoder(), False, decoder)
        stack("cross_attentions", model.get_decoder(), True, cross)
    else:
        if "cross_attn_head_mask" not in accepted and any(attention.cross for attention in attentions(model)):
            cross = head
        stack("attentions", model, False, head)
        stack("cross_attentions", model, True, cross)
    return stacks


_LAYERS = ("num_hidden_layers", "encoder_layers", "decoder_layers", "num_layers", "num_decoder_layers")


def _layers(part: Any, found: int) -> int:
    """How many rows a mask for all layers of a stack has."""
    numbers = [getattr(part.config, name, None) for name in _LAYERS]
    return found if found in numbers else next((number for number in numbers if isinstance(number, int)), found)


def _rows(part: Any, found: int, layers: int) -> list[int]:
    """The row of the mask for each attention; empty where that is not known.

    Albert's layers share their weights by groups, and all of a group took the mask of its first ones.
    """
    if found == layers:
        return list(range(layers))
    groups = getattr(part.config, "num_hidden_groups", None)
    if groups and found == groups * part.config.inner_group_num:
        each = layers // groups
        return [group * each + inner for group in range(groups) for inner in range(part.config.inner_group_num)]
    return []


def masked_probabilities(output: Any, stacks: dict[str, _Stack]) -> None:
    """Masks the attention probabilities in a model's output as well, in place."""
    for name, stack in stacks.items():
        if output.get(name):
            output[name] = stack.masked(output[name])
