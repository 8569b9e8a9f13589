"""Classes that are the wheel's in all they do, and the runtime's to `isinstance`."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

__all__ = ["both", "of_runtime"]


def both(theirs: type, ours: type, body: dict[str, Any] | None = None) -> Any:
    """A class with the name of `theirs` that derives from it and from `ours`.

    The runtime's class must not come between the wheel's class and *its* bases: `super().__init__()` there means
    `nn.Module`. So the runtime's stands behind a class that gives every name that both know back to the wheel's bases;
    only names that the wheel does not know are answered by the runtime.

    Args:
        theirs: a class of the wheel.
        ours: the class of the runtime that it is to be an instance of.
        body: attributes of the new class.
    """
    behind = type(ours.__name__, (ours,), {"__module__": __name__, "__init_subclass__": classmethod(_quiet)})
    made = type(theirs)(theirs.__name__, (theirs, behind), {"__module__": theirs.__module__, **(body or {})})
    later = [cls for cls in made.__mro__[made.__mro__.index(behind) :] if cls in theirs.__mro__]
    for name in {name for cls in ours.__mro__ if cls not in theirs.__mro__ for name in vars(cls)} - _OWN:
        for cls in later:
            if name in vars(cls):
                setattr(behind, name, vars(cls)[name])
                break
    return made


_OWN = set("__annotations__ __dict__ __doc__ __init_subclass__ __module__ __qualname__ __slots__ __weakref__".split())
"""What each class has for itself."""


def _quiet(cls: Any, /, **kwargs: Any) -> None:
    """The wheel's own `__init_subclass__` has run; the runtime's is for classes that are built its way."""


def of_runtime(module: str, name: str) -> Any:
    """A class of the runtime."""
    return getattr(importlib.import_module(f"transformers.{module}"), name)


def _namesake(module: str, name: str) -> Callable[[type], Any]:
    """A bridge: a class of the wheel gets the identity of one of the runtime, and nothing else changes."""
    return lambda theirs: both(theirs, of_runtime(module, name))


batch_encoding = _namesake("tokenization_utils_base", "BatchEncoding")
batch_feature = _namesake("feature_extraction_utils", "BatchFeature")
feature_extractor = _namesake("feature_extraction_utils", "FeatureExtractionMixin")
generation_config = _namesake("generation.configuration_utils", "GenerationConfig")
image_processor = _namesake("image_processing_base", "ImageProcessingMixin")
output = _namesake("utils.generic", "ModelOutput")
processor = _namesake("processing_utils", "ProcessorMixin")
tokenizer = _namesake("tokenization_utils_base", "PreTrainedTokenizerBase")
video_processor = _namesake("video_processing_utils", "BaseVideoProcessor")
