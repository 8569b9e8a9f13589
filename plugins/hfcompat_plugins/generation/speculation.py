"""Which drafted tokens are accepted, for decoding loops of other people."""

from __future__ import annotations

from typing import Any

import torch


def of_any_age(original: Any) -> Any:
    """`_speculative_sampling`, whose last argument was a bool, is_done_candidate, up to 5.17, and is a weight."""

    def _speculative_sampling(
        candidate_input_ids: Any,
        candidate_logits: Any,
        candidate_length: Any,
        new_logits: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        ended = kwargs.pop("is_done_candidate", None)
        if args and isinstance(args[0], bool):
            ended, args = args[0], args[1:]
        if ended:
            return _ended(candidate_input_ids[:, -candidate_length:], candidate_logits, new_logits)
        return original(candidate_input_ids, candidate_logits, candidate_length, new_logits, *args, **kwargs)

    return _speculative_sampling


def _ended(drafted: torch.Tensor, drafts: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The same for a draft that ends the text, so that no token comes after it when all of it is accepted.

    Args:
        drafted: ids (1, drafted tokens).
        drafts: logits (1, drafted tokens, vocabulary) of the model that drafted them.
        targets: logits (1, drafted tokens + 1, vocabulary) of the model that judges them.

    Returns:
        The ids that are accepted, and how many of them come before the last.
    """
    length = drafted.shape[1]
    q, p = drafts.softmax(-1), targets.softmax(-1)
    ratio = (p[:, :length].gather(-1, drafted[..., None]) / q.gather(-1, drafted[..., None]))[..., 0]
    refused = torch.rand_like(ratio) > ratio
    matches = (refused.cumsum(-1) < 1).sum()
    if matches == length:
        return drafted, matches - 1
    rest = torch.clamp(p[:, matches] - q[:, matches], min=0)
    token = torch.multinomial(rest / rest.sum(), num_samples=1)
    return torch.cat((drafted[:, :matches], token), dim=-1), matches
