"""Processors with parts of the runtime."""

from __future__ import annotations

from typing import Any

from hfcompat.sideload.bridges.identity import both, of_runtime

__all__ = ["mixin"]


def mixin(theirs: Any) -> Any:
    """`ProcessorMixin`, which takes a tokenizer, an image processor or a feature extractor of the runtime as well."""

    def check_argument_for_proper_class(self: Any, argument_name: str, argument: Any) -> Any:
        parts = [of_runtime(module, name) for module, name in _PARTS]
        if isinstance(argument, tuple(parts)):
            return type(argument)
        return theirs.check_argument_for_proper_class(self, argument_name, argument)

    body = {"check_argument_for_proper_class": check_argument_for_proper_class}
    return both(theirs, of_runtime("processing_utils", "ProcessorMixin"), body)


_PARTS = (
    ("tokenization_utils_base", "PreTrainedTokenizerBase"),
    ("image_processing_base", "ImageProcessingMixin"),
    ("feature_extraction_utils", "FeatureExtractionMixin"),
    ("video_processing_utils", "BaseVideoProcessor"),
)
