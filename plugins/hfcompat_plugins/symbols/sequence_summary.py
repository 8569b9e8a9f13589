"""One vector for a sequence, from the hidden states of its tokens."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from transformers.activations import get_activation

__all__ = ["SequenceSummary"]


class SequenceSummary(nn.Module):
    """Picks or averages hidden states, then projects them; what is done comes from the config.

    - `summary_type`: "last" (default), "first", "mean" or "cls_index".
    - `summary_use_proj`: whether there is a projection, to `num_labels` features with `summary_proj_to_labels`.
    - `summary_activation`: the name of an activation, or None.
    - `summary_first_dropout`, `summary_last_dropout`: dropout before and after projection and activation.

    Raises:
        NotImplementedError: for `summary_type` "attn".
    """

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.summary_type = getattr(config, "summary_type", "last")
        if self.summary_type == "attn":
            raise NotImplementedError
        self.summary: nn.Module = nn.Identity()
        if getattr(config, "summary_use_proj", False):
            to_labels = getattr(config, "summary_proj_to_labels", False) and config.num_labels > 0
            self.summary = nn.Linear(config.hidden_size, config.num_labels if to_labels else config.hidden_size)
        activation = getattr(config, "summary_activation", None)
        self.activation = get_activation(activation) if activation else nn.Identity()
        self.first_dropout = _dropout(config, "summary_first_dropout")
        self.last_dropout = _dropout(config, "summary_last_dropout")

    def forward(self, hidden_states: torch.Tensor, cls_index: torch.Tensor | None = None) -> torch.Tensor:
        """The summary (batch, features).

        Args:
            hidden_states: (batch, length, features), for "cls_index" with further axes before `length`.
            cls_index: int64 (batch,) or (batch, ...), the token of each sequence for "cls_index"; the last when None.
        """
        if self.summary_type == "last":
            output = hidden_states[:, -1]
        elif self.summary_type == "first":
            output = hidden_states[:, 0]
        elif self.summary_type == "mean":
            output = hidden_states.mean(dim=1)
        elif self.summary_type == "cls_index":
            output = _at(hidden_states, cls_index)
        else:
            raise NotImplementedError
        return self.last_dropout(self.activation(self.summary(self.first_dropout(output))))


def _at(hidden_states: torch.Tensor, cls_index: torch.Tensor | None) -> torch.Tensor:
    if cls_index is None:
        return hidden_states[..., -1, :]
    index = cls_index[..., None, None].expand(*cls_index.shape, 1, hidden_states.shape[-1])
    return hidden_states.gather(-2, index).squeeze(-2)


def _dropout(config: Any, name: str) -> nn.Module:
    probability = getattr(config, name, 0)
    return nn.Dropout(probability) if probability > 0 else nn.Identity()
