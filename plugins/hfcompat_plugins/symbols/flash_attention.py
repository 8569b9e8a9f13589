"""Of `transformers.modeling_flash_attention_utils`: what packed sequences need."""

from __future__ import annotations

import torch

__all__ = ["deterministic_g", "prepare_fa2_from_position_ids"]

# A module-level cache of FLASH_ATTENTION_DETERMINISTIC, unread until the first call; setting it has no effect any more.
deterministic_g: bool | None = None


def prepare_fa2_from_position_ids(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, position_ids: torch.Tensor
) -> tuple[
    torch.Tensor,
    torch.Tensor,
    torch.Tensor,
    torch.Tensor,
    tuple[torch.Tensor, torch.Tensor],
    tuple[torch.Tensor, torch.Tensor],
]:
    """Arguments of `flash_attn_varlen_func` for a batch in which a sequence begins wherever the position is 0.

    Args:
        query: (batch, length, heads, head_dim); `key` and `value` likewise, with their own number of heads.
        position_ids: (batch, length), int.

    Returns:
        `query`, `key` and `value` as (tokens, heads, head_dim); the indices of all tokens (int32); where sequences
        begin, and the number of tokens (int32), for queries and for keys; the longest sequence, for both.
    """
    positions = position_ids.flatten()
    indices = torch.arange(len(positions), device=positions.device, dtype=torch.int32)
    end = torch.tensor([len(positions)], device=positions.device, dtype=torch.int32)
    starts = torch.cat([indices[positions == 0], end])
    longest = positions.max() + 1
    flat = [states.reshape(-1, *states.shape[-2:]) for states in (query, key, value)]
    return flat[0], flat[1], flat[2], indices, (starts, starts), (longest, longest)
