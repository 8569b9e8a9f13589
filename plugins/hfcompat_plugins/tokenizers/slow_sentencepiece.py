"""Slow tokenizers over a SentencePiece model: LLaMA, T5, XLM-RoBERTa."""

from __future__ import annotations

import functools
import os
import shutil
from typing import Any, ClassVar

from hfcompat_plugins.tokenizers.slow_bytes import mask_of_two_separators, no_types, two_separators

_UNDERLINE = "▁"


def load_pieces(processor: Any, path: str, legacy: bool) -> None:
    """Load the file at `path` into a SentencePieceProcessor; unless `legacy`, it puts no space before a text."""
    if legacy:
        processor.Load(path)
        return
    from sentencepiece import sentencepiece_model_pb2

    with open(path, "rb") as file:
        model = sentencepiece_model_pb2.ModelProto.FromString(file.read())
    model.normalizer_spec.add_dummy_prefix = False
    processor.LoadFromSerializedProto(model.SerializeToString())


@functools.cache
def piece_tokenizer() -> type:
    import sentencepiece
    from hfcompat_plugins.tokenizers.slow import Slow

    class SlowPieceTokenizer(Slow):
        """`sp_model` over `vocab_file`. With `legacy=False`, no space is put before a text by the model itself."""

        vocab_files_names: ClassVar[dict[str, str]] = {"vocab_file": "tokenizer.model"}
        legacy = True

        def __init__(self, vocab_file: str, sp_model_kwargs: dict[str, Any] | None = None, **kwargs: Any) -> None:
            self.sp_model_kwargs = {} if sp_model_kwargs is None else sp_model_kwargs
            self.vocab_file = vocab_file
            self.sp_model = self.get_spm_processor(kwargs.pop("from_slow", False))
            self._before_special_tokens()
            super().__init__(sp_model_kwargs=self.sp_model_kwargs, **kwargs)

        def _before_special_tokens(self) -> None:
            """What must be there before special tokens are looked up."""

        def get_spm_processor(self, from_slow: bool = False) -> Any:
            """A SentencePieceProcessor over the vocabulary file."""
            processor = sentencepiece.SentencePieceProcessor(**self.sp_model_kwargs)
            load_pieces(processor, self.vocab_file, self.legacy or from_slow)
            return processor

        def __getstate__(self) -> dict[str, Any]:
            return {**self.__dict__, "sp_model": None, "sp_model_proto": self.sp_model.serialized_model_proto()}

        def __setstate__(self, state: dict[str, Any]) -> None:
            self.__dict__.update(state)
            self.sp_model = sentencepiece.SentencePieceProcessor(**self.sp_model_kwargs)
            self.sp_model.LoadFromSerializedProto(self.sp_model_proto)

        @property
        def vocab_size(self) -> int:
            return self.sp_model.get_piece_size()  # type: ignore[no-any-return]

        def get_vocab(self) -> dict[str, int]:
            vocabulary = {self.convert_ids_to_tokens(index): index for index in range(self.vocab_size)}
            return {**vocabulary, **self.added_tokens_encoder}

        @property
        def unk_token_length(self) -> int:
            return len(self.sp_model.encode(str(self.unk_token)))

        def tokenize(self, text: str, **kwargs: Any) -> list[str]:
            if self.legacy or not text:
                return super().tokenize(text, **kwargs)
            text = text.replace(_UNDERLINE, " ")
            if self.add_prefix_space:
                text = _UNDERLINE + text
            tokens: list[str] = super().tokenize(text, **kwargs)
            if len(tokens) > 1 and tokens[0] == _UNDERLINE and tokens[1] in self.all_special_tokens:
                return tokens[1:]
            return tokens

        def _tokenize(self, text: str, **kwargs: Any) -> list[str]:
            if self.legacy or not text.startswith((_UNDERLINE, " ")):
                return self.sp_model.encode(text, out_type=str)  # type: ignore[no-any-return]
            # The model strips spaces at the start of what it is given, so something else has to stand there.
            tokens: list[str] = self.sp_model.encode(self.unk_token + text, out_type=str)
            length = self.unk_token_length
            return tokens[length:] if len(tokens) >= length else tokens

        def _convert_token_to_id(self, token: str) -> int:
            return self.sp_model.piece_to_id(token)  # type: ignore[no-any-return]

        def _convert_id_to_token(self, index: int) -> str:
            return self.sp_model.IdToPiece(index)  # type: ignore[no-any-return]

        def convert_tokens_to_string(self, tokens: list[str]) -> str:
            return "".join(tokens).replace(_UNDERLINE, " ").strip()

        def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
            """Copy the SentencePiece model, or write it anew if its file is gone; its path."""
            name = (f"{filename_prefix}-" if filename_prefix else "") + self.vocab_files_names["vocab_file"]
            path = os.path.join(save_directory, name)
            if not os.path.isfile(self.vocab_file):
                with open(path, "wb") as file:
                    file.write(self.sp_model.serialized_model_proto())
            elif os.path.abspath(self.vocab_file) != os.path.abspath(path):
                shutil.copyfile(self.vocab_file, path)
            return (path,)

    return SlowPieceTokenizer


def special_tokens_apart(self: Any, tokens: list[str]) -> str:
    """Pieces decoded by the model, special tokens as they are, a space before each run of them."""
    text, run, after_special = "", [], False
    special = set(self.all_special_tokens)
    for token in tokens:
        if token in special:
            text += ("" if after_special else " ") + self.sp_model.decode(run) + token
            run = []
        else:
            run.append(token)
        after_special = token in special
    return (text + self.sp_model.decode(run)).strip()  # type: ignore[no-any-return]


def around(self: Any, ids: list[int], start: Any, end: Any) -> list[int]:
    """`ids` after `start` and before `end`, as `add_bos_token` and `add_eos_token` say."""
    return ([start] if self.add_bos_token else []) + ids + ([end] if self.add_eos_token else [])


def bos_and_eos(self: Any, token_ids_0: list[int], token_ids_1: list[int] | None = None) -> list[int]:
    """Ids of one sequence, or of a pair, each with the BOS and EOS that the tokenizer adds."""
    bos, eos = self.bos_token_id, self.eos_token_id
    first = around(self, token_ids_0, bos, eos)
    return first if token_ids_1 is None else first + around(self, token_ids_1, bos, eos)


def mask_of_bos_and_eos(
    self: Any, token_ids_0: list[int], token_ids_1: list[int] | None = None, already_has_special_tokens: bool = False
) -> list[int]:
    """1 for what `bos_and_eos` adds."""
    if already_has_special_tokens:
        return mask_of_two_separators(self, token_ids_0, token_ids_1, True)
    first = around(self, [0] * len(token_ids_0), 1, 1)
    return first if token_ids_1 is None else first + around(self, [0] * len(token_ids_1), 1, 1)


def _without_first_space(self: Any, tokens: list[str]) -> list[str]:
    if tokens and tokens[0].startswith(_UNDERLINE) and self.add_prefix_space:
        return [tokens[0][1:], *tokens[1:]]
    return tokens


@functools.cache
def Llama() -> type:
    from hfcompat_plugins.tokenizers.slow import standing_before
    from transformers import AddedToken
    from transformers.models.llama.tokenization_llama import LlamaTokenizer

    class SlowLlamaTokenizer(piece_tokenizer()):  # type: ignore[misc]
        model_input_names: ClassVar[list[str]] = ["input_ids", "attention_mask"]
        padding_side = "right"

        def __init__(
            self,
            vocab_file: str,
            unk_token: Any = "<unk>",
            bos_token: Any = "<s>",
            eos_token: Any = "</s>",
            pad_token: Any = None,
            sp_model_kwargs: dict[str, Any] | None = None,
            add_bos_token: bool = True,
            add_eos_token: bool = False,
            clean_up_tokenization_spaces: bool = False,
            use_default_system_prompt: bool = False,
            spaces_between_special_tokens: bool = False,
            legacy: bool | None = None,
            add_prefix_space: bool = True,
            **kwargs: Any,
        ) -> None:
            self.legacy = True if legacy is None else legacy
            self.add_bos_token = add_bos_token
            self.add_eos_token = add_eos_token
            self.add_prefix_space = add_prefix_space
            self.use_default_system_prompt = use_default_system_prompt
            special = {"bos_token": bos_token, "eos_token": eos_token, "unk_token": unk_token, "pad_token": pad_token}
            super().__init__(
                vocab_file,
                sp_model_kwargs,
                **{
                    name: AddedToken(token, normalized=False, special=True) if isinstance(token, str) else token
                    for name, token in special.items()
                },
                add_bos_token=add_bos_token,
                add_eos_token=add_eos_token,
                clean_up_tokenization_spaces=clean_up_tokenization_spaces,
                use_default_system_prompt=use_default_system_prompt,
                spaces_between_special_tokens=spaces_between_special_tokens,
                legacy=self.legacy,
                add_prefix_space=add_prefix_space,
                **kwargs,
            )

        def convert_tokens_to_string(self, tokens: list[str]) -> str:
            tokens = _without_first_space(self, tokens)
            text, run, after_special = "", [], False
            special = set(self.all_special_tokens)
            for index, token in enumerate(tokens):
                if token in special:
                    space = " " if not after_special and index and self.legacy else ""
                    text += space + self.sp_model.decode(run) + token
                    run = []
                elif after_special and index == 1 and self.add_prefix_space and not token.startswith(_UNDERLINE):
                    text += " "
                    run.append(token)
                else:
                    run.append(token)
                after_special = token in special
            return text + self.sp_model.decode(run)  # type: ignore[no-any-return]

        build_inputs_with_special_tokens = bos_and_eos
        get_special_tokens_mask = mask_of_bos_and_eos

        def create_token_type_ids_from_sequences(self, token_ids_0: Any, token_ids_1: Any = None) -> list[int]:
            first = [0] * len(around(self, token_ids_0, 0, 0))
            return first if token_ids_1 is None else first + [1] * len(around(self, token_ids_1, 0, 0))

    return standing_before(SlowLlamaTokenizer, LlamaTokenizer)


@functools.cache
def T5() -> type:
    from hfcompat_plugins.tokenizers.slow import standing_before
    from transformers import AddedToken
    from transformers.models.t5.tokenization_t5 import T5Tokenizer

    class SlowT5Tokenizer(piece_tokenizer()):  # type: ignore[misc]
        vocab_files_names: ClassVar[dict[str, str]] = {"vocab_file": "spiece.model"}
        model_input_names: ClassVar[list[str]] = ["input_ids", "attention_mask"]

        def __init__(
            self,
            vocab_file: str,
            eos_token: Any = "</s>",
            unk_token: Any = "<unk>",
            pad_token: Any = "<pad>",
            extra_ids: int = 100,
            additional_special_tokens: list[Any] | None = None,
            sp_model_kwargs: dict[str, Any] | None = None,
            legacy: bool | None = None,
            add_prefix_space: bool = True,
            **kwargs: Any,
        ) -> None:
            special = {"eos_token": eos_token, "unk_token": unk_token, "pad_token": pad_token}
            declared = {
                name: AddedToken(token, special=True) if isinstance(token, str) else token
                for name, token in special.items()
            }
            if additional_special_tokens is None:
                additional_special_tokens = kwargs.pop("extra_special_tokens", None)
            sentinels = [f"<extra_id_{index}>" for index in range(extra_ids)]
            named = [token for token in additional_special_tokens or () if "<extra_id_" in str(token)]
            if named and extra_ids > 0 and len(named) != extra_ids:
                raise ValueError(
                    f"{len(named)} <extra_id_...> among the additional special tokens, but extra_ids is {extra_ids}"
                )
            self.legacy = True if legacy is None else legacy
            self.add_prefix_space = add_prefix_space
            self._extra_ids = extra_ids
            self._sentinels = len(named) or len(sentinels)
            super().__init__(
                vocab_file,
                sp_model_kwargs,
                **declared,
                extra_ids=extra_ids,
                additional_special_tokens=list(additional_special_tokens or ()) + ([] if named else sentinels),
                legacy=self.legacy,
                add_prefix_space=add_prefix_space,
                **kwargs,
            )

        def _before_special_tokens(self) -> None:
            self._added_tokens_decoder = {
                len(self.sp_model) - 1 + self._extra_ids - index: AddedToken(
                    f"<extra_id_{index}>", lstrip=True, rstrip=True, normalized=False, special=True
                )
                for index in range(self._sentinels)
            }

        def get_sentinel_tokens(self) -> list[str]:
            return list({str(token) for token in self.extra_special_tokens if "<extra_id_" in str(token)})

        def get_sentinel_token_ids(self) -> list[int]:
            return [self.convert_tokens_to_ids(token) for token in self.get_sentinel_tokens()]

        def convert_tokens_to_string(self, tokens: list[str]) -> str:
            return special_tokens_apart(self, _without_first_space(self, tokens))

        def _ended(self, ids: list[int]) -> list[int]:
            return ids if ids and ids[-1] == self.eos_token_id else [*ids, self.eos_token_id]

        _add_eos_if_not_present = _ended

        def build_inputs_with_special_tokens(self, token_ids_0: Any, token_ids_1: Any = None) -> list[int]:
            first = self._add_eos_if_not_present(token_ids_0)
            return first if token_ids_1 is None else first + self._add_eos_if_not_present(token_ids_1)

        def get_special_tokens_mask(
            self, token_ids_0: Any, token_ids_1: Any = None, already_has_special_tokens: bool = False
        ) -> list[int]:
            if already_has_special_tokens:
                return mask_of_two_separators(self, token_ids_0, token_ids_1, True)
            first = [0] * len(token_ids_0) + [1]
            return first if token_ids_1 is None else first + [0] * len(token_ids_1) + [1]

        def create_token_type_ids_from_sequences(self, token_ids_0: Any, token_ids_1: Any = None) -> list[int]:
            return [0] * (len(token_ids_0) + 1 + (0 if token_ids_1 is None else len(token_ids_1) + 1))

    return standing_before(SlowT5Tokenizer, T5Tokenizer)


@functools.cache
def XLMRoberta() -> type:
    from hfcompat_plugins.tokenizers.slow import standing_before
    from transformers import AddedToken
    from transformers.models.xlm_roberta.tokenization_xlm_roberta import XLMRobertaTokenizer

    class SlowXLMRobertaTokenizer(piece_tokenizer()):  # type: ignore[misc]
        vocab_files_names: ClassVar[dict[str, str]] = {"vocab_file": "sentencepiece.bpe.model"}
        model_input_names: ClassVar[list[str]] = ["input_ids", "attention_mask"]

        def __init__(
            self,
            vocab_file: str,
            bos_token: Any = "<s>",
            eos_token: Any = "</s>",
            sep_token: Any = "</s>",
            cls_token: Any = "<s>",
            unk_token: Any = "<unk>",
            pad_token: Any = "<pad>",
            mask_token: Any = "<mask>",
            sp_model_kwargs: dict[str, Any] | None = None,
            **kwargs: Any,
        ) -> None:
            if isinstance(mask_token, str):
                mask_token = AddedToken(mask_token, lstrip=True, special=True)
            super().__init__(
                vocab_file,
                sp_model_kwargs,
                bos_token=bos_token,
                eos_token=eos_token,
                sep_token=sep_token,
                cls_token=cls_token,
                unk_token=unk_token,
                pad_token=pad_token,
                mask_token=mask_token,
                **kwargs,
            )

        def _before_special_tokens(self) -> None:
            # fairseq put four tokens before the pieces, of which SentencePiece has three
            self.fairseq_offset = 1
            self.fairseq_tokens_to_ids = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
            self.fairseq_tokens_to_ids["<mask>"] = len(self.sp_model) + self.fairseq_offset
            self.fairseq_ids_to_tokens = {index: token for token, index in self.fairseq_tokens_to_ids.items()}

        @property
        def vocab_size(self) -> int:
            return len(self.sp_model) + self.fairseq_offset + 1

        def _convert_token_to_id(self, token: str) -> int:
            if token in self.fairseq_tokens_to_ids:
                return self.fairseq_tokens_to_ids[token]
            index = self.sp_model.PieceToId(token)
            return index + self.fairseq_offset if index else self.unk_token_id  # type: ignore[no-any-return]

        def _convert_id_to_token(self, index: int) -> str:
            if index in self.fairseq_ids_to_tokens:
                return self.fairseq_ids_to_tokens[index]
            return self.sp_model.IdToPiece(index - self.fairseq_offset)  # type: ignore[no-any-return]

        build_inputs_with_special_tokens = two_separators
        get_special_tokens_mask = mask_of_two_separators
        create_token_type_ids_from_sequences = no_types

    return standing_before(SlowXLMRobertaTokenizer, XLMRobertaTokenizer)
