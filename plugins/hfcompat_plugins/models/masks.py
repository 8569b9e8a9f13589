"""The causal mask that model modules made with a function of their own in transformers 4.44 and 4.45."""

from __future__ import annotations

import torch

__all__ = ["_prepare_4d_causal_attention_mask_with_cache_position"]


def _prepare_4d_causal_attention_mask_with_cache_position(
    attention_mask: torch.Tensor | None,
    sequence_length: int,
    target_length: int,
    dtype: torch.dtype,
    device: torch.device,
    min_dtype: float,
    cache_position: torch.Tensor,
    batch_size: int,
) -> torch.Tensor:
    """(batch, 1, sequence_length, target_length): 0 where a token may look, `min_dtype` elsewhere.

    Args:
        attention_mask: (batch, keys), 1 for tokens, 0 for padding; with four axes it is the answer.
        target_length: of the keys, with those of a static cache that are still empty.
        cache_position: (sequence_length,), where the tokens stand.
        batch_size: of the answer.
    """
    if attention_mask is not None and attention_mask.dim() == 4:
        return attention_mask
    later = torch.arange(target_length, device=device) > cache_position.reshape(-1, 1)
    hidden = later[None, None].expand(batch_size, 1, -1, -1)
    if attention_mask is not None:
        padding = torch.nn.functional.pad(attention_mask == 0, (0, target_length - attention_mask.shape[-1]))
        hidden = hidden | padding[:, None, None, :].to(device)
    mask = torch.zeros(hidden.shape, dtype=dtype, device=device)
    return mask.masked_fill(hidden, min_dtype)
