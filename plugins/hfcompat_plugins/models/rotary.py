"""Llama's rotary embeddings with scaling, by the constructor and the call of transformers 4.36 to 4.47."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding

__all__ = ["LlamaDynamicNTKScalingRotaryEmbedding", "LlamaLinearScalingRotaryEmbedding"]


class _ScaledRotaryEmbedding(LlamaRotaryEmbedding):
    rope_type: str

    def __init__(
        self,
        dim: int | None = None,
        max_position_embeddings: int = 2048,
        base: float = 10000,
        device: torch.device | str | None = None,
        scaling_factor: float = 1.0,
        rope_type: str | None = None,
        config: Any = None,
    ) -> None:
        """Rotary embedding of `dim` features a head.

        Args:
            config: a model's config: all comes from it then, even the kind of scaling, as in transformers 4.47.
            rope_type: accepted, and not looked at: the class says it.
        """
        if config is not None:
            super().__init__(config)
            return
        assert dim is not None, "pass dim, or config"
        nn.Module.__init__(self)
        self.config, self.rope_type = None, type(self).rope_type
        self.dim, self.base, self.scaling_factor = dim, base, scaling_factor
        self.max_position_embeddings = max_position_embeddings
        self.max_seq_len_cached = self.original_max_seq_len = max_position_embeddings
        self.attention_scaling = 1.0
        self.register_buffer("inv_freq", self._frequencies(max_position_embeddings, device), persistent=False)
        self.original_inv_freq = self.inv_freq

    def _frequencies(self, length: int, device: Any) -> torch.Tensor:
        """float32 (dim / 2), for a sequence of this length."""
        raise NotImplementedError

    def _powers(self, base: float, device: Any) -> torch.Tensor:
        exponents = torch.arange(0, self.dim, 2, dtype=torch.int64, device=device).float() / self.dim
        return 1.0 / base**exponents

    def _adapt(self, position_ids: torch.Tensor) -> None:
        """Make the frequencies fit the positions."""

    @torch.no_grad()
    def forward(  # type: ignore[override]
        self, x: torch.Tensor, position_ids: torch.Tensor | int | None = None, seq_len: int | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Cosines and sines of the positions, in the dtype of `x`.

        Args:
            position_ids: (batch, length); an int is a `seq_len`.
            seq_len: positions 0 to `seq_len` (the call of transformers 4.36 and 4.37).

        Returns:
            Two tensors (batch, length, dim); (seq_len, dim) for `seq_len`.
        """
        if not isinstance(position_ids, torch.Tensor):
            length = position_ids if seq_len is None else seq_len
            cos, sin = self(x, torch.arange(length, device=x.device)[None])
            return cos[0], sin[0]
        if self.config is not None:
            return super().forward(x, position_ids)
        self._adapt(position_ids)
        angles = position_ids[..., None].float() * self.inv_freq.float().to(x.device)
        angles = torch.cat((angles, angles), dim=-1)
        return angles.cos().to(x.dtype), angles.sin().to(x.dtype)


class LlamaLinearScalingRotaryEmbedding(_ScaledRotaryEmbedding):
    """Positions are divided by `scaling_factor`."""

    rope_type = "linear"

    def _frequencies(self, length: int, device: Any) -> torch.Tensor:
        return self._powers(self.base, device) / self.scaling_factor


class LlamaDynamicNTKScalingRotaryEmbedding(_ScaledRotaryEmbedding):
    """The base grows with the sequence, once it is longer than `max_position_embeddings`; what it grew to stays, until
    a sequence is shorter than that again."""

    rope_type = "dynamic"

    def _frequencies(self, length: int, device: Any) -> torch.Tensor:
        stretch = self.scaling_factor * length / self.max_position_embeddings - (self.scaling_factor - 1)
        return self._powers(self.base * stretch ** (self.dim / (self.dim - 2)), device)

    def _adapt(self, position_ids: torch.Tensor) -> None:
        length = int(position_ids.max()) + 1
        if length > self.max_seq_len_cached:
            self.inv_freq = self._frequencies(length, self.inv_freq.device)
            self.max_seq_len_cached = length
        elif length < self.original_max_seq_len < self.max_seq_len_cached:
            self.inv_freq = self.original_inv_freq.to(self.inv_freq.device)
            self.max_seq_len_cached = self.original_max_seq_len
