"""Removing attention heads: which ones, and which rows and columns of the weights are kept."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn
from transformers.pytorch_utils import Conv1D, prune_linear_layer

__all__ = ["find_pruneable_heads_and_indices", "prune_conv1d_layer", "prune_layer"]


def find_pruneable_heads_and_indices(
    heads: Iterable[int], n_heads: int, head_size: int, already_pruned_heads: set[int]
) -> tuple[set[int], torch.Tensor]:
    """The heads that are still there to be pruned, and the indices of what then stays.

    Args:
        heads: heads to prune, numbered as in the unpruned layer.
        n_heads: number of heads that the layer has now.
        head_size: features of one head.
        already_pruned_heads: heads that are gone, numbered as in the unpruned layer.

    Returns:
        The heads to prune, and an int64 tensor of the features to keep, in the layer as it is now.
    """
    new = set(heads) - already_pruned_heads
    gone = {head - sum(pruned < head for pruned in already_pruned_heads) for head in new}
    kept = [head for head in range(n_heads) if head not in gone]
    features = torch.arange(n_heads * head_size).view(n_heads, head_size)
    return new, features[kept].reshape(-1)


def prune_conv1d_layer(layer: Conv1D, index: torch.Tensor, dim: int = 1) -> Conv1D:
    """A new Conv1D with only the entries `index` of dimension `dim` (1: output features, 0: input features)."""
    index = index.to(layer.weight.device)
    weight = layer.weight.detach().index_select(dim, index)
    bias = layer.bias.detach()
    pruned = Conv1D(weight.shape[1], weight.shape[0]).to(device=weight.device, dtype=weight.dtype)
    with torch.no_grad():
        pruned.weight.copy_(weight)
        pruned.bias.copy_(bias if dim == 0 else bias[index])
    return pruned


def prune_layer(layer: nn.Linear | Conv1D, index: torch.Tensor, dim: int | None = None) -> nn.Linear | Conv1D:
    """Prune the output features (or `dim`) of a Linear or a Conv1D.

    Raises:
        ValueError: when `layer` is neither.
    """
    if isinstance(layer, nn.Linear):
        return prune_linear_layer(layer, index, dim=0 if dim is None else dim)
    if isinstance(layer, Conv1D):
        return prune_conv1d_layer(layer, index, dim=1 if dim is None else dim)
    raise ValueError(f"A {type(layer).__name__} cannot be pruned: only Linear and Conv1D can")
