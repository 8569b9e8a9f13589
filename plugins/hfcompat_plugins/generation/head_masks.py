"""Head masks given to `generate`, which hands them on to the model."""

from __future__ import annotations

from typing import Any

from hfcompat_plugins.modeling.arguments import arguments
from hfcompat_plugins.modeling.head_masks import NAMES


def validating_head_masks(original: Any) -> Any:
    """`GenerationMixin._validate_model_kwargs`, which lets the head masks pass that the model's forward took."""

    def _validate_model_kwargs(self: Any, model_kwargs: dict[str, Any]) -> Any:
        old = arguments(type(self), "4.57")[0]
        taken = [name for name in NAMES if name in model_kwargs and name in old]
        masks = {name: model_kwargs.pop(name) for name in taken}
        try:
            return original(self, model_kwargs)
        finally:
            model_kwargs.update(masks)

    return _validate_model_kwargs
