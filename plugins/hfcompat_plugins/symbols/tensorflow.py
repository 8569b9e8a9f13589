"""What `transformers.modeling_tf_utils`, `modeling_tf_outputs` and `models.auto.modeling_tf_auto` offered: TensorFlow
models.

transformers 5 has no TensorFlow code. Libraries import these names to ask `isinstance(model, TFPreTrainedModel)`,
which is False, as it should be.
"""

from __future__ import annotations

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
__all__ += [*_MODELING, *_AUTO, *_OUTPUTS, *_FUNCTIONS]
