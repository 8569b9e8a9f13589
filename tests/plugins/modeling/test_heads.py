"""Head masks, pruned heads, and arguments by position, on transformers' own models."""

import json
from pathlib import Path
from typing import Any

import heads_cases as cases
import pytest
import torch
from heads_cases import IDS, LAYERS, PADDED
from modeling_cases import digest
from packaging.version import Version
from transformers import BertForMaskedLM, BertModel, GPT2Config, GPT2Model, XLNetConfig, XLNetModel, __version__

import hfcompat

ANSWERS = json.loads(Path(__file__).with_name("answers.json").read_text())["answers"]
RUNTIME = Version(__version__)
since_v5 = pytest.mark.skipif(RUNTIME.major < 5, reason=f"head masks went in 5.0; this is {RUNTIME}")
# Up to here GPT-2 took no cache_position.
OLDER = Version("4.52.0.dev0") > RUNTIME


@pytest.fixture
def dialect():
    with hfcompat.applied(dialect="4.57") as report:
        yield report


def _same(kind: str, name: str) -> None:
    with torch.no_grad():
        answer = digest(getattr(cases, kind)[name]())
    assert answer == pytest.approx(ANSWERS[f"{kind.lower()} {name}"], abs=2e-3)


@pytest.mark.usefixtures("dialect")
@pytest.mark.parametrize("name", cases.MASKED)
def test_masked_heads_give_what_they_gave(name: str) -> None:
    _same("MASKED", name)


@pytest.mark.parametrize(
    "name", ["bert by position", "distilbert by position", "t5 encoder by position", "t5 by position"]
)
def test_by_position_where_that_raises_they_need_no_dialect(name: str) -> None:
    with hfcompat.applied():
        _same("MASKED", name)


@pytest.mark.parametrize("name", cases.PRUNED)
def test_pruned_models_give_what_they_gave(name: str) -> None:
    with hfcompat.applied():
        _same("PRUNED", name)


@pytest.mark.skipif(OLDER, reason=f"GPT-2 takes no cache_position before 4.52; this is {RUNTIME}")
@pytest.mark.usefixtures("dialect")
@pytest.mark.parametrize("name", cases.CALLED)
def test_calls_mean_what_they_meant(name: str) -> None:
    if name == "cache_position that says nothing" and Version("4.57.0.dev0") > RUNTIME:
        pytest.skip(f"BERT takes no cache_position on {RUNTIME}")
    _same("CALLED", name)


@since_v5
def test_before_4_52_the_third_of_gpt2_was_the_mask() -> None:
    model = cases.gpt2()
    with torch.no_grad():
        wanted = model(IDS, attention_mask=PADDED).last_hidden_state
        with hfcompat.applied(dialect="4.49"):
            assert torch.equal(model(IDS, None, PADDED).last_hidden_state, wanted)


@since_v5
def test_without_a_dialect_they_are_swallowed_and_it_says_so(said: pytest.LogCaptureFixture) -> None:
    model = cases.bert()
    with torch.no_grad(), hfcompat.applied():
        swallowed = model(IDS, head_mask=LAYERS).last_hidden_state
        assert torch.equal(swallowed, model(IDS).last_hidden_state)
    assert "head_mask has no effect" in said.text
    assert digest(swallowed) != pytest.approx(ANSWERS["masked bert tuple"], abs=2e-3)


@since_v5
@pytest.mark.usefixtures("dialect")
def test_nothing_stays_behind_after_a_masked_call() -> None:
    model = cases.bert()
    with torch.no_grad():
        before = model(IDS).last_hidden_state
        model(IDS, head_mask=LAYERS, output_attentions=True)
        assert torch.equal(model(IDS).last_hidden_state, before)
        with pytest.raises(ValueError, match="3 layers"):
            model(IDS, head_mask=torch.ones(3, 2))
    assert model.config._attn_implementation == "sdpa"
    assert not any(module._forward_pre_hooks for module in model.modules())


@since_v5
@pytest.mark.usefixtures("dialect")
def test_a_mask_that_cannot_be_heard_is_refused() -> None:
    xlnet = XLNetModel(XLNetConfig(vocab_size=8, d_model=8, n_layer=1, n_head=2, d_inner=8))
    with pytest.raises(NotImplementedError, match="XLNetModel"):
        xlnet(IDS % 8, head_mask=torch.ones(2))


@since_v5
@pytest.mark.usefixtures("dialect")
@pytest.mark.parametrize("reentrant", [True, False])
def test_masked_heads_stay_masked_when_checkpoints_are_run_again(reentrant: bool) -> None:
    def gradients(checkpointed: bool) -> list[torch.Tensor]:
        model = cases.gpt2().train()
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0
        if checkpointed:
            model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": reentrant})
        masks = [(LAYERS * scale).requires_grad_() for scale in (1.0, 0.5)]
        outputs = [model(IDS, head_mask=mask, use_cache=False).last_hidden_state for mask in masks]
        sum(output.square().sum() for output in outputs).backward()  # type: ignore[union-attr]
        kept = [vars(module).get("_gradient_checkpointing_func") for module in model.modules()]
        assert not any("checkpoint_masked" in repr(function) for function in kept)
        assert not any(module._forward_pre_hooks for module in model.modules())
        return [*(mask.grad for mask in masks), model.h[0].attn.c_attn.weight.grad]  # type: ignore[list-item]

    for one, other in zip(gradients(True), gradients(False), strict=True):
        assert one.abs().sum() > 0
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("compiled", [False, True])
def test_a_mask_says_which_query_sees_which_key(attention: str, compiled: bool) -> None:
    model, every = cases.bert(attn_implementation=attention), PADDED[:, None, :].expand(-1, 5, -1)
    with hfcompat.applied(), torch.no_grad():
        torch._dynamo.reset()
        call = torch.compile(model, backend="eager", fullgraph=True) if compiled else model
        padded, causal = call(IDS, attention_mask=every), call(IDS, attention_mask=every.tril())
        torch.testing.assert_close(padded.last_hidden_state, model(IDS, attention_mask=PADDED).last_hidden_state)
        first = model(IDS[:, :1]).last_hidden_state
    torch.testing.assert_close(causal.last_hidden_state[:, :1], first)
    assert not torch.allclose(causal.last_hidden_state[:, :2], padded.last_hidden_state[:, :2], atol=1e-3)


class Own(BertModel):
    """A subclass with a forward of its own, which knows what it does with a head mask."""

    def forward(self, input_ids: Any, head_mask: Any = None, **_: Any) -> Any:  # type: ignore[override]
        return head_mask


@pytest.mark.usefixtures("dialect")
def test_a_forward_of_somebody_elses_is_called_as_it_is() -> None:
    model = cases.bert(Own)
    assert model(IDS, LAYERS) is LAYERS
    assert model(IDS, head_mask=LAYERS) is LAYERS


@pytest.mark.usefixtures("dialect")
def test_calls_without_any_of_this_are_the_same_compiled() -> None:
    model = cases.bert()
    torch._dynamo.reset()
    with torch.no_grad():
        compiled = torch.compile(model, backend="eager", fullgraph=True)(IDS, PADDED)
        assert torch.equal(compiled.last_hidden_state, model(IDS, PADDED).last_hidden_state)


def test_a_pruned_model_saved_and_loaded_again(tmp_path: Path) -> None:
    with hfcompat.applied(), torch.no_grad():
        model = cases.bert(BertForMaskedLM)
        model.prune_heads({0: [1], 1: [0]})
        model.save_pretrained(tmp_path)
        again, info = BertForMaskedLM.from_pretrained(tmp_path, output_loading_info=True)
        assert torch.equal(again(IDS).logits, model(IDS).logits)
    assert not info["missing_keys"]
    assert again.bert.encoder.layer[0].attention.self.num_attention_heads == 1
    assert json.loads((tmp_path / "config.json").read_text())["pruned_heads"] == {"0": [1], "1": [0]}


@pytest.mark.usefixtures("dialect")
def test_built_from_a_config_with_pruned_heads() -> None:
    model = cases.bert(BertForMaskedLM, pruned_heads={0: [1]})
    with torch.no_grad():
        wanted = cases._pruned(cases.bert(BertForMaskedLM), {0: [1]})
        for name, parameter in model.named_parameters():
            parameter.copy_(wanted.get_parameter(name))
        assert torch.equal(model(IDS).logits, wanted(IDS).logits)


@since_v5
def test_what_cannot_be_pruned_says_so() -> None:
    with hfcompat.applied():
        with pytest.raises(NotImplementedError):
            cases.t5().prune_heads({0: [0]})
        with pytest.raises(NotImplementedError):
            XLNetModel(XLNetConfig(vocab_size=8, d_model=8, n_layer=1, n_head=2, d_inner=8)).prune_heads({0: [0]})


def test_gone_after_revert() -> None:
    with hfcompat.applied():
        pass
    model = GPT2Model(GPT2Config(n_embd=4, n_layer=1, n_head=1, vocab_size=4))
    assert hasattr(model, "prune_heads") is (RUNTIME.major < 5)
