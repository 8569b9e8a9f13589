"""The pipeline that makes an image of an image, such as super-resolution."""

from __future__ import annotations

from typing import Any

import torch
from transformers.image_utils import load_image
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TO_IMAGE_MAPPING_NAMES
from transformers.pipelines.base import Pipeline
from transformers.utils import requires_backends

__all__ = ["ImageToImagePipeline"]


class ImageToImagePipeline(Pipeline):
    """An image in (path, address or PIL image), an image out; lists likewise. Needs Pillow.

    Keyword arguments of a call: `timeout` (seconds), `head_mask`.
    """

    _load_processor = False
    _load_image_processor = True
    _load_feature_extractor = False
    _load_tokenizer = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        requires_backends(self, "vision")
        self.check_model_type(MODEL_FOR_IMAGE_TO_IMAGE_MAPPING_NAMES)

    def _sanitize_parameters(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        preprocess = {name: kwargs[name] for name in ("timeout",) if name in kwargs}
        forward = {name: kwargs[name] for name in ("head_mask",) if name in kwargs}
        return preprocess, forward, {}

    def __call__(self, images: Any, **kwargs: Any) -> Any:
        """The image, or the list of images, that the model makes."""
        return super().__call__(images, **kwargs)

    def preprocess(self, image: Any, timeout: float | None = None) -> Any:
        return self.image_processor(images=[load_image(image, timeout=timeout)], return_tensors="pt").to(self.dtype)

    def _forward(self, model_inputs: Any, **options: Any) -> Any:
        return self.model(**model_inputs, **options)

    def postprocess(self, model_outputs: Any) -> Any:
        from PIL import Image

        images = []
        for pixels in model_outputs["reconstruction"]:
            scaled = pixels.squeeze().float().cpu().clamp(0, 1).movedim(0, -1) * 255
            images.append(Image.fromarray(scaled.round().to(torch.uint8).numpy()))
        return images if len(images) > 1 else images[0]
