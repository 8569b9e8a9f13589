"""Quantizers of somebody's own with the hooks of 4.55 and before, which are asked by other names now.

`update_torch_dtype` is `update_dtype` since 4.56; `check_quantized_param` and `create_quantized_param` are
`param_needs_quantization` since 4.57, and an operation on what was loaded since 5.0. Weights that are quantized while
they are loaded are meant; those of checkpoints that are quantized already are loaded as they are.
"""

from __future__ import annotations

import itertools
from collections.abc import MutableMapping, MutableSet
from types import MethodType
from typing import Any

import torch

from hfcompat.origin import is_native


def with_hooks_of_4(original: Any) -> Any:
    """`AutoHfQuantizer.from_config`: what it makes answers the installed version's questions by its own hooks."""

    def from_config(cls: Any, *args: Any, **kwargs: Any) -> Any:
        quantizer = original(cls, *args, **kwargs)
        if not is_native(quantizer):
            _answer_by_own_hooks(quantizer)
        return quantizer

    return from_config


def _answer_by_own_hooks(quantizer: Any) -> None:
    def replaces(old: str, new: str) -> bool:
        """Whether the class has the old hook from outside transformers, and not the new one."""
        homes = [next((base for base in type(quantizer).__mro__ if name in vars(base)), None) for name in (old, new)]
        return homes[0] is not None and not is_native(homes[0]) and (homes[1] is None or is_native(homes[1]))

    if replaces("update_torch_dtype", "update_dtype"):
        quantizer.update_dtype = MethodType(_update_dtype, quantizer)
    if hasattr(type(quantizer), "param_needs_quantization") and replaces(
        "check_quantized_param", "param_needs_quantization"
    ):
        quantizer.param_needs_quantization = MethodType(_param_needs_quantization, quantizer)
        if hasattr(type(quantizer), "get_quantize_ops"):
            quantizer.get_quantize_ops = MethodType(Creation, quantizer)
        else:
            quantizer.create_quantized_param = MethodType(_create_quantized_param, quantizer)


def _update_dtype(self: Any, dtype: Any) -> Any:
    return self.update_torch_dtype(dtype)


def _param_needs_quantization(self: Any, model: Any, param_name: str, **more: Any) -> bool:
    """Asked before the weight is read: the one of the model stands for it."""
    module, _, name = param_name.rpartition(".")
    value = getattr(model.get_submodule(module), name, None)
    return bool(self.check_quantized_param(model, value, param_name, {}))


def _create_quantized_param(self: Any, model: Any, value: Any, param_name: str, device: Any, **kwargs: Any) -> Any:
    """4.57, which no longer gives the state dict."""
    return type(self).create_quantized_param(self, model, value, param_name, device, {param_name: value}, **kwargs)


class Creation:
    """A conversion of 5.x whose work is `create_quantized_param` of a quantizer."""

    def __init__(self, quantizer: Any) -> None:
        self._quantizer = quantizer

    def convert(
        self,
        input_dict: MutableMapping[str, Any],
        model: Any = None,
        missing_keys: MutableSet[str] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """The parameters that were made of the weights in `input_dict`, by their names in the model."""
        made = {}
        for full_name, value in input_dict.items():
            value = value[0] if isinstance(value, list) else value
            path, _, name = full_name.rpartition(".")
            if self._quantizer.param_needs_quantization(model, full_name):
                self._quantizer.create_quantized_param(model, value, full_name, value.device, {full_name: value})
                module = model.get_submodule(path)
                value = getattr(module, name)
                _is_loaded(module, path, missing_keys)
            made[full_name] = value
        return made


def _is_loaded(module: torch.nn.Module, path: str, missing_keys: MutableSet[str] | None) -> None:
    """What the quantizer put beside the weight, scales say, is neither missing nor to be initialised."""
    for name, tensor in itertools.chain(module.named_parameters(recurse=False), module.named_buffers(recurse=False)):
        if not tensor.is_meta:
            tensor._is_hf_initialized = True  # type: ignore[attr-defined]
            if missing_keys is not None:
                missing_keys.discard(f"{path}.{name}")


def with_updated_dtype(original: Any) -> Any:
    """`_get_dtype` of 5.0 to 5.3, which asks the quantizer for a dtype and forgets the answer."""

    def _get_dtype(*args: Any, **kwargs: Any) -> Any:
        config, dtype = original(*args, **kwargs)
        quantizer = kwargs.get("hf_quantizer", args[6] if len(args) > 6 else None)
        if quantizer is not None and "update_dtype" in vars(quantizer):
            dtype = quantizer.update_dtype(dtype)
            for part in (config, *(getattr(config, name) for name in config.sub_configs)):
                if part is not None:
                    part.dtype = dtype
        return config, dtype

    return _get_dtype


# What overrides hand on to.


def update_torch_dtype(self: Any, torch_dtype: Any) -> Any:
    """The dtype to load in; by default what the caller asked for."""
    return torch_dtype if "update_dtype" in vars(self) else self.update_dtype(torch_dtype)


def check_quantized_param(
    self: Any, model: Any, param_value: Any = None, param_name: str = "", state_dict: Any = None, **kwargs: Any
) -> bool:
    """Whether a weight is to be quantized when it is loaded; by default none."""
    if "param_needs_quantization" in vars(self):
        return False
    return bool(self.param_needs_quantization(model, param_name, **kwargs))


def ending_at_the_base(original: Any) -> Any:
    """The same two in 4.56 and 4.57, where they ask by the new name, which leads back to the override."""
    answer = update_torch_dtype if original.__name__ == "update_torch_dtype" else check_quantized_param
    new = "update_dtype" if answer is update_torch_dtype else "param_needs_quantization"

    def inner(self: Any, *args: Any, **kwargs: Any) -> Any:
        return (answer if new in vars(self) else original)(self, *args, **kwargs)

    return inner
