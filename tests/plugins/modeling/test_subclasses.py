"""Subclasses that were written beside an older `__init__` and `forward` of their model compute what they computed on 4.47."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
import transformers
from packaging.version import Version
from subclass_cases import CASES, IDS, SEEN, build, computed
from transformers import DynamicCache, LlamaConfig, LlamaModel

import hfcompat

RUNTIME = Version(transformers.__version__)
RECORDED = json.loads(Path(__file__).with_name("answers-4.47.json").read_text())["answers"]
asked_by_the_runtime = pytest.mark.skipif(
    Version("4.53") > RUNTIME, reason=f"{RUNTIME} asks _update_causal_mask itself, a subclass of Mistral in other words"
)


@pytest.fixture(autouse=True)
def applied() -> Iterator[None]:
    with hfcompat.applied():
        yield


@asked_by_the_runtime
@pytest.mark.parametrize(("family", "attention"), CASES)
def test_as_on_4_47(family: str, attention: str) -> None:
    model = build(family, attention)
    assert computed(model) == pytest.approx(RECORDED[f"{family} {attention}"], rel=1e-4, abs=1e-5)


@asked_by_the_runtime
@pytest.mark.parametrize("family", ["llama", "gemma"])
def test_compiled(family: str) -> None:
    model = build(family, "sdpa")
    assert computed(torch.compile(model, backend="eager")) == pytest.approx(
        RECORDED[f"{family} sdpa"], rel=1e-4, abs=1e-5
    )


@asked_by_the_runtime
def test_without_hfcompat_it_is_causal_in_silence() -> None:
    model = build("llama", "eager")
    hfcompat.revert()
    try:
        said = computed(model)
    finally:
        hfcompat.apply()
    assert max(abs(a - b) for a, b in zip(said, RECORDED["llama eager"], strict=True)) > 0.01


@asked_by_the_runtime
def test_the_mask_is_asked_for_with_what_is_in_the_cache() -> None:
    asked = []

    class Asked(LlamaModel):
        def _update_causal_mask(self, attention_mask, input_tensor, cache_position, past_key_values, output_attentions):
            asked.append((cache_position.tolist(), tuple(input_tensor.shape), past_key_values.get_seq_length()))
            return

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=32, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2
    )
    config._attn_implementation = "sdpa"
    model, plain, cache = Asked(config).eval(), LlamaModel(config).eval(), DynamicCache()
    plain.load_state_dict(model.state_dict())
    with torch.no_grad():
        model(IDS[:, :4], past_key_values=cache)
        last = model(IDS[:, 4:5], past_key_values=cache).last_hidden_state
        meant = plain(IDS[:, :5]).last_hidden_state[:, -1:]
    assert asked == [([0, 1, 2, 3], (2, 4, 16), 0), ([4], (2, 1, 16), 4)]
    torch.testing.assert_close(last, meant, rtol=1e-4, atol=1e-5)


def test_one_that_inherits_both_is_called_as_ever() -> None:
    class Same(LlamaModel):
        pass

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=32, hidden_size=16, intermediate_size=24, num_hidden_layers=1, num_attention_heads=2
    )
    model, plain = Same(config).eval(), LlamaModel(config).eval()
    plain.load_state_dict(model.state_dict())
    with torch.no_grad():
        said, meant = (each(IDS, attention_mask=SEEN).last_hidden_state for each in (model, plain))
    assert torch.equal(said, meant)


@pytest.mark.skipif(Version("4.50.0.dev0") > RUNTIME, reason=f"Gemma 3 came with 4.50; this is {RUNTIME}")
def test_embeddings_that_no_forward_has_scaled_stay_plain() -> None:
    class Plain(transformers.Gemma3TextModel):
        def __init__(self, config: transformers.Gemma3TextConfig) -> None:
            super().__init__(config)
            self.embed_tokens = torch.nn.Embedding(config.vocab_size, config.hidden_size)
            self.post_init()

    sizes = {"vocab_size": 32, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "head_dim": 8}
    config = transformers.Gemma3TextConfig(**sizes, num_attention_heads=2, num_key_value_heads=1)
    assert type(Plain(config).embed_tokens) is torch.nn.Embedding


def test_a_model_may_be_a_leaf_of_a_traced_graph() -> None:
    """torch.fx puts a function of its own in the place of `nn.Module.__call__`, as others do who count calls."""

    class Tracer(torch.fx.Tracer):
        def is_leaf_module(self, module: torch.nn.Module, name: str) -> bool:
            return isinstance(module, transformers.PreTrainedModel) or super().is_leaf_module(module, name)

    class Around(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            sizes = {"vocab_size": 32, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1}
            self.model = LlamaModel(LlamaConfig(**sizes, num_attention_heads=2)).eval()

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            return self.model(ids)[0]

    whole, ids = Around(), torch.tensor([[5, 6, 7]])
    graph = Tracer().trace(whole)
    assert [node.target for node in graph.nodes if node.op == "call_module"] == ["model"]
    assert torch.equal(torch.fx.GraphModule(whole, graph)(ids), whole(ids))
