"""`hfcompat.AutoTokenizer` in the place of `transformers.AutoTokenizer`; BOS and EOS where they are asked for."""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys

import auto_folders as folders
import pytest
import transformers
from packaging.version import Version
from tokenizer_folders import FAMILIES, TEXTS

import hfcompat
from hfcompat import AutoTokenizer
from hfcompat.auto.tokenizer_backends import explain

V5 = Version(transformers.__version__) >= Version("5.0.0.dev0")


@pytest.fixture(autouse=True)
def _reverted():
    yield
    hfcompat.revert()


@pytest.fixture
def folder(request, tmp_path):
    return FAMILIES[request.param](tmp_path / "model")


each_family = pytest.mark.parametrize("folder", FAMILIES, indirect=True)

CALLS = {
    "one": lambda t: t(TEXTS[0], return_tensors="pt"),
    "batch": lambda t: t(TEXTS, padding=True, return_tensors="pt"),
    "cut": lambda t: t(TEXTS, padding="max_length", truncation=True, max_length=9, return_tensors="pt"),
    "pair": lambda t: t(TEXTS[0], TEXTS[1], return_tensors="pt"),
    "plain": lambda t: t(TEXTS[4], add_special_tokens=False, return_tensors="np"),
}


def listed(encoding):
    return {key: value.tolist() for key, value in encoding.items()}


@each_family
@pytest.mark.parametrize("kwargs", [{}, {"use_fast": False}, {"padding_side": "left", "model_max_length": 7}], ids=str)
def test_the_import_is_all_that_differs(folder, kwargs):
    stock = transformers.AutoTokenizer.from_pretrained(folder, **kwargs)
    answers = {name: listed(call(stock)) for name, call in CALLS.items()}
    ours = AutoTokenizer.from_pretrained(folder, **kwargs)
    assert type(ours) is type(stock)
    assert {name: listed(call(ours)) for name, call in CALLS.items()} == answers
    assert explain(ours).backend == "transformers"


def test_the_family_of_the_model_may_be_lacking(tmp_path, monkeypatch):
    """A tokenizer that says its class is read without it; for any other it is said how the family can be had."""
    monkeypatch.setenv("HFCOMPAT_CACHE", str(tmp_path / "none"))
    folder = FAMILIES["llama3"](tmp_path / "model")
    want = outcome(transformers.AutoTokenizer, folder)
    (folder / "config.json").write_text('{"model_type": "afmoe"}')
    assert outcome(transformers.AutoTokenizer, folder) == outcome(AutoTokenizer, folder) == want
    (folder / "tokenizer_config.json").write_text("{}")
    if "afmoe" not in transformers.CONFIG_MAPPING:
        with pytest.raises(ImportError, match="does not have 'afmoe'"):
            AutoTokenizer.from_pretrained(folder)


def test_keywords_of_either_dialect(tmp_path):
    folder = FAMILIES["llama3"](tmp_path)
    for words in ({"use_auth_token": False}, {"token": False}, {"use_auth_token": False, "token": False}):
        assert AutoTokenizer.from_pretrained(folder, **words)("hello")["input_ids"]
    with pytest.raises(ValueError, match="both given"):
        AutoTokenizer.from_pretrained(folder, token="one", use_auth_token="other")


def test_force_hf_applies_nothing(tmp_path):
    folder = FAMILIES["llama3"](tmp_path)
    AutoTokenizer.from_pretrained(folder, force_hf=True)
    assert not hfcompat.report().records or all(r.status.value != "installed" for r in hfcompat.report().records)
    AutoTokenizer.from_pretrained(folder)
    assert any(record.status.value == "installed" for record in hfcompat.report().records)


def outcome(auto, name, **kwargs):
    """Ids, or what is raised."""
    try:
        return auto.from_pretrained(name, **kwargs)(TEXTS)["input_ids"]
    except Exception as error:
        return type(error), str(error)


@pytest.mark.parametrize("name", ["{}/nothing", "no/such/name", "nobody/nothing", "{}"])
def test_what_is_not_there_is_said_as_transformers_says_it(tmp_path, name):
    want = outcome(transformers.AutoTokenizer, name.format(tmp_path))
    assert isinstance(want, tuple)
    assert outcome(AutoTokenizer, name.format(tmp_path)) == want


def test_a_model_type_that_nobody_knows_does_not_matter(tmp_path):
    folder = FAMILIES["llama3"](tmp_path)
    (folder / "config.json").write_text(json.dumps({"model_type": "unheard-of", "auto_map": {"AutoConfig": "x.Y"}}))
    want = outcome(transformers.AutoTokenizer, folder, trust_remote_code=False)
    assert outcome(AutoTokenizer, folder, trust_remote_code=False) == want


def test_everything_else_is_the_stock_class_own():
    assert AutoTokenizer.register == transformers.AutoTokenizer.register
    with pytest.raises(OSError, match="designed to be instantiated"):
        AutoTokenizer()
    with pytest.raises(AttributeError, match="no_such_thing"):
        AutoTokenizer.no_such_thing  # noqa: B018


def test_importing_it_imports_neither_torch_nor_transformers():
    code = "import sys; from hfcompat import AutoTokenizer; print([m for m in ('torch', 'transformers') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_name_of_a_backend_is_an_error(tmp_path):
    with pytest.raises(
        ValueError, match="no tokenizer backend is called 'nonsense'; there are: transformers, .*mistral:tekken"
    ):
        AutoTokenizer.from_pretrained(FAMILIES["llama3"](tmp_path), backend="nonsense")


@pytest.mark.parametrize("backend", ["tokenizers", "sentencepiece"])
@pytest.mark.parametrize("name", ["llama", "llama3"])
def test_a_backend_of_transformers_own(name, backend, tmp_path):
    """5.0 to 5.2 choose a class by it, later ones take it and do nothing; 4.x has no such argument."""
    folder = FAMILIES[name](tmp_path)
    (folder / "other.tiktoken").write_text("what backends of ours would read")
    stock = transformers.AutoTokenizer.from_pretrained(folder, **({"backend": backend} if V5 else {}))
    ours = AutoTokenizer.from_pretrained(folder, backend=backend)
    assert type(ours) is type(stock)
    assert ours(TEXTS)["input_ids"] == stock(TEXTS)["input_ids"]
    assert explain(ours).backend == "transformers"


# ---- BOS and EOS

WITH_BOTH = [name for name in FAMILIES if name not in ("bert", "qwen2")]
BOTH = [(True, True), (True, False), (False, True), (False, False)]


def expected(tokenizer, text, bos, eos):
    ids = tokenizer(text, add_special_tokens=False)["input_ids"]
    return [tokenizer.bos_token_id] * bos + ids + [tokenizer.eos_token_id] * eos


@pytest.mark.parametrize("folder", WITH_BOTH, indirect=True)
@pytest.mark.parametrize(("bos", "eos"), BOTH)
@pytest.mark.parametrize("fast", [True, False])
def test_every_text_begins_and_ends_as_asked(folder, bos, eos, fast, tmp_path):
    words = {"use_fast": False} if not fast else {}
    tokenizer = AutoTokenizer.from_pretrained(folder, add_bos_token=bos, add_eos_token=eos, **words)
    want = [expected(tokenizer, text, bos, eos) for text in TEXTS]
    assert [tokenizer(text)["input_ids"] for text in TEXTS] == want
    assert [tokenizer.encode(text) for text in TEXTS] == want
    batch = tokenizer(TEXTS, padding=True, return_special_tokens_mask=True)
    unpadded = [
        [n for n, m in zip(*row, strict=True) if m]
        for row in zip(batch["input_ids"], batch["attention_mask"], strict=True)
    ]
    assert unpadded == want
    cut = tokenizer(TEXTS[0], truncation=True, max_length=6, return_token_type_ids=True)
    assert len(cut["input_ids"]) == len(cut["token_type_ids"]) == 6
    assert (cut["input_ids"][0] == tokenizer.bos_token_id) is bos
    assert (cut["input_ids"][-1] == tokenizer.eos_token_id) is eos
    for copied in (copy.deepcopy(tokenizer), pickle.loads(pickle.dumps(tokenizer))):
        assert [copied(text)["input_ids"] for text in TEXTS] == want
    assert (tokenizer.add_bos_token, tokenizer.add_eos_token) == (bos, eos)


@pytest.mark.parametrize("folder", ["llama", "llama3", "gpt2"], indirect=True)
def test_of_a_pair_each_text_does(folder):
    tokenizer = AutoTokenizer.from_pretrained(folder, add_bos_token=True, add_eos_token=True)
    want = expected(tokenizer, "hello", True, True) + expected(tokenizer, "world", True, True)
    assert tokenizer("hello", "world")["input_ids"] == want


def test_a_pair_with_separators_keeps_them(tmp_path):
    folder = FAMILIES["roberta"](tmp_path)
    stock = AutoTokenizer.from_pretrained(folder)("hello", "world")["input_ids"]
    changed = AutoTokenizer.from_pretrained(folder, add_bos_token=False, add_eos_token=False)
    assert changed("hello", "world")["input_ids"] == stock[1:-1]


@pytest.mark.parametrize("folder", ["llama", "llama3", "gpt2"], indirect=True)
@pytest.mark.parametrize("asked", [{"add_bos_token": True}, {"add_bos_token": False}, {"add_eos_token": True}], ids=str)
def test_the_end_that_is_not_named_stays(folder, asked):
    before = AutoTokenizer.from_pretrained(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder, **asked)
    stays = before("hello")["input_ids"][0] == before.bos_token_id
    bos = asked.get("add_bos_token", stays)
    assert tokenizer("hello")["input_ids"] == expected(tokenizer, "hello", bos, asked.get("add_eos_token", False))


def test_it_is_saved_and_stock_reads_it(tmp_path):
    want = {}
    for name in ("gpt2", "llama", "llama3"):
        for bos, eos in BOTH:
            folder = FAMILIES[name](tmp_path / name)
            tokenizer = AutoTokenizer.from_pretrained(folder, add_bos_token=bos, add_eos_token=eos)
            saved = str(tmp_path / f"{name}-{bos}-{eos}")
            tokenizer.save_pretrained(saved)
            want[saved] = [tokenizer(text)["input_ids"] for text in TEXTS]
    code = (
        "import json, sys; from transformers import AutoTokenizer\n"
        "folders, texts = json.loads(sys.argv[1])\n"
        "loaded = {folder: AutoTokenizer.from_pretrained(folder) for folder in folders}\n"
        "print(json.dumps({folder: [t(text)['input_ids'] for text in texts] for folder, t in loaded.items()}))"
    )
    command = [sys.executable, "-c", code, json.dumps([list(want), TEXTS])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == want


@pytest.mark.parametrize(("name", "end", "lacks"), [("qwen2", "bos", "bos_token"), ("bert", "eos", "eos_token")])
def test_a_token_that_is_not_there_is_named(name, end, lacks, tmp_path):
    folder = FAMILIES[name](tmp_path)
    with pytest.raises(ValueError, match=f"add_{end}_token=True, and this .* has no {lacks}; give it one"):
        AutoTokenizer.from_pretrained(folder, **{f"add_{end}_token": True})
    tokenizer = AutoTokenizer.from_pretrained(folder, **{f"add_{end}_token": False})
    assert tokenizer("hello")["input_ids"] == AutoTokenizer.from_pretrained(folder)("hello")["input_ids"]


def test_the_token_may_be_given_with_it(tmp_path):
    tokenizer = AutoTokenizer.from_pretrained(FAMILIES["qwen2"](tmp_path), add_bos_token=True, bos_token="<|im_start|>")
    assert tokenizer("hello")["input_ids"][0] == tokenizer.convert_tokens_to_ids("<|im_start|>")


def nllb(folder):
    """A tokenizer that puts its special tokens anew whenever the language changes."""
    words = {"tokenizer_class": "NllbTokenizer", "src_lang": "eng_Latn", "tgt_lang": "fra_Latn"}
    (FAMILIES["llama"](folder) / "tokenizer.model").rename(folder / "sentencepiece.bpe.model")
    (folder / "tokenizer_config.json").write_text(json.dumps(words))
    return folder


def test_a_processor_that_is_a_tokenizer(tmp_path):
    """`AutoProcessor` of a model without a processor, of what is asked for and of what was saved."""
    folder = folders.folder("causal", tmp_path / "model")
    for asked in ({"add_bos_token": True, "add_eos_token": True}, {"add_eos_token": True}, {"add_bos_token": False}):
        made = AutoTokenizer.from_pretrained(folder, **asked)
        want = made("hello").input_ids
        assert hfcompat.AutoProcessor.from_pretrained(folder, **asked)("hello").input_ids == want
        made.save_pretrained(folder)
        assert hfcompat.AutoProcessor.from_pretrained(folder)("hello").input_ids == want
    bare = transformers.AutoProcessor.from_pretrained(folder, add_eos_token=True)("hello").input_ids
    assert hfcompat.AutoProcessor.from_pretrained(folder, add_eos_token=True, force_hf=True)("hello").input_ids == bare


@pytest.mark.parametrize("fast", [True, False])
def test_it_holds_in_every_language(fast, tmp_path):
    words = {} if fast else {"use_fast": False}
    stock = AutoTokenizer.from_pretrained(nllb(tmp_path), **words)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path, add_bos_token=True, add_eos_token=False, **words)

    def ids(one, **more):
        encoded = one("hello", **more)
        return [encoded["input_ids"], encoded.get("labels", encoded["input_ids"])]

    def want(**more):
        assert all(row[-1] == stock.eos_token_id for row in ids(stock, **more))
        return [[stock.bos_token_id, *row[:-1]] for row in ids(stock, **more)]

    for one in (tokenizer, copy.deepcopy(tokenizer), pickle.loads(pickle.dumps(tokenizer))):
        stock.src_lang = "eng_Latn"
        for call in ({}, {"text_target": "world"}, {}):
            assert ids(one, **call) == want(**call)
        one.src_lang = stock.src_lang = "deu_Latn"
        assert ids(one) == want()
        one.src_lang = "eng_Latn"


def test_it_holds_for_every_task(tmp_path):
    special = ["<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|translate|>", "<|notimestamps|>"]
    folder = FAMILIES["gpt2"](tmp_path)
    vocabulary = json.loads((folder / "vocab.json").read_text())
    vocabulary |= {token: len(vocabulary) + index for index, token in enumerate(special)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    words = {"tokenizer_class": "WhisperTokenizer", "additional_special_tokens": special}
    (folder / "tokenizer_config.json").write_text(json.dumps(words))
    stock, tokenizer = (AutoTokenizer.from_pretrained(folder, **more) for more in ({}, {"add_eos_token": False}))
    for task in ("transcribe", "translate"):
        for one in (stock, tokenizer):
            one.set_prefix_tokens(language="english", task=task)
        with_eos = stock("hello")["input_ids"]
        assert with_eos[-1] == stock.eos_token_id
        assert tokenizer("hello")["input_ids"] == with_eos[:-1]


def byt5(folder):
    transformers.ByT5Tokenizer().save_pretrained(folder)
    return folder


@pytest.mark.parametrize("fast", [True, False])
@pytest.mark.parametrize(
    ("make", "asked"),
    [
        (byt5, {"add_eos_token": False}),
        (FAMILIES["bert"], {"add_bos_token": True, "bos_token": "hello"}),
        (FAMILIES["roberta"], {"add_bos_token": False, "add_eos_token": False}),
        (FAMILIES["gpt2"], {"add_eos_token": True}),
        (nllb, {"add_eos_token": False}),
    ],
    ids=["byt5", "bert", "roberta", "gpt2", "nllb"],
)
def test_what_is_saved_is_read_again(make, asked, fast, tmp_path):
    """By this AutoTokenizer always, also where transformers has no flag for it; another word counts instead."""
    words = {} if fast else {"use_fast": False}
    folder, saved = make(tmp_path / "model"), tmp_path / "saved"
    tokenizer = AutoTokenizer.from_pretrained(folder, **asked, **words)
    want = tokenizer("world")["input_ids"]
    assert want != AutoTokenizer.from_pretrained(folder, **words)("world")["input_ids"]
    tokenizer.save_pretrained(saved)
    again = AutoTokenizer.from_pretrained(saved, **words)
    assert again("world")["input_ids"] == want
    again.save_pretrained(tmp_path / "twice")
    assert AutoTokenizer.from_pretrained(tmp_path / "twice", **words)("world")["input_ids"] == want
    other = {name: not value for name, value in asked.items() if name.startswith("add_")}
    back = AutoTokenizer.from_pretrained(saved, **other, **words)
    assert back("world")["input_ids"] == AutoTokenizer.from_pretrained(folder, **other, **words)("world")["input_ids"]


def test_flags_of_transformers_own_stay_the_users(tmp_path):
    """Where transformers saves and reads what was asked for, a later word of the user's is not overruled."""
    tokenizer = AutoTokenizer.from_pretrained(FAMILIES["llama"](tmp_path / "model"), add_bos_token=False)
    tokenizer.add_bos_token = True
    tokenizer.save_pretrained(tmp_path / "saved")
    again = AutoTokenizer.from_pretrained(tmp_path / "saved")
    assert again("hello")["input_ids"][0] == again.bos_token_id
