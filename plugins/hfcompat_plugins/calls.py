"""`PreTrainedModel.__call__`, which transformers does not define: it is that of `torch.nn.Module`."""

from __future__ import annotations

from typing import Any

from torch import nn

__all__ = ["of_the_moment"]


def of_the_moment(original: Any) -> Any:
    """What a wrapper of `PreTrainedModel.__call__` is to call.

    torch.fx, and others who trace or count, put a function of theirs in the place of `nn.Module.__call__` for a while.
    It has to be asked for models too, as it would be without us: so that is looked up at each call.
    """
    if original is not nn.Module.__call__:
        return original

    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        return nn.Module.__call__(self, *args, **kwargs)

    return __call__
