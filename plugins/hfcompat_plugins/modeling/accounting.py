"""What a model of 4.x could say of its size, its work and its memory, and the warnings that it had given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn


class WarningsIssued:
    """`model.warnings_issued`: a dict of the model's own, made when somebody first asks for it.

    A descriptor without `__set__`: what a model assigns in its constructor comes before it.
    """

    def __get__(self, model: Any, owner: type | None = None) -> Any:
        if model is None:
            return self
        return vars(model).setdefault("warnings_issued", {})


warnings_issued = WarningsIssued()


def estimate_tokens(self: Any, input_dict: Mapping[str, Any]) -> int:
    """How many tokens are in a batch: the number of elements of the model's main input, 0 where it is missing."""
    if self.main_input_name in input_dict:
        return input_dict[self.main_input_name].numel()
    if not self.warnings_issued.get("estimate_tokens"):
        from transformers.utils import logging

        logging.get_logger("transformers.modeling_utils").warning(
            f"There is no {self.main_input_name!r} to count tokens of, so floating-point operations are taken for 0."
        )
        self.warnings_issued["estimate_tokens"] = True
    return 0


def floating_point_ops(self: Any, input_dict: Mapping[str, Any], exclude_embeddings: bool = True) -> int:
    """Floating-point operations of a forward and a backward pass: six a token and parameter (arXiv 2001.08361)."""
    return 6 * self.estimate_tokens(input_dict) * self.num_parameters(exclude_embeddings=exclude_embeddings)


def _resident() -> int:
    """Bytes of this process that are in memory. Raises ImportError without psutil."""
    import psutil

    return psutil.Process().memory_info().rss


def _hook_rss_memory_pre_forward(module: Any, *args: Any, **kwargs: Any) -> None:
    module.mem_rss_pre_forward = _resident()


def _hook_rss_memory_post_forward(module: Any, *args: Any, **kwargs: Any) -> None:
    module.mem_rss_post_forward = _resident()
    grown = module.mem_rss_post_forward - module.mem_rss_pre_forward
    module.mem_rss_diff = grown + getattr(module, "mem_rss_diff", 0)


hook_rss_memory_pre_forward = staticmethod(_hook_rss_memory_pre_forward)
hook_rss_memory_post_forward = staticmethod(_hook_rss_memory_post_forward)


def add_memory_hooks(self: nn.Module) -> None:
    """From now on every submodule adds up, in `mem_rss_diff`, the bytes by which its calls let the process grow."""
    for module in self.modules():
        module.register_forward_pre_hook(_hook_rss_memory_pre_forward)
        module.register_forward_hook(_hook_rss_memory_post_forward)
    self.reset_memory_hooks_state()


def reset_memory_hooks_state(self: nn.Module) -> None:
    """Start to count memory from 0, see `add_memory_hooks`."""
    for module in self.modules():
        module.mem_rss_diff = 0  # type: ignore[assignment]
        module.mem_rss_post_forward = 0  # type: ignore[assignment]
        module.mem_rss_pre_forward = 0  # type: ignore[assignment]
