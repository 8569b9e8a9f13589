"""Decoding helpers from when a generation loop was something that one wrote."""

from __future__ import annotations

from typing import Any

import torch
from transformers.generation.logits_process import TopKLogitsWarper, TopPLogitsWarper
from transformers.generation.stopping_criteria import StoppingCriteria

__all__ = ["MaxNewTokensCriteria", "top_k_top_p_filtering"]


def top_k_top_p_filtering(
    logits: torch.Tensor,
    top_k: int = 0,
    top_p: float = 1.0,
    filter_value: float = -float("inf"),
    min_tokens_to_keep: int = 1,
) -> torch.Tensor:
    """Set the logits of improbable tokens to `filter_value`.

    Args:
        logits: (batch, vocabulary).
        top_k: keep so many of the most probable; 0 keeps all.
        top_p: then keep the most probable whose probabilities add up to this much; 1.0 keeps all.
        min_tokens_to_keep: keep so many at least.
    """
    options = {"filter_value": filter_value, "min_tokens_to_keep": min_tokens_to_keep}
    ids: Any = None  # neither looks at the tokens so far
    if top_k > 0:
        logits = TopKLogitsWarper(top_k=top_k, **options)(ids, logits)
    if 0 <= top_p <= 1.0:
        logits = TopPLogitsWarper(top_p=top_p, **options)(ids, logits)
    return logits


class MaxNewTokensCriteria(StoppingCriteria):
    """Stops once `max_new_tokens` tokens follow the first `start_length`.

    Called with `input_ids` (batch, length), it answers with a bool tensor (batch,).
    """

    def __init__(self, start_length: int, max_new_tokens: int) -> None:
        self.start_length = start_length
        self.max_new_tokens = max_new_tokens
        self.max_length = start_length + max_new_tokens

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **kwargs: Any) -> torch.Tensor:
        return torch.full((input_ids.shape[0],), input_ids.shape[-1] >= self.max_length, device=input_ids.device)
