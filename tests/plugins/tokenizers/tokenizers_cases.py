"""What programs of the v4 days asked their tokenizers, as small answers that can be written down as JSON.

The same calls are recorded on versions that had them (`record.py`) and replayed on every runtime with hfcompat applied.
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
import json
import os
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import remote_tokenizers as remote
import tokenizers_files as files
import transformers
from transformers import AddedToken


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    call: Callable[[Path], Any]
    on: str
    dialect: str | None
    since: str


CASES: dict[str, Case] = {}


def case(on: str = "4.57", dialect: str | None = None, since: str = "4.49") -> Any:
    """`on`: the version that it is recorded on. `since`: runtimes before it have an answer of their own."""

    def register(call: Callable[[Path], Any]) -> Callable[[Path], Any]:
        CASES[call.__name__] = Case(call.__name__, call, on, dialect, since)
        return call

    return register


def plain(value: Any) -> Any:
    """`value` in JSON's terms."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, AddedToken):
        return {"content": value.content, "lstrip": value.lstrip, "rstrip": value.rstrip, "special": value.special}
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if hasattr(value, "items"):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def encodings(tokenizer: Any, text: str, other: str) -> dict[str, Any]:
    """One tokenizer asked in all the ways."""
    ids = tokenizer.convert_tokens_to_ids(tokenizer.tokenize(text))
    more = tokenizer.convert_tokens_to_ids(tokenizer.tokenize(other))
    encoded = tokenizer(text)["input_ids"]
    return {
        "tokens": tokenizer.tokenize(text),
        "ids": tokenizer.encode(text),
        "call": tokenizer(text),
        "pair": tokenizer(text, other),
        "batch": tokenizer([text, other], padding=True),
        "plain": tokenizer(text, add_special_tokens=False),
        "cut": tokenizer(text, other, truncation="only_second", max_length=len(ids) + 5),
        "longest": tokenizer(text, other, truncation=True, max_length=9),
        "padded": tokenizer(other, padding="max_length", max_length=24),
        "encode_plus": tokenizer.encode_plus(text, other, return_special_tokens_mask=True),
        "batch_encode_plus": tokenizer.batch_encode_plus([(text, other), (other, text)]),
        "tensors": tokenizer([text, other], padding=True, return_tensors="np"),
        "built": tokenizer.build_inputs_with_special_tokens(ids, more),
        "types": tokenizer.create_token_type_ids_from_sequences(ids, more),
        "number": [tokenizer.num_special_tokens_to_add(), tokenizer.num_special_tokens_to_add(pair=True)],
        "prepared": tokenizer.prepare_for_model(ids, more, truncation="only_first", max_length=len(more) + 6),
        "text": tokenizer.decode(encoded),
        "without": tokenizer.decode(encoded, skip_special_tokens=True),
        "clean": tokenizer.decode(encoded, skip_special_tokens=True, clean_up_tokenization_spaces=True),
        "texts": tokenizer.batch_decode([encoded, tokenizer(other)["input_ids"]]),
        "size": [len(tokenizer), tokenizer.vocab_size],
        "special": sorted(tokenizer.all_special_tokens),
        "special ids": sorted(tokenizer.all_special_ids),
    }


def masks(tokenizer: Any, text: str) -> dict[str, Any]:
    ids = tokenizer.encode(text, add_special_tokens=False)
    return {
        "fresh": tokenizer.get_special_tokens_mask(ids),
        "built": tokenizer.get_special_tokens_mask(
            tokenizer.build_inputs_with_special_tokens(ids), already_has_special_tokens=True
        ),
    }


def with_added(tokenizer: Any, text: str) -> dict[str, Any]:
    """Added tokens, special and not, in a text and back."""
    added = tokenizer.add_tokens(["<new>", AddedToken("<word>", single_word=True)])
    special = tokenizer.add_special_tokens({"additional_special_tokens": ["<x>", "<y>"]})
    mixed = f"{text}<new> <x>{text} a<word>b <word> <y>"
    ids = tokenizer.encode(mixed)
    return {
        "added": [added, special],
        "tokens": tokenizer.tokenize(mixed),
        "ids": ids,
        "text": tokenizer.decode(ids),
        "joined": tokenizer.decode(ids, spaces_between_special_tokens=False),
        "without": tokenizer.decode(ids, skip_special_tokens=True),
        "additional": tokenizer.additional_special_tokens,
        "additional ids": tokenizer.additional_special_tokens_ids,
        "encoder": tokenizer.get_added_vocab(),
        "size": len(tokenizer),
    }


def saved_and_loaded(tokenizer: Any, text: str, folder: Path) -> dict[str, Any]:
    tokenizer.add_tokens(["<new>"])
    target = tempfile.mkdtemp(dir=folder)
    tokenizer.save_pretrained(target)
    again = type(tokenizer).from_pretrained(target)
    text = f"{text} <new> {text}"
    written = {name for name in os.listdir(target) if name != "chat_template.jinja"}
    return {
        "files": sorted(written),
        "before": tokenizer(text)["input_ids"],
        "after": again(text)["input_ids"],
        "text": again.decode(again(text)["input_ids"]),
        "copy": copy.deepcopy(tokenizer)(text)["input_ids"],
        "pickle": pickle.loads(pickle.dumps(tokenizer))(text)["input_ids"],
        "mine": [type(tokenizer).__name__, type(again).__name__, type(again).__module__],
        "slow": [tokenizer.is_fast, again.is_fast],
    }


# Slow tokenizers of somebody's own


@case()
def pieces_encode(folder):
    tokenizer = remote.PieceTokenizer(files.pieces(folder, "bpe"))
    return encodings(tokenizer, "Hello world, this is it.", "The lazy dog") | masks(tokenizer, "Hello world")


@case()
def pieces_with_added_tokens(folder):
    return with_added(remote.PieceTokenizer(files.pieces(folder, "bpe")), "Hello world")


@case()
def pieces_saved(folder):
    return saved_and_loaded(remote.PieceTokenizer(files.pieces(folder, "bpe")), "Hello world", folder)


@case(on="4.44")
def own_pad(folder):
    tokenizer = remote.LeftPaddingTokenizer(files.pieces(folder, "bpe"))
    return {
        "batch": tokenizer(["Hello world", "a"], padding=True),
        "length": tokenizer("Hello", padding="max_length", max_length=10),
        "pad": tokenizer.pad({"input_ids": [[1, 2, 3], [1]]}),
        "one": tokenizer("Hello"),
    }


@case(on="4.44")
def own_pad_that_hands_on(folder):
    tokenizer = remote.DefaultPadTokenizer(files.pieces(folder, "bpe"))
    left = remote.DefaultPadTokenizer(files.pieces(folder, "bpe"), padding_side="left")
    return [
        tokenizer(["Hello world", "a"], padding=True),
        left(["Hello world", "a"], padding=True, pad_to_multiple_of=4),
    ]


@case()
def tokens_that_are_bytes(folder):
    tokenizer = remote.BytesTokenizer()
    text = "<|im_start|>user\nhé<|im_end|>"
    ids = tokenizer.encode(text)
    return {
        "ids": ids,
        "call": tokenizer([text, "a"], return_tensors=None),
        "text": tokenizer.decode(ids),
        "without": tokenizer.decode(ids, skip_special_tokens=True),
        "texts": tokenizer.batch_decode([ids, ids[:3]]),
        "size": len(tokenizer),
    }


@case()
def vocabulary_after_the_base(folder):
    tokenizer = remote.FirstTokenizer()
    ids = tokenizer("<|im_start|>hé")["input_ids"]
    return [
        ids,
        tokenizer.decode(ids),
        tokenizer.bos_token_id,
        tokenizer.pad_token_id,
        len(tokenizer),
        tokenizer(["a", "bcd"], padding=True),
    ]


@case()
def words_encode(folder):
    tokenizer = remote.WordTokenizer(files.wordpiece(folder))
    return encodings(tokenizer, "hello world [MASK] this", "the quick fox") | masks(tokenizer, "hello world")


@case()
def words_are_lowered(folder):
    tokenizer = remote.WordTokenizer(files.wordpiece(folder))
    tokenizer.add_tokens(["NEW"])
    return [
        tokenizer.tokenize("Hello WORLD [MASK] [mask] NEW"),
        remote.WordTokenizer(files.wordpiece(folder), do_lower_case=False).tokenize("Hello WORLD"),
    ]


@case()
def mask_token_keeps_lstrip(folder):
    tokenizer = remote.WordTokenizer(files.wordpiece(folder))
    return [tokenizer.tokenize("hello   [MASK] world"), tokenizer.added_tokens_decoder[tokenizer.mask_token_id]]


@case()
def words_with_added_tokens(folder):
    return with_added(remote.WordTokenizer(files.wordpiece(folder)), "hello world")


@case()
def words_saved(folder):
    return saved_and_loaded(remote.WordTokenizer(files.wordpiece(folder)), "hello [MASK] world", folder)


@case()
def split_into_words(folder):
    tokenizer = remote.WordTokenizer(files.wordpiece(folder))
    return [
        tokenizer(["hello", "world"], is_split_into_words=True),
        tokenizer([["hello", "world"], ["fox"]], is_split_into_words=True, padding=True),
        tokenizer(["hello", "world"], ["fox"], is_split_into_words=True),
    ]


@case()
def overflow(folder):
    tokenizer = remote.WordTokenizer(files.wordpiece(folder))
    common = {"truncation": True, "return_overflowing_tokens": True}
    return [
        tokenizer("hello world this is a test", max_length=7, stride=2, **common),
        tokenizer("hello", max_length=7, **common),
        tokenizer(["hello world this", "fox"], max_length=4, **common),
        tokenizer.prepare_for_model([9, 10, 11], max_length=3, truncation=True, return_length=True),
        tokenizer.truncate_sequences([9, 10], num_tokens_to_remove=2),
        tokenizer.truncate_sequences([9, 10, 11], [12, 13], 2, "longest_first"),
        tokenizer.truncate_sequences([9, 10, 11], [12, 13], 1, "only_second", stride=1),
    ]


@case()
def nothing_is_added(folder):
    tokenizer = remote.PlainTokenizer(files.wordpiece(folder))
    return [
        tokenizer("hello")["input_ids"],
        tokenizer("hello", "fox")["input_ids"],
        tokenizer.num_special_tokens_to_add(pair=True),
    ]


@case(since="4.53")
def types_of_one_who_does_not_say(folder):
    tokenizer = remote.PlainTokenizer(files.wordpiece(folder))
    return [
        tokenizer.create_token_type_ids_from_sequences([9]),
        tokenizer.create_token_type_ids_from_sequences([9], [10, 11]),
    ]


@case()
def stepping_in(folder):
    tokenizer = remote.SteppingIn(files.wordpiece(folder))
    return [
        tokenizer("hello world"),
        tokenizer(["hello world", "world"]),
        tokenizer.encode("world"),
        tokenizer.encode_plus("world"),
    ]


@case()
def fast_from_slow(folder):
    path = files.wordpiece(folder)
    made = remote.FastWords(path)
    made.save_pretrained(folder / "fast")
    (folder / "slow").mkdir()
    (folder / "slow/vocab.txt").write_text(Path(path).read_text())
    loaded = [remote.FastWords.from_pretrained(str(folder / name)) for name in ("fast", "slow")]
    return {
        "made": made("Hello World [MASK]"),
        "tokens": made.tokenize("Hello World"),
        "loaded": [tokenizer("Hello World [MASK]")["input_ids"] for tokenizer in loaded],
        "files": sorted(set(os.listdir(folder / "fast")) - {"special_tokens_map.json"}),
        "special": sorted(made.all_special_tokens),
    }


@case()
def fast_stepping_in(folder):
    from tokenizers import Tokenizer, models, pre_tokenizers

    backend = Tokenizer(models.WordLevel({"hello": 0, "world": 1, "?": 2}, unk_token="?"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = remote.FastSteppingIn(tokenizer_object=backend, unk_token="?")
    return [
        tokenizer("hello world")["input_ids"],
        tokenizer(["hello", "world"])["input_ids"],
        tokenizer.encode("world"),
    ]


# Subclasses of tokenizers that were slow


@case()
def bert(folder):
    tokenizer = remote.Bert(files.wordpiece(folder))
    tokenizer_cased = remote.Bert(files.wordpiece(folder), do_lower_case=False)
    return (
        encodings(tokenizer, "Hello world & [MASK] foxer", "the lowest")
        | masks(tokenizer, "Hello")
        | {
            "cased": tokenizer_cased.tokenize("Hello hello"),
            "wordpiece": tokenizer.wordpiece_tokenizer.tokenize("unknowns"),
            "basic": tokenizer.basic_tokenizer.tokenize("Hé, it's"),
            "vocab": tokenizer.vocab["hello"],
            "lower": tokenizer.do_lower_case,
        }
    )


@case()
def bert_with_added_tokens(folder):
    return with_added(remote.Bert(files.wordpiece(folder)), "Hello world")


@case()
def bert_saved(folder):
    return saved_and_loaded(remote.Bert(files.wordpiece(folder)), "Hello world", folder)


@case()
def bert_with_own_vocabulary(folder):
    tokenizer = remote.BertWithOwnVocabulary(files.wordpiece(folder))
    return [
        tokenizer("hello"),
        tokenizer.decode(tokenizer("hello")["input_ids"]),
        tokenizer.vocab_list[:3],
        saved_and_loaded(tokenizer, "fox", folder),
    ]


@case()
def gpt2(folder):
    vocab, merges = files.byte_pairs(folder, ["<|endoftext|>"])
    tokenizer = remote.GPT2(vocab, merges, pad_token="<|endoftext|>")
    return encodings(tokenizer, "hello world this", "a\nlowest é") | {
        "newline": tokenizer.newline_id,
        "bpe": tokenizer.bpe("hello"),
        "bytes": [tokenizer.byte_encoder[32], tokenizer.byte_decoder["Ġ"]],
        "prefix": remote.GPT2(vocab, merges, add_prefix_space=True).tokenize("hello"),
        "bos": remote.GPT2(vocab, merges, add_bos_token=True)("hello", "world"),
        "words": tokenizer(["hello", "world"], is_split_into_words=True),
    }


@case()
def gpt2_saved(folder):
    vocab, merges = files.byte_pairs(folder, ["<|endoftext|>"])
    return [
        saved_and_loaded(remote.GPT2(vocab, merges), "hello world", folder),
        with_added(remote.GPT2(vocab, merges), "hello"),
    ]


@case()
def roberta(folder):
    tokenizer = remote.Roberta(*files.byte_pairs(folder, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]))
    return encodings(tokenizer, "hello <mask> this", "a lowest") | {"mask": tokenizer.tokenize("hello   <mask> a")}


@case()
def qwen2(folder):
    tokenizer = remote.Qwen2(*files.byte_pairs(folder, ["<|endoftext|>"]))
    ids = tokenizer("hello world 12\n\n é")["input_ids"]
    return [ids, tokenizer.tokenize("hello<|endoftext|>It's e\u0301"), tokenizer.pad_token_id]


@case()
def clip(folder):
    tokenizer = remote.CLIP(*files.clip_pairs(folder))
    return encodings(tokenizer, "Hello world <|endoftext|>", "this is it's")


@case()
def llama(folder):
    tokenizer = remote.Llama(files.pieces(folder, "bpe"), pad_token="</s>")
    return (
        encodings(tokenizer, "Hello world, <s> this is it.", "The lazy dog")
        | masks(tokenizer, "Hello world")
        | {
            "pieces": tokenizer.sp_model.encode("Hello", out_type=str),
            "side": tokenizer.padding_side,
        }
    )


@case()
def llama_of_2023(folder):
    tokenizer = remote.Llama(files.pieces(folder, "bpe"), legacy=False)
    return {
        "tokens": tokenizer.tokenize("Hello <s> world"),
        "leading": tokenizer.tokenize(" Hello  you"),
        "text": tokenizer.decode(tokenizer("Hello <s> world </s> é")["input_ids"]),
        "saved": saved_and_loaded(tokenizer, "Hello  world", folder),
        "added": with_added(tokenizer, "Hello"),
    }


@case()
def t5(folder):
    tokenizer = remote.T5(files.pieces(folder, "unigram", "spiece.model"), extra_ids=3)
    return (
        encodings(tokenizer, "Hello <extra_id_0> world", "The lazy dog")
        | masks(tokenizer, "Hello")
        | {
            "sentinels": sorted(tokenizer.get_sentinel_token_ids()),
            "legacy": remote.T5(files.pieces(folder, "unigram", "spiece.model"), extra_ids=0, legacy=False).tokenize(
                "Hello </s> you"
            ),
        }
    )


@case()
def xlm_roberta(folder):
    tokenizer = remote.XLMRoberta(files.pieces(folder, "unigram", "sentencepiece.bpe.model"))
    return encodings(tokenizer, "Hello <mask> world", "The lazy dog")


@case()
def xlm_roberta_saved(folder):
    tokenizer = remote.XLMRoberta(files.pieces(folder, "unigram", "sentencepiece.bpe.model"))
    return [saved_and_loaded(tokenizer, "Hello  world", folder), with_added(tokenizer, "Hello")]


def family(name: str) -> None:
    """A subclass of each of the other families over a SentencePiece model."""
    cls = getattr(remote, name)
    file = cls.vocab_files_names["vocab_file"] if name != "Gemma" else "tokenizer.model"
    kind = "bpe" if name == "Gemma" else "unigram"

    def asked(folder):
        tokenizer = cls(files.pieces(folder, kind, file))
        text = "Hello  wörld & 1, 22, it's <mask>"
        saved = cls(files.pieces(folder, kind, file))
        answers = (
            encodings(tokenizer, text, "The lazy dog")
            | masks(tokenizer, "Hello")
            | {"saved": saved_and_loaded(saved, text, folder)}
        )
        answers["special"] = answers["special"][:12]
        answers["special ids"] = answers["special ids"][:12]
        return answers

    asked.__name__ = name.lower()
    case()(asked)


for one in ("Albert", "XLNet", "Camembert", "Gemma", "Pegasus"):
    family(one)


# Tokenizers of transformers


def native(name: str, *arguments: Any, **keywords: Any) -> Any:
    """The fast tokenizer of a family, under the name that it has on this version."""
    cls = getattr(transformers, name if transformers.__version__ >= "5" else name + "Fast")
    return cls(*arguments, **keywords)


def bert_fast(folder: Path, **keywords: Any) -> Any:
    return native("BertTokenizer", vocab_file=files.wordpiece(folder), **keywords)


def asked_in_old_ways(tokenizer: Any, text: str, other: str) -> dict[str, Any]:
    ids = tokenizer.encode(text, add_special_tokens=False)
    more = tokenizer.encode(other, add_special_tokens=False)
    return {
        "encode_plus": tokenizer.encode_plus(
            text, other, max_length=12, truncation=True, padding="max_length", return_special_tokens_mask=True
        ),
        "batch_encode_plus": tokenizer.batch_encode_plus([text, other], padding=True, return_tensors="np"),
        "pairs": tokenizer.batch_encode_plus([(text, other), (other, text)], padding="longest", return_length=True),
        "built": [
            tokenizer.build_inputs_with_special_tokens(ids),
            tokenizer.build_inputs_with_special_tokens(ids, more),
        ],
        "types": [
            tokenizer.create_token_type_ids_from_sequences(ids),
            tokenizer.create_token_type_ids_from_sequences(ids, more),
        ],
        "prepared": tokenizer.prepare_for_model(ids, more),
        "first": tokenizer.prepare_for_model(
            ids, more, truncation="only_first", max_length=len(more) + 5, padding="max_length"
        ),
        "second": tokenizer.prepare_for_model(
            ids, more, truncation="only_second", max_length=len(ids) + 5, return_overflowing_tokens=True, stride=1
        ),
        "bare": tokenizer.prepare_for_model(
            ids, add_special_tokens=False, return_tensors="np", prepend_batch_axis=True
        ),
        "truncated": tokenizer.truncate_sequences(list(range(6)), list(range(4)), 5),
        "extended": [
            {k: str(v) for k, v in tokenizer.special_tokens_map_extended.items() if k != "additional_special_tokens"},
            [str(v) for v in tokenizer.all_special_tokens_extended],
        ],
        "sanitized": tokenizer.sanitize_special_tokens(),
    }


@case()
def bert_native(folder):
    tokenizer = bert_fast(folder)
    offsets = tokenizer.encode_plus("Hello foxes", return_offsets_mapping=True)
    return asked_in_old_ways(tokenizer, "Hello world, it is", "the quick brown fox") | {
        "vocabulary": len(tokenizer),
        "offsets": offsets,
    }


@case()
def roberta_native(folder):
    vocab, merges = files.byte_pairs(folder, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    return asked_in_old_ways(
        native("RobertaTokenizer", vocab_file=vocab, merges_file=merges), "hello world", "this is a"
    )


@case()
def gpt2_native(folder):
    vocab, merges = files.byte_pairs(folder, ["<|endoftext|>"])
    tokenizer = native("GPT2Tokenizer", vocab_file=vocab, merges_file=merges, pad_token="<|endoftext|>")
    return asked_in_old_ways(tokenizer, "hello world", "this is a")


@case()
def llama_native(folder):
    files.pieces(folder, "bpe")
    config = {"add_bos_token": True, "pad_token": "</s>", "padding_side": "left", "legacy": False}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    tokenizer = transformers.LlamaTokenizerFast.from_pretrained(str(folder))
    answers = asked_in_old_ways(tokenizer, "Hello world", "The lazy dog")
    answers.pop("types")  # up to 4.57 the fast one did not count its BOS; there is one for each id now
    return answers


@case(dialect="4.57")
def xlm_roberta_native(folder):
    path = files.pieces(folder, "unigram", "sentencepiece.bpe.model")
    return asked_in_old_ways(native("XLMRobertaTokenizer", vocab_file=path), "Hello world", "The lazy dog")


@case()
def bare_fast(folder):
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    backend = Tokenizer(models.WordLevel({"hello": 0, "world": 1, "?": 2, "<s>": 3}, unk_token="?"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    backend.post_processor = processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A $B", special_tokens=[("<s>", 3)]
    )
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=backend,
        unk_token="?",
        bos_token="<s>",
        pad_token="?",
        model_input_names=["input_ids", "attention_mask"],
    )
    return [
        tokenizer("hello")["input_ids"],
        tokenizer.build_inputs_with_special_tokens([0], [1]),
        tokenizer.prepare_for_model([0, 1], [1]),
    ]


@case()
def bare_fast_with_types(folder):
    """Methods that are gone return what the base class returned: type ids too."""
    tokenizer = word_level()
    return [
        tokenizer.prepare_for_model([0, 1], [1]),
        tokenizer.encode_plus("hello", "world"),
        tokenizer.batch_encode_plus(["hello", "hello world"], padding=True),
        word_level(model_input_names=["input_ids"]).encode_plus("hello"),
    ]


@case(on="4.49")
def bare_fast_with_a_cls(folder):
    """A class that adds no special tokens counts none, though there is a cls token and a sep token."""
    tokenizer = word_level(cls_token="hello", sep_token="world")
    pairs = [
        tokenizer.prepare_for_model([0, 1], more, truncation=True, max_length=4) for more in (None, [1], [1, 0, 1])
    ]
    return [pairs, tokenizer.pad(pairs)]


@case()
def what_slow_ones_had(folder):
    """Attributes of the slow tokenizer that `use_fast=False` gave."""
    vocab, merges = files.byte_pairs(folder, ["<|endoftext|>"])
    gpt2 = transformers.GPT2Tokenizer(vocab_file=vocab, merges_file=merges)
    bert = transformers.BertTokenizer(vocab_file=files.wordpiece(folder))
    llama = transformers.LlamaTokenizer(vocab_file=files.pieces(folder, "bpe"))
    return {
        "bytes": [gpt2.byte_encoder[10], gpt2.byte_decoder["Ċ"], len(gpt2.byte_encoder)],
        "bpe": [gpt2.bpe("hello"), gpt2.bpe_ranks[("h", "e")], gpt2.encoder["Ġ"]],
        "bert": [
            bert.wordpiece_tokenizer.tokenize("unknowns"),
            bert.basic_tokenizer.tokenize("Hé, it"),
            bert.ids_to_tokens[2],
        ],
        "pieces": [llama.sp_model.encode("Hello world"), llama.sp_model.get_piece_size()],
        "mask": [bert.get_special_tokens_mask([9, 10]), bert.get_special_tokens_mask([9], [10])],
        "none": gpt2.convert_tokens_to_ids(None),
    }


@case()
def pieces_of_t5(folder):
    """Up to 4.57 the one with legacy=False put no space before a text."""
    found = []
    for legacy in (True, False):
        pieces = transformers.T5Tokenizer(files.pieces(folder, "unigram", "spiece.model"), legacy=legacy).sp_model
        ids = pieces.encode("Hello world")
        found.append([ids, pieces.decode(ids), pieces.get_piece_size(), pieces.id_to_piece(ids), pieces.unk_id()])
    return found


@case()
def additional_special_tokens(folder):
    tokenizer = bert_fast(folder, additional_special_tokens=["hello"])
    first = [tokenizer.additional_special_tokens, tokenizer.additional_special_tokens_ids]
    tokenizer.add_special_tokens({"additional_special_tokens": ["<a>"]}, replace_additional_special_tokens=False)
    second = [tokenizer.additional_special_tokens, tokenizer.additional_special_tokens_ids]
    tokenizer.additional_special_tokens = ["<b>"]
    return [first, second, tokenizer.additional_special_tokens, sorted(tokenizer.all_special_tokens)]


@case()
def targets(folder):
    tokenizer = bert_fast(folder)
    with tokenizer.as_target_tokenizer():
        labels = tokenizer(["the fox"])["input_ids"]
    return [
        labels,
        tokenizer.prepare_seq2seq_batch(["hello world", "fox"], ["the fox", "it"], max_length=6, max_target_length=3),
        tokenizer._in_target_context_manager,
    ]


@case(on="4.49")
def arguments_of_2020(folder):
    tokenizer = bert_fast(folder)
    return [
        tokenizer("hello", pad_to_max_length=True, max_length=6),
        tokenizer.encode("hello world", max_length=8, pad_to_max_length=True),
        tokenizer.encode_plus("hello world this", "fox", truncation_strategy="only_first", max_length=6),
        tokenizer.batch_encode_plus(["hello", "hello world"], pad_to_max_length=True),
        tokenizer("hello world this", truncation_strategy="longest_first", max_length=4),
    ]


@case()
def vocabulary_files(folder):
    """Tokenizers of transformers, made from the files that their constructors took."""
    vocab, merges = files.byte_pairs(folder, ["<|endoftext|>"])
    return [
        transformers.BertTokenizer(vocab_file=files.wordpiece(folder))("hello world")["input_ids"],
        transformers.BertTokenizer(files.wordpiece(folder), do_lower_case=False).tokenize("Hello hello"),
        transformers.GPT2Tokenizer(vocab_file=vocab, merges_file=merges)("hello world")["input_ids"],
        transformers.GPT2Tokenizer(vocab, merges)("hello world")["input_ids"],
        transformers.LlamaTokenizer(vocab_file=files.pieces(folder, "bpe"))("Hello world")["input_ids"],
        transformers.T5Tokenizer(vocab_file=files.pieces(folder, "unigram", "spiece.model"), extra_ids=2)(
            "hello <extra_id_0>"
        )["input_ids"],
        transformers.XLMRobertaTokenizer(vocab_file=files.pieces(folder, "unigram", "spiece.model"))("Hello")[
            "input_ids"
        ],
    ]


@case()
def cleaned_up(folder):
    base = transformers.PreTrainedTokenizerBase
    tokenizer = bert_fast(folder)
    return [base.clean_up_tokenization("it is , n't it ?"), tokenizer.clean_up_tokenization("I 'm here .")]


@case()
def words_of_an_encoding(folder):
    encoding = bert_fast(folder)("hello foxes it")
    return [encoding.words(), list(encoding.keys()), encoding.word_ids()]


@case()
def vocabularies_are_saved(folder):
    vocab, merges = files.byte_pairs(folder, ["<|endoftext|>"])
    files.pieces(folder, "bpe")
    (folder / "tokenizer_config.json").write_text(json.dumps({"legacy": False, "add_bos_token": True}))
    made = {
        "bert": bert_fast(folder),
        "gpt2": native("GPT2Tokenizer", vocab_file=vocab, merges_file=merges),
        "llama": transformers.LlamaTokenizerFast.from_pretrained(str(folder)),
    }
    saved = {}
    for name, tokenizer in made.items():
        target = Path(tempfile.mkdtemp(dir=folder))
        paths = tokenizer.save_vocabulary(str(target), filename_prefix="my")
        saved[name] = [sorted(os.path.basename(path) for path in paths), sorted(os.listdir(target))]
    first = (folder / "vocab.txt").read_text().splitlines()
    target = Path(tempfile.mkdtemp(dir=folder))
    made["bert"].save_vocabulary(str(target))
    return saved | {"same": (target / "vocab.txt").read_text().splitlines() == first}


@case()
def hooks_of_slow_ones(folder):
    tokenizer = transformers.BertTokenizer(files.wordpiece(folder))
    return [
        tokenizer._tokenize("hello foxes"),
        tokenizer._convert_token_to_id("hello"),
        tokenizer._convert_token_to_id("nothing"),
        tokenizer.prepare_for_tokenization("hello", is_split_into_words=True),
        tokenizer.pretrained_vocab_files_map,
    ]


@case()
def extracted(folder):
    from transformers.convert_slow_tokenizer import SentencePieceExtractor

    vocabulary, merges = SentencePieceExtractor(files.pieces(folder, "bpe")).extract()
    scores = {piece: -float(index) for piece, index in vocabulary.items()}
    by_score = SentencePieceExtractor(files.pieces(folder, "bpe")).extract(scores)[1]
    return [len(vocabulary), vocabulary["▁H"], merges, by_score]


@case()
def tiktoken_converted(folder):
    import base64

    from transformers.convert_slow_tokenizer import TikTokenConverter

    lines = [
        f"{base64.b64encode(token).decode()} {rank}"
        for rank, token in enumerate([*(bytes([i]) for i in range(256)), b"he", b"ll"])
    ]
    (folder / "my.tiktoken").write_text("\n".join(lines) + "\n")
    converter = TikTokenConverter(str(folder / "my.tiktoken"), additional_special_tokens=["<x>", "<y>"])
    tokenizer = converter.converted()
    return [list(converter.additional_special_tokens), tokenizer.encode("hello<y>").ids, tokenizer.get_vocab_size()]


# Defaults that changed: asked with the dialect of the program


TEMPLATE = "{% for m in messages %}<{{ m['role'] }}>{{ m['content'] }}{% endfor %}{% if add_generation_prompt %}<bot>{% endif %}"
CHAT = [{"role": "it", "content": "hello world"}, {"role": "a", "content": "fox"}]


@case(dialect="4.57")
def chat_gives_ids(folder):
    tokenizer = bert_fast(folder)
    tokenizer.chat_template = TEMPLATE
    ids = tokenizer.apply_chat_template(CHAT)
    return {
        "ids": ids,
        "length": len(ids),
        "tensor": tokenizer.apply_chat_template(CHAT, add_generation_prompt=True, return_tensors="pt"),
        "batch": tokenizer.apply_chat_template([CHAT, CHAT[:1]], padding=True),
        "asked": tokenizer.apply_chat_template(CHAT, return_dict=True),
        "text": tokenizer.apply_chat_template(CHAT, tokenize=False),
    }


def raised(call: Callable[[], Any]) -> str:
    try:
        return repr(call())
    except Exception as error:
        return type(error).__name__


@case(dialect="4.57")
def one_sequence_is_decoded(folder):
    import torch

    tokenizer = bert_fast(folder)
    ids = tokenizer("hello world")["input_ids"]
    return {
        "nested": raised(lambda: tokenizer.decode([ids, ids])),
        "tensor": raised(lambda: tokenizer.decode(torch.tensor([ids]))),
        "flat": tokenizer.batch_decode(ids),
        "flat tensor": tokenizer.batch_decode(torch.tensor(ids), skip_special_tokens=True),
        "batch": tokenizer.batch_decode([ids, ids[:2]], True),
        "one": [tokenizer.decode(ids), tokenizer.decode(ids[1]), tokenizer.decode(torch.tensor(ids))],
    }


def word_level(**keywords: Any) -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers

    backend = Tokenizer(models.WordLevel({"hello": 0, "world": 1, "?": 2}, unk_token="?"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="?", pad_token="?", **keywords)


class Undecided(remote.PieceTokenizer):
    """Does not say what it returns."""

    model_input_names = transformers.PreTrainedTokenizerBase.model_input_names


@case(dialect="4.57")
def type_ids_by_default(folder):
    tokenizer = word_level()
    tokenizer.save_pretrained(folder / "bare")
    load = transformers.PreTrainedTokenizerFast.from_pretrained
    said = word_level(model_input_names=["input_ids"])
    return {
        "made": tokenizer("hello", "world"),
        "loaded": load(str(folder / "bare"))(["hello", "world"]),
        "said": said("hello"),
        "base": list(transformers.PreTrainedTokenizerBase.model_input_names),
        "declared": bert_fast(folder).model_input_names,
    }


@case(on="4.44", dialect="4.44")
def cleaned_up_by_default(folder):
    tokenizer = word_level()
    pieces = remote.PieceTokenizer(files.pieces(folder, "bpe"))
    return [
        tokenizer.clean_up_tokenization_spaces,
        pieces.clean_up_tokenization_spaces,
        pieces.decode(pieces("a ? it 's")["input_ids"]),
        word_level(clean_up_tokenization_spaces=False).clean_up_tokenization_spaces,
    ]


@case(dialect="4.57")
def byte_pairs_are_cleaned_up(folder):
    vocab, merges = files.byte_pairs(folder, ["<|endoftext|>"])
    tokenizer = native("GPT2Tokenizer", vocab_file=vocab, merges_file=merges, clean_up_tokenization_spaces=True)
    ids = tokenizer("hello , world . it 's")["input_ids"]
    return [
        tokenizer.decode(ids),
        tokenizer.decode(ids, clean_up_tokenization_spaces=False),
        tokenizer.batch_decode([ids]),
    ]


@case(dialect="4.57")
def special_tokens_by_role(folder):
    tokenizer = bert_fast(folder, additional_special_tokens=["hello"])
    return [tokenizer.special_tokens_map, bert_fast(folder).special_tokens_map]


@case(dialect="4.57")
def use_fast_false(folder):
    files.wordpiece(folder)
    (folder / "config.json").write_text(json.dumps({"model_type": "bert"}))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "BertTokenizer", "do_lower_case": True})
    )
    slow = transformers.AutoTokenizer.from_pretrained(str(folder), use_fast=False)
    fast = transformers.AutoTokenizer.from_pretrained(str(folder))
    return [
        slow.is_fast,
        fast.is_fast,
        slow.tokenize("Hello foxes"),
        slow.wordpiece_tokenizer.tokenize("foxes"),
        type(slow).__name__.replace("Slow", ""),
        slow("hello"),
    ]


@case(dialect="4.57")
def llama_begins_with_bos(folder):
    files.pieces(folder, "bpe")
    (folder / "config.json").write_text(json.dumps({"model_type": "llama"}))
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "LlamaTokenizer", "legacy": False}))
    tokenizer = transformers.LlamaTokenizer.from_pretrained(str(folder))
    (folder / "tokenizer_config.json").write_text(json.dumps({"add_bos_token": False, "legacy": False}))
    return [
        tokenizer("Hello world")["input_ids"],
        transformers.LlamaTokenizer.from_pretrained(str(folder))("Hello")["input_ids"],
    ]


@case(dialect="4.57")
def bert_lowers_by_default(folder):
    return transformers.BertTokenizer(files.wordpiece(folder)).tokenize("Hello WORLD")


@case()
def file_by_position(folder):
    llama = transformers.LlamaTokenizer(files.pieces(folder, "bpe"), legacy=False)
    t5 = transformers.T5Tokenizer(files.pieces(folder, "unigram", "spiece.model"), legacy=False)
    return [
        llama.tokenize("Hello world, this is it."),
        t5.tokenize("Hello world, this is it."),
        pickle.loads(pickle.dumps(llama))("lazy dog")["input_ids"],
        t5("lazy dog")["input_ids"],
    ]


@case()
def sentinels_of_t5(folder):
    tokenizer = transformers.T5Tokenizer(files.pieces(folder, "unigram"), extra_ids=3, legacy=False)
    return [sorted(tokenizer.get_sentinel_tokens()), sorted(tokenizer.get_sentinel_token_ids())]


@case()
def additional_tokens_unset(folder):
    tokenizer = bert_fast(folder, additional_special_tokens=["hello"])
    tokenizer.additional_special_tokens = None
    unset = [tokenizer.additional_special_tokens, tokenizer.additional_special_tokens_ids]
    tokenizer.additional_special_tokens = ["world"]
    return [*unset, tokenizer.additional_special_tokens]


@case()
def qwen2_prepares_in_nfc(folder):
    vocab, merges = files.byte_pairs(folder, ["<|endoftext|>"])
    tokenizer = transformers.Qwen2Tokenizer(vocab_file=vocab, merges_file=merges)
    return tokenizer.prepare_for_tokenization("\u03d2\u0301e\u0301")[0]


@case(dialect="4.57")
def arguments_are_files(folder):
    tokenizer = bert_fast(folder)
    parameters = inspect.signature(type(tokenizer).__init__).parameters
    return [
        [name in parameters for name in ("vocab", "vocab_file", "tokenizer_file")],
        parameters["tokenizer_file"].default,
        [
            name in inspect.signature(transformers.GPT2TokenizerFast.__init__).parameters
            for name in ("merges", "merges_file")
        ],
    ]


@case(dialect="4.57")
def vocabulary_by_id(folder):
    return list(transformers.BertTokenizer(files.wordpiece(folder)).get_vocab())[:9]


@case(dialect="4.57")
def prefix_space_of_a_call(folder):
    tokenizer = transformers.GPT2Tokenizer(*files.byte_pairs(folder, ["<|endoftext|>"]))
    return [
        tokenizer.tokenize("world", add_prefix_space=True),
        tokenizer("world", add_prefix_space=True)["input_ids"],
        tokenizer.encode("world", add_prefix_space=False),
        tokenizer.encode("world"),
    ]
