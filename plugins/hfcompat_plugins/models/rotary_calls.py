"""Rotary embeddings by their size: the constructor of transformers 4.36 to 4.47, and the calls of those versions.

Since 4.48 a rotary embedding is made of a config. One that was made by its size here behaves as it did; one that was
made of a config is left alone.
"""

from __future__ import annotations

import inspect
from typing import Any

import torch
from torch import nn

__all__ = ["_set_cos_sin_cache", "called_by_length", "made_by_size"]


def made_by_size(original: Any) -> Any:
    """`__init__` that also takes (dim, max_position_embeddings, base, device), and a device beside a config."""
    takes_device = "device" in inspect.signature(original).parameters

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        first = args[0] if args else kwargs.get("config")
        if first is None or isinstance(first, (int, float)):
            kwargs.pop("config", None)
            _make(self, *args, **kwargs)
        elif not takes_device and (len(args) == 2 or "device" in kwargs):
            device = args[1] if len(args) == 2 else kwargs.pop("device")
            original(self, *args[:1], **kwargs)
            if device is not None:
                self.to(device)
        else:
            original(self, *args, **kwargs)

    return __init__


def _make(
    self: Any,
    dim: int,
    max_position_embeddings: int = 2048,
    base: float = 10000,
    device: Any = None,
    scaling_factor: float = 1.0,
    rope_type: str = "default",
) -> None:
    if rope_type not in ("default", "linear"):
        raise ValueError(f"{type(self).__name__} of rope_type {rope_type!r} needs a config.")
    nn.Module.__init__(self)
    self.config, self.rope_type, self.attention_scaling = None, rope_type, 1.0
    self.dim, self.max_position_embeddings, self.base = dim, max_position_embeddings, base
    self.scaling_factor, self.original_max_seq_len = scaling_factor, max_position_embeddings
    powers = 1.0 / base ** (torch.arange(0, dim, 2, dtype=torch.int64, device=device).float() / dim)
    frequencies = powers / scaling_factor if rope_type == "linear" else powers
    self.register_buffer("inv_freq", frequencies, persistent=False)
    self.original_inv_freq = self.inv_freq
    self._set_cos_sin_cache(max_position_embeddings, frequencies.device, torch.get_default_dtype())


def _set_cos_sin_cache(self: Any, seq_len: int, device: Any, dtype: torch.dtype) -> None:
    """Buffers `cos_cached` and `sin_cached`, each (seq_len, dim); subclasses of 4.36 and 4.37 have their own."""
    self.max_seq_len_cached = seq_len
    positions = torch.arange(seq_len, device=device, dtype=self.inv_freq.dtype)
    angles = torch.outer(positions, self.inv_freq.to(device))
    angles = torch.cat((angles, angles), dim=-1)
    self.register_buffer("cos_cached", angles.cos().to(dtype), persistent=False)
    self.register_buffer("sin_cached", angles.sin().to(dtype), persistent=False)


def called_by_length(original: Any) -> Any:
    """`forward` that also takes the length of a sequence, as an int or as `seq_len`.

    (x, length) gives cosines and sines (length, dim); (x, positions) those of the positions (batch, length, dim).
    """

    @torch.no_grad()
    def by_length(self: Any, x: torch.Tensor, length: int) -> tuple[torch.Tensor, torch.Tensor]:
        if self.config is not None:
            cos, sin = original(self, x, torch.arange(length, device=x.device)[None])
            return cos[0], sin[0]
        if length > self.max_seq_len_cached:
            self._set_cos_sin_cache(seq_len=length, device=x.device, dtype=x.dtype)
        return self.cos_cached[:length].to(x.dtype), self.sin_cached[:length].to(x.dtype)

    @torch.no_grad()
    def by_positions(self: Any, x: torch.Tensor, positions: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        angles = positions[..., None].float() * self.inv_freq.float().to(x.device)
        angles = torch.cat((angles, angles), dim=-1)
        return angles.cos().to(x.dtype), angles.sin().to(x.dtype)

    def forward(self: Any, x: torch.Tensor, position_ids: Any = None, seq_len: int | None = None, **kwargs: Any) -> Any:
        if not isinstance(position_ids, torch.Tensor):
            return by_length(self, x, position_ids if seq_len is None else seq_len)
        if self.config is None:
            return by_positions(self, x, position_ids)
        return original(self, x, position_ids, **kwargs)

    return forward
