"""The pipeline that captions images."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins.symbols.generating import assistant_params, generate_params
from transformers import GenerationConfig
from transformers.image_utils import load_image
from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES
from transformers.pipelines.base import Pipeline
from transformers.utils import requires_backends

__all__ = ["ImageToTextPipeline"]


class ImageToTextPipeline(Pipeline):
    """An image in (path, address or PIL image), a caption out: `[{"generated_text": str}]`. Needs Pillow.

    Keyword arguments of a call: `max_new_tokens` (256 by default), `generate_kwargs`, `prompt`, `timeout` (seconds).
    """

    _pipeline_calls_generate = True
    _load_processor = False
    _load_image_processor = True
    _load_feature_extractor = False
    _load_tokenizer = True
    _default_generation_config = GenerationConfig(max_new_tokens=256)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        requires_backends(self, "vision")
        self.check_model_type(MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES)

    def _sanitize_parameters(
        self,
        max_new_tokens: int | None = None,
        generate_kwargs: dict[str, Any] | None = None,
        prompt: str | None = None,
        timeout: float | None = None,
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        forward = dict(generate_kwargs or {})
        if max_new_tokens is not None:
            if "max_new_tokens" in forward:
                raise ValueError("`max_new_tokens` is given twice: as an argument and in `generate_kwargs`")
            forward["max_new_tokens"] = max_new_tokens
        preprocess = {name: value for name, value in (("prompt", prompt), ("timeout", timeout)) if value is not None}
        return preprocess, {**forward, **assistant_params(self)}, {}

    def __call__(self, inputs: Any = None, **kwargs: Any) -> Any:
        """Caption an image or a list of images.

        Raises:
            ValueError: without images.
        """
        inputs = kwargs.pop("images", inputs)
        if inputs is None:
            raise ValueError("There is no image: give one, or a list.")
        return super().__call__(inputs, **kwargs)

    def preprocess(self, image: Any, prompt: str | None = None, timeout: float | None = None) -> Any:
        image, kind = load_image(image, timeout=timeout), self.model.config.model_type
        if prompt is not None and not isinstance(prompt, str):
            raise ValueError(f"`prompt` is {type(prompt)}, and should be a single string.")
        if prompt is not None and kind == "vision-encoder-decoder":
            raise ValueError(f"A {kind} model takes no prompt")
        extra = {"header_text": prompt} if prompt is not None and kind == "pix2struct" else {}
        inputs = self.image_processor(images=image, return_tensors="pt", **extra).to(self.dtype)
        if prompt is None:
            if kind == "git":
                inputs["input_ids"] = None
        elif kind == "git":
            ids = self.tokenizer(text=prompt, add_special_tokens=False).input_ids
            inputs["input_ids"] = torch.tensor([[self.tokenizer.cls_token_id, *ids]])
        elif kind != "pix2struct":
            inputs.update(self.tokenizer(prompt, return_tensors="pt"))
        return inputs

    def _forward(self, model_inputs: Any, **generate_kwargs: Any) -> Any:
        ids = model_inputs.get("input_ids")
        if isinstance(ids, list) and all(item is None for item in ids):
            model_inputs["input_ids"] = None  # a batch of GIT's absent prompts
        images = model_inputs.pop(self.model.main_input_name)
        return self.model.generate(images, **model_inputs, **generate_params(self, generate_kwargs))

    def postprocess(self, model_outputs: Any) -> list[dict[str, str]]:
        return [{"generated_text": self.tokenizer.decode(ids, skip_special_tokens=True)} for ids in model_outputs]
