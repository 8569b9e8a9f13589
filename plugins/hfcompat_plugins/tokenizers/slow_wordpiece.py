"""Slow BERT: transformers kept its code, as BertTokenizerLegacy."""

from __future__ import annotations

import functools
from typing import Any


@functools.cache
def Bert() -> type:
    """A class before BertTokenizer; made when somebody's subclass needs it."""
    from hfcompat_plugins.tokenizers.slow import Slow, standing_before
    from transformers.models.bert.tokenization_bert import BertTokenizer
    from transformers.models.bert.tokenization_bert_legacy import BertTokenizerLegacy

    class SlowBertTokenizer(BertTokenizerLegacy, Slow):
        model_input_names = BertTokenizer.model_input_names
        do_lower_case: Any = BertTokenizerLegacy.do_lower_case

    return standing_before(SlowBertTokenizer, BertTokenizer)
