"""`transformers.initialization`: the functions of `torch.nn.init`, for tensors that no checkpoint has filled.

A tensor that has been loaded says so by `_is_hf_initialized`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import torch
from torch.nn import init as torch_init
from transformers import modeling_utils

_NAMES = """constant_ dirac_ eye_ kaiming_normal_ kaiming_uniform_ normal_ ones_ orthogonal_ sparse_ trunc_normal_
uniform_ xavier_normal_ xavier_uniform_ zeros_""".split()


def _of_torch(name: str) -> Callable[..., torch.Tensor]:
    """The runtime puts others in its place while a model is built for a checkpoint."""
    found = getattr(torch_init, name)
    return found if found.__module__ == torch_init.__name__ else modeling_utils.TORCH_INIT_FUNCTIONS[name]


TORCH_INIT_FUNCTIONS = {name: _of_torch(name) for name in _NAMES}


def _is_filled(tensor: torch.Tensor) -> bool:
    return getattr(tensor, "_is_hf_initialized", False)


def uniform_(tensor: torch.Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> torch.Tensor:
    return tensor if _is_filled(tensor) else TORCH_INIT_FUNCTIONS["uniform_"](tensor, a, b, generator)


def normal_(tensor: torch.Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> torch.Tensor:
    return tensor if _is_filled(tensor) else TORCH_INIT_FUNCTIONS["normal_"](tensor, mean, std, generator)


def constant_(tensor: torch.Tensor, val: float) -> torch.Tensor:
    return tensor if _is_filled(tensor) else TORCH_INIT_FUNCTIONS["constant_"](tensor, val)


def ones_(tensor: torch.Tensor) -> torch.Tensor:
    return tensor if _is_filled(tensor) else TORCH_INIT_FUNCTIONS["ones_"](tensor)


def zeros_(tensor: torch.Tensor) -> torch.Tensor:
    return tensor if _is_filled(tensor) else TORCH_INIT_FUNCTIONS["zeros_"](tensor)


def eye_(tensor: torch.Tensor) -> torch.Tensor:
    return tensor if _is_filled(tensor) else TORCH_INIT_FUNCTIONS["eye_"](tensor)


def dirac_(tensor: torch.Tensor, groups: int = 1) -> torch.Tensor:
    return tensor if _is_filled(tensor) else TORCH_INIT_FUNCTIONS["dirac_"](tensor, groups)


def xavier_uniform_(tensor: torch.Tensor, gain: float = 1.0, generator: Any = None) -> torch.Tensor:
    return tensor if _is_filled(tensor) else TORCH_INIT_FUNCTIONS["xavier_uniform_"](tensor, gain, generator)


def xavier_normal_(tensor: torch.Tensor, gain: float = 1.0, generator: Any = None) -> torch.Tensor:
    return tensor if _is_filled(tensor) else TORCH_INIT_FUNCTIONS["xavier_normal_"](tensor, gain, generator)


def kaiming_uniform_(
    tensor: torch.Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> torch.Tensor:
    given = (tensor, a, mode, nonlinearity, generator)
    return tensor if _is_filled(tensor) else TORCH_INIT_FUNCTIONS["kaiming_uniform_"](*given)


def kaiming_normal_(
    tensor: torch.Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> torch.Tensor:
    given = (tensor, a, mode, nonlinearity, generator)
    return tensor if _is_filled(tensor) else TORCH_INIT_FUNCTIONS["kaiming_normal_"](*given)


def trunc_normal_(
    tensor: torch.Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0, generator: Any = None
) -> torch.Tensor:
    return tensor if _is_filled(tensor) else TORCH_INIT_FUNCTIONS["trunc_normal_"](tensor, mean, std, a, b, generator)


def orthogonal_(tensor: torch.Tensor, gain: float = 1, generator: Any = None) -> torch.Tensor:
    """In float32 where the dtype is shorter: LAPACK has no QR of such."""
    if _is_filled(tensor):
        return tensor
    if tensor.is_floating_point() and tensor.dtype.itemsize < 4:
        full = TORCH_INIT_FUNCTIONS["orthogonal_"](torch.empty_like(tensor, dtype=torch.float32), gain, generator)
        return copy_(tensor, full)
    return TORCH_INIT_FUNCTIONS["orthogonal_"](tensor, gain, generator)


def sparse_(tensor: torch.Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> torch.Tensor:
    return tensor if _is_filled(tensor) else TORCH_INIT_FUNCTIONS["sparse_"](tensor, sparsity, std, generator)


def copy_(tensor: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    if _is_filled(tensor):
        return tensor
    with torch.no_grad():
        return tensor.copy_(other)


_STD_OF_TRUNCATED = 0.87962566103423978
"""Standard deviation of a standard normal distribution that is cut off at two."""


def _fan_in(tensor: torch.Tensor) -> int:
    return torch_init._calculate_fan_in_and_fan_out(tensor)[0]


def lecun_normal_(tensor: torch.Tensor) -> torch.Tensor:
    if _is_filled(tensor):
        return tensor
    return trunc_normal_(tensor, std=math.sqrt(1.0 / _fan_in(tensor)) / _STD_OF_TRUNCATED)


def default_flax_embed_init_(tensor: torch.Tensor) -> torch.Tensor:
    return tensor if _is_filled(tensor) else normal_(tensor, std=math.sqrt(1.0 / _fan_in(tensor)))


_MODULES = ["torch.nn.init"] + [
    f"torch.nn.modules.{name}"
    for name in "activation transformer linear loss batchnorm conv normalization rnn sparse".split()
]


@contextmanager
def _in_torch(functions: dict[str, Any]) -> Iterator[None]:
    """Have torch's own modules initialize by other functions."""
    with ExitStack() as stack:
        for module in _MODULES:
            for name, function in functions.items():
                try:
                    stack.enter_context(mock.patch(f"{module}.{name}", function))
                except AttributeError:  # a module that imports its functions as `init.f`
                    continue
        yield


def _nothing(*args: Any, **kwargs: Any) -> None:
    """Leaves all as it is."""


@contextmanager
def guard_torch_init_functions() -> Iterator[None]:
    """Within, the functions of `torch.nn.init` leave tensors alone that have been loaded."""
    with _in_torch({name: globals()[name] for name in _NAMES}):
        yield


@contextmanager
def no_init_weights() -> Iterator[None]:
    """Within, nothing is initialized, neither by torch nor by a model."""
    with (
        _in_torch(dict.fromkeys(_NAMES, _nothing)),
        mock.patch.object(modeling_utils.PreTrainedModel, "init_weights", _nothing),
    ):
        yield


@contextmanager
def no_tie_weights() -> Iterator[None]:
    """Within, no model ties its weights."""
    with mock.patch.object(modeling_utils.PreTrainedModel, "tie_weights", _nothing):
        yield


@contextmanager
def meta_device_safe_creation_ops() -> Iterator[None]:
    """Within, `torch.linspace` makes real tensors, on a CPU, unless it is told where."""
    original = torch.linspace

    def linspace(*args: Any, **kwargs: Any) -> torch.Tensor:
        return original(*args, **{"device": "cpu", **kwargs})

    with mock.patch.object(torch, "linspace", linspace):
        yield
