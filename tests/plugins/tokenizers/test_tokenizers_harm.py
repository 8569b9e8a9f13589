"""What works today works the same: tokenizers of transformers, and classes that were written for v5."""

from __future__ import annotations

import json
import os
import sys
import types
from importlib.metadata import version

import pytest
import tokenizers_files as files
import transformers
from packaging.version import Version
from tokenizers_cases import plain, word_level

import hfcompat

RUNTIME = Version(version("transformers"))
only_v5 = pytest.mark.skipif(Version("5.0.0.dev0") > RUNTIME, reason="tokenizers run on the backend since 5.0")


def answers(tokenizer, folder):
    """Whatever a program of today asks a tokenizer, down to the files that it writes."""
    ids = tokenizer("Hello world, this is it.", "The lazy dog")["input_ids"]
    target = folder / f"saved-{len(os.listdir(folder))}"
    tokenizer.save_pretrained(target)
    written = {name: (target / name).read_bytes().decode("latin-1") for name in sorted(os.listdir(target))}
    again = type(tokenizer).from_pretrained(str(target))
    chat = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
    return plain(
        [
            ids,
            tokenizer(["Hello", "a lazy dog"], padding=bool(tokenizer.pad_token)),
            tokenizer("Hello world", truncation=True, max_length=4, return_overflowing_tokens=tokenizer.is_fast),
            tokenizer.encode("Hello"),
            tokenizer.tokenize("Hello <s> world"),
            tokenizer.decode(ids),
            tokenizer.decode(ids, skip_special_tokens=True),
            tokenizer.batch_decode([ids, ids[:3]]),
            tokenizer.get_special_tokens_mask(ids, already_has_special_tokens=True),
            type(tokenizer.apply_chat_template([{"role": "a", "content": "hello"}], chat_template=chat)).__name__,
            tokenizer.special_tokens_map,
            tokenizer.all_special_tokens,
            tokenizer.model_input_names,
            tokenizer.add_tokens(["<new>"]),
            tokenizer.add_special_tokens({"cls_token": "<c>"}),
            tokenizer("Hello <new><c>")["input_ids"],
            repr(tokenizer).replace(str(folder), ""),
            written,
            again("Hello world")["input_ids"],
        ]
    )


def bert(folder):
    return transformers.BertTokenizer(files.wordpiece(folder))


def gpt2(folder):
    return transformers.GPT2Tokenizer(*files.byte_pairs(folder, ["<|endoftext|>"]))


def roberta(folder):
    return transformers.RobertaTokenizer(*files.byte_pairs(folder, ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]))


def clip(folder):
    return transformers.CLIPTokenizer(*files.clip_pairs(folder))


def _loaded(cls, folder, kind, name, **config):
    files.pieces(folder, kind, name)
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    return cls.from_pretrained(str(folder))


def llama(folder):
    return _loaded(
        transformers.LlamaTokenizer, folder, "bpe", "tokenizer.model", legacy=False, additional_special_tokens=["<x>"]
    )


def t5(folder):
    return _loaded(transformers.T5Tokenizer, folder, "unigram", "spiece.model", extra_ids=2)


def xlm_roberta(folder):
    return _loaded(transformers.XLMRobertaTokenizer, folder, "unigram", "sentencepiece.bpe.model")


def bert_japanese(folder):
    return transformers.BertJapaneseTokenizer(files.wordpiece(folder), word_tokenizer_type="basic", do_lower_case=True)


def word_levels(folder):
    return word_level()


@pytest.mark.parametrize(
    "make",
    [bert, gpt2, roberta, clip, llama, t5, xlm_roberta, bert_japanese, word_levels],
    ids=lambda make: make.__name__,
)
def test_tokenizers_of_transformers_are_left_alone(make, tmp_path):
    (tmp_path / "before").mkdir()
    (tmp_path / "after").mkdir()
    before = answers(make(tmp_path), tmp_path / "before")
    for name in ("tokenizer_config.json", "vocab.txt", "vocab.json", "merges.txt"):
        (tmp_path / name).unlink(missing_ok=True)
    with hfcompat.applied():
        after = answers(make(tmp_path), tmp_path / "after")
    assert before == after


class WrittenForV5(transformers.BertTokenizer):
    """Overrides a hook that the backend does not ask; takes a vocabulary, not a file."""

    def __init__(self, vocab=None, **kwargs):
        super().__init__(vocab=vocab, **kwargs)

    def convert_tokens_to_string(self, tokens):
        return "+".join(tokens)


class OnTheBackend(transformers.BertTokenizer):
    def _tokenize(self, text):
        return self._tokenizer.encode(text).tokens


@only_v5
@pytest.mark.parametrize("cls", [WrittenForV5, OnTheBackend])
def test_classes_that_were_written_for_the_backend_stay_on_it(cls):
    vocabulary = {token: index for index, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello"])}
    before = cls(vocab=vocabulary)
    with hfcompat.applied():
        after = cls(vocab=vocabulary)
        assert type(after) is cls
        assert after.is_fast
        assert after("hello")["input_ids"] == before("hello")["input_ids"] == [2, 5, 3]


@only_v5
def test_a_subclass_of_a_fast_tokenizer_stays_fast(tmp_path, monkeypatch):
    module = types.ModuleType("somebodys_fast")
    monkeypatch.setitem(sys.modules, "somebodys_fast", module)
    program = """
from transformers import BertTokenizerFast

class Mine(BertTokenizerFast):
    def get_vocab(self):
        return dict(super().get_vocab(), mine=1)
"""
    exec(program, vars(module))
    with hfcompat.applied():
        tokenizer = module.Mine(files.wordpiece(tmp_path))
        assert tokenizer.is_fast
        assert type(tokenizer) is module.Mine


@only_v5
def test_transformers_itself_sees_no_attribute_of_old(tmp_path):
    names = ["additional_special_tokens", "byte_encoder", "wordpiece_tokenizer", "ids_to_tokens"]
    inside, outside = {"__name__": "transformers.anything"}, {"__name__": "anything"}
    for scope in (inside, outside):
        exec("def seen(tokenizer, names): return [name for name in names if hasattr(tokenizer, name)]", scope)
    with hfcompat.applied():
        tokenizer = bert(tmp_path)
        assert inside["seen"](tokenizer, names) == []
        assert outside["seen"](tokenizer, names) == [
            "additional_special_tokens",
            "wordpiece_tokenizer",
            "ids_to_tokens",
        ]
    assert outside["seen"](tokenizer, names) == []


@only_v5
def test_what_is_not_there_is_said_by_name(tmp_path):
    with hfcompat.applied():
        with pytest.raises(
            AttributeError,
            match="'BertTokenizer' object has no attribute 'sp_model': it was not loaded from a SentencePiece file",
        ):
            _ = bert(tmp_path).sp_model
        with pytest.raises(AttributeError, match="its backend is WordPiece, not BPE"):
            _ = bert(tmp_path).bpe_ranks
