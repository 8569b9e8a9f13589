"""Tuples handed to native models: what works natively stays identical, what raises gives the numbers of a cache."""

from __future__ import annotations

import inspect
from importlib.metadata import version

import pytest
import torch
import transformers
from cache_families import FAMILIES, IDS, SOURCE, cache_if_taken, forward, is_encoder_decoder, model, reference, tuples
from packaging.version import Version

import hfcompat

RUNTIME = Version(version("transformers"))


def outcome(family, past, **kwargs):
    try:
        return forward(family, 4, 6, past_key_values=past, use_cache=True, **kwargs)
    except Exception as error:
        return error


def as_lists(states):
    return [list(layer) for layer in states]


@pytest.mark.parametrize("form", ["tuples", "lists"])
@pytest.mark.parametrize("family", FAMILIES)
def test_tuples_go_in_and_come_out(family, form):
    states, cached, whole = reference(family)
    given = states if form == "tuples" else as_lists(states)
    native = outcome(family, given)
    with hfcompat.applied():
        output = outcome(family, given)
    assert not isinstance(output, Exception), output
    if not isinstance(native, Exception):
        assert type(output.past_key_values) is type(native.past_key_values)
        assert torch.equal(output.logits, native.logits)
        pairs = zip(tuples(output.past_key_values), tuples(native.past_key_values), strict=True)
        assert all(torch.equal(a, b) for ours, theirs in pairs for a, b in zip(ours, theirs, strict=True))
    torch.testing.assert_close(output.logits, cached, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(output.logits, whole, rtol=1e-5, atol=1e-5)
    assert all(layer[0].shape[2] == 6 for layer in tuples(output.past_key_values))
    assert all(layer[0].shape[2] == 4 for layer in given), "what was handed in has changed"


@pytest.mark.parametrize("family", [f for f in FAMILIES if f not in ("gpt2", "opt", "bert", "t5", "bart", "marian")])
def test_tuples_come_out_as_tuples_where_the_model_wants_a_cache(family):
    states, cached, _ = reference(family)
    native = outcome(family, states)
    with hfcompat.applied():
        output = outcome(family, states)
        bare = outcome(family, states, return_dict=False)
        again = forward(family, 5, 6, past_key_values=tuple(layer for layer in cut(states, output.past_key_values)))
    if not isinstance(native, Exception):
        assert type(output.past_key_values) is type(native.past_key_values)
        return
    assert type(output.past_key_values) is tuple
    assert {type(layer) for layer in output.past_key_values} == {tuple}
    assert [len(layer) for layer in output.past_key_values] == [2, 2]
    assert torch.equal(bare[1][1][0], output.past_key_values[1][0])
    torch.testing.assert_close(again.logits, cached[:, 1:], rtol=1e-5, atol=1e-5)


def cut(states, more):
    """`more` without its last token: the tuples after five of six."""
    return [tuple(state[:, :, :5] for state in layer) for layer in more if len(states)]


@pytest.mark.skipif(
    Version("4.56.0.dev0") > RUNTIME, reason="before 4.56 some models take tuples without a cache, others refuse them"
)
@pytest.mark.parametrize("family", FAMILIES)
def test_tuples_without_a_cache_for_what_comes(family):
    states, _, whole = reference(family)
    with hfcompat.applied():
        output = forward(family, 4, 6, past_key_values=states, use_cache=False)
    torch.testing.assert_close(output.logits, whole, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("family", ["llama", "gpt2", "t5"])
def test_states_by_position(family):
    states, cached, _ = reference(family)
    network = model(family)
    at = list(_parameters(network)).index("past_key_values")
    given = {"input_ids": SOURCE if is_encoder_decoder(family) else IDS[:, 4:], "decoder_input_ids": IDS[:, 4:]}
    args = [given.get(name) for name in list(_parameters(network))[:at]]
    with hfcompat.applied(), torch.no_grad():
        output = network(*args, states, use_cache=True)
    torch.testing.assert_close(output.logits, cached, rtol=1e-5, atol=1e-5)


def _parameters(network):
    return inspect.signature(network.forward).parameters


@pytest.mark.parametrize("family", FAMILIES)
def test_without_tuples_nothing_changes(family):
    plain = forward(family, 0, 6)
    with hfcompat.applied():
        output = forward(family, 0, 6)
        assert type(output.past_key_values) is type(plain.past_key_values)
    assert torch.equal(output.logits, plain.logits)


def test_models_of_somebody_else_get_what_they_are_given():
    seen = []

    class Own(transformers.LlamaPreTrainedModel):
        def forward(self, input_ids, past_key_values=None):
            seen.append(past_key_values)
            return input_ids

    states, _, _ = reference("llama")
    with hfcompat.applied():
        Own(model("llama").config)(IDS, past_key_values=states)
    assert seen == [states]
    assert seen[0] is states


def test_an_encoder_decoder_model_takes_pairs():
    states, _, whole = reference("t5")
    with hfcompat.applied():
        output = outcome("t5", tuple(layer[:2] for layer in states))
    torch.testing.assert_close(output.logits, whole, rtol=1e-5, atol=1e-5)


@pytest.mark.skipif(
    Version("5.0.0.dev0") > RUNTIME, reason="before 5.0 what a cache yields is pairs, which are tested above"
)
def test_a_model_takes_what_a_cache_yields():
    with hfcompat.applied():
        first = forward("llama", 0, 4, use_cache=True)
        output = forward("llama", 4, 6, past_key_values=tuple(first.past_key_values))
    torch.testing.assert_close(output.logits, reference("llama")[2], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("family", ["llama", "mistral", "bart"])
@torch.no_grad()
def test_generate_goes_on_from_tuples(family):
    network = model(family)
    ids = torch.cat([torch.full((2, 1), 2), IDS[:, :4]], dim=1)  # 2 is what bart's decoder starts with
    name = "decoder_input_ids" if is_encoder_decoder(family) else "input_ids"
    source = {"input_ids": SOURCE} if is_encoder_decoder(family) else {}
    past = network(
        **source, **{name: ids[:, :4]}, use_cache=True, past_key_values=cache_if_taken(family)
    ).past_key_values
    states = tuple(tuple(state.clone() for state in layer) for layer in tuples(past))
    settings = dict(max_new_tokens=3, do_sample=False, num_beams=1, eos_token_id=None, pad_token_id=0)
    expected = network.generate(**source, **{name: ids}, past_key_values=past, **settings)
    with hfcompat.applied():
        output = network.generate(**source, **{name: ids}, past_key_values=states, **settings)
    assert output.tolist() == expected.tolist()
