"""Several sequences in one row, told apart by positions that begin again."""

from __future__ import annotations

from typing import Any

__all__ = ["packed_mask"]


def packed_mask(position_ids: Any, dtype: Any = None, *, window: int | None = None) -> Any:
    """The mask that keeps sequences in one row apart, for `attention_mask=` of a causal model under sdpa or eager.

    No version of transformers keeps them apart by `position_ids` alone whenever it should: 4.49 never does, later
    versions only while there is neither an attention mask nor a cache. With this mask all of them do.

    Args:
        position_ids: [batch, length], integers. A sequence begins where a position does not follow the one before it.
        dtype: of the mask; that of the model. Default: torch.float32.
        window: how many positions a token sees, itself included, in a model whose layers all have a sliding window.
            A mask of four dimensions is taken as it is: without this such a model would see more than its window.

    Returns:
        [batch, 1, length, length]: 0 where attention is allowed, the smallest number of `dtype` elsewhere.

    Raises:
        ValueError: `position_ids` has another number of dimensions.
    """
    import torch

    if position_ids.ndim != 2:
        raise ValueError(f"position_ids has shape {tuple(position_ids.shape)}; packed_mask takes [batch, length]")
    begins = torch.zeros_like(position_ids, dtype=torch.bool)
    begins[:, 1:] = position_ids.diff(dim=-1) != 1
    sequence = begins.cumsum(-1)
    token = torch.arange(position_ids.shape[-1], device=position_ids.device)
    distance = token[:, None] - token[None, :]
    allowed = (sequence[:, :, None] == sequence[:, None, :]) & (distance >= 0)
    if window is not None:
        allowed &= distance < window
    dtype = dtype or torch.float32
    mask = torch.zeros(allowed.shape, dtype=dtype, device=position_ids.device)
    return mask.masked_fill_(~allowed, torch.finfo(dtype).min)[:, None]
