"""Rules on tokenizers and processors, by what they write."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hfcompat_plugins.artifacts.tables.processors import PROCESSOR_RULES
from hfcompat_plugins.artifacts.tables.tokenizers import GENERATION_RULES, TOKENIZER_RULES
from packaging.version import Version

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
