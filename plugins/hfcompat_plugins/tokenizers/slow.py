"""What the slow tokenizers have in common, wherever they stand before a class of the tokenizers backend."""

from __future__ import annotations

import os
from typing import Any

from hfcompat_plugins.tokenizers.subclasses import staying_on_backend
from transformers.tokenization_python import PreTrainedTokenizer
from transformers.tokenization_utils_base import PreTrainedTokenizerBase


class Slow(PreTrainedTokenizer):
    """A python tokenizer that hides what it inherits from the tokenizers backend."""

    vocab: Any = None
    decoder: Any = None
    backend_tokenizer: Any = None
    add_bos_token: Any = False
    add_eos_token: Any = False
    can_save_slow_tokenizer = True
    _added_tokens_decoder: Any = None
    _added_tokens_encoder: Any = None

    def __init__(self, **kwargs: Any) -> None:
        if self.__dict__.get("_added_tokens_decoder") is None:
            self._added_tokens_decoder = {}
        super().__init__(**kwargs)

    @classmethod
    def convert_to_native_format(cls, **kwargs: Any) -> dict[str, Any]:
        """A slow tokenizer reads its files itself; where there is none of them, there is the backend's."""
        if kwargs.get("vocab_file") is None and hasattr(cls, "__hfcompat_origin__"):
            return cls.__hfcompat_origin__.convert_to_native_format(**kwargs)  # type: ignore[no-any-return]
        kwargs.pop("trust_remote_code", None)
        if "tokenizer_file" not in cls.vocab_files_names:
            kwargs.pop("tokenizer_file", None)
        return kwargs

    def _post_init(self) -> None:
        """Special tokens were added when it was built."""


class _Below(PreTrainedTokenizerBase):
    """Ends the slow tokenizer's chain of `super().__init__`, which would go on in the class of the backend."""

    def __init__(self, **kwargs: Any) -> None:
        PreTrainedTokenizerBase.__init__(self, **kwargs)


def standing_before(slow: type, native: type) -> type:
    """A class that is `slow` first and `native` for whoever asks with isinstance.

    Somebody's subclass that is built without a file, of tokenizer.json or a vocabulary, is what it is on v5.
    """

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        given = args[0] if args else kwargs.get("vocab_file")
        if isinstance(given, (str, os.PathLike)) or not hasattr(type(self), "__hfcompat_origin__"):
            slow.__init__(self, *args, **kwargs)  # type: ignore[misc]
            return
        with staying_on_backend(self):
            native.__init__(self, *args, **kwargs)  # type: ignore[misc]

    body = {"__module__": slow.__module__, "__doc__": slow.__doc__, "__init__": __init__}
    return type(slow.__name__, (slow, _Below, native), body)
