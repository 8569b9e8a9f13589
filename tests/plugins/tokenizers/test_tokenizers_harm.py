"""What works today works the same: tokenizers of transformers, and classes that were written for v5."""

from __future__ import annotations

import contextlib
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


@only_v5
@pytest.mark.parametrize("hook", ["tokenize", "get_vocab", "save_vocabulary", "get_special_tokens_mask"])
def test_subclasses_without_a_vocabulary_file_stay_on_the_backend(hook, tmp_path):
    """tokenizer.json is all that v5 saves, and a dict is all that a constructor needs."""
    mine = type("Mine", (transformers.BertTokenizer,), {hook: lambda self, *args, **kwargs: "mine"})
    vocabulary = {token: index for index, token in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello"])}
    transformers.BertTokenizer(vocab=vocabulary).save_pretrained(tmp_path)
    with hfcompat.applied():
        for made in (mine.from_pretrained(str(tmp_path)), mine(vocab=vocabulary), mine(vocabulary)):
            made.note = 1
            assert type(made) is mine
            assert made("hello", return_offsets_mapping=True)["input_ids"] == [2, 5, 3]
            assert getattr(made, hook)() == "mine"
            assert vars(made).keys() - vars(transformers.BertTokenizer(vocab=vocabulary)).keys() <= {
                "note",
                "name_or_path",
            }


@only_v5
def test_attributes_before_a_backend_do_not_decide(tmp_path):
    class Mine(transformers.BertTokenizer):
        def __init__(self, *args, **kwargs):
            self.early = 1
            super().__init__(*args, **kwargs)

        def tokenize(self, text, **kwargs):
            return ["mine"]

    bert(tmp_path).save_pretrained(tmp_path / "saved")
    files.wordpiece(tmp_path)
    with hfcompat.applied():
        made = Mine.from_pretrained(str(tmp_path / "saved"))
        assert (type(made), made.is_fast, made.early, made.tokenize("a")) == (Mine, True, 1, ["mine"])
        assert not Mine(str(tmp_path / "vocab.txt")).is_fast  # with its file it is the slow one that it was


class Pieces(transformers.PreTrainedTokenizer):
    """A python tokenizer of somebody's own."""

    model_input_names = ["input_ids"]  # noqa: RUF012

    def __init__(self, **kwargs):
        self.words = ["<unk>", "<s>", "</s>", "hello", "world"]
        super().__init__(unk_token="<unk>", bos_token="<s>", eos_token="</s>", **kwargs)

    @property
    def vocab_size(self):
        return len(self.words)

    def get_vocab(self):
        return {word: index for index, word in enumerate(self.words)}

    def _tokenize(self, text):
        return text.split()

    def _convert_token_to_id(self, token):
        return self.words.index(token) if token in self.words else 0

    def _convert_id_to_token(self, index):
        return self.words[index]

    def build_inputs_with_special_tokens(self, token_ids_0, token_ids_1=None):
        return [1, *token_ids_0, 2]


@only_v5
def test_ids_are_encoded_by_somebodys_tokenizer():
    with hfcompat.applied():
        tokenizer = Pieces()
        assert tokenizer([3, 4])["input_ids"] == [1, 3, 4, 2]
        assert tokenizer([[3, 4], [4]])["input_ids"] == [[1, 3, 4, 2], [1, 4, 2]]


@pytest.mark.skipif(Version("5.23.0.dev0") > RUNTIME, reason="sanitize_control_tokens came with 5.23")
def test_control_tokens_stay_out_of_chats():
    """Said or refused, never passed over in silence."""
    chat = "{% for m in messages %}<s> {{ m['content'] }} </s>{% endfor %}"
    messages = [{"role": "user", "content": "hello <s>"}]
    with hfcompat.applied(), pytest.raises(ValueError, match="Can't sanitize '<s>'"):
        Pieces().apply_chat_template(messages, chat_template=chat, sanitize_control_tokens=True)


@only_v5
def test_an_attribute_of_somebodys_own_is_theirs():
    class Own(transformers.PreTrainedTokenizerFast):
        taken = ()

        @property
        def additional_special_tokens(self):
            return ["own", *self.taken]

        @additional_special_tokens.setter
        def additional_special_tokens(self, tokens):
            self.taken = tokens

    class Early(transformers.PreTrainedTokenizerFast):
        def __init__(self, **kwargs):
            self.additional_special_tokens = ["<early>"]
            super().__init__(**kwargs)

    backend = word_level()._tokenizer
    with hfcompat.applied():
        own = Own(tokenizer_object=backend)
        own.additional_special_tokens = ["<x>"]
        assert own.additional_special_tokens == ["own", "<x>"]
        assert "<x>" not in own.all_special_tokens
        assert Early(tokenizer_object=backend).additional_special_tokens == ["<early>"]
        named = transformers.PreTrainedTokenizerFast(tokenizer_object=backend)
        named.additional_special_tokens = {"image": "<x>"}
        assert named.additional_special_tokens == {"image": "<x>"}
        named.additional_special_tokens = ["<y>"]
        assert named.additional_special_tokens == ["<y>"] == named.extra_special_tokens


@only_v5
def test_a_constructor_of_v5_gets_what_is_in_the_files(tmp_path):
    class Named(transformers.PreTrainedTokenizerFast):
        def __init__(self, post_processor=None, **kwargs):
            self.seen = post_processor
            super().__init__(tokenizer_object=word_level()._tokenizer, **kwargs)

    class Swallowing(transformers.PreTrainedTokenizerFast):
        def __init__(self, **kwargs):
            self.seen = kwargs.pop("vocab", None)
            super().__init__(tokenizer_object=word_level()._tokenizer, **kwargs)

    transformers.PreTrainedTokenizerFast(tokenizer_object=word_level()._tokenizer).save_pretrained(tmp_path)
    for cls in (Named, Swallowing):
        stock = cls.from_pretrained(str(tmp_path)).seen
        with hfcompat.applied():
            assert type(cls.from_pretrained(str(tmp_path)).seen) is type(stock) is not type(None)


@only_v5
def test_arguments_too_many_are_refused():
    with hfcompat.applied():
        tokenizer = word_level()
        with pytest.raises(TypeError, match="positional arguments"):
            tokenizer.encode("hello", *[None] * 20)
        with pytest.raises(TypeError, match="positional arguments"):
            tokenizer("hello", *[None] * 30)
        with pytest.raises(TypeError, match="multiple values"):
            tokenizer("hello", None, None, None, True, add_special_tokens=False)
        assert tokenizer.encode("hello", None, False) == tokenizer.encode("hello", add_special_tokens=False)


def test_inputs_may_be_called_words():
    with hfcompat.applied():
        encoding = transformers.BatchEncoding({"words": ["a"]})
        if Version("5.0.0.dev0") <= RUNTIME:
            assert encoding.words == ["a"]
        assert encoding["words"] == ["a"]
        assert word_level()("hello world").words() == word_level()("hello world").word_ids()


@only_v5
def test_what_the_old_format_cannot_say_is_saved_in_the_new_one(tmp_path):
    with hfcompat.applied():
        tokenizer = word_level()
        tokenizer.save_pretrained(tmp_path, legacy_format=True)
        again = transformers.AutoTokenizer.from_pretrained(str(tmp_path))
        assert again("hello world")["input_ids"] == tokenizer("hello world")["input_ids"]


@only_v5
@pytest.mark.parametrize(
    ("make", "name", "asked"),
    [(llama, "LlamaTokenizer", False), (xlm_roberta, "XLMRobertaTokenizer", False)],
    ids=["llama", "xlm_roberta"],
)
def test_a_keyword_of_the_caller_is_heeded(make, name, asked, tmp_path):
    """The pipeline of tokenizer.json is taken for what the class would build, not for what somebody asks for."""
    cls = getattr(transformers, name)
    (tmp_path / "made").mkdir()
    make(tmp_path / "made").save_pretrained(tmp_path / "saved")
    text = "Hello world"
    stock = cls.from_pretrained(str(tmp_path / "saved"), add_prefix_space=asked)(text)["input_ids"]
    with hfcompat.applied():
        assert cls.from_pretrained(str(tmp_path / "saved"), add_prefix_space=asked)(text)["input_ids"] == stock
        assert cls.from_pretrained(str(tmp_path / "saved"))(text)["input_ids"] != stock


@only_v5
def test_a_class_that_somebody_names_is_not_told_of_another(tmp_path):
    bert(tmp_path).save_pretrained(tmp_path / "saved")
    path = tmp_path / "saved" / "tokenizer_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "tokenizer_class": "LlamaTokenizer"}))
    with hfcompat.applied():
        assert transformers.BertTokenizer.from_pretrained(str(path.parent)).padding_side == "right"


@only_v5
@pytest.mark.parametrize("make", [bert, gpt2, llama, t5, xlm_roberta], ids=lambda make: make.__name__)
def test_what_was_loaded_is_saved_as_it_was(make, tmp_path):
    (tmp_path / "made").mkdir()
    first = make(tmp_path / "made")
    first.save_pretrained(tmp_path / "saved")
    for name in ("stock", "applied"):
        with hfcompat.applied() if name == "applied" else contextlib.nullcontext():
            type(first).from_pretrained(str(tmp_path / "saved")).save_pretrained(tmp_path / name)
    written = [{file.name: file.read_bytes() for file in (tmp_path / name).iterdir()} for name in ("stock", "applied")]
    assert written[0] == written[1]


class Called:
    """What people put in for the methods that v5 dropped: they call the tokenizer, which called them in v4."""

    def encode_plus(self, *args, **kwargs):
        return self(*args, **kwargs)

    def batch_encode_plus(self, *args, **kwargs):
        return self(*args, **kwargs)


class CalledNarrow:
    def encode_plus(self, text):
        return self(text)

    def batch_encode_plus(self, texts):
        return self(texts)


class Encoded:
    def encode_plus(self, text, **kwargs):
        return {"input_ids": self.encode(text, **kwargs)}

    def batch_encode_plus(self, texts, **kwargs):
        return {"input_ids": [self.encode(text, **kwargs) for text in texts]}


@only_v5
@pytest.mark.parametrize("base", [transformers.PreTrainedTokenizerFast, Pieces], ids=["fast", "python"])
@pytest.mark.parametrize("shim", [Called, CalledNarrow, Encoded])
def test_methods_of_old_that_call_the_tokenizer(shim, base):
    cls = type(shim.__name__, (shim, base), {})
    made = {} if base is Pieces else {"tokenizer_object": word_level()._tokenizer}

    def answered(first):
        tokenizer = cls(**made)
        asked = {
            "one": lambda: tokenizer("hello")["input_ids"],
            "batch": lambda: tokenizer(["hello", "world"])["input_ids"],
            "encode": lambda: tokenizer.encode("hello"),
            "plus": lambda: tokenizer.encode_plus("hello")["input_ids"],
            "batch plus": lambda: tokenizer.batch_encode_plus(["hello", "world"])["input_ids"],
        }
        return {name: asked[name]() for name in dict.fromkeys([first, *asked])}

    firsts = ["one", "batch", "encode", "plus", "batch plus"]
    stock = answered("one")
    for first in firsts:
        cls = type(shim.__name__, (shim, base), {})
        with hfcompat.applied():
            assert answered(first) == stock


@only_v5
def test_a_method_of_v4_may_encode_parts_of_its_text():
    class Halves(Pieces):
        def encode_plus(self, text, text_pair=None, **kwargs):
            if " " not in text:
                return super().encode_plus(text, text_pair=text_pair, **kwargs)
            parts = [self(part, **kwargs)["input_ids"] for part in text.split(" ", 1)]
            return {"input_ids": parts[0] + parts[1]}

    with hfcompat.applied():
        assert Halves()("hello world hello")["input_ids"] == [1, 3, 2, 1, 4, 2, 1, 3, 2]
