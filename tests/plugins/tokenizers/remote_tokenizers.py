"""Tokenizers as remote code and packages wrote them for 4.36 to 4.57: slow ones, and subclasses of transformers' own."""

# ruff: noqa: RUF012 - class attributes as remote code writes them
from __future__ import annotations

import os
import re
from shutil import copyfile

import sentencepiece as spm
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
from transformers import (
    AddedToken,
    AlbertTokenizer,
    BertTokenizer,
    CamembertTokenizer,
    CLIPTokenizer,
    GemmaTokenizer,
    GPT2Tokenizer,
    LlamaTokenizer,
    PegasusTokenizer,
    PreTrainedTokenizer,
    PreTrainedTokenizerFast,
    Qwen2Tokenizer,
    RobertaTokenizer,
    T5Tokenizer,
    XLMRobertaTokenizer,
    XLNetTokenizer,
)
from transformers.convert_slow_tokenizer import SLOW_TO_FAST_CONVERTERS, Converter


class PieceTokenizer(PreTrainedTokenizer):
    """The manner of LLaMA's remote descendants: `sp_model` first, `super().__init__` last."""

    vocab_files_names = {"vocab_file": "tokenizer.model"}
    model_input_names = ["input_ids", "attention_mask"]

    def __init__(
        self,
        vocab_file,
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        pad_token="</s>",
        add_bos_token=True,
        add_eos_token=False,
        sp_model_kwargs=None,
        **kwargs,
    ):
        self.sp_model_kwargs = {} if sp_model_kwargs is None else sp_model_kwargs
        self.vocab_file = vocab_file
        self.add_bos_token = add_bos_token
        self.add_eos_token = add_eos_token
        self.sp_model = spm.SentencePieceProcessor(**self.sp_model_kwargs)
        self.sp_model.Load(vocab_file)
        super().__init__(
            bos_token=bos_token,
            eos_token=eos_token,
            unk_token=unk_token,
            pad_token=pad_token,
            add_bos_token=add_bos_token,
            add_eos_token=add_eos_token,
            sp_model_kwargs=self.sp_model_kwargs,
            **kwargs,
        )

    @property
    def vocab_size(self):
        return self.sp_model.get_piece_size()

    def get_vocab(self):
        vocab = {self.convert_ids_to_tokens(i): i for i in range(self.vocab_size)}
        vocab.update(self.added_tokens_encoder)
        return vocab

    def _tokenize(self, text):
        return self.sp_model.encode(text, out_type=str)

    def _convert_token_to_id(self, token):
        return self.sp_model.piece_to_id(token)

    def _convert_id_to_token(self, index):
        return self.sp_model.IdToPiece(index)

    def convert_tokens_to_string(self, tokens):
        current, out, special_before = [], "", False
        for i, token in enumerate(tokens):
            if token in self.all_special_tokens:
                if not special_before and i != 0:
                    out += " "
                out += self.sp_model.decode(current) + token
                special_before = True
                current = []
            else:
                current.append(token)
                special_before = False
        return out + self.sp_model.decode(current)

    def save_vocabulary(self, save_directory, filename_prefix=None):
        path = os.path.join(save_directory, (filename_prefix + "-" if filename_prefix else "") + "tokenizer.model")
        if os.path.abspath(self.vocab_file) != os.path.abspath(path):
            copyfile(self.vocab_file, path)
        return (path,)

    def build_inputs_with_special_tokens(self, token_ids_0, token_ids_1=None):
        bos = [self.bos_token_id] if self.add_bos_token else []
        eos = [self.eos_token_id] if self.add_eos_token else []
        output = bos + token_ids_0 + eos
        return output if token_ids_1 is None else output + bos + token_ids_1 + eos

    def create_token_type_ids_from_sequences(self, token_ids_0, token_ids_1=None):
        return [0] * len(self.build_inputs_with_special_tokens(token_ids_0, token_ids_1))

    def get_special_tokens_mask(self, token_ids_0, token_ids_1=None, already_has_special_tokens=False):
        if already_has_special_tokens:
            return super().get_special_tokens_mask(
                token_ids_0=token_ids_0, token_ids_1=token_ids_1, already_has_special_tokens=True
            )
        return ([1] if self.add_bos_token else []) + [0] * len(token_ids_0) + ([1] if self.add_eos_token else [])


class LeftPaddingTokenizer(PieceTokenizer):
    """The manner of ChatGLM: a `_pad` of its own, without the `padding_side` of 4.45."""

    padding_side = "left"

    def _pad(
        self,
        encoded_inputs,
        max_length=None,
        padding_strategy="do_not_pad",
        pad_to_multiple_of=None,
        return_attention_mask=None,
    ):
        required = encoded_inputs[self.model_input_names[0]]
        if str(getattr(padding_strategy, "value", padding_strategy)) == "longest":
            max_length = len(required)
        encoded_inputs.setdefault("attention_mask", [1] * len(required))
        encoded_inputs.setdefault("position_ids", list(range(len(required))))
        if str(getattr(padding_strategy, "value", padding_strategy)) != "do_not_pad" and len(required) < max_length:
            rest = max_length - len(required)
            for name in ("attention_mask", "position_ids"):
                encoded_inputs[name] = [0] * rest + encoded_inputs[name]
            encoded_inputs["input_ids"] = [self.pad_token_id] * rest + required
        return encoded_inputs


class DefaultPadTokenizer(PieceTokenizer):
    """A `_pad` of its own that hands everything on."""

    def _pad(
        self,
        encoded_inputs,
        max_length=None,
        padding_strategy="do_not_pad",
        pad_to_multiple_of=None,
        return_attention_mask=None,
    ):
        return super()._pad(
            encoded_inputs,
            max_length=max_length,
            padding_strategy=padding_strategy,
            pad_to_multiple_of=pad_to_multiple_of,
            return_attention_mask=return_attention_mask,
        )


class BytesTokenizer(PreTrainedTokenizer):
    """The manner of Qwen's first tokenizer: tokens are bytes, special ones are str."""

    vocab_files_names = {"vocab_file": "qwen.tiktoken"}
    model_input_names = ["input_ids", "attention_mask"]

    def __init__(self, vocab_file=None, errors="replace", extra_vocab_file=None, **kwargs):
        self.errors = errors
        self.special = {"<|endoftext|>": 256, "<|im_start|>": 257, "<|im_end|>": 258}
        self.decoder = {i: bytes([i]) for i in range(256)} | {i: s for s, i in self.special.items()}
        super().__init__(**kwargs)
        self.eod_id = self.special["<|endoftext|>"]

    def __len__(self):
        return 259

    @property
    def vocab_size(self):
        return 259

    def get_vocab(self):
        return {bytes([i]): i for i in range(256)}

    def convert_tokens_to_ids(self, tokens):
        if isinstance(tokens, (str, bytes)):
            return self.special[tokens] if tokens in self.special else tokens[0]
        return [self.special[token] if token in self.special else token[0] for token in tokens]

    def _add_tokens(self, new_tokens, special_tokens=False):
        if not special_tokens and new_tokens:
            raise ValueError("Adding regular tokens is not supported")
        return 0

    def tokenize(self, text, allowed_special="all", disallowed_special=(), **kwargs):
        tokens = []
        for part in re.split("(" + "|".join(map(re.escape, self.special)) + ")", text):
            tokens += [part] if part in self.special else [bytes([b]) for b in part.encode()]
        return tokens

    def convert_tokens_to_string(self, tokens):
        text, temp = "", b""
        for t in tokens:
            if isinstance(t, str):
                if temp:
                    text += temp.decode("utf-8", errors=self.errors)
                    temp = b""
                text += t
            else:
                temp += t
        return text + temp.decode("utf-8", errors=self.errors)

    def _convert_id_to_token(self, index):
        return self.decoder[index]

    def _convert_token_to_id(self, token):
        return self.special[token] if token in self.special else token[0]

    def _tokenize(self, text, **kwargs):
        raise NotImplementedError

    def _decode(self, token_ids, skip_special_tokens=False, errors=None, **kwargs):
        if isinstance(token_ids, int):
            token_ids = [token_ids]
        if skip_special_tokens:
            token_ids = [i for i in token_ids if i < self.eod_id]
        return "".join(self.convert_tokens_to_string([self.decoder[i]]) for i in token_ids)


class FirstTokenizer(BytesTokenizer):
    """The manner of Emu3: `super().__init__` first, the vocabulary after it."""

    def __init__(self, **kwargs):
        PreTrainedTokenizer.__init__(self, **kwargs)
        self.errors = "replace"
        self.special = {"<|endoftext|>": 256, "<|im_start|>": 257, "<|im_end|>": 258}
        self.ranks = {bytes([i]): i for i in range(256)}
        self.decoder = {i: bytes([i]) for i in range(256)} | {i: s for s, i in self.special.items()}
        self.eod_id = 256
        self.bos_token = "<|im_start|>"
        self.pad_token = "<|endoftext|>"

    def get_vocab(self):
        return self.ranks


class WordTokenizer(PreTrainedTokenizer):
    """Words of a dictionary; a mask token that takes the space before it; [CLS] and [SEP]."""

    vocab_files_names = {"vocab_file": "vocab.txt"}
    model_input_names = ["input_ids", "token_type_ids", "attention_mask"]

    def __init__(
        self,
        vocab_file,
        do_lower_case=True,
        unk_token="[UNK]",
        sep_token="[SEP]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        mask_token="[MASK]",
        **kwargs,
    ):
        with open(vocab_file, encoding="utf-8") as file:
            self.vocab = {line.rstrip("\n"): index for index, line in enumerate(file)}
        self.ids_to_tokens = {index: token for token, index in self.vocab.items()}
        self.do_lower_case = do_lower_case
        mask_token = AddedToken(mask_token, lstrip=True, rstrip=False) if isinstance(mask_token, str) else mask_token
        super().__init__(
            do_lower_case=do_lower_case,
            unk_token=unk_token,
            sep_token=sep_token,
            pad_token=pad_token,
            cls_token=cls_token,
            mask_token=mask_token,
            **kwargs,
        )

    @property
    def vocab_size(self):
        return len(self.vocab)

    def get_vocab(self):
        return dict(self.vocab, **self.added_tokens_encoder)

    def prepare_for_tokenization(self, text, is_split_into_words=False, **kwargs):
        return ("_ " + text if is_split_into_words else text), kwargs

    def _tokenize(self, text):
        return re.findall(r"\w+|\s|[^\w\s]", text)

    def _convert_token_to_id(self, token):
        return self.vocab.get(token, self.vocab.get(self.unk_token))

    def _convert_id_to_token(self, index):
        return self.ids_to_tokens.get(index, self.unk_token)

    def convert_tokens_to_string(self, tokens):
        return "|".join(tokens)

    def build_inputs_with_special_tokens(self, token_ids_0, token_ids_1=None):
        first = [self.cls_token_id, *token_ids_0, self.sep_token_id]
        return first if token_ids_1 is None else [*first, *token_ids_1, self.sep_token_id]

    def create_token_type_ids_from_sequences(self, token_ids_0, token_ids_1=None):
        first = [0] * (len(token_ids_0) + 2)
        return first if token_ids_1 is None else first + [1] * (len(token_ids_1) + 1)

    def save_vocabulary(self, save_directory, filename_prefix=None):
        path = os.path.join(save_directory, (filename_prefix + "-" if filename_prefix else "") + "vocab.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(self.vocab) + "\n")
        return (path,)


class PlainTokenizer(WordTokenizer):
    """Adds nothing around its ids: it inherits v4's `build_inputs_with_special_tokens`."""

    def build_inputs_with_special_tokens(self, token_ids_0, token_ids_1=None):
        return PreTrainedTokenizer.build_inputs_with_special_tokens(self, token_ids_0, token_ids_1)

    def create_token_type_ids_from_sequences(self, token_ids_0, token_ids_1=None):
        return PreTrainedTokenizer.create_token_type_ids_from_sequences(self, token_ids_0, token_ids_1)


class SteppingIn(WordTokenizer):
    """Steps in at encode_plus and at _batch_encode_plus, which v4 asked for a text and for a batch."""

    def encode_plus(self, text, *args, **kwargs):
        return super().encode_plus(text.replace("world", "fox"), *args, **kwargs)

    def _batch_encode_plus(self, batch_text_or_text_pairs, *args, **kwargs):
        return super()._batch_encode_plus(
            [text.replace("world", "test") for text in batch_text_or_text_pairs], *args, **kwargs
        )


class FastWords(PreTrainedTokenizerFast):
    """A fast tokenizer over somebody's own slow one, made from it by a converter; nothing but its files is given."""

    vocab_files_names = {"vocab_file": "vocab.txt", "tokenizer_file": "tokenizer.json"}
    slow_tokenizer_class = WordTokenizer
    model_input_names = ["input_ids", "attention_mask"]

    def __init__(self, vocab_file=None, tokenizer_file=None, do_lower_case=True, unk_token="[UNK]", **kwargs):
        super().__init__(
            vocab_file, tokenizer_file=tokenizer_file, do_lower_case=do_lower_case, unk_token=unk_token, **kwargs
        )
        self.vocab_file = vocab_file

    def save_vocabulary(self, save_directory, filename_prefix=None):
        path = os.path.join(save_directory, (filename_prefix + "-" if filename_prefix else "") + "vocab.txt")
        copyfile(self.vocab_file, path)
        return (path,)


class WordConverter(Converter):
    def converted(self):
        slow = self.original_tokenizer
        backend = Tokenizer(models.WordLevel(dict(slow.vocab), unk_token=slow.unk_token))
        backend.normalizer = normalizers.Lowercase()
        backend.pre_tokenizer = pre_tokenizers.Whitespace()
        return backend


SLOW_TO_FAST_CONVERTERS["WordTokenizer"] = WordConverter


class FastSteppingIn(PreTrainedTokenizerFast):
    """A fast tokenizer that changes its batches; v4 encoded a single text as a batch of one."""

    def _batch_encode_plus(self, *args, **kwargs):
        encoded = super()._batch_encode_plus(*args, **kwargs)
        encoded["input_ids"] = [[*ids, 7] for ids in encoded["input_ids"]]
        return encoded


# Subclasses of tokenizers that were slow up to 4.57: each fills in a hook that only a slow tokenizer asks for.


class Bert(BertTokenizer):
    def _tokenize(self, text, **kwargs):
        return [token.replace("fox", "dog") for token in super()._tokenize(text.replace("&", " and "), **kwargs)]


class BertWithOwnVocabulary(BertTokenizer):
    """The manner of SmilesTokenizer."""

    vocab_files_names = {"vocab_file": "vocab.txt"}

    def __init__(self, vocab_file="", **kwargs):
        super().__init__(vocab_file, **kwargs)
        with open(vocab_file, encoding="utf-8") as file:
            self.vocab = {line.rstrip("\n"): index for index, line in enumerate(file)}
        self.ids_to_tokens = {index: token for token, index in self.vocab.items()}
        self.own = list

    @property
    def vocab_list(self):
        return list(self.vocab)

    def _tokenize(self, text, **kwargs):
        return self.own(text)

    def _convert_token_to_id(self, token):
        return self.vocab.get(token, self.vocab.get(self.unk_token))

    def _convert_id_to_token(self, index):
        return self.ids_to_tokens.get(index, self.unk_token)


class GPT2(GPT2Tokenizer):
    def __init__(self, vocab_file, merges_file, **kwargs):
        super().__init__(vocab_file, merges_file, **kwargs)
        self.newline_id = self.encoder["Ċ"]

    def _tokenize(self, text):
        return [unit for word in super()._tokenize(text) for unit in self.bpe(word).split(" ")]


class Roberta(RobertaTokenizer):
    def build_inputs_with_special_tokens(self, token_ids_0, token_ids_1=None):
        return [*super().build_inputs_with_special_tokens(token_ids_0, token_ids_1), self.mask_token_id]


class Qwen2(Qwen2Tokenizer):
    def _convert_token_to_id(self, token):
        return super()._convert_token_to_id(token) + 1000


class CLIP(CLIPTokenizer):
    def _tokenize(self, text):
        return super()._tokenize(text)[::-1]


class Llama(LlamaTokenizer):
    """The manner of Yi's and InternLM's remote code that inherits LLaMA's."""

    def _tokenize(self, text, **kwargs):
        return [self.sp_model.IdToPiece(i) for i in self.sp_model.EncodeAsIds(text)]


class T5(T5Tokenizer):
    def prepare_for_tokenization(self, text, is_split_into_words=False, **kwargs):
        return text.lower(), kwargs


class XLMRoberta(XLMRobertaTokenizer):
    def _convert_token_to_id(self, token):
        return super()._convert_token_to_id(token) + self.fairseq_offset


class Albert(AlbertTokenizer):
    def _tokenize(self, text):
        return super()._tokenize(text.replace("&", "and"))


class XLNet(XLNetTokenizer):
    def _tokenize(self, text):
        return super()._tokenize(text.replace("&", "and"))


class Camembert(CamembertTokenizer):
    def _convert_id_to_token(self, index):
        return super()._convert_id_to_token(index).replace("lazy", "busy")


class Gemma(GemmaTokenizer):
    def tokenize(self, text, **kwargs):
        return super().tokenize(text.strip(), **kwargs)


class Pegasus(PegasusTokenizer):
    def _tokenize(self, text):
        return super()._tokenize(text.lower())
