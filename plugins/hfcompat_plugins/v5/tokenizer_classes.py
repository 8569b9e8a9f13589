"""`TokenizersBackend` and `PythonBackend`: the base classes of fast and slow tokenizers, as classes of 5.x use them.

A tokenizer of 5.x builds its `_tokenizer` in `__init__`, and hands on to the base class, which reads tokenizer.json
over it where there is one.
"""

from __future__ import annotations

import os
from typing import Any

from tokenizers import Tokenizer, models, processors
from transformers import tokenization_utils, tokenization_utils_fast

__all__ = ["PythonBackend", "TokenizersBackend"]


class TokenizersBackend(tokenization_utils_fast.PreTrainedTokenizerFast):
    """A tokenizer of the `tokenizers` library.

    Raises:
        ValueError: there is no `tokenizer_object`, `tokenizer_file`, `vocab`, nor a `_tokenizer` that the class made.
    """

    _tokenizer: Any = None
    _add_bos_token = _add_eos_token = False
    slow_tokenizer_class = None
    model_input_names: Any = ["input_ids", "attention_mask"]  # noqa: RUF012
    model: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        file = kwargs.pop("tokenizer_file", None)
        made = kwargs.pop("tokenizer_object", None)
        post_processor = kwargs.pop("post_processor", None)
        if made is None and file is not None and os.path.isfile(file):
            made = Tokenizer.from_file(str(file))
        if made is None and self._tokenizer is None:
            made = _by_vocabulary(kwargs.get("vocab"), kwargs.get("merges"), kwargs.get("unk_id", 0))
            kwargs = {"bos_token": "<s>", "eos_token": "</s>", **kwargs}
        extra = kwargs.get("extra_special_tokens")
        if isinstance(extra, (list, tuple)):
            kwargs.setdefault("additional_special_tokens", list(kwargs.pop("extra_special_tokens")))
        made = self._tokenizer if made is None else made
        said = "add_bos_token" in kwargs or "add_eos_token" in kwargs
        self._add_bos_token = kwargs.get("add_bos_token", False)
        self._add_eos_token = kwargs.get("add_eos_token", False)
        if post_processor is not None:
            made.post_processor = post_processor
        super().__init__(*args, tokenizer_object=made, **{"backend": "tokenizers", **kwargs})
        if said or self._tokenizer.post_processor is None:
            self.update_post_processor()

    def update_post_processor(self) -> None:
        """Put the beginning and the end of a text where `add_bos_token` and `add_eos_token` want them."""
        begin = self.bos_token if self._add_bos_token else None
        end = self.eos_token if self._add_eos_token else None
        self._add_bos_token, self._add_eos_token = begin is not None, end is not None

        def around(text: str, kind: int) -> str:
            parts = [begin and f"{begin}:{kind}", f"{text}:{kind}", end and f"{end}:{kind}"]
            return " ".join(part for part in parts if part)

        self._tokenizer.post_processor = processors.TemplateProcessing(
            single=around("$A", 0),
            pair=f"{around('$A', 0)} {around('$B', 1)}",
            special_tokens=[(token, self.convert_tokens_to_ids(token)) for token in (begin, end) if token],
        )

    @property
    def add_bos_token(self) -> bool:
        return bool(self._add_bos_token)

    @add_bos_token.setter
    def add_bos_token(self, value: bool) -> None:
        self._add_bos_token = value
        self.update_post_processor()

    @property
    def add_eos_token(self) -> bool:
        return bool(self._add_eos_token)

    @add_eos_token.setter
    def add_eos_token(self, value: bool) -> None:
        self._add_eos_token = value
        self.update_post_processor()


def _by_vocabulary(vocab: Any, merges: Any, unk_id: int) -> Tokenizer:
    if isinstance(vocab, list) and vocab and isinstance(vocab[0], (tuple, list)):
        if merges is None:
            return Tokenizer(models.Unigram([tuple(piece) for piece in vocab], unk_id=unk_id))
        vocab = {piece[0]: place for place, piece in enumerate(vocab)}
    if isinstance(vocab, dict):
        return Tokenizer(models.BPE(vocab, [tuple(pair) for pair in merges or []], fuse_unk=True))
    raise ValueError(
        "a tokenizer needs a `tokenizer_object`, a `tokenizer_file` or a `vocab`, or makes its `_tokenizer` itself"
    )


class PythonBackend(tokenization_utils.PreTrainedTokenizer):
    """A tokenizer that is written in Python."""

    model_input_names: Any = ["input_ids", "attention_mask"]  # noqa: RUF012
