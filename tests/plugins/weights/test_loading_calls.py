"""from_pretrained and save_pretrained, called as up to 4.57."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import calls_cases
import foreign_cases
import pytest
import torch
from packaging.version import Version
from transformers import (
    AutoModelForCausalLM,
    BitsAndBytesConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    __version__,
)

import hfcompat

ANSWERS = json.loads(Path(__file__).with_name("answers-4.57.json").read_text())["answers"]
RUNTIME = Version(__version__)
since_v5 = pytest.mark.skipif(RUNTIME.major < 5, reason=f"5.0 changed this; this is {RUNTIME}")
needs_4_57 = pytest.mark.skipif(Version("4.57.0.dev0") > RUNTIME, reason=f"as in 4.57; this is {RUNTIME}")


@needs_4_57
@pytest.mark.parametrize("name", calls_cases.CALLS)
def test_by_dialect_they_mean_what_they_meant(name: str, tmp_path: Path) -> None:
    with hfcompat.applied(dialect="4.57"):
        found = json.loads(json.dumps(calls_cases.CALLS[name](tmp_path / "folder")))
    assert found == (
        pytest.approx(ANSWERS[f"call: {name}"], abs=3e-3) if name.endswith("reloaded") else ANSWERS[f"call: {name}"]
    )


@since_v5
@pytest.mark.parametrize("name", ["dtypes", "not safe", "by a function"])
def test_without_a_dialect_they_are_as_without_us(name: str, tmp_path: Path) -> None:
    stock = calls_cases.CALLS[name](tmp_path / "a")
    with hfcompat.applied():
        assert calls_cases.CALLS[name](tmp_path / "b") == stock


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("llama")
    calls_cases.model().save_pretrained(place)
    return place


@pytest.mark.parametrize("cls", [LlamaForCausalLM, AutoModelForCausalLM])
def test_keywords_without_meaning_change_nothing(cls: Any, folder: Path) -> None:
    old = {"resume_download": True, "use_auth_token": False, "low_cpu_mem_usage": True, "_fast_init": False}
    with hfcompat.applied():
        model = cls.from_pretrained(folder, torchscript=False, load_in_8bit=False, load_in_4bit=False, **old)
    assert foreign_cases.answer(model) == foreign_cases.answer(calls_cases.model())


def test_a_path_by_name(folder: Path) -> None:
    weights = calls_cases.model().state_dict()
    with hfcompat.applied(dialect="4.57"):
        for more in ({}, {"state_dict": weights}, {"output_loading_info": True}):
            found = LlamaForCausalLM.from_pretrained(pretrained_model_name_or_path=folder, **more)
            model = found[0] if isinstance(found, tuple) else found
            assert foreign_cases.answer(model) == foreign_cases.answer(calls_cases.model())


@since_v5
@pytest.mark.parametrize("bits", [4, 8])
def test_bits_become_a_quantization_config(bits: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import transformers.modeling_utils as modeling

    seen = []

    def stop(config: Any, quantization_config: Any, *args: Any, **kwargs: Any) -> None:
        seen.append(quantization_config)
        raise InterruptedError

    monkeypatch.setattr(modeling, "get_hf_quantizer", stop)
    with hfcompat.applied(), pytest.raises(InterruptedError):
        LlamaForCausalLM.from_pretrained(folder, llm_int8_threshold=4.0, **{f"load_in_{bits}bit": True})
    wanted = BitsAndBytesConfig(llm_int8_threshold=4.0, **{f"load_in_{bits}bit": True})
    assert seen[0].to_dict() == wanted.to_dict()


@since_v5
def test_bits_in_two_places_are_refused(folder: Path) -> None:
    with hfcompat.applied(), pytest.raises(ValueError, match="quantization_config"):
        LlamaForCausalLM.from_pretrained(folder, load_in_8bit=True, quantization_config={"load_in_4bit": True})


@pytest.mark.skipif(Version("4.53.0.dev0") > RUNTIME, reason=f"4.52 knows the keyword; this is {RUNTIME}")
def test_flash_attention_by_its_old_name(folder: Path) -> None:
    with hfcompat.applied():
        LlamaForCausalLM.from_pretrained(folder, use_flash_attention_2=False)
        with pytest.raises(ImportError, match="FlashAttention2"):  # which is not installed here
            LlamaForCausalLM.from_pretrained(folder, use_flash_attention_2=True)


@pytest.mark.parametrize("cls", [LlamaForCausalLM, AutoModelForCausalLM])
def test_weights_given_with_a_path_are_those_that_count(cls: Any, folder: Path) -> None:
    weights = {name: tensor * 2 for name, tensor in calls_cases.model().state_dict().items()}
    with hfcompat.applied():
        model = cls.from_pretrained(folder, state_dict=weights, use_cache=False)
    assert torch.equal(model.lm_head.weight, weights["lm_head.weight"])
    assert model.config.use_cache is False
    assert model.config.name_or_path == str(folder)


class Takes(foreign_cases.Listed):
    """Has a parameter of its own that bears such a name."""

    def __init__(self, config: Any, load_in_8bit: bool = False) -> None:
        super().__init__(config)
        self.eight = load_in_8bit


@since_v5
def test_a_parameter_of_the_class_gets_through(tmp_path: Path) -> None:
    with hfcompat.applied():
        Takes(foreign_cases.ForeignConfig()).save_pretrained(tmp_path)
        assert Takes.from_pretrained(tmp_path, load_in_8bit=True).eight is True


def test_an_override_of_initialize_weights_takes_the_module_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    original = PreTrainedModel._initialize_weights
    untied = LlamaConfig(**foreign_cases.LLAMA, tie_word_embeddings=False)

    def seeded(self: Any, module: Any) -> None:
        torch.manual_seed(0)
        original(self, module)

    monkeypatch.setattr(PreTrainedModel, "_initialize_weights", seeded)
    with hfcompat.applied():
        built = LlamaForCausalLM(untied)
        loaded = LlamaForCausalLM.from_pretrained(None, config=untied, state_dict={})
    attention = built.model.layers[0].self_attn
    assert torch.equal(attention.q_proj.weight, attention.o_proj.weight)
    assert foreign_cases.answer(loaded) == foreign_cases.answer(built)
    assert not any("_initialize_weights" in vars(module) for module in (*built.modules(), *loaded.modules()))


@needs_4_57
def test_what_is_left_out_of_the_file_is_none(folder: Path) -> None:
    class Leaving(LlamaForCausalLM):
        _keys_to_ignore_on_save = ("lm_head.weight",)

    with hfcompat.applied(dialect="4.57"):
        assert LlamaForCausalLM.from_pretrained(folder)._keys_to_ignore_on_save is None
        assert set(Leaving(calls_cases.CONFIG)._keys_to_ignore_on_save) == {"lm_head.weight"}


@needs_4_57
@pytest.mark.skipif(RUNTIME.release[:2] == (5, 0), reason="the table of 5.0 keeps names and shapes apart")
def test_shapes_that_did_not_match_are_told(folder: Path, said: pytest.LogCaptureFixture) -> None:
    with hfcompat.applied(dialect="4.57"):
        LlamaForCausalLM.from_pretrained(folder, vocab_size=5, ignore_mismatched_sizes=True)
    assert "the shapes did not match" in said.text
    assert "model.embed_tokens.weight" in said.text
