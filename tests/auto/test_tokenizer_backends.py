"""Tokenizer backends: declared by anybody's plugin, chosen by files and model type, and why not."""

from __future__ import annotations

import importlib
import json
import logging
import sys
import textwrap
from pathlib import Path

import pytest
from tokenizer_folders import FAMILIES, TEXTS

import hfcompat
from hfcompat import AutoTokenizer
from hfcompat.auto import tokenizer_backends
from hfcompat.auto.tokenizer_backends import TokenizerBackend, explain

PLUGIN = """
    from hfcompat import hookimpl
    from hfcompat.auto.tokenizer_backends import Refusal, TokenizerBackend

    def row(id="words", **more):
        more = dict(model_types=("wordy", ""), matches=("words.txt",), impl="words_plugin:load", reason="Reads words.",
                    upstream="https://example.org") | more
        return TokenizerBackend(id, **more)

    def load(files, row, kwargs):
        from tokenizers import Tokenizer, models, pre_tokenizers
        from transformers import PreTrainedTokenizerFast

        words = files.locate(files.first(row.matches)).read_text().split()
        if "refuse" in words:
            raise Refusal("there is a word that it does not like")
        if "break" in words:
            raise RuntimeError("broken on purpose")
        backend = Tokenizer(models.WordLevel({word: n for n, word in enumerate(words)}, unk_token=words[0]))
        backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
        return PreTrainedTokenizerFast(tokenizer_object=backend, unk_token=words[0], **kwargs)

    @hookimpl
    def hfcompat_tokenizers():
        return [%s]
"""


@pytest.fixture(autouse=True)
def _reverted():
    yield
    hfcompat.revert()
    tokenizer_backends._said.clear()


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a plugin of somebody's own with the given rows."""

    def make(rows="row()", name="words"):
        site = tmp_path / "site"
        info = site / f"dist_{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: dist-{name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[hfcompat]\n{name} = words_plugin\n")
        (site / "words_plugin.py").write_text(textwrap.dedent(PLUGIN % rows))
        monkeypatch.syspath_prepend(str(site))
        monkeypatch.delitem(sys.modules, "words_plugin", raising=False)
        importlib.invalidate_caches()

    return make


def words(folder, *tokens, config=None, **files):
    folder.mkdir(exist_ok=True)
    (folder / "words.txt").write_text(" ".join(tokens or ("unk", "hello", "world")))
    if config:
        files["config"] = config
    for name, document in files.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    return folder


@pytest.mark.parametrize("config", [None, {"model_type": "wordy"}])
def test_a_plugin_of_anybodys_brings_one(install, tmp_path, config):
    install()
    tokenizer = AutoTokenizer.from_pretrained(words(tmp_path / "model", config=config), padding_side="left")
    assert tokenizer("world hello other")["input_ids"] == [2, 1, 0]
    assert tokenizer.padding_side == "left"
    choice = explain(tokenizer)
    assert (choice.backend, choice.reason, choice.refused) == ("words:words", "Reads words.", ())


def test_it_is_for_its_model_types_alone(install, tmp_path):
    install()
    folder = words(FAMILIES["llama3"](tmp_path / "model"), config={"model_type": "llama"})
    assert explain(AutoTokenizer.from_pretrained(folder)).backend == "transformers"


@pytest.mark.parametrize("tokens", [("unk", "refuse"), ("unk", "break")])
def test_where_it_refuses_or_breaks_transformers_goes_on(install, tmp_path, tokens):
    install()
    tokenizer = AutoTokenizer.from_pretrained(words(FAMILIES["llama3"](tmp_path / "model"), *tokens))
    choice = explain(tokenizer)
    why = {"refuse": "there is a word that it does not like", "break": "RuntimeError: broken on purpose"}[tokens[1]]
    assert (choice.backend, choice.refused) == ("transformers", (("words:words", why),))
    assert str(choice) == f"transformers\n  not words:words: {why}"
    stock = AutoTokenizer.from_pretrained(FAMILIES["llama3"](tmp_path / "stock"))
    assert tokenizer(TEXTS)["input_ids"] == stock(TEXTS)["input_ids"]


def test_the_next_one_is_asked(install, tmp_path):
    install("row('first', needs={'no-such-package': '>=1'}), row()")
    choice = explain(AutoTokenizer.from_pretrained(words(tmp_path / "model")))
    lacks = "no-such-package is not installed; run: pip install 'no-such-package>=1'"
    assert (choice.backend, choice.refused) == ("words:words", (("words:first", lacks),))


def test_what_is_missing_is_said_once(install, tmp_path, caplog):
    install("row(needs={'packaging': '>=9999'})")
    folder = words(FAMILIES["llama3"](tmp_path / "model"))
    with caplog.at_level(logging.WARNING, logger="hfcompat"):
        AutoTokenizer.from_pretrained(folder)
        AutoTokenizer.from_pretrained(folder)
    (line,) = [record.getMessage() for record in caplog.records if "tokenizer backend" in record.getMessage()]
    assert line.startswith("tokenizer backend words:words leaves words.txt alone: it needs packaging>=9999, and ")
    assert line.endswith("run: pip install 'packaging>=9999'")
    with pytest.raises(ImportError, match="words:words: it needs packaging>=9999"):
        AutoTokenizer.from_pretrained(folder, backend="words")


@pytest.mark.parametrize(
    ("rows", "files", "why"),
    [
        ("row(unless=('tokenizer.*',))", {}, "tokenizer.json is there, and transformers reads it"),
        (
            "row()",
            {"auto_map": {"AutoTokenizer": [None, "code.Tokenizer"]}},
            "the folder brings a tokenizer of its own (auto_map)",
        ),
    ],
)
def test_what_is_for_transformers_is_left_to_it(install, tmp_path, rows, files, why):
    install(rows)
    folder = words(FAMILIES["llama3"](tmp_path / "model"))
    said = json.loads((folder / "tokenizer_config.json").read_text()) | files
    (folder / "tokenizer_config.json").write_text(json.dumps(said))
    _, choice = tokenizer_backends.build(folder, {})
    assert (choice.backend, choice.refused) == ("transformers", (("words:words", why),))


@pytest.mark.parametrize("name", ["words", "words:words", "wor*:*"])
def test_it_is_asked_for_by_name(install, tmp_path, name):
    install("row(model_types=('nobody',))")
    folder = words(tmp_path / "model")
    tokenizer = AutoTokenizer.from_pretrained(folder, backend=name)
    assert tokenizer("world")["input_ids"] == [2]
    assert explain(tokenizer).reason == "asked for. Reads words."


def test_none_is_asked_for(install, tmp_path):
    install()
    folder = words(FAMILIES["llama3"](tmp_path / "model"))
    assert explain(AutoTokenizer.from_pretrained(folder)).backend == "words:words"
    for kwargs in (
        {"backend": "transformers"},
        {"tokenizer_type": "gpt2"},
        {"gguf_file": "x"},
        {"mistral_format": False},
    ):
        _, choice = tokenizer_backends.build(folder, kwargs, kwargs.get("backend"))
        assert choice.backend == "transformers"
    with pytest.raises(OSError, match=r"'words' finds none of its files in .*: words.txt"):
        AutoTokenizer.from_pretrained(FAMILIES["llama3"](tmp_path / "other"), backend="words")


@pytest.mark.parametrize("how", ["argument", "variable"])
def test_a_plugin_is_blocked(install, tmp_path, monkeypatch, how):
    install()
    folder = words(FAMILIES["llama3"](tmp_path / "model"))
    if how == "variable":
        monkeypatch.setenv("HFCOMPAT_DISABLE", "words")
    else:
        hfcompat.apply(disable="words")
    assert explain(AutoTokenizer.from_pretrained(folder)).backend == "transformers"


def test_versions_that_it_is_not_for(install, tmp_path):
    install("row(when={'transformers': '<4'})")
    assert tokenizer_backends.build(words(tmp_path / "model"), {})[1].refused == ()


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("row(impl='words_plugin')", "impl 'words_plugin' is not 'package.module:function'"),
        ("row(matches=())", "matches is empty"),
        ("row(reason='')", "reason is empty"),
        ("row(model_types='wordy')", "model_types 'wordy' is not a tuple of texts"),
        ("row(needs={'tiktoken': 'latest'})", "range 'latest' for 'tiktoken' is no PEP 440 specifier"),
        ("'rubbish'", "it is no TokenizerBackend"),
    ],
)
def test_a_bad_declaration_is_named(install, tmp_path, rows, says):
    install(rows)
    with pytest.raises(ValueError, match="hfcompat_tokenizers: .* of plugin words: ") as error:
        AutoTokenizer.from_pretrained(words(tmp_path / "model"))
    assert says in str(error.value)


def test_a_name_on_the_hub_is_looked_up_in_the_cache(install, tmp_path):
    install()
    root = tmp_path / "cache" / "models--somebody--wordy"
    words(_made(root / "snapshots" / ("0" * 40)), config={"model_type": "wordy"})
    _made(root / "refs")
    (root / "refs" / "main").write_text("0" * 40)
    options = dict(cache_dir=str(tmp_path / "cache"), local_files_only=True)
    tokenizer = AutoTokenizer.from_pretrained("somebody/wordy", **options)
    assert tokenizer("world")["input_ids"] == [2]
    assert explain(tokenizer).backend == "words:words"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def test_our_own_rows_are_well_formed():
    from hfcompat_plugins import mistral, tokenizers

    rows = [*mistral.BACKENDS, *tokenizers.BACKENDS]
    assert {row.id: row.problems() for row in rows} == {row.id: [] for row in rows}
    assert all(isinstance(row, TokenizerBackend) and row.upstream.startswith("https://") for row in rows)
    assert len({row.id for row in rows}) == len(rows)


def test_of_a_stranger_nothing_is_known(tmp_path):
    from transformers import AutoTokenizer as Stock

    assert explain(Stock.from_pretrained(FAMILIES["llama3"](tmp_path))) is None
