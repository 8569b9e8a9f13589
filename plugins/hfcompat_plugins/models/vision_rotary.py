"""Rotary embeddings of vision models, and how they are applied, as they were up to transformers 5.16."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

__all__ = [
    "PixtralRotaryEmbedding",
    "VisionRotaryEmbedding",
    "apply_multimodal_rotary_pos_emb",
    "position_ids_in_meshgrid",
]


class VisionRotaryEmbedding(nn.Module):
    """Angles of positions: `dim / 2` frequencies, falling from 1 by powers of `theta`."""

    def __init__(self, dim: int, theta: float = 10000.0) -> None:
        super().__init__()
        self.dim, self.theta = dim, theta
        self.register_buffer("inv_freq", 1.0 / theta ** (torch.arange(0, dim, 2).float() / dim), persistent=False)

    def forward(self, seqlen: int | torch.Tensor) -> torch.Tensor:
        """(seqlen, dim / 2), of the positions 0 to `seqlen`; (n, m * dim / 2) of positions (n, m), as since 5.6."""
        if isinstance(seqlen, torch.Tensor) and seqlen.dim():
            return (seqlen[..., None] * self.inv_freq).flatten(1)
        positions = torch.arange(seqlen, device=self.inv_freq.device, dtype=self.inv_freq.dtype)
        return torch.outer(positions, self.inv_freq)


class PixtralRotaryEmbedding(nn.Module):
    """Angles of the patches of an image, even features by the row and odd ones by the column."""

    def __init__(self, config: Any, device: torch.device | str | None = None) -> None:
        super().__init__()
        self.config, self.rope_type = config, "default"
        parameters = getattr(config, "rope_parameters", None) or {}
        self.base = parameters.get("rope_theta") or config.rope_theta
        self.dim = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        side = config.image_size // config.patch_size
        powers = 1.0 / self.base ** (torch.arange(0, self.dim, 2).float() / self.dim)
        index = torch.arange(side).float()
        rows = torch.outer(index, powers[::2])[:, None].expand(-1, side, -1)
        columns = torch.outer(index, powers[1::2])[None].expand(side, -1, -1)
        angles = torch.cat((rows, columns), dim=-1).flatten(0, 1)
        self.register_buffer("inv_freq", torch.cat((angles, angles), dim=-1).to(device), persistent=False)

    @torch.no_grad()
    def forward(self, x: torch.Tensor, position_ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Cosines and sines (..., dim) of patches (...), which count row by row, in the dtype of `x`."""
        angles = self.inv_freq[position_ids].float()
        return angles.cos().to(x.dtype), angles.sin().to(x.dtype)


def position_ids_in_meshgrid(patch_embeds_list: list[torch.Tensor], max_width: int) -> torch.Tensor:
    """Numbers of the patches of images (..., height, width), one behind the other, in rows of `max_width`."""
    numbers = []
    for patches in patch_embeds_list:
        height, width = patches.shape[-2:]
        numbers.append((torch.arange(height)[:, None] * max_width + torch.arange(width)).flatten())
    return torch.cat(numbers)


def apply_multimodal_rotary_pos_emb(
    q: torch.Tensor,
    k: torch.Tensor,
    cos: torch.Tensor,
    sin: torch.Tensor,
    mrope_section: list[int],
    unsqueeze_dim: int = 1,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Queries and keys, rotated by the positions in time, height and width.

    Args:
        q: (batch, heads, length, features of a head), as is `k`; heads are where `unsqueeze_dim` says.
        cos: (3, batch, length, features of a head), as is `sin`.
        mrope_section: features that go by time, by height and by width; together half of those of a head.
    """
    sections = [*mrope_section] * 2
    cos, sin = (_of_sections(angles, sections).unsqueeze(unsqueeze_dim) for angles in (cos, sin))
    return q * cos + _half_turned(q) * sin, k * cos + _half_turned(k) * sin


def _of_sections(angles: torch.Tensor, sections: list[int]) -> torch.Tensor:
    return torch.cat([part[i % 3] for i, part in enumerate(angles.split(sections, dim=-1))], dim=-1)


def _half_turned(states: torch.Tensor) -> torch.Tensor:
    first, second = states.chunk(2, dim=-1)
    return torch.cat((-second, first), dim=-1)
