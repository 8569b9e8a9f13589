"""Names of Flax models that libraries import to ask `isinstance(model, ...)`, which is False, as it should be."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from hfcompat_plugins.symbols.removed import removed_names
from hfcompat_plugins.symbols.weights import FLAX_WEIGHTS_INDEX_NAME, FLAX_WEIGHTS_NAME

__all__ = ["FLAX_WEIGHTS_INDEX_NAME", "FLAX_WEIGHTS_NAME"]

_CLASSES = (
    "FlaxPreTrainedModel", "FlaxAutoModel", "FlaxAutoModelForCausalLM", "FlaxAutoModelForImageClassification",
    "FlaxAutoModelForMaskedLM", "FlaxAutoModelForMultipleChoice", "FlaxAutoModelForNextSentencePrediction",
    "FlaxAutoModelForPreTraining", "FlaxAutoModelForQuestionAnswering", "FlaxAutoModelForSeq2SeqLM",
    "FlaxAutoModelForSequenceClassification", "FlaxAutoModelForSpeechSeq2Seq", "FlaxAutoModelForTokenClassification",
    "FlaxAutoModelForVision2Seq", "FlaxBertForQuestionAnswering", "FlaxBertModel", "FlaxCLIPModel", "FlaxCLIPTextModel",
    "FlaxGPT2LMHeadModel", "FlaxRobertaModel", "FlaxT5ForConditionalGeneration", "FlaxViTModel",
)  # fmt: skip
_FUNCTIONS = ("append_replace_return_docstrings", "append_call_sample_docstring", "overwrite_call_docstring")

globals().update(
    removed_names(
        __name__,
        "Flax models ended with transformers 4.57; use the PyTorch class of the same name without 'Flax', or install "
        "transformers<5.",
        classes=_CLASSES,
        functions=_FUNCTIONS,
    )
)
# No configuration has a Flax model: code that looks one up, or goes through them all, finds none.
_MAPPINGS = (
    "FLAX_MODEL_MAPPING",
    *(
        f"FLAX_MODEL_FOR_{task}_MAPPING"
        for task in (
            "AUDIO_CLASSIFICATION", "CAUSAL_LM", "IMAGE_CLASSIFICATION", "MASKED_LM", "MULTIPLE_CHOICE",
            "NEXT_SENTENCE_PREDICTION", "PRETRAINING", "QUESTION_ANSWERING", "SEQUENCE_CLASSIFICATION",
            "SEQ_TO_SEQ_CAUSAL_LM", "SPEECH_SEQ_2_SEQ", "TOKEN_CLASSIFICATION", "VISION_2_SEQ",
        )
    ),
)  # fmt: skip
_empty: dict[str, OrderedDict[type, Any]] = {name: OrderedDict() for name in _MAPPINGS}
globals().update(_empty)
__all__ += [*_MAPPINGS, *_CLASSES, *_FUNCTIONS]
