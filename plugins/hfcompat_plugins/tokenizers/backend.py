"""Methods of the slow tokenizers, answered by the tokenizers backend; vocabulary files as v4 wrote them."""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Callable
from typing import Any

from hfcompat_plugins.tokenizers.origins import somebodys

NOTHING: dict[str, Any] = {}
"""Tables of names on the Hub, which v4 came to leave empty."""


def tokenize(self: Any, text: str, **kwargs: Any) -> list[str]:
    """`_tokenize`: the tokens of a text, without special ones around it."""
    return self._tokenizer.encode(text, add_special_tokens=False).tokens  # type: ignore[no-any-return]


def convert_token_to_id(self: Any, token: str) -> int | None:
    """`_convert_token_to_id`: the id of a token, or of the unknown one."""
    return self._convert_token_to_id_with_added_voc(token)  # type: ignore[no-any-return]


def prepare_for_tokenization(self: Any, text: str, is_split_into_words: bool = False, **kwargs: Any) -> Any:
    """The text, in Unicode's form NFC where the family is Qwen2, and the keywords that are left."""
    if any(base.__name__ == "Qwen2Tokenizer" for base in type(self).__mro__):
        text = unicodedata.normalize("NFC", text)
    return text, kwargs


def vocabulary_by_its_name(original: Callable[..., Any]) -> Callable[..., Any]:
    """`save_vocabulary`, which writes the files that the class names, not whatever it was loaded from as one model."""

    def save_vocabulary(self: Any, save_directory: str, filename_prefix: str | None = None) -> Any:
        source = getattr(self, "vocab_file", None)
        if not os.path.isdir(save_directory):
            return original(self, save_directory, filename_prefix)
        if not isinstance(source, str) or not source.endswith(".model"):
            return tuple(self._tokenizer.model.save(save_directory, filename_prefix))
        name = self.vocab_files_names.get("vocab_file", os.path.basename(source))
        path = os.path.join(save_directory, (f"{filename_prefix}-" if filename_prefix else "") + name)
        if os.path.abspath(source) != os.path.abspath(path):
            shutil.copyfile(source, path)
        return (path,)

    return save_vocabulary


_FILES = {"BPE": {"vocab.json", "merges.txt"}, "WordPiece": {"vocab.txt"}, "WordLevel": {"vocab.json"}}
"""What the `tokenizers` library writes of a model."""


def _has_files_of_old(self: Any) -> bool:
    """Whether the files that `save_vocabulary` writes are those that the class is made from."""
    source = getattr(self, "vocab_file", None)
    if isinstance(source, str) and source.endswith(".model"):
        return "vocab_file" in self.vocab_files_names
    written = _FILES.get(type(self._tokenizer.model).__name__, set())
    return bool(written) and written <= set(self.vocab_files_names.values())


def with_old_format(original: Callable[..., tuple[str, ...]]) -> Callable[..., tuple[str, ...]]:
    """`_save_pretrained`, which knows `legacy_format=True`: vocabulary files, no tokenizer.json, where they say it all.

    Somebody's fast tokenizer that has a slow one is written with the files of both, unless it is asked otherwise.
    """

    def _save_pretrained(
        self: Any,
        save_directory: Any,
        file_names: tuple[str, ...],
        legacy_format: bool | None = None,
        filename_prefix: str | None = None,
    ) -> tuple[str, ...]:
        legacy_format = _has_files_of_old(self) if legacy_format else legacy_format
        slow = somebodys(type(self)) and getattr(self, "slow_tokenizer_class", None) and self.can_save_slow_tokenizer
        if legacy_format or (legacy_format is None and slow):
            file_names = (*file_names, *self.save_vocabulary(str(save_directory), filename_prefix=filename_prefix))
        if legacy_format:
            return file_names
        return original(self, save_directory, file_names, legacy_format, filename_prefix)

    return _save_pretrained
