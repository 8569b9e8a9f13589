"""What `transformers.modeling_tf_utils`, `modeling_tf_outputs` and `models.auto.modeling_tf_auto` offered: TensorFlow
models.

transformers 5 has no TensorFlow code. Libraries import these names to ask `isinstance(model, TFPreTrainedModel)`,
which is False, as it should be.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from hfcompat_plugins.symbols.removed import removed_names
from hfcompat_plugins.symbols.weights import TF2_WEIGHTS_INDEX_NAME, TF2_WEIGHTS_NAME, TF_WEIGHTS_NAME

__all__ = ["TF2_WEIGHTS_INDEX_NAME", "TF2_WEIGHTS_NAME", "TF_WEIGHTS_NAME"]

_MODELING = (
    "TFPreTrainedModel", "TFModelUtilsMixin", "TFCausalLanguageModelingLoss", "TFQuestionAnsweringLoss",
    "TFTokenClassificationLoss", "TFSequenceClassificationLoss", "TFMultipleChoiceLoss", "TFMaskedLanguageModelingLoss",
    "TFNextSentencePredictionLoss", "TFConv1D", "TFSharedEmbeddings", "TFSequenceSummary",
)  # fmt: skip
_AUTO = (
    "TFAutoModel", "TFAutoModelForAudioClassification", "TFAutoModelForCausalLM",
    "TFAutoModelForDocumentQuestionAnswering", "TFAutoModelForImageClassification", "TFAutoModelForMaskGeneration",
    "TFAutoModelForMaskedImageModeling", "TFAutoModelForMaskedLM", "TFAutoModelForMultipleChoice",
    "TFAutoModelForNextSentencePrediction", "TFAutoModelForPreTraining", "TFAutoModelForQuestionAnswering",
    "TFAutoModelForSemanticSegmentation", "TFAutoModelForSeq2SeqLM", "TFAutoModelForSequenceClassification",
    "TFAutoModelForSpeechSeq2Seq", "TFAutoModelForTableQuestionAnswering", "TFAutoModelForTextEncoding",
    "TFAutoModelForTokenClassification", "TFAutoModelForVision2Seq", "TFAutoModelForZeroShotImageClassification",
    "TFAutoModelWithLMHead",
)  # fmt: skip
_OUTPUTS = (
    "TFBaseModelOutput", "TFBaseModelOutputWithNoAttention", "TFBaseModelOutputWithPooling",
    "TFBaseModelOutputWithPoolingAndNoAttention", "TFBaseModelOutputWithPoolingAndCrossAttentions",
    "TFBaseModelOutputWithPast", "TFBaseModelOutputWithCrossAttentions",
    "TFBaseModelOutputWithPastAndCrossAttentions", "TFSeq2SeqModelOutput", "TFCausalLMOutput",
    "TFCausalLMOutputWithPast", "TFCausalLMOutputWithCrossAttentions", "TFMaskedLMOutput", "TFSeq2SeqLMOutput",
    "TFNextSentencePredictorOutput", "TFSequenceClassifierOutput", "TFSeq2SeqSequenceClassifierOutput",
    "TFSemanticSegmenterOutput", "TFSemanticSegmenterOutputWithNoAttention", "TFImageClassifierOutput",
    "TFMultipleChoiceModelOutput", "TFTokenClassifierOutput", "TFQuestionAnsweringModelOutput",
    "TFSeq2SeqQuestionAnsweringModelOutput", "TFSequenceClassifierOutputWithPast",
    "TFImageClassifierOutputWithNoAttention", "TFMaskedImageModelingOutput",
)  # fmt: skip
_FUNCTIONS = (
    "keras_serializable", "unpack_inputs", "get_initializer", "load_tf_weights", "tf_shard_checkpoint",
    "load_tf_sharded_weights",
)  # fmt: skip

globals().update(
    removed_names(
        __name__,
        "TensorFlow models ended with transformers 4.57; use the PyTorch class of the same name without 'TF', or "
        "install transformers<5.",
        classes=_MODELING + _AUTO + _OUTPUTS,
        functions=_FUNCTIONS,
    )
)
# No configuration has a TensorFlow model: code that looks one up, or goes through them all, finds none.
_MAPPINGS = (
    "TF_MODEL_MAPPING", "TF_MODEL_WITH_LM_HEAD_MAPPING",
    *(
        f"TF_MODEL_FOR_{task}_MAPPING"
        for task in (
            "AUDIO_CLASSIFICATION", "CAUSAL_LM", "DOCUMENT_QUESTION_ANSWERING", "IMAGE_CLASSIFICATION",
            "MASKED_IMAGE_MODELING", "MASKED_LM", "MASK_GENERATION", "MULTIPLE_CHOICE", "NEXT_SENTENCE_PREDICTION",
            "PRETRAINING", "QUESTION_ANSWERING", "SEMANTIC_SEGMENTATION", "SEQUENCE_CLASSIFICATION",
            "SEQ_TO_SEQ_CAUSAL_LM", "SPEECH_SEQ_2_SEQ", "TABLE_QUESTION_ANSWERING", "TEXT_ENCODING",
            "TOKEN_CLASSIFICATION", "VISION_2_SEQ", "ZERO_SHOT_IMAGE_CLASSIFICATION",
        )
    ),
)  # fmt: skip
_empty: dict[str, OrderedDict[type, Any]] = {name: OrderedDict() for name in _MAPPINGS}
globals().update(_empty)
__all__ += [*_MAPPINGS, *_MODELING, *_AUTO, *_OUTPUTS, *_FUNCTIONS]
