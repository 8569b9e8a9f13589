"""`transformers.tokenization_utils_tokenizers`: `tokenization_utils_fast`, with the base class by its new name."""

from hfcompat_plugins.v5.tokenizer_classes import TokenizersBackend
from transformers.tokenization_utils_base import (  # noqa: F401
    TOKENIZER_CONFIG_FILE,
    AddedToken,
    BatchEncoding,
    PreTokenizedInput,
    PreTokenizedInputPair,
    PreTrainedTokenizerBase,
    TextInput,
    TextInputPair,
    TruncationStrategy,
)
from transformers.tokenization_utils_fast import *  # noqa: F403
from transformers.tokenization_utils_fast import (  # noqa: F401
    TIKTOKEN_VOCAB_FILE,
    TOKENIZER_FILE,
    VOCAB_FILES_NAMES,
    PreTrainedTokenizerFast,
)
from transformers.utils import PaddingStrategy  # noqa: F401

__all__ = ["PreTrainedTokenizerFast", "TokenizersBackend"]
