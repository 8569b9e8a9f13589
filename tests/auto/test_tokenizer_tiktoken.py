"""Vocabularies of tiktoken: ids as the tiktoken package has them."""

from __future__ import annotations

import pytest
import transformers
from packaging.version import Version
from tokenizer_folders import PATTERN, TEXTS, ranks, sentencepiece_model
from tokenizer_folders import tiktoken as written

import hfcompat
from hfcompat import AutoTokenizer
from hfcompat.auto import tokenizer_backends
from hfcompat.auto.tokenizer_backends import explain

tiktoken = pytest.importorskip("tiktoken", reason="tiktoken is not installed: pip install tiktoken")

RUNTIME = Version(transformers.__version__)
BROKEN = Version("5.0.0.dev0") <= RUNTIME < Version("5.3.0.dev0")
FAST = {"tokenizer_class": "PreTrainedTokenizerFast"}
NAMED = {
    "bos_token": "<|begin|>",
    "eos_token": "<|end|>",
    "additional_special_tokens": ["<|begin|>", "<|end|>", "<|x|>"],
}


@pytest.fixture(autouse=True)
def _reverted():
    yield
    hfcompat.revert()


def encoding(pattern=PATTERN, special=()):
    numbers = {token: len(ranks()) + index for index, token in enumerate(special)}
    return tiktoken.Encoding("small", pat_str=pattern, mergeable_ranks=ranks(), special_tokens=numbers)


@pytest.mark.parametrize("file", ["tokenizer.model", "small.tiktoken"])
@pytest.mark.parametrize("config", [None, {"model_type": "llama"}])
def test_ids_are_those_of_tiktoken(tmp_path, file, config):
    documents = {"tokenizer_config": FAST} | ({"config": config} if config else {})
    tokenizer = AutoTokenizer.from_pretrained(written(tmp_path, file, **documents))
    assert [tokenizer(text)["input_ids"] for text in TEXTS] == encoding().encode_batch(TEXTS)
    assert tokenizer.batch_decode(tokenizer(TEXTS)["input_ids"]) == TEXTS
    ours = {"tokenizer.model": "tokenizers:tiktoken-model" if BROKEN else "transformers"}
    assert explain(tokenizer).backend == ours.get(file, "tokenizers:tiktoken")


@pytest.mark.parametrize("file", ["tokenizer.model", "small.tiktoken"])
def test_special_tokens_come_after_the_vocabulary(tmp_path, file):
    folder = written(tmp_path, file, tokenizer_config=FAST | NAMED)
    tokenizer = AutoTokenizer.from_pretrained(folder, add_bos_token=True, add_eos_token=True)
    reference = encoding(special=NAMED["additional_special_tokens"])
    for text in [*TEXTS, "hello <|x|> world"]:
        want = reference.encode(f"<|begin|>{text}<|end|>", allowed_special="all")
        assert tokenizer(text)["input_ids"] == want
    assert tokenizer.bos_token_id == len(ranks())
    assert len(tokenizer) == len(ranks()) + 3
    tokenizer.save_pretrained(tmp_path / "saved")
    again = AutoTokenizer.from_pretrained(tmp_path / "saved")
    assert [again(text)["input_ids"] for text in TEXTS] == [tokenizer(text)["input_ids"] for text in TEXTS]


def test_ids_that_nobody_has_are_kept_free(tmp_path):
    decoder = {str(len(ranks()) + 2): {"content": "<|late|>", "special": True}}
    folder = written(tmp_path, "small.tiktoken", tokenizer_config=FAST | {"added_tokens_decoder": decoder})
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert tokenizer("<|late|>hello")["input_ids"] == [len(ranks()) + 2, *encoding().encode("hello")]


def test_a_pattern_of_its_own(tmp_path):
    pattern = r"\s?\S"
    folder = written(tmp_path, "small.tiktoken", tokenizer_config=FAST | {"pat_str": pattern})
    tokenizer = AutoTokenizer.from_pretrained(folder)
    text = "this is a test"
    assert tokenizer(text)["input_ids"] == encoding(pattern).encode(text) != encoding().encode(text)


def test_what_is_no_vocabulary_of_tiktoken_is_left_alone(tmp_path):
    folder = written(tmp_path, "other.tiktoken")
    (folder / "other.tiktoken").write_text("nothing of the kind\n")
    _, choice = tokenizer_backends.build(folder, {})
    assert choice.refused == (("tokenizers:tiktoken", "it is no tiktoken vocabulary"),)
    (folder / "other.tiktoken").unlink()
    (folder / "tokenizer.model").write_bytes(sentencepiece_model())
    _, choice = tokenizer_backends.build(folder, {})
    assert choice.refused == ((("tokenizers:tiktoken-model", "it is no tiktoken vocabulary"),) if BROKEN else ())


@pytest.mark.parametrize("beside", ["tokenizer.json", "vocab.json", "spiece.model"])
def test_with_another_vocabulary_beside_it(tmp_path, beside):
    folder = written(tmp_path, "small.tiktoken")
    (folder / beside).write_text("{}")
    _, choice = tokenizer_backends.build(folder, {})
    assert choice.refused == (("tokenizers:tiktoken", f"{beside} is there, and transformers reads it"),)


def test_what_the_files_beside_it_say(tmp_path):
    """Tokens with properties, the map of special tokens, and the template of chats, as transformers reads them."""
    bos = {"__type": "AddedToken", "content": "<|begin|>", "lstrip": False, "rstrip": True, "normalized": False}
    folder = written(
        tmp_path,
        "small.tiktoken",
        tokenizer_config=FAST | {"bos_token": bos, "chat_template": "of tokenizer_config.json"},
        special_tokens_map={"eos_token": {"content": "<|end|>", "single_word": False}, "pad_token": "<|end|>"},
    )
    (folder / "chat_template.jinja").write_text("{{ messages[0]['content'] }}!")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    assert explain(tokenizer).backend == "tokenizers:tiktoken"
    assert (tokenizer.bos_token, tokenizer.eos_token, tokenizer.pad_token) == ("<|begin|>", "<|end|>", "<|end|>")
    assert {tokenizer.bos_token_id, tokenizer.eos_token_id} == {len(ranks()), len(ranks()) + 1}
    ids = tokenizer("<|begin|>  hello<|end|>")["input_ids"]
    assert ids == [tokenizer.bos_token_id, *encoding().encode("hello"), tokenizer.eos_token_id]
    chat = [{"role": "user", "content": "hello"}]
    assert tokenizer.apply_chat_template(chat, tokenize=False) == "hello!"
