"""The pipeline that answers questions about images."""

from __future__ import annotations

from typing import Any

from hfcompat_plugins.symbols.generating import assistant_params, generate_params
from transformers import GenerationConfig
from transformers.image_utils import load_image
from transformers.models.auto.modeling_auto import MODEL_FOR_VISUAL_QUESTION_ANSWERING_MAPPING_NAMES
from transformers.pipelines.base import Pipeline
from transformers.pipelines.pt_utils import KeyDataset

__all__ = ["VisualQuestionAnsweringPipeline"]


class VisualQuestionAnsweringPipeline(Pipeline):
    """An image (path, address or PIL image) and a question in; answers out: `[{"score": float, "answer": str}]`, best
    first, or `[{"answer": str}]` of a model that generates. Needs Pillow.

    Keyword arguments of a call: `top_k` (5, or the number of labels), `padding`, `truncation`, `timeout` (seconds).
    """

    _load_processor = False
    _load_image_processor = True
    _load_feature_extractor = False
    _load_tokenizer = True
    _pipeline_calls_generate = True
    _default_generation_config = GenerationConfig(max_new_tokens=256)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.check_model_type(MODEL_FOR_VISUAL_QUESTION_ANSWERING_MAPPING_NAMES)

    def _sanitize_parameters(
        self,
        top_k: int | None = None,
        padding: Any = None,
        truncation: Any = None,
        timeout: float | None = None,
        **kwargs: Any,
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        preprocess = {"padding": padding, "truncation": truncation, "timeout": timeout}
        return _given(preprocess), assistant_params(self), _given({"top_k": top_k})

    def __call__(self, image: Any, question: Any = None, **kwargs: Any) -> Any:
        """Answer questions about images: one of each, several of one, or every question about every image. Without
        `question`, `image` holds both: `{"image": ..., "question": ...}`, or a list of those.
        """
        if question is None:
            return super().__call__(image, **kwargs)
        several = isinstance(image, (list, KeyDataset)) or isinstance(question, list)
        images = image if isinstance(image, (list, KeyDataset)) else [image]
        questions = question if isinstance(question, list) else [question]
        pairs = [{"image": one, "question": asked} for asked in questions for one in images]
        return super().__call__(pairs if several else pairs[0], **kwargs)

    def preprocess(
        self, inputs: dict[str, Any], padding: Any = False, truncation: Any = False, timeout: float | None = None
    ) -> Any:
        image = load_image(inputs["image"], timeout=timeout)
        encoded = self.tokenizer(inputs["question"], return_tensors="pt", padding=padding, truncation=truncation)
        encoded.update(self.image_processor(images=image, return_tensors="pt").to(self.dtype))
        return encoded

    def _forward(self, model_inputs: Any, **generate_kwargs: Any) -> Any:
        if not self.model.can_generate():
            return self.model(**model_inputs)
        return self.model.generate(**model_inputs, **generate_params(self, generate_kwargs))

    def postprocess(self, model_outputs: Any, top_k: int = 5) -> list[dict[str, Any]]:
        if self.model.can_generate():
            texts = (self.tokenizer.decode(ids, skip_special_tokens=True) for ids in model_outputs)
            return [{"answer": text.strip()} for text in texts]
        scores, ids = model_outputs.logits.sigmoid()[0].topk(min(top_k, self.model.config.num_labels))
        labels = self.model.config.id2label
        return [{"score": score, "answer": labels[i]} for score, i in zip(scores.tolist(), ids.tolist(), strict=True)]


def _given(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}
