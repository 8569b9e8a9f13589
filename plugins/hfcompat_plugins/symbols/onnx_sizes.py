"""Sizes of exported models, and the preprocessor of a model: `transformers.onnx.utils`."""

from __future__ import annotations

from ctypes import c_float, sizeof
from enum import Enum
from typing import Any

__all__ = [
    "ParameterFormat",
    "compute_effective_axis_dimension",
    "compute_serialized_parameters_size",
    "get_preprocessor",
]


class ParameterFormat(Enum):
    """How parameters are stored."""

    Float = c_float

    @property
    def size(self) -> int:
        """Bytes that one parameter takes."""
        return sizeof(self.value)


def compute_effective_axis_dimension(dimension: int, fixed_dimension: int, num_token_to_add: int = 0) -> int:
    """`dimension`, or `fixed_dimension` where that is not positive, less the special tokens."""
    return (dimension if dimension > 0 else fixed_dimension) - num_token_to_add


def compute_serialized_parameters_size(num_parameters: int, dtype: ParameterFormat) -> int:
    """Bytes that so many parameters take."""
    return num_parameters * dtype.size


def get_preprocessor(model_name: str) -> Any:
    """The processor of a model; where it has none its tokenizer or its feature extractor; None where it has neither.

    Raises:
        ValueError: when it has both, and no processor.
    """
    from transformers import AutoFeatureExtractor, AutoProcessor, AutoTokenizer

    try:
        return AutoProcessor.from_pretrained(model_name)
    except (ValueError, OSError, KeyError):
        pass
    found = []
    for auto in (AutoTokenizer, AutoFeatureExtractor):
        try:
            found.append(auto.from_pretrained(model_name))
        except (OSError, KeyError):
            continue
    if len(found) > 1:
        raise ValueError(f"{model_name} has a tokenizer and a feature extractor, and no processor: load one of them.")
    return found[0] if found else None
