"""FeaturesManager: which heads of a model could be exported. The table of models went with the exporter."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, ClassVar, NoReturn

import transformers
from hfcompat_plugins.symbols.removed import refuse, removed_function
from hfcompat_plugins.symbols.weights import TF2_WEIGHTS_NAME

__all__ = ["FeaturesManager", "supported_features_mapping"]

_WAY_OUT = (
    "optimum has one: optimum.exporters.tasks.TasksManager (pip install optimum-onnx), or install transformers<5."
)
_AUTO_CLASSES = {
    "default": "AutoModel",
    "masked-lm": "AutoModelForMaskedLM",
    "causal-lm": "AutoModelForCausalLM",
    "seq2seq-lm": "AutoModelForSeq2SeqLM",
    "sequence-classification": "AutoModelForSequenceClassification",
    "token-classification": "AutoModelForTokenClassification",
    "multiple-choice": "AutoModelForMultipleChoice",
    "object-detection": "AutoModelForObjectDetection",
    "question-answering": "AutoModelForQuestionAnswering",
    "image-classification": "AutoModelForImageClassification",
    "image-segmentation": "AutoModelForImageSegmentation",
    "masked-im": "AutoModelForMaskedImageModeling",
    "semantic-segmentation": "AutoModelForSemanticSegmentation",
    "vision2seq-lm": "AutoModelForImageTextToText",
    "speech2seq-lm": "AutoModelForSpeechSeq2Seq",
}
_WITH_PAST = ("default", "causal-lm", "seq2seq-lm", "speech2seq-lm")

supported_features_mapping = removed_function("supported_features_mapping", _WAY_OUT, __name__)


class FeaturesManager:
    """Tasks ("features") and the auto classes for them."""

    AVAILABLE_FEATURES: ClassVar[list[str]] = sorted(  # no model had masked-im
        [*_AUTO_CLASSES.keys() - {"masked-im"}, *(f"{task}-with-past" for task in _WITH_PAST)]
    )

    @staticmethod
    def feature_to_task(feature: str) -> str:
        return feature.replace("-with-past", "")

    @staticmethod
    def determine_framework(model: str, framework: str | None = None) -> str:
        """`framework`, or "pt".

        Raises:
            FileNotFoundError: for a folder with TensorFlow weights, or none.
        """
        if framework is None and os.path.isdir(model):
            names = os.listdir(model)
            if not any(name.endswith((".bin", ".safetensors")) for name in names):
                kind = "TensorFlow" if TF2_WEIGHTS_NAME in names else "no"
                raise FileNotFoundError(f"{model} holds {kind} weights, and transformers 5 reads PyTorch's.")
        return framework or "pt"

    @staticmethod
    def get_model_class_for_feature(feature: str, framework: str = "pt") -> Any:
        """The auto class.

        Raises:
            ValueError: for a framework other than "pt".
            KeyError: for an unknown task.
        """
        if framework != "pt":
            raise ValueError(f"framework={framework!r}: transformers 5 has PyTorch models only.")
        task = FeaturesManager.feature_to_task(feature)
        if task not in _AUTO_CLASSES:
            raise KeyError(f"There is no task {task!r}; there are {', '.join(_AUTO_CLASSES)}")
        return getattr(transformers, _AUTO_CLASSES[task])

    @staticmethod
    def get_model_from_feature(
        feature: str, model: str, framework: str | None = None, cache_dir: str | None = None
    ) -> Any:
        """Load the model with the head that the feature needs."""
        framework = FeaturesManager.determine_framework(model, framework)
        return FeaturesManager.get_model_class_for_feature(feature, framework).from_pretrained(
            model, cache_dir=cache_dir
        )

    @staticmethod
    def get_supported_features_for_model_type(model_type: str, model_name: str | None = None) -> NoReturn:
        """Raises ImportError: nobody keeps that table."""
        refuse("FeaturesManager.get_supported_features_for_model_type()", _WAY_OUT)

    @staticmethod
    def check_supported_model_or_raise(model: Any, feature: str = "default") -> tuple[str, Callable[..., Any]]:
        """Raises ImportError: nobody keeps the table of what each model supports."""
        refuse("FeaturesManager.check_supported_model_or_raise()", _WAY_OUT)

    @staticmethod
    def get_config(model_type: str, feature: str) -> Any:
        """Raises ImportError: nobody keeps the table of configurations."""
        refuse("FeaturesManager.get_config()", _WAY_OUT)
