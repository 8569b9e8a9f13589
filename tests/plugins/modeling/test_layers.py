"""Layers of transformers' models, given their cache by the name that it had up to 4.55."""

from typing import Any

import pytest
import torch
from modeling_cases import fill
from packaging.version import Version
from transformers import DynamicCache, GPT2Config, MixtralConfig, MixtralModel, OlmoConfig, __version__
from transformers.models.gpt2.modeling_gpt2 import GPT2Attention
from transformers.models.olmo.modeling_olmo import OlmoAttention

import hfcompat

RUNTIME = Version(__version__)
pytestmark = pytest.mark.skipif(RUNTIME.major < 5, reason=f"{RUNTIME} takes the name, or says that it will not")
_SIZES = {"hidden_size": 8, "num_attention_heads": 2, "num_key_value_heads": 2, "attn_implementation": "eager"}
HIDDEN = torch.linspace(-1, 1, 3 * 8).view(1, 3, 8)


def _olmo() -> tuple[Any, dict[str, Any]]:
    rotation = (torch.ones(1, 3, 4), torch.zeros(1, 3, 4))
    return fill(OlmoAttention(OlmoConfig(**_SIZES), 0)), {"position_embeddings": rotation, "attention_mask": None}


def _gpt2() -> tuple[Any, dict[str, Any]]:
    return fill(GPT2Attention(GPT2Config(n_embd=8, n_head=2, attn_implementation="eager"), layer_idx=0)), {}


@pytest.mark.parametrize(
    ("make", "name"), [(_olmo, "past_key_value"), (_gpt2, "layer_past"), (_gpt2, "past_key_value")]
)
def test_the_cache_is_used(make: Any, name: str) -> None:
    attention, more = make()
    caches = {key: DynamicCache() for key in ("past_key_values", name)}
    with torch.no_grad():
        for _ in range(2):
            wanted = attention(HIDDEN, past_key_values=caches["past_key_values"], **more)[0]
        with hfcompat.applied(dialect="4.57"):
            for _ in range(2):
                answer = attention(HIDDEN, **{name: caches[name]}, **more)[0]
            torch._dynamo.reset()
            compiled = torch.compile(attention, backend="eager", fullgraph=True)(HIDDEN, **{name: None}, **more)[0]
    assert torch.equal(answer, wanted)
    assert caches[name].get_seq_length() == 6
    assert not torch.equal(answer, compiled)  # which had no cache


def test_without_a_dialect_it_is_swallowed_and_it_says_so(said: pytest.LogCaptureFixture) -> None:
    attention, more = _olmo()
    cache = DynamicCache()
    with torch.no_grad(), hfcompat.applied():
        attention(HIDDEN, past_key_value=cache, **more)
    assert cache.get_seq_length() == 0
    assert "past_key_value has no effect on OlmoAttention" in said.text


def test_experts_of_any_size() -> None:
    """A size that is no multiple of 16 bytes, and the same experts with zeros up to one that is."""
    sizes = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "num_key_value_heads": 2}
    common = {"vocab_size": 12, "num_local_experts": 3, **sizes}
    torch.manual_seed(0)
    small, padded = (MixtralModel(MixtralConfig(intermediate_size=size, **common)).eval() for size in (5, 8))
    weights = small.state_dict()
    for name, parameter in padded.state_dict().items():
        if parameter.shape == weights[name].shape:
            parameter.copy_(weights[name])
    for name, parameter in padded.state_dict().items():
        given = weights[name]
        if parameter.shape != given.shape:
            parameter.zero_()
            if "gate_up" in name:  # two projections side by side
                parameter[:, :5], parameter[:, 8:13] = given[:, :5], given[:, 5:]
            else:
                parameter[tuple(slice(size) for size in given.shape)] = given
    ids = torch.tensor([[3, 1, 4, 1, 5]])
    with hfcompat.applied():
        answer = small(ids).last_hidden_state
        torch.testing.assert_close(answer, padded(ids).last_hidden_state)
        answer.square().sum().backward()
    assert all(parameter.grad is not None for parameter in small.layers.parameters())
