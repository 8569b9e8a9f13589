"""A quantizer of somebody's own, with the hooks of 4.55 and before, and what a model that it quantized computes."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Any

import calls_cases
import torch
from torch import nn
from transformers import LlamaForCausalLM
from transformers.quantizers import auto
from transformers.quantizers.base import HfQuantizer
from transformers.quantizers.quantizers_utils import get_module_from_name
from transformers.utils.quantization_config import QuantizationConfigMixin
from weights_cases import IDS, digest


class Method(str, enum.Enum):
    ROUNDING = "rounding"


class RoundingConfig(QuantizationConfigMixin):
    def __init__(self, steps: int = 16, **kwargs: Any) -> None:
        self.quant_method = Method.ROUNDING
        self.steps = steps


class Rounded(nn.Linear):
    """Whole numbers, and how many of them are one."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, bias=False)
        self.register_buffer("steps", torch.zeros(1))

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        assert self.weight.dtype is torch.int8
        return nn.functional.linear(hidden, self.weight.to(hidden.dtype) / self.steps.to(hidden.dtype))


class RoundingQuantizer(HfQuantizer):
    requires_calibration = False
    requires_parameters_quantization = True
    required_packages = None

    def update_torch_dtype(self, torch_dtype: Any) -> Any:
        super().update_torch_dtype(torch_dtype)
        return torch.float64

    def check_quantized_param(
        self, model: Any, param_value: Any, param_name: str, state_dict: Any, **kwargs: Any
    ) -> bool:
        if super().check_quantized_param(model, param_value, param_name, state_dict, **kwargs):
            return True
        module, name = get_module_from_name(model, param_name)
        return isinstance(module, Rounded) and name == "weight" and param_value.dim() == 2

    def create_quantized_param(
        self, model: Any, param_value: Any, param_name: str, target_device: Any, state_dict: Any, unexpected_keys: Any = None
    ) -> None:  # fmt: skip
        assert param_name in state_dict
        module, name = get_module_from_name(model, param_name)
        steps = self.quantization_config.steps
        whole = (param_value * steps).round().to(torch.int8).to(target_device)
        module._parameters[name] = nn.Parameter(whole, requires_grad=False)
        module._buffers["steps"] = torch.tensor([float(steps)])

    def _process_model_before_weight_loading(self, model: Any, **kwargs: Any) -> None:
        for parent in list(model.model.layers.modules()):
            for name, layer in list(parent.named_children()):
                if type(layer) is nn.Linear:
                    with torch.device("meta"):
                        setattr(parent, name, Rounded(layer.in_features, layer.out_features))

    def _process_model_after_weight_loading(self, model: Any, **kwargs: Any) -> Any:
        return model

    def is_serializable(self, safe_serialization: Any = None) -> bool:
        return False

    @property
    def is_trainable(self) -> bool:
        return False


auto.AUTO_QUANTIZER_MAPPING[Method.ROUNDING] = RoundingQuantizer
auto.AUTO_QUANTIZATION_CONFIG_MAPPING[Method.ROUNDING] = RoundingConfig


def quantized(folder: Path, **kwargs: Any) -> Any:
    calls_cases.model().save_pretrained(folder)
    return LlamaForCausalLM.from_pretrained(folder, quantization_config=RoundingConfig(), **kwargs)


def answers(folder: Path) -> dict[str, Any]:
    """Numbers of the model, dtypes and sums of the weights."""
    model = quantized(folder)
    layer = model.model.layers[0].mlp.up_proj
    with torch.no_grad():
        logits = digest(model(IDS).logits)
    return {
        "logits": logits,
        "dtypes": [str(weight.dtype) for weight in (layer.weight, model.lm_head.weight, model.model.norm.weight)],
        "whole": [int(layer.weight.long().abs().sum()), float(layer.steps)],
    }
