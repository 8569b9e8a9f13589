"""transformers' own AdamW, which is not torch's: its defaults, its epsilon and its weight decay differ."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.optim import Optimizer

__all__ = ["AdamW"]


class AdamW(Optimizer):
    """Adam with decoupled weight decay.

    Where torch.optim.AdamW differs: epsilon is added to the root of the *uncorrected* second moment, the decay
    comes after the update, `eps` is 1e-6 and `weight_decay` 0 by default, and bias correction can be turned off.

    Args:
        params: parameters, or dicts of parameter groups.
        lr: learning rate.
        betas: decay of the first and the second moment.
        eps: added to the denominator.
        weight_decay: decoupled weight decay, times `lr`.
        correct_bias: correct the moments for their start at zero; BERT's original code does not.
        no_deprecation_warning: keep quiet.

    Raises:
        ValueError: for a negative `lr` or `eps`, and for betas outside [0, 1).
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        correct_bias: bool = True,
        no_deprecation_warning: bool = False,
    ) -> None:
        if not no_deprecation_warning:
            warnings.warn(
                "transformers.AdamW is deprecated: use torch.optim.AdamW (its defaults and its numbers differ), or "
                "pass no_deprecation_warning=True.",
                FutureWarning,
                stacklevel=2,
            )
        if lr < 0.0:
            raise ValueError(f"lr={lr} is negative")
        for beta in betas:
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"beta {beta} is not in [0, 1)")
        if eps < 0.0:
            raise ValueError(f"eps={eps} is negative")
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "correct_bias": correct_bias}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """One optimization step; returns what `closure`, which reevaluates the model, returned.

        Raises:
            RuntimeError: for a sparse gradient.
        """
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._update(parameter, group)
        return loss

    def _update(self, parameter: torch.Tensor, group: dict[str, Any]) -> None:
        gradient = parameter.grad
        assert gradient is not None
        if gradient.is_sparse:
            raise RuntimeError("Gradients are sparse: use torch.optim.SparseAdam")
        state = self.state[parameter]
        if not state:
            state.update(step=0, exp_avg=torch.zeros_like(parameter), exp_avg_sq=torch.zeros_like(parameter))
        state["step"] += 1
        beta1, beta2 = group["betas"]
        first = state["exp_avg"].mul_(beta1).add_(gradient, alpha=1.0 - beta1)
        second = state["exp_avg_sq"].mul_(beta2).addcmul_(gradient, gradient, value=1.0 - beta2)
        size = group["lr"]
        if group["correct_bias"]:
            size = size * math.sqrt(1.0 - beta2 ** state["step"]) / (1.0 - beta1 ** state["step"])
        parameter.addcdiv_(first, second.sqrt().add_(group["eps"]), value=-size)
        if group["weight_decay"] > 0.0:
            parameter.add_(parameter, alpha=-group["lr"] * group["weight_decay"])
