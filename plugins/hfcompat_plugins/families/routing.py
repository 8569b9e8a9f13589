"""The experts of NLLB-MoE, which 5.x sends every token to the first two of."""

from __future__ import annotations

from typing import Any

import torch

__all__ = ["by_the_router"]


def by_the_router(original: Any) -> Any:
    """`NllbMoeExperts.forward`: a token goes to the experts that the router weighs it for, as up to 4.57.

    Given are hidden states (tokens, size), and of the router (tokens, experts) weights, and a mask that is no index.
    """

    def forward(
        self: Any, hidden_states: torch.Tensor, router_mask: torch.Tensor, router_probs: torch.Tensor
    ) -> torch.Tensor:
        found = torch.zeros_like(hidden_states)
        for index in range(self.num_experts):
            (tokens,) = router_probs[:, index].nonzero(as_tuple=True)
            answer = self[f"expert_{index}"](hidden_states[tokens])
            if self.moe_token_dropout > 0:
                answer = self.token_dropout(answer) if self.training else answer * (1 - self.moe_token_dropout)
            weighed = answer * router_probs[tokens, index].unsqueeze(1)
            found = found.index_add(0, tokens, weighed.to(found.dtype))
        return found

    return forward
