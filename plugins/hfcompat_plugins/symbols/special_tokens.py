"""SpecialTokensMixin, the base class that tokenizers had for their special tokens, and that they are now themselves."""

from __future__ import annotations

from abc import ABC
from typing import Any, ClassVar

from hfcompat_plugins.symbols.removed import refuse
from transformers.tokenization_utils_base import PreTrainedTokenizerBase

__all__ = ["SpecialTokensMixin"]


class SpecialTokensMixin(ABC):  # noqa: B024 - nothing is abstract: it says what is a tokenizer
    """Every tokenizer is an instance. Made on its own, it raises ImportError."""

    SPECIAL_TOKENS_ATTRIBUTES: ClassVar[list[str]] = [
        "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
        "additional_special_tokens",
    ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        refuse("SpecialTokensMixin()", "use a tokenizer, or install transformers<5.")


SpecialTokensMixin.register(PreTrainedTokenizerBase)
