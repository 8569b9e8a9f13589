"""AutoModelWithLMHead: the head that a model type was pretrained with, whichever of three kinds it is."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from typing import Any

from transformers.models.auto import modeling_auto
from transformers.models.auto.auto_factory import _BaseAutoModelClass, _LazyAutoMapping, auto_class_update
from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES

__all__ = ["MODEL_WITH_LM_HEAD_MAPPING", "MODEL_WITH_LM_HEAD_MAPPING_NAMES", "AutoModelWithLMHead"]

# Where a type has several heads the later table wins: an encoder-decoder is loaded whole, an encoder as a masked LM.
_HEADS = ("CAUSAL_LM", "MASKED_LM", "SPEECH_SEQ_2_SEQ", "SEQ_TO_SEQ_CAUSAL_LM")
_EXCEPTIONS = {"megatron-bert": "MegatronBertForCausalLM", "reformer": "ReformerModelWithLMHead"}

MODEL_WITH_LM_HEAD_MAPPING_NAMES: OrderedDict[str, Any] = OrderedDict()
for _head in _HEADS:
    MODEL_WITH_LM_HEAD_MAPPING_NAMES.update(getattr(modeling_auto, f"MODEL_FOR_{_head}_MAPPING_NAMES"))
MODEL_WITH_LM_HEAD_MAPPING_NAMES.update(
    {model_type: name for model_type, name in _EXCEPTIONS.items() if model_type in CONFIG_MAPPING_NAMES}
)
MODEL_WITH_LM_HEAD_MAPPING = _LazyAutoMapping(CONFIG_MAPPING_NAMES, MODEL_WITH_LM_HEAD_MAPPING_NAMES)


class _AutoModelWithLMHead(_BaseAutoModelClass):
    _model_mapping = MODEL_WITH_LM_HEAD_MAPPING


_AutoModelWithLMHead.__name__ = "AutoModelWithLMHead"  # the docstrings that are made next speak of it
_AutoModelWithLMHead = auto_class_update(_AutoModelWithLMHead, head_doc="language modeling")


class AutoModelWithLMHead(_AutoModelWithLMHead):  # type: ignore[misc, valid-type]
    """Loads whichever language-modeling head a model type has: sequence-to-sequence, masked or causal."""

    @classmethod
    def from_config(cls, config: Any, **kwargs: Any) -> Any:
        _warn()
        return super().from_config(config, **kwargs)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: Any, *model_args: Any, **kwargs: Any) -> Any:
        _warn()
        return super().from_pretrained(pretrained_model_name_or_path, *model_args, **kwargs)


def _warn() -> None:
    warnings.warn(
        "AutoModelWithLMHead is deprecated: use AutoModelForCausalLM, AutoModelForMaskedLM or AutoModelForSeq2SeqLM.",
        FutureWarning,
        stacklevel=3,
    )
