"""More slow tokenizers over a SentencePiece model: they differ in their vocabulary's offset and special tokens."""

from __future__ import annotations

import functools
import unicodedata
from typing import Any, ClassVar

from hfcompat_plugins.tokenizers.slow_bytes import mask_of_two_separators, no_types, two_separators
from hfcompat_plugins.tokenizers.slow_sentencepiece import (
    bos_and_eos,
    mask_of_bos_and_eos,
    piece_tokenizer,
    special_tokens_apart,
)

_UNDERLINE = "▁"


def _mask(token: Any, **properties: bool) -> Any:
    from transformers import AddedToken

    return AddedToken(token, lstrip=True, **properties) if isinstance(token, str) else token


@functools.cache
def _cleaned() -> type:
    class SlowCleaningTokenizer(piece_tokenizer()):  # type: ignore[misc]
        """Cleans a text before the model sees it, and parts digits from a comma."""

        vocab_files_names: ClassVar[dict[str, str]] = {"vocab_file": "spiece.model"}

        def preprocess_text(self, inputs: str) -> str:
            text = " ".join(inputs.strip().split()) if self.remove_space else inputs
            text = text.replace("``", '"').replace("''", '"')
            if not self.keep_accents:
                decomposed = unicodedata.normalize("NFKD", text)
                text = "".join(character for character in decomposed if not unicodedata.combining(character))
            return text.lower() if self.do_lower_case else text

        def _tokenize(self, text: str) -> list[str]:
            pieces: list[str] = []
            for piece in self.sp_model.encode(self.preprocess_text(text), out_type=str):
                comma = len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit()
                pieces += self._without_comma(piece) if comma else [piece]
            return pieces

        def _without_comma(self, piece: str) -> list[str]:
            cut: list[str] = self.sp_model.EncodeAsPieces(piece[:-1].replace(_UNDERLINE, ""))
            if piece[0] != _UNDERLINE and cut[0][0] == _UNDERLINE:
                cut = cut[1:] if len(cut[0]) == 1 else [cut[0][1:], *cut[1:]]
            return [*cut, piece[-1]]

    return SlowCleaningTokenizer


@functools.cache
def Albert() -> type:
    from hfcompat_plugins.tokenizers.slow import standing_before
    from transformers.models.albert.tokenization_albert import AlbertTokenizer

    class SlowAlbertTokenizer(_cleaned()):  # type: ignore[misc]
        model_input_names: ClassVar[list[str]] = ["input_ids", "token_type_ids", "attention_mask"]

        def __init__(
            self,
            vocab_file: str,
            do_lower_case: bool = True,
            remove_space: bool = True,
            keep_accents: bool = False,
            bos_token: Any = "[CLS]",
            eos_token: Any = "[SEP]",
            unk_token: Any = "<unk>",
            sep_token: Any = "[SEP]",
            pad_token: Any = "<pad>",
            cls_token: Any = "[CLS]",
            mask_token: Any = "[MASK]",
            sp_model_kwargs: dict[str, Any] | None = None,
            **kwargs: Any,
        ) -> None:
            self.do_lower_case, self.remove_space, self.keep_accents = do_lower_case, remove_space, keep_accents
            super().__init__(
                vocab_file,
                sp_model_kwargs,
                do_lower_case=do_lower_case,
                remove_space=remove_space,
                keep_accents=keep_accents,
                bos_token=bos_token,
                eos_token=eos_token,
                unk_token=unk_token,
                sep_token=sep_token,
                pad_token=pad_token,
                cls_token=cls_token,
                mask_token=_mask(mask_token, normalized=False),
                **kwargs,
            )

        def convert_tokens_to_string(self, tokens: list[str]) -> str:
            return special_tokens_apart(self, tokens)

        def build_inputs_with_special_tokens(self, token_ids_0: Any, token_ids_1: Any = None) -> list[int]:
            cls, sep = [self.cls_token_id], [self.sep_token_id]
            first: list[int] = cls + token_ids_0 + sep
            return first if token_ids_1 is None else first + token_ids_1 + sep

        def get_special_tokens_mask(
            self, token_ids_0: Any, token_ids_1: Any = None, already_has_special_tokens: bool = False
        ) -> list[int]:
            if already_has_special_tokens:
                return mask_of_two_separators(self, token_ids_0, token_ids_1, True)
            first = [1] + [0] * len(token_ids_0) + [1]
            return first if token_ids_1 is None else first + [0] * len(token_ids_1) + [1]

    return standing_before(SlowAlbertTokenizer, AlbertTokenizer)


@functools.cache
def XLNet() -> type:
    from hfcompat_plugins.tokenizers.slow import standing_before
    from transformers.models.xlnet.tokenization_xlnet import XLNetTokenizer

    class SlowXLNetTokenizer(_cleaned()):  # type: ignore[misc]
        model_input_names: ClassVar[list[str]] = ["input_ids", "token_type_ids", "attention_mask"]
        padding_side = "left"

        def __init__(
            self,
            vocab_file: str,
            do_lower_case: bool = False,
            remove_space: bool = True,
            keep_accents: bool = False,
            bos_token: Any = "<s>",
            eos_token: Any = "</s>",
            unk_token: Any = "<unk>",
            sep_token: Any = "<sep>",
            pad_token: Any = "<pad>",
            cls_token: Any = "<cls>",
            mask_token: Any = "<mask>",
            additional_special_tokens: Any = ("<eop>", "<eod>"),
            sp_model_kwargs: dict[str, Any] | None = None,
            **kwargs: Any,
        ) -> None:
            self.do_lower_case, self.remove_space, self.keep_accents = do_lower_case, remove_space, keep_accents
            super().__init__(
                vocab_file,
                sp_model_kwargs,
                do_lower_case=do_lower_case,
                remove_space=remove_space,
                keep_accents=keep_accents,
                bos_token=bos_token,
                eos_token=eos_token,
                unk_token=unk_token,
                sep_token=sep_token,
                pad_token=pad_token,
                cls_token=cls_token,
                mask_token=_mask(mask_token, special=True),
                extra_special_tokens=kwargs.pop("extra_special_tokens", None) or list(additional_special_tokens),
                **kwargs,
            )
            self._pad_token_type_id = 3

        def _decode(self, token_ids: Any, *args: Any, **kwargs: Any) -> str:
            kwargs["spaces_between_special_tokens"] = False
            return super()._decode(token_ids, *args, **kwargs)  # type: ignore[no-any-return]

        def build_inputs_with_special_tokens(self, token_ids_0: Any, token_ids_1: Any = None) -> list[int]:
            sep, cls = [self.sep_token_id], [self.cls_token_id]
            second = [] if token_ids_1 is None else token_ids_1 + sep
            return token_ids_0 + sep + second + cls  # type: ignore[no-any-return]

        def get_special_tokens_mask(
            self, token_ids_0: Any, token_ids_1: Any = None, already_has_special_tokens: bool = False
        ) -> list[int]:
            if already_has_special_tokens:
                return mask_of_two_separators(self, token_ids_0, token_ids_1, True)
            second = [] if token_ids_1 is None else [0] * len(token_ids_1) + [1]
            return [0] * len(token_ids_0) + [1] + second + [1]

        def create_token_type_ids_from_sequences(self, token_ids_0: Any, token_ids_1: Any = None) -> list[int]:
            second = [] if token_ids_1 is None else [1] * (len(token_ids_1) + 1)
            return [0] * (len(token_ids_0) + 1) + second + [2]

    return standing_before(SlowXLNetTokenizer, XLNetTokenizer)


@functools.cache
def Camembert() -> type:
    from hfcompat_plugins.tokenizers.slow import standing_before
    from transformers import AddedToken
    from transformers.models.camembert.tokenization_camembert import CamembertTokenizer

    class SlowCamembertTokenizer(piece_tokenizer()):  # type: ignore[misc]
        vocab_files_names: ClassVar[dict[str, str]] = {"vocab_file": "sentencepiece.bpe.model"}
        model_input_names: ClassVar[list[str]] = ["input_ids", "attention_mask"]
        fairseq_offset = 4

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
            additional_special_tokens: Any = ("<s>NOTUSED", "</s>NOTUSED", "<unk>NOTUSED"),
            sp_model_kwargs: dict[str, Any] | None = None,
            **kwargs: Any,
        ) -> None:
            first = ["<s>NOTUSED", pad_token, "</s>NOTUSED", unk_token, "<unk>NOTUSED"]
            self._before = {
                index: AddedToken(token, special=True) if isinstance(token, str) else token
                for index, token in enumerate(first)
            }
            if "added_tokens_decoder" in kwargs:
                kwargs["added_tokens_decoder"].update(self._before)
            super().__init__(
                vocab_file,
                sp_model_kwargs,
                bos_token=bos_token,
                eos_token=eos_token,
                unk_token=unk_token,
                sep_token=sep_token,
                cls_token=cls_token,
                pad_token=pad_token,
                mask_token=_mask(mask_token, normalized=False, special=True),
                extra_special_tokens=kwargs.pop("extra_special_tokens", None) or list(additional_special_tokens),
                **kwargs,
            )

        def _before_special_tokens(self) -> None:
            self._added_tokens_decoder = dict(self._before)

        def get_vocab(self) -> dict[str, int]:
            size = self.vocab_size + self.fairseq_offset
            return {self.convert_ids_to_tokens(index): index for index in range(size)} | self.added_tokens_encoder

        def _convert_token_to_id(self, token: str) -> int:
            index = self.sp_model.PieceToId(token)
            return self.fairseq_offset + index if index else self.unk_token_id  # type: ignore[no-any-return]

        def _convert_id_to_token(self, index: int) -> str:
            return self.sp_model.IdToPiece(index - self.fairseq_offset)  # type: ignore[no-any-return]

        def convert_tokens_to_string(self, tokens: list[str]) -> str:
            return special_tokens_apart(self, tokens)

        build_inputs_with_special_tokens = two_separators
        get_special_tokens_mask = mask_of_two_separators
        create_token_type_ids_from_sequences = no_types

    return standing_before(SlowCamembertTokenizer, CamembertTokenizer)


@functools.cache
def Gemma() -> type:
    from hfcompat_plugins.tokenizers.slow import standing_before
    from transformers import AddedToken
    from transformers.models.gemma.tokenization_gemma import GemmaTokenizer

    class SlowGemmaTokenizer(piece_tokenizer()):  # type: ignore[misc]
        model_input_names: ClassVar[list[str]] = ["input_ids", "attention_mask"]
        padding_side = "right"

        def __init__(
            self,
            vocab_file: str,
            unk_token: Any = "<unk>",
            bos_token: Any = "<bos>",
            eos_token: Any = "<eos>",
            pad_token: Any = "<pad>",
            sp_model_kwargs: dict[str, Any] | None = None,
            add_bos_token: bool = True,
            add_eos_token: bool = False,
            clean_up_tokenization_spaces: bool = False,
            use_default_system_prompt: bool = False,
            spaces_between_special_tokens: bool = False,
            **kwargs: Any,
        ) -> None:
            self.add_bos_token = add_bos_token
            self.add_eos_token = add_eos_token
            self.use_default_system_prompt = use_default_system_prompt
            self._spaces = spaces_between_special_tokens
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
                **kwargs,
            )

        def convert_tokens_to_string(self, tokens: list[str]) -> str:
            return _added_tokens_apart(self, tokens, self._added_tokens_encoder)

        def _decode(
            self,
            token_ids: Any,
            skip_special_tokens: bool = False,
            spaces_between_special_tokens: bool = False,
            **kwargs: Any,
        ) -> str:
            """Added tokens as they are, spaces for the model's marks."""
            texts: list[str] = []
            run: list[int] = []
            for index in [token_ids] if isinstance(token_ids, int) else token_ids:
                if skip_special_tokens and index in self.all_special_ids:
                    continue
                if index in self._added_tokens_decoder:
                    texts += [self.sp_model.decode(run)] if run else []
                    texts.append(self._added_tokens_decoder[index].content)
                    run = []
                else:
                    run.append(index)
            texts += [self.sp_model.decode(run)] if run else []
            return (" " if spaces_between_special_tokens else "").join(texts).replace(_UNDERLINE, " ")

        build_inputs_with_special_tokens = bos_and_eos
        get_special_tokens_mask = mask_of_bos_and_eos

        def create_token_type_ids_from_sequences(self, token_ids_0: Any, token_ids_1: Any = None) -> list[int]:
            first = [0] * len(bos_and_eos(self, token_ids_0))
            return first if token_ids_1 is None else first + [1] * len(bos_and_eos(self, token_ids_1))

    return standing_before(SlowGemmaTokenizer, GemmaTokenizer)


def _added_tokens_apart(self: Any, tokens: list[str], apart: Any) -> str:
    text, run = "", []
    for token in tokens:
        if token in apart:
            text += self.sp_model.decode(run) + token
            run = []
        else:
            run.append(token)
    return text + self.sp_model.decode(run)  # type: ignore[no-any-return]


@functools.cache
def Pegasus() -> type:
    from hfcompat_plugins.tokenizers.slow import standing_before
    from transformers import AddedToken
    from transformers.models.pegasus.tokenization_pegasus import PegasusTokenizer

    class SlowPegasusTokenizer(piece_tokenizer()):  # type: ignore[misc]
        vocab_files_names: ClassVar[dict[str, str]] = {"vocab_file": "spiece.model"}
        model_input_names: ClassVar[list[str]] = ["input_ids", "attention_mask"]

        def __init__(
            self,
            vocab_file: str,
            pad_token: Any = "<pad>",
            eos_token: Any = "</s>",
            unk_token: Any = "<unk>",
            mask_token: Any = "<mask_2>",
            mask_token_sent: Any = "<mask_1>",
            additional_special_tokens: list[Any] | None = None,
            offset: int = 103,
            sp_model_kwargs: dict[str, Any] | None = None,
            **kwargs: Any,
        ) -> None:
            self.offset = offset
            self.mask_token_sent = mask_token_sent
            extra = additional_special_tokens or kwargs.pop("extra_special_tokens", None)
            sentence = [mask_token_sent] if mask_token_sent is not None else []
            if extra is None:
                extra = sentence + [f"<unk_{index}>" for index in range(2, offset)]
            else:
                extra = ([] if mask_token_sent in extra else sentence) + list(extra)
                extra += [f"<unk_{index}>" for index in range(len(extra), offset - 1)]
            if len(set(map(str, extra))) != len(extra):
                raise ValueError(f"the additional special tokens name one of <unk_2>, <unk_3>, ... twice: {extra}")
            first = [pad_token, eos_token]
            first += [mask_token_sent, mask_token] if sentence else []
            first += [f"<unk_{index}>" for index in range(2, offset)]
            self._before = {index: AddedToken(str(token), special=True) for index, token in enumerate(first)}
            self._given = kwargs.pop("added_tokens_decoder", {})
            super().__init__(
                vocab_file,
                sp_model_kwargs,
                eos_token=eos_token,
                unk_token=unk_token,
                mask_token=mask_token,
                pad_token=pad_token,
                mask_token_sent=mask_token_sent,
                offset=offset,
                extra_special_tokens=extra,
                **kwargs,
            )

        def _before_special_tokens(self) -> None:
            self._added_tokens_decoder = {**self._given, **self._before}

        @property
        def vocab_size(self) -> int:
            return len(self.sp_model) + self.offset

        def _convert_token_to_id(self, token: str) -> int:
            return self.sp_model.piece_to_id(token) + self.offset  # type: ignore[no-any-return]

        def _convert_id_to_token(self, index: int) -> str:
            return self.sp_model.IdToPiece(index if index < self.offset else index - self.offset)  # type: ignore[no-any-return]

        def convert_tokens_to_string(self, tokens: list[str]) -> str:
            return _added_tokens_apart(self, tokens, set(self.all_special_tokens)).strip()

        def num_special_tokens_to_add(self, pair: bool = False) -> int:
            return 1

        def _special_token_mask(self, seq: list[int]) -> list[int]:
            special = set(self.all_special_ids) - {self.unk_token_id}
            return [int(index in special) for index in seq]

        def get_special_tokens_mask(
            self, token_ids_0: Any, token_ids_1: Any = None, already_has_special_tokens: bool = False
        ) -> list[int]:
            if already_has_special_tokens:
                return self._special_token_mask(token_ids_0)
            return [*self._special_token_mask(token_ids_0 + (token_ids_1 or [])), 1]

        def build_inputs_with_special_tokens(self, token_ids_0: Any, token_ids_1: Any = None) -> list[int]:
            return token_ids_0 + (token_ids_1 or []) + [self.eos_token_id]  # type: ignore[no-any-return]

    return standing_before(SlowPegasusTokenizer, PegasusTokenizer)
