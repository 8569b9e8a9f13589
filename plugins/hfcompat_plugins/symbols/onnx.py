"""What `transformers.onnx` offered."""

from __future__ import annotations

from hfcompat_plugins.symbols.onnx_config import (
    EXTERNAL_DATA_FORMAT_SIZE_LIMIT,
    OnnxConfig,
    OnnxConfigWithPast,
    OnnxSeq2SeqConfigWithPast,
    PatchingSpec,
)
from hfcompat_plugins.symbols.onnx_convert import export, validate_model_outputs
from hfcompat_plugins.symbols.onnx_features import FeaturesManager
from hfcompat_plugins.symbols.onnx_sizes import ParameterFormat, compute_serialized_parameters_size

__all__ = [
    "EXTERNAL_DATA_FORMAT_SIZE_LIMIT",
    "FeaturesManager",
    "OnnxConfig",
    "OnnxConfigWithPast",
    "OnnxSeq2SeqConfigWithPast",
    "ParameterFormat",
    "PatchingSpec",
    "compute_serialized_parameters_size",
    "export",
    "validate_model_outputs",
]
