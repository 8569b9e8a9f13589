"""What `transformers.modeling_utils` knew about dtypes, devices and state dicts of plain modules."""

from __future__ import annotations

import re
from collections.abc import Iterator

import torch
from hfcompat_plugins.symbols.removed import removed_function
from torch import nn

__all__ = ["dtype_byte_size", "get_parameter_device", "get_parameter_dtype"]

_load_state_dict_into_meta_model = removed_function(
    "_load_state_dict_into_meta_model",
    "loading was rewritten in transformers 5; use `model.load_state_dict(state_dict, assign=True)`, or "
    "`accelerate.utils.set_module_tensor_to_device` for one tensor at a time, or install transformers<5.",
    __name__,
)


def dtype_byte_size(dtype: torch.dtype) -> float:
    """Bytes that one element takes; 1/8 for bool.

    Raises:
        ValueError: when the name of `dtype` holds no width.
    """
    if dtype == torch.bool:
        return 1 / 8
    width = re.search(r"\D(\d+)", str(dtype))
    if width is None:
        raise ValueError(f"The name of {dtype} does not say how wide it is")
    return int(width[1]) // 8


def get_parameter_dtype(parameter: nn.Module) -> torch.dtype | None:
    """The first floating dtype among parameters; failing that the last dtype. A module without parameters is judged
    by its tensor attributes (replicas of DataParallel), then by its buffers; None when it has no tensor at all."""
    dtype = None
    for tensors in (parameter.parameters(), _tensor_attributes(parameter), parameter.buffers()):
        for tensor in tensors:
            dtype = tensor.dtype
            if tensor.is_floating_point():
                return dtype
        if dtype is not None:
            return dtype
    return dtype


def get_parameter_device(parameter: nn.Module) -> torch.device:
    """The device of the first parameter, or of the first tensor attribute (replicas of DataParallel).

    Raises:
        StopIteration: when there is neither.
    """
    first = next(parameter.parameters(), None)
    return (first if first is not None else next(_tensor_attributes(parameter))).device


def _tensor_attributes(parameter: nn.Module) -> Iterator[torch.Tensor]:
    for module in parameter.modules():
        yield from (value for value in vars(module).values() if isinstance(value, torch.Tensor))
