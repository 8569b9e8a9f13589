"""Layers that model modules lost, by their old names and with the parameter names of checkpoints."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from transformers.activations import ACT2FN

from hfcompat.origin import is_native

__all__ = ["DetrConvModel", "MixtralBlockSparseTop2MLP"]


class MixtralBlockSparseTop2MLP(nn.Module):
    """One expert of Mixtral, with weights of its own: `w2(act(w1(x)) * w3(x))`."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.ffn_dim, self.hidden_dim = config.intermediate_size, config.hidden_size
        self.w1 = nn.Linear(self.hidden_dim, self.ffn_dim, bias=False)
        self.w2 = nn.Linear(self.ffn_dim, self.hidden_dim, bias=False)
        self.w3 = nn.Linear(self.hidden_dim, self.ffn_dim, bias=False)
        self.act_fn = ACT2FN[config.hidden_act]

    def forward(self, hidden_states: torch.Tensor) -> torch.Tensor:
        """(..., hidden size) to the same."""
        return self.w2(self.act_fn(self.w1(hidden_states)) * self.w3(hidden_states))


class DetrConvModel(nn.Module):
    """A convolutional encoder, and the positions of what it gives."""

    def __init__(self, conv_encoder: nn.Module, position_embedding: nn.Module) -> None:
        super().__init__()
        self.conv_encoder, self.position_embedding = conv_encoder, position_embedding

    def forward(self, pixel_values: torch.Tensor, pixel_mask: torch.Tensor) -> tuple[list[Any], list[torch.Tensor]]:
        """Pairs of features (batch, channels, height, width) and masks, and the positions of each."""
        pairs = self.conv_encoder(pixel_values, pixel_mask)
        return pairs, [self._positions(features, mask).to(features.dtype) for features, mask in pairs]

    def _positions(self, features: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        if not is_native(self.position_embedding):
            return self.position_embedding(features, mask)
        # Since 5.1 it asks for a shape; for some releases it gave (batch, height * width, channels).
        made = self.position_embedding(shape=features.shape, device=features.device, dtype=torch.float32, mask=mask)
        return made if made.ndim == 4 else made.transpose(1, 2).unflatten(2, features.shape[2:])
