"""The pipelines of encoder-decoder models: text to text, summarization, translation.

The classes work with a model and a tokenizer. Defaults are those of transformers 4.52 to 4.57: four beams and at
most 256 new tokens, unless the model's generation config or the caller says otherwise.
"""

from __future__ import annotations

import enum
import warnings
from typing import Any

from hfcompat_plugins.symbols.generating import assistant_params, generate_params
from transformers import GenerationConfig
from transformers.models.auto.modeling_auto import MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES
from transformers.pipelines.base import Pipeline
from transformers.tokenization_utils_base import TruncationStrategy
from transformers.utils import logging

__all__ = ["ReturnType", "SummarizationPipeline", "Text2TextGenerationPipeline", "TranslationPipeline"]

logger = logging.get_logger(__name__)


class ReturnType(enum.Enum):
    """What a record holds: token ids, or text."""

    TENSORS = 0
    TEXT = 1


class Text2TextGenerationPipeline(Pipeline):
    """Text in, generated text out: `[{"generated_text": str}]`, or `generated_token_ids` with `return_tensors=True`.

    Keyword arguments of a call: `return_tensors`, `return_text`, `clean_up_tokenization_spaces`, `truncation`,
    `stop_sequence` (its first token ends the text), and whatever `generate` takes.
    """

    _pipeline_calls_generate = True
    _load_processor = False
    _load_image_processor = False
    _load_feature_extractor = False
    _load_tokenizer = True
    _default_generation_config = GenerationConfig(max_new_tokens=256, num_beams=4)

    return_name = "generated"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.check_model_type(MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING_NAMES)

    def _sanitize_parameters(
        self,
        return_tensors: bool | None = None,
        return_text: bool | None = None,
        return_type: ReturnType | None = None,
        clean_up_tokenization_spaces: bool | None = None,
        truncation: Any = None,
        stop_sequence: str | None = None,
        **generate_kwargs: Any,
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        if return_tensors is not None and return_type is None:
            return_type = ReturnType.TENSORS if return_tensors else ReturnType.TEXT
        if stop_sequence is not None:
            ids = self.tokenizer.encode(stop_sequence, add_special_tokens=False)
            if len(ids) > 1:
                warnings.warn(
                    f"stop_sequence {stop_sequence!r} is more than one token; only the first one is used.", stacklevel=2
                )
            generate_kwargs["eos_token_id"] = ids[0]
        preprocess = {"truncation": truncation}
        postprocess = {"return_type": return_type, "clean_up_tokenization_spaces": clean_up_tokenization_spaces}
        return _given(preprocess), {**generate_kwargs, **assistant_params(self)}, _given(postprocess)

    def check_inputs(self, input_length: int, min_length: int, max_length: int) -> bool:
        """Warns where lengths do not fit together."""
        return True

    def _parse_and_tokenize(self, *args: Any, truncation: Any) -> Any:
        text, prefix = args[0], getattr(self, "prefix", None) or ""
        if isinstance(text, list):
            if self.tokenizer.pad_token_id is None:
                raise ValueError("Several texts at once need a tokenizer with a pad token")
            text = [prefix + item for item in text]
        elif isinstance(text, str):
            text = prefix + text
        else:
            raise TypeError(f"{text} is neither a text nor a list of texts")
        inputs = self.tokenizer(text, padding=isinstance(text, list), truncation=truncation, return_tensors="pt")
        inputs.pop("token_type_ids", None)  # generate would refuse it
        return inputs

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Generate for a text or a list of texts.

        Returns:
            A list of records; for a list of texts one record each, or a list of records each where there are several.

        Raises:
            TypeError: when it is given neither text nor list.
        """
        result = super().__call__(*args, **kwargs)
        texts = args[0] if args and isinstance(args[0], list) else None
        if texts is not None and all(isinstance(text, str) for text in texts) and all(len(r) == 1 for r in result):
            return [records[0] for records in result]
        return result

    def preprocess(self, inputs: Any, truncation: Any = TruncationStrategy.DO_NOT_TRUNCATE, **kwargs: Any) -> Any:
        return self._parse_and_tokenize(inputs, truncation=truncation, **kwargs)

    def _forward(self, model_inputs: Any, **generate_kwargs: Any) -> dict[str, Any]:
        batch, input_length = model_inputs["input_ids"].shape
        config = getattr(self, "generation_config", self.model.generation_config)
        self.check_inputs(
            input_length,
            generate_kwargs.get("min_length", config.min_length) or 0,
            generate_kwargs.get("max_length", config.max_length) or 20,
        )
        output = self.model.generate(**model_inputs, **generate_params(self, generate_kwargs))
        return {"output_ids": output.reshape(batch, output.shape[0] // batch, *output.shape[1:])}

    def postprocess(
        self,
        model_outputs: Any,
        return_type: ReturnType = ReturnType.TEXT,
        clean_up_tokenization_spaces: bool = False,
    ) -> list[dict[str, Any]]:
        sequences = model_outputs["output_ids"][0]
        if return_type == ReturnType.TENSORS:
            return [{f"{self.return_name}_token_ids": ids} for ids in sequences]
        texts = [
            self.tokenizer.decode(
                ids, skip_special_tokens=True, clean_up_tokenization_spaces=clean_up_tokenization_spaces
            )
            for ids in sequences
        ]
        return [{f"{self.return_name}_text": text} for text in texts]


class SummarizationPipeline(Text2TextGenerationPipeline):
    """Summaries: `[{"summary_text": str}]`."""

    return_name = "summary"

    def check_inputs(self, input_length: int, min_length: int, max_length: int) -> bool:
        if max_length < min_length:
            logger.warning(f"min_length={min_length} must not be more than max_length={max_length}.")
        if input_length < max_length:
            logger.warning(
                f"max_length is {max_length}, but the input has only {input_length} tokens; a summary is meant to be "
                f"shorter: consider max_length={input_length // 2}."
            )
        return True


class TranslationPipeline(Text2TextGenerationPipeline):
    """Translations: `[{"translation_text": str}]`. `src_lang` and `tgt_lang` are for models of many languages; the
    task `translation_xx_to_yy` names them too."""

    return_name = "translation"

    def check_inputs(self, input_length: int, min_length: int, max_length: int) -> bool:
        if input_length > 0.9 * max_length:
            logger.warning(
                f"The input has {input_length} tokens, more than 0.9 * max_length={max_length}; consider a larger "
                "max_length."
            )
        return True

    def preprocess(  # type: ignore[override]
        self,
        *args: Any,
        truncation: Any = TruncationStrategy.DO_NOT_TRUNCATE,
        src_lang: str | None = None,
        tgt_lang: str | None = None,
    ) -> Any:
        build = getattr(self.tokenizer, "_build_translation_inputs", None)
        if build is None:
            return self._parse_and_tokenize(*args, truncation=truncation)
        return build(*args, return_tensors="pt", truncation=truncation, src_lang=src_lang, tgt_lang=tgt_lang)

    def _sanitize_parameters(
        self, src_lang: str | None = None, tgt_lang: str | None = None, **kwargs: Any
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        preprocess, forward, postprocess = super()._sanitize_parameters(**kwargs)
        if src_lang is None and tgt_lang is None:
            words = (kwargs.get("task") or self.task or "").split("_")
            if len(words) == 4:  # translation, xx, to, yy
                src_lang, tgt_lang = words[1], words[3]
        return {**preprocess, **_given({"src_lang": src_lang, "tgt_lang": tgt_lang})}, forward, postprocess


def _given(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}
