"""Slow byte-pair tokenizers: GPT-2 and those that differ from it in a pattern, a prefix, or their special tokens."""

from __future__ import annotations

import functools
import itertools
import json
import os
import re
import unicodedata
from typing import Any, ClassVar

_GPT2 = r"""'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""
_QWEN2 = (
    r"""(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|"""
    r"""\s*[\r\n]+|\s+(?!\S)|\s+"""
)
_CLIP = r"""<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""


def merged(symbols: list[str], ranks: dict[tuple[str, str], int]) -> list[str]:
    """`symbols` after the merges of lowest rank, one after the other, wherever their pair stands."""
    while len(symbols) > 1:
        pairs = set(itertools.pairwise(symbols))
        pair = min(pairs, key=lambda candidate: ranks.get(candidate, len(ranks)))
        if pair not in ranks:
            break
        joined, index = [], 0
        while index < len(symbols):
            together = tuple(symbols[index : index + 2]) == pair
            joined.append("".join(pair) if together else symbols[index])
            index += 2 if together else 1
        symbols = joined
    return symbols


def _read_merges(path: str) -> list[tuple[str, ...]]:
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    return [tuple(line.split()) for line in lines[1:-1]]  # the first line is the version, the last one is empty


@functools.cache
def _byte_pairs() -> type:
    import regex
    from hfcompat_plugins.tokenizers.slow import Slow
    from transformers.convert_slow_tokenizer import bytes_to_unicode

    class SlowBytePairTokenizer(Slow):
        """`vocab.json` and `merges.txt`, over the characters that stand for bytes."""

        vocab_files_names: ClassVar[dict[str, str]] = {"vocab_file": "vocab.json", "merges_file": "merges.txt"}
        model_input_names: ClassVar[list[str]] = ["input_ids", "attention_mask"]
        pattern = _GPT2
        end_of_word = ""

        def __init__(self, vocab_file: str, merges_file: str, errors: str = "replace", **kwargs: Any) -> None:
            with open(vocab_file, encoding="utf-8") as file:
                self.encoder = json.load(file)
            self.decoder = {index: token for token, index in self.encoder.items()}
            self.errors = errors
            self.byte_encoder = bytes_to_unicode()
            self.byte_decoder = {character: byte for byte, character in self.byte_encoder.items()}
            self.bpe_ranks = {pair: rank for rank, pair in enumerate(_read_merges(merges_file))}
            self.cache: dict[str, str] = {}
            self.pat = regex.compile(self.pattern)
            super().__init__(errors=errors, **kwargs)

        @property
        def vocab_size(self) -> int:
            return len(self.encoder)

        def get_vocab(self) -> dict[str, int]:
            return {**self.encoder, **self.added_tokens_encoder}

        def bpe(self, token: str) -> str:
            """The units of a word, joined by spaces."""
            if token not in self.cache:
                symbols = list(token)
                if symbols and self.end_of_word:
                    symbols[-1] += self.end_of_word
                self.cache[token] = " ".join(merged(symbols, self.bpe_ranks))
            return self.cache[token]

        def _tokenize(self, text: str) -> list[str]:
            tokens: list[str] = []
            for word in self.pat.findall(text):
                tokens += self.bpe("".join(self.byte_encoder[byte] for byte in word.encode("utf-8"))).split(" ")
            return tokens

        def _convert_token_to_id(self, token: str) -> int:
            return self.encoder.get(token, self.encoder.get(self.unk_token))  # type: ignore[no-any-return]

        def _convert_id_to_token(self, index: int) -> str:
            return self.decoder.get(index)  # type: ignore[no-any-return]

        def convert_tokens_to_string(self, tokens: list[str]) -> str:
            return bytearray(self.byte_decoder[c] for c in "".join(tokens)).decode("utf-8", errors=self.errors)

        def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
            """Write `vocab.json` and `merges.txt`; their paths."""
            start = f"{filename_prefix}-" if filename_prefix else ""
            names = [os.path.join(save_directory, start + name) for name in ("vocab.json", "merges.txt")]
            with open(names[0], "w", encoding="utf-8") as file:
                file.write(json.dumps(self.encoder, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
            with open(names[1], "w", encoding="utf-8") as file:
                file.write("#version: 0.2\n" + "".join(" ".join(pair) + "\n" for pair in self.bpe_ranks))
            return tuple(names)

        def prepare_for_tokenization(self, text: str, is_split_into_words: bool = False, **kwargs: Any) -> Any:
            space = kwargs.pop("add_prefix_space", getattr(self, "add_prefix_space", False))
            starts_word = bool(text) and not text[0].isspace()
            return (" " + text if self._needs_space(is_split_into_words, space, starts_word) else text), kwargs

        def _needs_space(self, words: bool, space: bool, starts_word: bool) -> bool:
            return words or space

    return SlowBytePairTokenizer


def _declared(token: Any, **properties: bool) -> Any:
    from transformers import AddedToken

    return AddedToken(token, **properties) if isinstance(token, str) else token


@functools.cache
def GPT2() -> type:
    from hfcompat_plugins.tokenizers.slow import standing_before
    from transformers.models.gpt2.tokenization_gpt2 import GPT2Tokenizer

    class SlowGPT2Tokenizer(_byte_pairs()):  # type: ignore[misc]
        def __init__(
            self,
            vocab_file: str,
            merges_file: str,
            errors: str = "replace",
            unk_token: Any = "<|endoftext|>",
            bos_token: Any = "<|endoftext|>",
            eos_token: Any = "<|endoftext|>",
            pad_token: Any = None,
            add_prefix_space: bool = False,
            add_bos_token: bool = False,
            **kwargs: Any,
        ) -> None:
            self.add_bos_token = add_bos_token
            self.add_prefix_space = add_prefix_space
            special = {"unk_token": unk_token, "bos_token": bos_token, "eos_token": eos_token, "pad_token": pad_token}
            super().__init__(
                vocab_file,
                merges_file,
                errors,
                **{name: _declared(token) for name, token in special.items()},
                add_prefix_space=add_prefix_space,
                add_bos_token=add_bos_token,
                **kwargs,
            )

        def build_inputs_with_special_tokens(self, token_ids_0: Any, token_ids_1: Any = None) -> list[int]:
            start = [self.bos_token_id] if self.add_bos_token else []
            return start + token_ids_0 + ([] if token_ids_1 is None else start + token_ids_1)

        def get_special_tokens_mask(
            self, token_ids_0: Any, token_ids_1: Any = None, already_has_special_tokens: bool = False
        ) -> list[int]:
            if already_has_special_tokens or not self.add_bos_token:
                return super().get_special_tokens_mask(  # type: ignore[no-any-return]
                    token_ids_0, token_ids_1, already_has_special_tokens=already_has_special_tokens
                )
            mask = [1] + [0] * len(token_ids_0)
            return mask if token_ids_1 is None else mask + [1] + [0] * len(token_ids_1)

    return standing_before(SlowGPT2Tokenizer, GPT2Tokenizer)


@functools.cache
def Roberta() -> type:
    from hfcompat_plugins.tokenizers.slow import standing_before
    from transformers.models.roberta.tokenization_roberta import RobertaTokenizer

    class SlowRobertaTokenizer(_byte_pairs()):  # type: ignore[misc]
        def __init__(
            self,
            vocab_file: str,
            merges_file: str,
            errors: str = "replace",
            bos_token: Any = "<s>",
            eos_token: Any = "</s>",
            sep_token: Any = "</s>",
            cls_token: Any = "<s>",
            unk_token: Any = "<unk>",
            pad_token: Any = "<pad>",
            mask_token: Any = "<mask>",
            add_prefix_space: bool = False,
            **kwargs: Any,
        ) -> None:
            self.add_prefix_space = add_prefix_space
            special = {
                "bos_token": bos_token,
                "eos_token": eos_token,
                "sep_token": sep_token,
                "cls_token": cls_token,
                "unk_token": unk_token,
                "pad_token": pad_token,
            }
            declared = {name: _declared(token, special=True) for name, token in special.items()}
            declared["mask_token"] = _declared(mask_token, lstrip=True, normalized=False, special=True)
            super().__init__(vocab_file, merges_file, errors, **declared, add_prefix_space=add_prefix_space, **kwargs)

        def _needs_space(self, words: bool, space: bool, starts_word: bool) -> bool:
            return (words or space) and starts_word

        build_inputs_with_special_tokens = two_separators
        get_special_tokens_mask = mask_of_two_separators
        create_token_type_ids_from_sequences = no_types

    return standing_before(SlowRobertaTokenizer, RobertaTokenizer)


def two_separators(self: Any, token_ids_0: list[int], token_ids_1: list[int] | None = None) -> list[int]:
    """`<s> A </s>`, and `<s> A </s></s> B </s>`."""
    cls, sep = [self.cls_token_id], [self.sep_token_id]
    first = cls + token_ids_0 + sep
    return first if token_ids_1 is None else first + sep + token_ids_1 + sep


def mask_of_two_separators(
    self: Any, token_ids_0: list[int], token_ids_1: list[int] | None = None, already_has_special_tokens: bool = False
) -> list[int]:
    """1 for what `two_separators` adds."""
    if already_has_special_tokens:
        special = set(self.all_special_ids)
        return [int(index in special) for index in token_ids_0]
    first = [1] + [0] * len(token_ids_0) + [1]
    return first if token_ids_1 is None else [*first, 1, *([0] * len(token_ids_1)), 1]


def no_types(self: Any, token_ids_0: list[int], token_ids_1: list[int] | None = None) -> list[int]:
    """Zeros, as many as `two_separators` gives ids: the model has one type of tokens."""
    return [0] * (len(token_ids_0) + 2 + (0 if token_ids_1 is None else len(token_ids_1) + 2))


@functools.cache
def Qwen2() -> type:
    from hfcompat_plugins.tokenizers.slow import standing_before
    from transformers.models.qwen2.tokenization_qwen2 import Qwen2Tokenizer

    class SlowQwen2Tokenizer(_byte_pairs()):  # type: ignore[misc]
        pattern = _QWEN2

        def __init__(
            self,
            vocab_file: str,
            merges_file: str,
            errors: str = "replace",
            unk_token: Any = "<|endoftext|>",
            bos_token: Any = None,
            eos_token: Any = "<|endoftext|>",
            pad_token: Any = "<|endoftext|>",
            clean_up_tokenization_spaces: bool = False,
            split_special_tokens: bool = False,
            **kwargs: Any,
        ) -> None:
            special = {"unk_token": unk_token, "bos_token": bos_token, "eos_token": eos_token, "pad_token": pad_token}
            super().__init__(
                vocab_file,
                merges_file,
                errors,
                **{name: _declared(token, special=True, normalized=False) for name, token in special.items()},
                clean_up_tokenization_spaces=clean_up_tokenization_spaces,
                split_special_tokens=split_special_tokens,
                **kwargs,
            )

        def _decode(self, token_ids: Any, *args: Any, **kwargs: Any) -> str:
            kwargs.setdefault("spaces_between_special_tokens", False)
            return super()._decode(token_ids, *args, **kwargs)  # type: ignore[no-any-return]

        def prepare_for_tokenization(self, text: str, **kwargs: Any) -> Any:
            return unicodedata.normalize("NFC", text), kwargs

    return standing_before(SlowQwen2Tokenizer, Qwen2Tokenizer)


@functools.cache
def CLIP() -> type:
    from hfcompat_plugins.tokenizers.slow import standing_before
    from transformers.models.bert.tokenization_bert_legacy import BasicTokenizer
    from transformers.models.clip.tokenization_clip import CLIPTokenizer

    class SlowCLIPTokenizer(_byte_pairs()):  # type: ignore[misc]
        pattern = _CLIP
        end_of_word = "</w>"

        def __init__(
            self,
            vocab_file: str,
            merges_file: str,
            errors: str = "replace",
            unk_token: Any = "<|endoftext|>",
            bos_token: Any = "<|startoftext|>",
            eos_token: Any = "<|endoftext|>",
            pad_token: Any = "<|endoftext|>",
            **kwargs: Any,
        ) -> None:
            self.nlp = BasicTokenizer(strip_accents=False, do_split_on_punc=False)
            self.fix_text = None
            special = {"unk_token": unk_token, "bos_token": bos_token, "eos_token": eos_token, "pad_token": pad_token}
            super().__init__(vocab_file, merges_file, errors, **special, **kwargs)
            for token in ("<|startoftext|>", "<|endoftext|>"):
                self.cache.setdefault(token, token)

        def _tokenize(self, text: str) -> list[str]:
            words = " ".join(self.nlp.tokenize(text))
            return super()._tokenize(words)  # type: ignore[no-any-return]

        def convert_tokens_to_string(self, tokens: list[str]) -> str:
            text: str = super().convert_tokens_to_string(tokens)
            return re.sub("</w>", " ", text).strip()

        def prepare_for_tokenization(self, text: str, is_split_into_words: bool = False, **kwargs: Any) -> Any:
            return text, kwargs

        def build_inputs_with_special_tokens(self, token_ids_0: Any, token_ids_1: Any = None) -> list[int]:
            bos, eos = [self.bos_token_id], [self.eos_token_id]
            first = bos + token_ids_0 + eos
            return first if token_ids_1 is None else first + eos + token_ids_1 + eos

        get_special_tokens_mask = mask_of_two_separators
        create_token_type_ids_from_sequences = no_types

    return standing_before(SlowCLIPTokenizer, CLIPTokenizer)
