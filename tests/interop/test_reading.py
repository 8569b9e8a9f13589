"""Checkpoints that 4.57.6 and 5.23.0 wrote, read as they are with apply(): the logits are those of the writer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tokenizers
import transformers
from packaging.version import Version
from recorded_cases import CASES, FIVE, logits
from tokenizers import pre_tokenizers

import hfcompat

RUNTIME = Version(transformers.__version__)
RECORDED = Path(__file__).parent / "recorded"
FOLDERS = sorted(path.parent for path in RECORDED.glob("*/*/config.json"))


def read(folder: Path) -> list[float]:
    cls = json.loads((folder / "config.json").read_text())["architectures"][0]
    return logits(getattr(transformers, cls).from_pretrained(folder), folder.name)


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HOME", str(tmp_path))


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Warnings of hfcompat, which its command line silences in a process."""
    caplog.set_level("WARNING", logger="hfcompat")
    return caplog


def test_every_case_is_recorded_twice() -> None:
    assert len(FOLDERS) == 2 * len(CASES)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.name} of {folder.parent.name}")
def test_as_the_writer(folder: Path) -> None:
    meant = json.loads((folder / "logits.json").read_text())
    with hfcompat.applied():
        assert read(folder) == pytest.approx(meant, abs=1e-4)
        assert read(folder) == pytest.approx(meant, abs=1e-4)  # what is written once is there the second time


@pytest.mark.skipif(FIVE, reason="from 5.0 on, both generations of these are read right, but for a tied mT5")
@pytest.mark.parametrize("name", CASES)
def test_stock_4_reads_those_of_5_wrongly(name: str) -> None:
    """Which is why the rows are there."""
    folder = RECORDED / "5.23.0" / name
    meant = json.loads((folder / "logits.json").read_text())
    hfcompat.revert()
    assert read(folder) != pytest.approx(meant, abs=1e-3)


def config_of(folder: Path, **config: Any) -> Path:
    """A folder with a config.json alone."""
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(config))
    return folder


YARN = {"model_type": "llama", "rope_theta": 5.0, "rope_scaling": {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}}  # fmt: skip


def test_what_is_computed_otherwise_is_told_once(tmp_path: Path, told: pytest.LogCaptureFixture) -> None:
    other = "4.57.6" if Version("4.51.0.dev0") > RUNTIME else "4.49.0"
    theirs = config_of(tmp_path / "theirs", **YARN, transformers_version=other)
    ours = config_of(tmp_path / "ours", **YARN, transformers_version=str(RUNTIME))
    with hfcompat.applied():
        for folder in (theirs, theirs, ours):
            transformers.AutoConfig.from_pretrained(folder)
    words = [record.getMessage() for record in told.records if "yarn is stretched" in record.getMessage()]
    assert len(words) == 1
    assert words[0].startswith(f"{theirs}, written by {other}, in transformers {RUNTIME}: ")


GEMMA2 = dict(vocab_size=32, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2, head_dim=8)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "warns"),
    [({}, True), ({"attn_implementation": "eager"}, False), ({"attn_logit_softcapping": None}, False)],
)
def test_gemma2_tells_when_its_scores_are_not_capped(
    said: dict[str, Any], warns: bool, told: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hfcompat_plugins.artifacts.softcap._told", False)
    with hfcompat.applied():
        for _ in range(2):
            model = transformers.AutoModelForCausalLM.from_config(transformers.Gemma2Config(**GEMMA2, **said))
    words = [record for record in told.records if "attn_logit_softcapping" in record.getMessage()]
    capped = Version("5.21.0.dev0") <= RUNTIME or model.config._attn_implementation == "eager"
    assert len(words) == (warns and not capped)


@pytest.mark.parametrize(
    "then", ["AutoConfig.from_pretrained(sys.argv[1])", "from transformers import LlamaForCausalLM"]
)
def test_rules_are_imported_when_something_is_read_or_with_models(then: str, tmp_path: Path) -> None:
    folder = config_of(tmp_path / "llama", model_type="llama")
    script = f"""
import sys, hfcompat
hfcompat.apply()
from transformers import AutoConfig
assert "hfcompat_plugins.artifacts.reading" not in sys.modules
{then}
assert "hfcompat_plugins.artifacts.reading" in sys.modules
"""
    subprocess.run([sys.executable, "-c", script, str(folder)], check=True)


class Own(transformers.ProcessorMixin):
    """A processor whose own values are called like the parts of others."""

    attributes: list[str] = []  # noqa: RUF012

    def __init__(self, feature_extractor: Any = None, image_processor: Any = None, chat_template: Any = None) -> None:
        self.said = [feature_extractor, image_processor]


@pytest.mark.skipif(FIVE, reason="since 5.0 parts are saved inside processor_config.json")
def test_a_processor_keeps_what_is_its_own(tmp_path: Path) -> None:
    own = {"feature_extractor": "mel", "image_processor": {"size": 9}}
    (tmp_path / "processor_config.json").write_text(json.dumps({"processor_class": "Own", **own}))
    with hfcompat.applied():
        assert Own.from_pretrained(tmp_path).said == ["mel", {"size": 9}]


@pytest.mark.skipif(FIVE or Version("4.52.0.dev0") > RUNTIME, reason="4.52 to 4.57 read the size by themselves")
def test_a_size_that_is_read_is_said_once(tmp_path: Path) -> None:
    said = {"image_processor_type": "Qwen2VLImageProcessor", "size": {"shortest_edge": 784, "longest_edge": 7840}}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(said))
    with hfcompat.applied():
        assert transformers.Qwen2VLImageProcessor.get_image_processor_dict(tmp_path)[0] == said


@pytest.mark.skipif(not FIVE, reason="up to 4.57 a fast tokenizer is what its tokenizer.json says")
def test_a_class_leaves_the_pipeline_of_the_file(tmp_path: Path) -> None:
    """DeepSeek's folders name LlamaTokenizerFast, and have pairs of bytes in tokenizer.json."""
    bytes_ = {token: id for id, token in enumerate(sorted(pre_tokenizers.ByteLevel.alphabet()))}
    written = tokenizers.Tokenizer(tokenizers.models.BPE(bytes_, []))
    written.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    written.save(str(tmp_path / "tokenizer.json"))
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "LlamaTokenizerFast"}))
    text = "hello \N{INVERTED EXCLAMATION MARK} Paris"
    with hfcompat.applied():
        found = transformers.LlamaTokenizerFast.from_pretrained(tmp_path)(text, add_special_tokens=False)
    assert found["input_ids"] == written.encode(text).ids
    assert len(found["input_ids"]) == len(text.encode())
