"""A tokenizer of transformers whose ids, and whose chats, are those of mistral-common."""

from __future__ import annotations

import copy
import functools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hfcompat_plugins.mistral import chats, saving
from mistral_common.protocol.instruct.validator import ValidationMode
from mistral_common.tokens.tokenizers.base import SpecialTokenPolicy
from mistral_common.tokens.tokenizers.mistral import MistralTokenizer as _Reference
from mistral_common.tokens.tokenizers.tekken import Tekkenizer
from packaging.version import Version
from transformers import AddedToken, BatchEncoding, PreTrainedTokenizer, __version__
from transformers.utils import PaddingStrategy, to_py_obj

from hfcompat import api
from hfcompat.auto.tokenizer_backends import Refusal

_V5 = Version("5.0.0.dev0")
_RUNTIME = Version(__version__)
_FIXED = "mistral-common's vocabulary cannot be extended"
_LARGE = int(1e30)


@functools.lru_cache(maxsize=8)
def _read(path: str, mode: str, size: int, changed: int) -> Any:
    """Reading tekken.json takes a second; copies of a tokenizer share what was read."""
    return _Reference.from_file(path, mode=ValidationMode[mode])


def _reference(path: Path, mode: str) -> Any:
    if not path.is_file():
        raise FileNotFoundError(
            f"the tokenizer's file {path} is no longer there; a tokenizer that was saved keeps its own"
        )
    state = path.stat()
    return _read(str(path), mode, state.st_size, state.st_mtime_ns)


class MistralTokenizer(PreTrainedTokenizer):  # type: ignore[misc]
    """On tekken.json or a SentencePiece file.

    As in mistral-common, no text is read as a special token: "<s>" in a text is three letters.

    Args:
        vocab_file: tekken.json, tokenizer.model, tokenizer.model.v3...
        mode: "test", or "finetuning", in which texts end with EOS.
        add_bos_token, add_eos_token: whether every text begins and ends so; chats do as mistral-common says.
        kwargs: as PreTrainedTokenizer takes them.
    """

    vocab_files_names = {"vocab_file": "tekken.json"}  # noqa: RUF012
    model_input_names = ["input_ids", "attention_mask"]  # noqa: RUF012
    padding_side = "left"

    def __init__(
        self,
        vocab_file: str | os.PathLike[str],
        *,
        mode: str = "test",
        add_bos_token: bool = True,
        add_eos_token: bool | None = None,
        model_max_length: int = _LARGE,
        padding_side: str = "left",
        clean_up_tokenization_spaces: bool = False,
        **kwargs: Any,
    ) -> None:
        mode = getattr(mode, "value", mode)
        if mode not in ValidationMode.__members__:
            raise ValueError(f"mode {mode!r} is not one of {', '.join(ValidationMode.__members__)}")
        self.vocab_file, self.mode = str(Path(vocab_file).resolve()), mode
        try:
            self._connect()
        except FileNotFoundError:
            raise
        except Exception as error:
            raise Refusal(f"mistral-common cannot read {self.vocab_file}: {type(error).__name__}: {error}") from error
        self._vocabulary: dict[str, int] | None = None
        self.add_bos_token = add_bos_token
        self.add_eos_token = mode == "finetuning" if add_eos_token is None else add_eos_token
        names = {"bos_token": self._base.bos_id, "eos_token": self._base.eos_id, "unk_token": self._base.unk_id}
        names["pad_token"] = self._base.pad_id if self._base.pad_id >= 0 else self._base.unk_id  # as transformers 5
        tokens = {name: self._base.id_to_piece(number) for name, number in names.items()}
        special = {number: AddedToken(self._base.id_to_piece(number), special=True) for number in self._special}
        super().__init__(
            mode=mode,
            add_bos_token=self.add_bos_token,
            add_eos_token=self.add_eos_token,
            model_max_length=model_max_length,
            padding_side=padding_side,
            clean_up_tokenization_spaces=clean_up_tokenization_spaces,
            added_tokens_decoder=special,
            **{**tokens, **kwargs},
        )

    def _connect(self) -> None:
        self._mistral = _reference(Path(self.vocab_file), self.mode)
        self._base = self._mistral.instruct_tokenizer.tokenizer
        self._special = sorted(_special_ids(self._base))

    def __getstate__(self) -> dict[str, Any]:
        gone = ("_mistral", "_base", "_special", "_vocabulary")
        return {key: value for key, value in self.__dict__.items() if key not in gone}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._vocabulary = None
        self._connect()

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: Any, *args: Any, **kwargs: Any) -> Any:
        """The same as `hfcompat.AutoTokenizer.from_pretrained(..., backend="mistral")`."""
        from hfcompat.auto.tokenizer import AutoTokenizer

        return AutoTokenizer.from_pretrained(pretrained_model_name_or_path, *args, backend="mistral", **kwargs)

    # ---- the vocabulary

    @property
    def is_tekken(self) -> bool:
        """Whether it is on tekken.json."""
        return isinstance(self._base, Tekkenizer)

    @property
    def vocab_size(self) -> int:
        """Number of ids."""
        return int(self._base.n_words)

    def __len__(self) -> int:
        return self.vocab_size

    def get_vocab(self) -> dict[str, int]:
        """Tokens to ids. Bytes that are no text by themselves share a token, which has the first of their ids."""
        if self._vocabulary is None:
            pieces = [self._base.id_to_piece(number) for number in range(self.vocab_size)]
            self._vocabulary = {piece: number for number, piece in reversed(list(enumerate(pieces)))}
            self._vocabulary |= {pieces[number]: number for number in self._special}
            self._vocabulary = dict(sorted(self._vocabulary.items(), key=lambda item: item[1]))
        return dict(self._vocabulary)

    def _update_total_vocab_size(self) -> None:
        self.total_vocab_size = self.vocab_size

    def _add_tokens(self, new_tokens: Any, special_tokens: bool = False) -> int:
        for token in new_tokens:
            if self._number(str(token)) is None:
                raise ValueError(f"{str(token)!r} is not in the vocabulary, and {_FIXED}")
        return 0

    def _number(self, token: str) -> int | None:
        if self._vocabulary is None:
            self.get_vocab()
        return self._vocabulary.get(token)  # type: ignore[union-attr]

    def _convert_token_to_id(self, token: str) -> int:
        number = self._number(token)
        return int(self._base.unk_id) if number is None else number

    def _convert_id_to_token(self, index: int) -> str:
        return str(self._base.id_to_piece(int(index)))

    def convert_tokens_to_string(self, tokens: list[str]) -> str:
        """The text of tokens."""
        return self._decode([self._convert_token_to_id(token) for token in tokens])

    @property
    def all_special_ids(self) -> list[int]:
        """Ids of all tokens that no text is ever read as."""
        return list(self._special)

    @property
    def all_special_tokens(self) -> list[str]:
        """The same as tokens."""
        return [self._base.id_to_piece(number) for number in self._special]

    # ---- encoding

    def tokenize(
        self, text: str, pair: str | None = None, add_special_tokens: bool = False, **kwargs: Any
    ) -> list[str]:
        """The tokens of a text, without special ones unless they are asked for."""
        if pair is not None:
            raise ValueError(_pairs())
        ids = self._ids(text)
        ids = self.build_inputs_with_special_tokens(ids) if add_special_tokens else ids
        return [self._convert_id_to_token(number) for number in ids]

    def _ids(self, text: Any) -> list[int]:
        if isinstance(text, str):
            return list(self._base.encode(text, bos=False, eos=False))
        if isinstance(text, (list, tuple)) and all(isinstance(token, int) for token in text):
            return list(text)
        if isinstance(text, tuple) and all(isinstance(one, str) for one in text):
            raise ValueError(_pairs())
        raise ValueError(f"a text or a list of ids is wanted, not {str(text)[:80]!r}")

    def _encode_plus(
        self, text: Any, text_pair: Any = None, *, is_split_into_words: bool = False, **kwargs: Any
    ) -> BatchEncoding:
        _refuse(kwargs)
        if text_pair is not None:
            raise ValueError(_pairs())
        if is_split_into_words:
            raise ValueError(_words())
        if isinstance(text, (list, tuple)) and (not text or isinstance(text[0], (str, list, tuple))):
            return self._prepared([self._ids(one) for one in text], **kwargs)  # 5.x asks for a batch here
        return self._prepared_one(self._ids(text), **kwargs)

    if _RUNTIME < _V5:

        def _batch_encode_plus(
            self, batch_text_or_text_pairs: Any, *, is_split_into_words: bool = False, **kwargs: Any
        ) -> BatchEncoding:
            _refuse(kwargs)
            if is_split_into_words:
                raise ValueError(_words())
            return self._prepared([self._ids(one) for one in batch_text_or_text_pairs], **kwargs)

    def _prepared_one(
        self,
        ids: list[int],
        *,
        padding_strategy: Any = PaddingStrategy.DO_NOT_PAD,
        truncation_strategy: Any = "do_not_truncate",
        **kwargs: Any,
    ) -> BatchEncoding:
        return self.prepare_for_model(
            ids,
            padding=getattr(padding_strategy, "value", padding_strategy),
            truncation=getattr(truncation_strategy, "value", truncation_strategy),
            prepend_batch_axis=True,
            **kwargs,
        )

    def _prepared(
        self,
        batch: list[list[int]],
        *,
        padding_strategy: Any = PaddingStrategy.DO_NOT_PAD,
        max_length: int | None = None,
        pad_to_multiple_of: int | None = None,
        padding_side: str | None = None,
        return_tensors: Any = None,
        return_attention_mask: bool | None = None,
        **kwargs: Any,
    ) -> BatchEncoding:
        rows: dict[str, list[Any]] = {}
        for ids in batch:
            row = self._prepared_one(ids, max_length=max_length, return_attention_mask=False, **kwargs)
            for key, value in row.items():
                rows.setdefault(key, []).append(value)
        if not batch:
            rows["input_ids"] = []
        padded = self.pad(
            rows,
            padding=getattr(padding_strategy, "value", padding_strategy),
            max_length=max_length,
            pad_to_multiple_of=pad_to_multiple_of,
            padding_side=padding_side,
            return_attention_mask=return_attention_mask,
        )
        return BatchEncoding(padded.data, tensor_type=return_tensors)

    def build_inputs_with_special_tokens(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """Ids with BOS and EOS around them, as `add_bos_token` and `add_eos_token` say."""
        if token_ids_1 is not None:
            raise ValueError(_pairs())
        start, end = self._ends()
        return start + list(token_ids_0) + end

    def _ends(self) -> tuple[list[int], list[int]]:
        return [self._base.bos_id] * self.add_bos_token, [self._base.eos_id] * self.add_eos_token

    def create_token_type_ids_from_sequences(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None
    ) -> list[int]:
        """Zeros, as many as there are ids with the special ones."""
        return [0] * len(self.build_inputs_with_special_tokens(token_ids_0, token_ids_1))

    def get_special_tokens_mask(
        self, token_ids_0: list[int], token_ids_1: list[int] | None = None, already_has_special_tokens: bool = False
    ) -> list[int]:
        """1 for special tokens."""
        if token_ids_1 is not None:
            raise ValueError(_pairs())
        if already_has_special_tokens:
            special = set(self._special)
            return [int(number in special) for number in token_ids_0]
        start, end = self._ends()
        return [1] * len(start) + [0] * len(token_ids_0) + [1] * len(end)

    def num_special_tokens_to_add(self, pair: bool = False) -> int:
        """How many special tokens a text gets."""
        if pair:
            raise ValueError(_pairs())
        return len(self.build_inputs_with_special_tokens([]))

    # ---- decoding

    def _decode(
        self,
        token_ids: Any,
        skip_special_tokens: bool = False,
        clean_up_tokenization_spaces: bool | None = None,
        **kwargs: Any,
    ) -> str:
        ids = to_py_obj(token_ids)
        ids = [ids] if isinstance(ids, int) else [int(number) for number in ids]
        text = "".join(self._runs(ids, skip_special_tokens))
        clean = (
            self.clean_up_tokenization_spaces if clean_up_tokenization_spaces is None else clean_up_tokenization_spaces
        )
        return str(self.clean_up_tokenization(text)) if clean else text

    def _runs(self, ids: list[int], skip: bool) -> Iterator[str]:
        if skip:
            special = set(self._special)
            yield self._base.decode([number for number in ids if number not in special])
            return
        if self.is_tekken:
            yield self._base.decode(ids, special_token_policy=SpecialTokenPolicy.KEEP)
            return
        run: list[int] = []  # mistral-common leaves SentencePiece's signs for spaces in such a text
        for number in ids:
            if number in self._special:
                yield self._base.decode(run) if run else ""
                yield self._base.id_to_piece(number)
                run = []
            else:
                run.append(number)
        yield self._base.decode(run) if run else ""

    # ---- chats

    def apply_chat_template(
        self,
        conversation: Any,
        tools: list[Any] | None = None,
        documents: Any = None,
        chat_template: str | None = None,
        add_generation_prompt: bool = False,
        continue_final_message: bool = False,
        tokenize: bool = True,
        padding: Any = False,
        truncation: bool = False,
        max_length: int | None = None,
        return_tensors: Any = None,
        return_dict: bool | None = None,
        return_assistant_tokens_mask: bool = False,
        tokenizer_kwargs: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> Any:
        """A conversation, or a list of them, as mistral-common renders it.

        Args:
            chat_template: a template of somebody's own, which is rendered instead.
            kwargs: of mistral-common's ChatCompletionRequest, such as `reasoning_effort`.

        Returns:
            Ids, a text with `tokenize=False`, or a BatchEncoding with `return_dict`, which is the default of 5.x.
            Images are in it as `pixel_values` and `image_sizes`, (height, width) each.

        Raises:
            ValueError: `documents` and `return_assistant_tokens_mask`, which mistral-common does not know.
        """
        if chat_template is not None:
            more = {} if return_dict is None else {"return_dict": return_dict}
            return super().apply_chat_template(
                conversation, tools=tools, documents=documents, chat_template=chat_template,
                add_generation_prompt=add_generation_prompt, continue_final_message=continue_final_message,
                tokenize=tokenize, padding=padding, truncation=truncation, max_length=max_length,
                return_tensors=return_tensors, return_assistant_tokens_mask=return_assistant_tokens_mask,
                tokenizer_kwargs=tokenizer_kwargs, **more, **kwargs,
            )  # fmt: skip
        for name, given in (("documents", documents), ("return_assistant_tokens_mask", return_assistant_tokens_mask)):
            if given:
                raise ValueError(f"mistral-common does not know {name}; give a chat_template that does")
        batched, conversations = chats.each(conversation)
        if continue_final_message and add_generation_prompt:
            raise ValueError("add_generation_prompt and continue_final_message exclude each other")
        rendered = [
            chats.rendered(self._for(one, continue_final_message), one, tools, add_generation_prompt,
                           continue_final_message, kwargs)
            for one in conversations
        ]  # fmt: skip
        if not tokenize:
            texts = [str(one.text) for one in rendered]
            return texts if batched else texts[0]
        strategies = self._get_padding_truncation_strategies(
            padding=padding, truncation=truncation, max_length=max_length
        )
        options = dict(padding_strategy=strategies[0], truncation_strategy=strategies[1], max_length=strategies[2])
        options |= dict(add_special_tokens=False, return_tensors=return_tensors, **(tokenizer_kwargs or {}))
        ids = [list(one.tokens) for one in rendered]
        encoded = self._prepared(ids, **options) if batched else self._prepared_one(ids[0], **options)
        if not (_by_default() if return_dict is None else return_dict):
            return encoded["input_ids"]
        return chats.with_media(encoded, rendered, return_tensors)

    def _for(self, conversation: Any, continued: bool) -> Any:
        """mistral-common validates by mode, and only in one of them may a conversation end with an answer."""
        last = conversation[-1] if len(conversation) else None
        role = last.get("role") if isinstance(last, dict) else getattr(last, "role", None)
        closed = role == "assistant" and not continued and self.mode == "test"
        return _reference(Path(self.vocab_file), "finetuning") if closed else self._mistral

    # ---- saving

    def save_vocabulary(self, save_directory: str, filename_prefix: str | None = None) -> tuple[str, ...]:
        """The original file, under its own name."""
        return (saving.original(self.vocab_file, save_directory),)

    def save_pretrained(self, save_directory: Any, *args: Any, **kwargs: Any) -> Any:
        """As of every tokenizer, for readers with mistral-common and without it.

        Raises:
            ValueError: `filename_prefix` is given; a SentencePiece model is not made of byte pairs.
            FileNotFoundError: the original file is gone.
        """
        if kwargs.get("filename_prefix") or len(args) > 1:
            raise ValueError("mistral-common knows its files by their names: they are saved without a prefix")
        self._portable = saving.portable(self)  # before anything is written
        try:
            return super().save_pretrained(save_directory, *args, **kwargs)
        finally:
            del self._portable

    def _save_pretrained(
        self,
        save_directory: Any,
        file_names: tuple[str, ...],
        legacy_format: bool | None = None,
        filename_prefix: str | None = None,
    ) -> tuple[str, ...]:
        written = saving.write(self._portable, Path(save_directory))
        return (*file_names, written, *self.save_vocabulary(save_directory))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        made = type(self).__new__(type(self))
        memo[id(self)] = made
        made.__setstate__(copy.deepcopy(self.__getstate__(), memo))
        return made


def _special_ids(base: Any) -> set[int]:
    """Those that no text is read as; <unk> too, with which SentencePiece models pad."""
    known = base.special_ids if hasattr(base, "special_ids") else filter(base.is_special, range(base.n_words))
    return {*known, base.unk_id}


def _by_default() -> bool:
    """Whether a chat comes as a BatchEncoding: since 5.0, unless the code was written for an older one."""
    dialect = api.LEDGER.policy.dialect if api.LEDGER.policy else None
    return _RUNTIME >= _V5 and not (dialect is not None and dialect < _V5)


def _pairs() -> str:
    return "mistral-common joins no pairs of texts; join them, or load with backend='transformers'"


def _words() -> str:
    return "mistral-common knows no is_split_into_words; join the words, or load with backend='transformers'"


_UNKNOWN = ("return_offsets_mapping", "split_special_tokens")


def _refuse(kwargs: dict[str, Any]) -> None:
    for name in _UNKNOWN:
        if kwargs.pop(name, False):
            raise NotImplementedError(f"mistral-common does not know {name}; load with backend='transformers'")
