"""`transformers.tokenization_python`: `tokenization_utils`, with the base class by its new name."""

from hfcompat_plugins.v5.tokenizer_classes import PythonBackend
from transformers.tokenization_utils import *  # noqa: F403
from transformers.tokenization_utils import (  # noqa: F401
    PreTrainedTokenizer,
    Trie,
    _is_control,
    _is_end_of_word,
    _is_punctuation,
    _is_start_of_word,
    _is_whitespace,
)
from transformers.tokenization_utils_base import (  # noqa: F401
    TOKENIZER_CONFIG_FILE,
    AddedToken,
    BatchEncoding,
    EncodedInput,
    EncodedInputPair,
    PreTokenizedInput,
    PreTokenizedInputPair,
    PreTrainedTokenizerBase,
    TextInput,
    TextInputPair,
    TruncationStrategy,
)
from transformers.utils import PaddingStrategy  # noqa: F401

__all__ = ["PreTrainedTokenizer", "PythonBackend"]
