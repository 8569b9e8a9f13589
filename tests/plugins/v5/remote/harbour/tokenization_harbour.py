"""A tokenizer as 5.x writes them: it builds its backend by itself."""

from tokenizers import Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE
from transformers.tokenization_utils_base import _get_prepend_scheme
from transformers.tokenization_utils_tokenizers import TokenizersBackend

VOCAB_FILES_NAMES = {"vocab_file": "vocab.json", "tokenizer_file": "tokenizer.json"}
_MERGES = ["t h", "th e", "▁ s", "h i", "hi p", "▁s hip", "▁ the", "l i", "g h", "gh t", "li ght"]


class HarbourTokenizer(TokenizersBackend):
    vocab_files_names = VOCAB_FILES_NAMES
    padding_side = "left"
    model_input_names = ["input_ids", "attention_mask"]
    model = BPE

    def __init__(
        self, vocab=None, merges=None, unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>",
        add_prefix_space=None, **kwargs,
    ):  # fmt: skip
        self.add_prefix_space = add_prefix_space if add_prefix_space is not None else True
        if vocab is None:
            pairs = [pair.split() for pair in _MERGES]
            letters = [*"▁abcdefghijklmnopqrstuvwxyz.", *dict.fromkeys("".join(pair) for pair in pairs)]
            special = [str(token) for token in (pad_token, bos_token, eos_token, unk_token)]
            vocab = {token: i for i, token in enumerate([*special, *letters])}
            merges = [tuple(pair) for pair in pairs]
        self._vocab, self._merges = vocab, merges or []
        self._tokenizer = Tokenizer(BPE(vocab=vocab, merges=self._merges, unk_token=str(unk_token), fuse_unk=True))
        self._tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(
            replacement="▁", prepend_scheme=_get_prepend_scheme(self.add_prefix_space, self), split=True
        )
        self._tokenizer.decoder = decoders.Metaspace(replacement="▁")
        super().__init__(
            unk_token=unk_token, bos_token=bos_token, eos_token=eos_token, pad_token=pad_token,
            add_prefix_space=add_prefix_space, **kwargs,
        )  # fmt: skip


__all__ = ["HarbourTokenizer"]
