"""Rules on tokenizers and processors, by what they write."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
import transformers
from hfcompat_plugins.artifacts.tables.processors import PROCESSOR_RULES
from hfcompat_plugins.artifacts.tables.tokenizers import GENERATION_RULES, TOKENIZER_RULES
from packaging.version import Version

from hfcompat.checkpoints import Outcome, inspect
from hfcompat.checkpoints.converting import draft_for
from hfcompat.checkpoints.draft import Draft
from hfcompat.checkpoints.folder import Folder

RULES = [*TOKENIZER_RULES, *GENERATION_RULES, *PROCESSOR_RULES]
BPE = {
    "added_tokens": [{"id": 9, "content": "<image>", "special": True}],
    "normalizer": None,
    "pre_tokenizer": None,
    "decoder": {"type": "ByteLevel"},
    "post_processor": {"special_tokens": {"<s>": {"id": "<s>"}}},
    "model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": [["a", "b"]]},
}


def converted(folder: Path, to: str = "dual", **files: Any) -> Draft:
    for name, document in files.items():
        (folder / f"{name}.json").write_text(json.dumps(document))
    return draft_for(Folder(folder), to, RULES)[0]


def test_rows_are_well_declared() -> None:
    assert [problem for rule in RULES for problem in rule.problems()] == []
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_of_5_for_both(tmp_path: Path) -> None:
    said = {"backend": "tokenizers", "tokenizer_class": "TokenizersBackend", "extra_special_tokens": ["<x>"]}
    draft = converted(
        tmp_path, tokenizer_config=said | {"image_token": "<image>", "vocab_file": "/gone"}, tokenizer=BPE
    )
    config = draft.documents["tokenizer_config.json"]
    assert config["tokenizer_class"] == "PreTrainedTokenizerFast"
    assert config["model_input_names"] == ["input_ids", "attention_mask"]
    assert config["additional_special_tokens"] == ["<x>"]
    assert config["extra_special_tokens"] == {"image_token": "<image>"}
    assert "vocab_file" not in config


def test_flags_follow_the_post_processor(tmp_path: Path) -> None:
    said = {"backend": "tokenizers", "tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>"}
    config = converted(tmp_path, "4.57", tokenizer_config=said, tokenizer=BPE).documents["tokenizer_config.json"]
    assert (config["add_bos_token"], config["add_eos_token"]) == (True, False)


WORDS = [bytes([byte]) for byte in range(256)] + [b"ab", b"abc"]
TEKKEN = {
    "config": {"pattern": r"\S+|\s+", "default_vocab_size": 300, "default_num_special_tokens": 42},
    "vocab": [{"rank": rank, "token_bytes": base64.b64encode(word).decode()} for rank, word in enumerate(WORDS)],
}


def test_tekken_without_names_of_its_special_tokens(tmp_path: Path) -> None:
    """As in the first files; ids and BOS are those of mistral-common 1.13.1."""
    import tokenizers

    draft = converted(tmp_path, tekken=TEKKEN)
    config = draft.documents["tokenizer_config.json"]
    assert [config[f"{name}_token"] for name in ("bos", "eos", "unk", "pad")] == ["<s>", "</s>", "<unk>", "<pad>"]
    tokenizer = tokenizers.Tokenizer.from_str(json.dumps(draft.documents["tokenizer.json"]))
    assert tokenizer.encode("abc ab").ids == [1, 42 + 257, 42 + 32, 42 + 256]
    assert tokenizer.encode("ab", "b").ids == [1, 42 + 256, 1, 42 + 98]
    assert tokenizer.encode("ab", add_special_tokens=False).ids == [42 + 256]
    assert [tokenizer.token_to_id(token) for token in ("[INST]", "[TOOL_CONTENT]", "<SPECIAL_20>")] == [3, 19, 20]


def test_tekken_with_special_tokens_of_its_own(tmp_path: Path) -> None:
    special = [{"rank": rank, "token_str": token} for rank, token in enumerate(["<a>", "</s>"])]
    draft = converted(tmp_path, tekken=TEKKEN | {"special_tokens": special})
    assert draft.documents["tokenizer.json"]["post_processor"] is None
    config = draft.documents["tokenizer_config.json"]
    assert (config.get("bos_token"), config["eos_token"]) == (None, "</s>")


def test_a_tokenizer_of_mistral_common_stays(tmp_path: Path) -> None:
    """What the runtime reads with it is right; only what is read otherwise, or not at all, is read by the rule."""
    from hfcompat_plugins.artifacts.reading_tokenizers import of_tekken

    (tmp_path / "tekken.json").write_text(json.dumps(TEKKEN))
    theirs = type("MistralCommonTokenizer", (), {})()
    assert of_tekken(lambda cls, path: theirs)(None, str(tmp_path)) is theirs
    miscounted = [] if Version(transformers.__version__) >= Version("5.15") else [[1]]
    for found in (KeyError("special_tokens"), ValueError(), ImportError(), *miscounted):

        def original(cls: Any, path: Any, found: Any = found) -> Any:
            if isinstance(found, Exception):
                raise found
            return found

        tokenizer = of_tekken(original)(None, str(tmp_path))
        assert tokenizer("ab")["input_ids"] == [1, 42 + 256]


def test_sentencepiece_of_mistral_alone(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "mistral", "transformers_version": "4.57.6"}')
    (tmp_path / "tokenizer.model").write_bytes(b"anything")
    outcomes = [verdict.outcome for verdict in inspect(tmp_path, ["4.57", "5.0", "5.23"], known=RULES).verdicts]
    assert outcomes == [Outcome.RIGHT, Outcome.WRONG, Outcome.WRONG]
    (tmp_path / "tokenizer.json").write_text(json.dumps(BPE))
    assert inspect(tmp_path, ["5.23"], known=[rule for rule in RULES if rule.id == "sentencepiece-of-mistral"]).ok


@pytest.mark.parametrize("name", ["PreTrainedTokenizerFast", "PreTrainedTokenizer"])
def test_of_4_returns_type_ids(tmp_path: Path, name: str) -> None:
    config = converted(tmp_path, tokenizer_config={"tokenizer_class": name}).documents["tokenizer_config.json"]
    assert config["model_input_names"] == ["input_ids", "token_type_ids", "attention_mask"]


def test_no_mask_for_gemma(tmp_path: Path) -> None:
    config = converted(tmp_path, "5.23", tokenizer_config={"tokenizer_class": "GemmaTokenizer"}).documents[
        "tokenizer_config.json"
    ]
    assert config["mask_token"] is None


def test_vocabulary_for_slow_tokenizers(tmp_path: Path) -> None:
    draft = converted(
        tmp_path,
        "4.57",
        tokenizer_config={"backend": "tokenizers", "tokenizer_class": "WhisperTokenizer"},
        tokenizer=BPE,
    )
    assert draft.documents["vocab.json"] == BPE["model"]["vocab"]
    assert draft.texts["merges.txt"] == "#version: 0.2\na b\n"


def test_parts_of_a_processor(tmp_path: Path) -> None:
    whole = {
        "processor_class": "P",
        "image_processor": {"image_processor_type": "Qwen2VLImageProcessor", "size": {"longest_edge": 9}},
    }
    draft = converted(tmp_path, processor_config=whole)
    assert draft.documents["preprocessor_config.json"]["max_pixels"] == 9
    assert draft.documents["preprocessor_config.json"]["processor_class"] == "P"


def test_twice_is_once(tmp_path: Path) -> None:
    said = {"tokenizer_class": "T5Tokenizer", "extra_special_tokens": {}, "clean_up_tokenization_spaces": True}
    draft = converted(tmp_path, tokenizer_config=said, tokenizer=BPE)
    once = json.dumps(draft.documents)
    for rule in RULES:
        if rule.is_for(Version("4.57.6")) or rule.is_for(Version("5.23.0")):
            module, _, name = rule.impl.partition(":")
            getattr(__import__(module, fromlist=[name]), name)(draft)
    assert json.dumps(draft.documents) == once
