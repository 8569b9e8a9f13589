"""The logits processor that keeps groups of beams off one another's tokens."""

from __future__ import annotations

from typing import Any

import torch
from transformers.generation.logits_process import LogitsProcessor

__all__ = ["HammingDiversityLogitsProcessor"]


class HammingDiversityLogitsProcessor(LogitsProcessor):  # type: ignore[misc]
    """Lowers a token by `diversity_penalty` for each beam of an earlier group that chose it at this step.

    Raises:
        ValueError: unless the penalty is a float above 0, and there are 2 groups or more, and no more than beams.
    """

    def __init__(self, diversity_penalty: float, num_beams: int, num_beam_groups: int) -> None:
        if not isinstance(diversity_penalty, float) or diversity_penalty <= 0.0:
            raise ValueError("`diversity_penalty` should be a float strictly larger than 0.")
        if not isinstance(num_beams, int) or num_beams < 2:
            raise ValueError("`num_beams` should be an integer strictly larger than 1.")
        if not isinstance(num_beam_groups, int) or num_beam_groups < 2:
            raise ValueError("`num_beam_groups` should be an integer strictly larger than 1.")
        if num_beam_groups > num_beams:
            raise ValueError("`num_beam_groups` has to be smaller or equal to `num_beams`.")
        self._diversity_penalty = diversity_penalty
        self._num_beams = num_beams
        self._num_sub_beams = num_beams // num_beam_groups

    def __call__(
        self,
        input_ids: torch.Tensor,
        scores: torch.Tensor,
        current_tokens: torch.Tensor,
        beam_group_idx: int,
    ) -> Any:
        """Scores (batch * beams of the group, vocabulary) of group `beam_group_idx`.

        Args:
            current_tokens: (batch * beams,), the tokens that the groups before it chose at this step.
        """
        start = beam_group_idx * self._num_sub_beams
        if start == 0:
            return scores
        size = min(start + self._num_sub_beams, self._num_beams) - start
        vocabulary = scores.shape[-1]
        lowered = scores.clone()
        for sentence in range(current_tokens.shape[0] // self._num_beams):
            first = sentence * self._num_beams
            chosen = torch.bincount(current_tokens[first : first + start], minlength=vocabulary).to(scores.device)
            lowered[sentence * size : (sentence + 1) * size] -= self._diversity_penalty * chosen
        return lowered
