"""Removing attention heads for good, as `model.prune_heads({layer: [head, ...]})` did up to 4.57.

Models defined outside transformers prune themselves, by a `_prune_heads` of their own; for transformers' own it is done
here, wherever queries, keys, values and output are layers of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from hfcompat_plugins.modeling.heads import Attention, attentions


class PrunedHeads:
    """`attention.pruned_heads`: numbers of the heads that are gone, counted as before any went."""

    def __get__(self, module: Any, owner: type | None = None) -> Any:
        if module is None:
            return self
        return vars(module).setdefault("pruned_heads", set())


pruned_heads = PrunedHeads()


def prune_heads(self: Any, heads_to_prune: Mapping[int, Iterable[int]]) -> None:
    """Remove attention heads of the base model, and note them in `config.pruned_heads`.

    Args:
        heads_to_prune: {layer: heads}, numbered as before any was removed. Heads that are gone are passed over.

    Raises:
        NotImplementedError: when this model's heads cannot be told apart.
        IndexError: when there is no such layer.
    """
    known = {int(layer): list(heads) for layer, heads in (getattr(self.config, "pruned_heads", None) or {}).items()}
    for layer, heads in heads_to_prune.items():
        known[layer] = list(set(known.get(layer, [])) | set(heads))
    self.base_model._prune_heads(heads_to_prune)
    self.config.pruned_heads = known


def prune_base_heads(self: Any, heads_to_prune: Mapping[int, Iterable[int]]) -> None:
    """The same for a base model, which keeps no note of it. Layers count self-attentions."""
    if not any(base.__module__.startswith("transformers.models.") for base in type(self).__mro__):
        raise NotImplementedError(f"{type(self).__name__} has no `_prune_heads`")
    if getattr(self.config, "is_encoder_decoder", False):
        raise NotImplementedError(f"{type(self).__name__} has two stacks: prune its encoder or its decoder")
    layers = [attention for attention in attentions(self) if not attention.cross]
    if not layers:
        raise NotImplementedError(f"the heads of {type(self).__name__} cannot be pruned")
    for layer, heads in heads_to_prune.items():
        _prune(layers[layer], heads)


def prune_attention_heads(self: Any, heads: Iterable[int]) -> None:
    """Remove heads of one attention, numbered as before any was removed."""
    _prune(attentions(self)[0], heads)


def _prune(attention: Attention, heads: Iterable[int]) -> None:
    from hfcompat_plugins.symbols.pruning import find_pruneable_heads_and_indices, prune_layer

    module, size = attention.module, attention.size
    if hasattr(module, "has_relative_attention_bias"):
        raise NotImplementedError(f"{type(module).__name__} has a bias for each of its heads, and cannot be pruned")
    gone = set(getattr(module, "pruned_heads", ()))
    new, kept = find_pruneable_heads_and_indices(heads, attention.heads, size, gone)
    if not new:
        return
    fused = len(attention.inputs) == 1
    width = attention.heads * size
    rows = torch.cat([kept, kept + width, kept + 2 * width]) if fused else kept
    for place in attention.inputs:
        setattr(place.module, place.name, prune_layer(place.layer, rows))
    joining = attention.joining
    linear = isinstance(joining.layer, torch.nn.Linear)
    setattr(joining.module, joining.name, prune_layer(joining.layer, kept, dim=1 if linear else 0))
    left = attention.heads - len(new)
    setattr(module, attention.counter, left)
    for name in ("all_head_size", "split_size", "inner_dim"):
        if name in vars(module):
            setattr(module, name, left * size)
    for owner in {id(m): m for m in (module, attention.outer)}.values():
        owner.pruned_heads = gone | new


def pruned_before_loading(original: Any) -> Any:
    """`_backward_compatibility_gradient_checkpointing`, the last that a constructor calls before weights are loaded.

    A checkpoint of a pruned model has layers of the pruned size. On the meta device a model is built to be loaded.
    """

    def inner(self: Any) -> Any:
        if getattr(self.config, "pruned_heads", None) and next(self.parameters()).is_meta:
            _prune_as_configured(self)
        return original(self)

    return inner


def pruned_when_built(original: Any) -> Any:
    """The same for every model whose config says so."""

    def inner(self: Any) -> Any:
        if getattr(self.config, "pruned_heads", None):
            _prune_as_configured(self)
        return original(self)

    return inner


def _prune_as_configured(model: Any) -> None:
    if model.base_model is model:
        model._prune_heads({int(layer): list(heads) for layer, heads in model.config.pruned_heads.items()})
