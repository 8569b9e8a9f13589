"""A model written for 4.x gets from its base class what it got there."""

import json
from pathlib import Path

import members_cases as cases
import pytest
import torch
from packaging.version import Version
from transformers import (
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    T5Config,
    T5EncoderModel,
    T5ForConditionalGeneration,
    __version__,
)

import hfcompat

ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text())["answers"]
RUNTIME = Version(__version__)


@pytest.fixture(autouse=True)
def applied():
    with hfcompat.applied() as report:
        yield report


@pytest.mark.parametrize("name", cases.MEMBERS)
def test_members_answer_as_on_4_57(name: str) -> None:
    with torch.no_grad():
        answer = cases.plain(cases.MEMBERS[name]())
    wanted = ANSWERS[f"member {name}"]
    if isinstance(wanted, list):
        assert torch.allclose(torch.tensor(answer), torch.tensor(wanted), atol=1e-5)
    else:
        assert answer == wanted


@pytest.mark.skipif(RUNTIME.major < 5, reason="up to 4.57 these warn of `device`, which breaks the graph")
@pytest.mark.parametrize("config", [{}, {"is_decoder": True}], ids=["encoder", "decoder"])
@pytest.mark.parametrize("heads", [None, cases.HEADS], ids=["all heads", "some heads"])
def test_compiled_it_is_the_same(config: dict[str, bool], heads: torch.Tensor | None) -> None:
    model = cases.old(**config)
    torch._dynamo.reset()
    with torch.no_grad():
        compiled = torch.compile(model, backend="eager", fullgraph=True)(cases.PADDED * 3, cases.PADDED, heads)
        assert torch.equal(compiled, model(cases.PADDED * 3, cases.PADDED, heads))


def test_a_mask_of_a_wrong_shape_is_refused() -> None:
    for call in (
        lambda: cases.old().get_extended_attention_mask(torch.ones(5), (1, 5)),
        lambda: cases.old().invert_attention_mask(torch.ones(5)),
    ):
        # What 5.0 to 5.16 have of these raises UnboundLocalError, as did 4.x.
        with pytest.raises((ValueError, UnboundLocalError)):
            call()
    with pytest.raises(AssertionError):
        cases.old().get_head_mask(torch.ones(1, 1, 1), 2)


def test_gradient_checkpointing_of_the_first_kind() -> None:
    model = cases.old()
    model.gradient_checkpointing_enable()
    assert model.gradient_checkpointing is True
    model.gradient_checkpointing_disable()
    assert model.gradient_checkpointing is False


def test_warnings_are_noted_once_for_each_model() -> None:
    model, other = cases.old(), cases.old()
    model.warnings_issued["estimate_tokens"] = True
    assert model.warnings_issued == {"estimate_tokens": True}
    assert other.warnings_issued == {}


def test_memory_hooks_count() -> None:
    pytest.importorskip("psutil")
    model = cases.old()
    model.add_memory_hooks()
    model(cases.PADDED * 3, cases.PADDED)
    assert model.mem_rss_post_forward > 0
    assert model.mem_rss_diff == model.mem_rss_post_forward - model.mem_rss_pre_forward
    model.reset_memory_hooks_state()
    assert model.mem_rss_diff == model.layers[0].mem_rss_post_forward == 0


class Flash(cases.OldModel):
    """Declares flash attention as classes did up to 4.53."""

    _supports_flash_attn_2 = True
    _supports_sdpa = True
    _no_split_modules = ["Linear"]  # noqa: RUF012


class FlashHeir(Flash):
    pass


def test_flash_attention_declared_as_2() -> None:
    """It is not refused for want of a declaration; what is wanting here is the package."""
    with pytest.raises(ImportError):
        FlashHeir._from_config(cases.OldConfig(), attn_implementation="flash_attention_2", torch_dtype=torch.float16)
    with pytest.raises(ValueError, match="does not support"):
        cases.OldModel._from_config(
            cases.OldConfig(), attn_implementation="flash_attention_2", torch_dtype=torch.float16
        )


def test_what_was_declared_decides_the_attention() -> None:
    assert cases.OldModel(cases.OldConfig()).config._attn_implementation == "eager"
    assert Flash(cases.OldConfig()).config._attn_implementation == "sdpa"
    with pytest.raises(ValueError, match="scaled_dot_product_attention"):
        cases.OldModel._from_config(cases.OldConfig(), attn_implementation="sdpa")


def test_flags_are_answered() -> None:
    names = ("_supports_flash_attn_2", "_supports_cache_class", "_supports_static_cache", "_supports_quantized_cache")
    assert [getattr(cases.OldModel, name) for name in names] == [False] * 4
    assert [getattr(LlamaForCausalLM, name) for name in names] == [True] * 4
    assert [getattr(T5ForConditionalGeneration, name) for name in names[1:]] == [True, True, False]
    assert Flash._supports_flash_attn_2 is True
    sdpa = Flash(cases.OldConfig())
    assert (sdpa._use_sdpa, sdpa._use_flash_attention_2) == (True, False)
    sdpa._use_sdpa = "its own"
    assert sdpa._use_sdpa == "its own"
    assert not hasattr(Flash, "_use_sdpa")


def test_attention_is_settled_by_the_old_class_methods() -> None:
    settled = [
        cls._autoset_attn_implementation(cases.OldConfig())._attn_implementation for cls in (cases.OldModel, Flash)
    ]
    assert settled == ["eager", "sdpa"]
    assert Flash._check_and_enable_sdpa(cases.OldConfig())._attn_implementation == "sdpa"
    assert cases.OldModel._check_and_enable_sdpa(cases.OldConfig())._attn_implementation in (None, "eager")
    with pytest.raises(ValueError, match="OldModel"):
        cases.OldModel._check_and_enable_sdpa(cases.OldConfig(), hard_check_only=True)
    with pytest.raises(ImportError):
        Flash._check_and_enable_flash_attn_2(cases.OldConfig(), torch_dtype=torch.float16)
    with pytest.raises(ValueError, match="OldModel"):
        cases.OldModel._check_and_enable_flash_attn_2(cases.OldConfig())


def test_modules_not_to_split() -> None:
    assert Flash(cases.OldConfig())._get_no_split_modules("auto") == ["Linear"]
    tiny = {"hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 1, "vocab_size": 8}
    assert LlamaForCausalLM(LlamaConfig(**tiny))._get_no_split_modules("auto") == ["LlamaDecoderLayer"]


def test_no_model_is_parallel() -> None:
    model = T5ForConditionalGeneration(T5Config(vocab_size=8, d_model=4, d_kv=2, d_ff=4, num_layers=1, num_heads=2))
    assert model.model_parallel is False
    assert model.decoder.model_parallel is False


@pytest.mark.parametrize("cls", [GPT2LMHeadModel, T5ForConditionalGeneration, T5EncoderModel])
def test_on_a_cpu_nothing_is_laid_on_devices(cls: type) -> None:
    """4.57 divides the blocks by the number of GPUs, which is none; hfcompat says what to do instead."""
    sizes = {
        "n_embd": 4,
        "n_layer": 1,
        "n_head": 1,
        "d_model": 4,
        "d_kv": 2,
        "d_ff": 4,
        "num_layers": 1,
        "num_heads": 2,
    }
    model = cls(cls.config_class(vocab_size=8, **sizes))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    raised = (NotImplementedError, "device_map") if RUNTIME.major >= 5 else (ZeroDivisionError, "division")
    with pytest.raises(raised[0], match=raised[1]):
        model.parallelize()
    assert model.deparallelize() is None
    assert model.model_parallel is False
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())
