"""The plugin `losses`: every family of its table against the stock head, and when the stock head is left to do it."""

from __future__ import annotations

import copy
import inspect
import pickle
from typing import Any

import pytest
import torch
import transformers
from hfcompat_plugins.losses import hfcompat_swaps
from hfcompat_plugins.losses.heads import HEADS
from language_models import (
    DECODER,
    EXPERTS,
    SLIDING,
    Dearer,
    PeftLike,
    answers,
    batch,
    difference,
    model_of,
)

import hfcompat
from hfcompat.environment import Environment
from hfcompat.kernels import Attempt, attempts, swap_kernels, taking, undo

VERSION = Environment().transformers
(SWAP,) = hfcompat_swaps()

ROUTED = {**DECODER, **EXPERTS}
MIXED = {**DECODER, "layer_types": ["sliding_attention", "full_attention"], "sliding_window": 4}
LINEAR = {**ROUTED, "layer_types": ["linear_attention", "full_attention"]}
DEEPSEEK = {
    **{name: value for name, value in ROUTED.items() if name != "head_dim"},
    **dict(n_routed_experts=4, kv_lora_rank=16, qk_nope_head_dim=8, qk_rope_head_dim=8, v_head_dim=8, n_group=1),
    **dict(topk_group=1, n_shared_experts=1, first_k_dense_replace=1, num_key_value_heads=4),
}
SHARED = {**ROUTED, "n_routed_experts": 4, "n_group": 1, "topk_group": 1, "first_k_dense_replace": 1}

FAMILIES: dict[str, dict[str, Any]] = {
    **{name: ROUTED if head.routed else DECODER for name, head in HEADS.items()},
    **dict.fromkeys(["exaone4", "ministral", "olmo3"], MIXED),
    **{key: {**SHARED, "n_shared_experts": 1} for key in ["glm4_moe", "dots1"]},
    **{key: {**DECODER, "partial_rotary_factor": 0.5} for key in ["phi", "stablelm"]},
    **{key: {**SLIDING, "final_logit_softcapping": 2.0} for key in ["gemma2", "gemma3_text"]},
    "cohere": {**DECODER, "logit_scale": 0.25},
    "cohere2": {**MIXED, "logit_scale": 0.25},
    "deepseek_v2": {**DEEPSEEK, "q_lora_rank": None},
    "deepseek_v3": {**DEEPSEEK, "q_lora_rank": 16},
    "ernie4_5_moe": {**ROUTED, "moe_num_experts": 4, "moe_k": 2, "moe_layer_start_index": 1},
    "gpt_oss": {**MIXED, **EXPERTS},
    "granite": {**DECODER, "logits_scaling": 2.0},
    "granitemoe": {**ROUTED, "logits_scaling": 2.0},
    "granitemoeshared": {**ROUTED, "logits_scaling": 2.0, "shared_intermediate_size": 16},
    "jamba": {
        **ROUTED,
        **dict(attn_layer_period=2, attn_layer_offset=1, expert_layer_period=2, expert_layer_offset=1),
        **dict(use_mamba_kernels=False, mamba_d_state=8, mamba_dt_rank=4),
    },
    "minimax": {**LINEAR, "block_size": 4},
    "qwen2_moe": {**ROUTED, "shared_expert_intermediate_size": 16},
    "qwen3_next": {
        **LINEAR,
        **dict(linear_num_key_heads=2, linear_num_value_heads=4, linear_key_head_dim=8, linear_value_head_dim=8),
        **dict(shared_expert_intermediate_size=16),
    },
}

NO_AUXILIARY_LOSS_ON_5_0 = ("granitemoe", "granitemoeshared", "qwen3_next")
"""Their stock heads raise AttributeError or RuntimeError there when it is asked for."""


@pytest.fixture(autouse=True, scope="module")
def _patched():
    hfcompat.apply()
    yield
    hfcompat.revert()


def family(name: str, **more: Any) -> Any:
    if name not in transformers.CONFIG_MAPPING:
        pytest.skip(f"transformers {VERSION} has no {name}")
    return model_of(name, {**FAMILIES[name], **more})


def taken(model: Any) -> Any:
    attempt = taking.take(model, SWAP, {})
    assert attempt.taken, attempt
    return attempt


def test_every_family_of_the_table_is_tested():
    assert FAMILIES.keys() == HEADS.keys()


@pytest.mark.parametrize("name", FAMILIES)
def test_numbers(name):
    model = family(name)
    kinds = [{}, {"num_items_in_batch": 11}]
    routed = HEADS[name].routed and not (VERSION.release[:2] == (5, 0) and name in NO_AUXILIARY_LOSS_ON_5_0)
    kinds.append({"output_router_logits": True} if routed else {"num_items_in_batch": torch.tensor(7)})
    for kind in kinds:
        before = answers(model, **kind)
        taken(model)
        found = answers(model, **kind)
        ids, mask, labels = batch()
        said = model.train()(ids, attention_mask=mask, labels=labels, **kind)
        assert said.logits is None
        assert (said.get("aux_loss") is not None) is ("output_router_logits" in kind)
        undo(model)
        apart = difference(found, before)
        assert max(apart.values()) <= 1e-5, max(apart, key=apart.get)
        again = answers(model, **kind)
        assert all(torch.equal(value, again[key]) for key, value in before.items())


def outputs(model: Any, **given: Any) -> Any:
    ids, mask, labels = batch()
    return model.train()(ids, attention_mask=mask, labels=labels, **given)


def test_all_that_a_call_may_ask_for():
    """Positions of arguments, tuples, hidden states, attentions, ignore_index."""
    model, swapped = family("mixtral"), family("mixtral")
    taken(swapped)
    ids, mask, labels = batch()
    assert inspect.signature(swapped.forward) == inspect.signature(model.forward)
    for args in ((ids, mask, None, None, None, labels), (ids, mask)):
        given = {} if len(args) > 2 else {"labels": labels}
        one, other = swapped.train()(*args, **given), model.train()(*args, **given)
        assert torch.allclose(one.loss, other.loss, atol=1e-5)
    for given in (
        {"output_hidden_states": True, "output_attentions": True},
        {"output_router_logits": True, "output_hidden_states": True},
        {"use_cache": False},
    ):
        one, other = outputs(swapped, **given), outputs(model, **given)
        assert type(one) is type(other)
        assert set(one) == set(other) - {"logits"}
        for name in set(one) & {"hidden_states", "attentions", "router_logits"}:
            assert all(torch.equal(a, b) for a, b in zip(one[name], other[name], strict=True))
        one, other = outputs(swapped, return_dict=False, **given), outputs(model, return_dict=False, **given)
        assert len(one) == len(other)
        assert torch.allclose(one[0], other[0], atol=1e-5)
        at = 2 if "output_router_logits" in given else 1
        assert one[at] is None
        assert other[at].shape == (2, 9, 96)
    if "ignore_index" in inspect.signature(transformers.loss.loss_utils.ForCausalLMLoss).parameters:
        labels = labels.masked_fill(labels == -100, 5)
        one, other = (each.train()(ids, labels=labels, ignore_index=5).loss for each in (swapped, model))
        assert torch.allclose(one, other, atol=1e-5)


def test_labels_that_are_shifted_already():
    """`shift_labels` counts where the runtime knows it, and is passed over where it does not."""
    model, swapped = family("llama"), family("llama")
    taken(swapped)
    shifted = torch.full_like(batch()[0], -100)
    shifted[:, 2:5] = 9
    try:
        expected = outputs(model, shift_labels=shifted).loss
    except TypeError:
        pytest.skip(f"shift_labels is an error on transformers {VERSION}")
    assert torch.allclose(outputs(swapped, shift_labels=shifted).loss, expected, atol=1e-5)


def test_low_precision():
    model, swapped = (family("llama").to(torch.bfloat16) for _ in range(2))
    taken(swapped)
    one, other = outputs(swapped).loss, outputs(model).loss
    assert one.dtype is other.dtype is torch.float32
    assert torch.allclose(one, other, atol=1e-5)


def test_the_stock_head_does_what_chunks_cannot():
    """Evaluation, some logits, a head that is more than a weight, a loss of the user's: logits come back, as before."""
    ids, _mask, labels = batch()
    swapped = family("llama")
    taken(swapped)
    assert outputs(swapped).logits is None
    assert swapped.eval()(ids, labels=labels).logits is not None
    assert swapped.train()(ids).logits is not None
    handle = swapped.lm_head.register_forward_hook(lambda module, args, output: output * 2)
    stock = family("llama")
    stock.lm_head.register_forward_hook(lambda module, args, output: output * 2)
    assert torch.equal(outputs(swapped).loss, outputs(stock).loss)
    handle.remove()
    assert outputs(swapped).logits is None
    swapped.loss_function = lambda logits, labels, vocab_size, **more: logits.sum()
    said = outputs(swapped)
    assert torch.equal(said.loss, said.logits.sum())
    del swapped._loss_function
    swapped.lm_head = torch.nn.Sequential(swapped.lm_head)
    assert outputs(swapped).logits is not None


@pytest.mark.parametrize("name", ["llama", "qwen3_moe"])
def test_compiled(name):
    if name == "qwen3_moe" and VERSION.release < (5, 1):
        pytest.skip(f"experts in float32 are not to be compiled on transformers {VERSION}, with a stock head either")
    more = {"output_router_logits": True} if name == "qwen3_moe" else {}
    model, swapped = family(name, **more), family(name, **more)
    taken(swapped)
    expected = outputs(model).loss
    torch._dynamo.reset()
    compiled = torch.compile(swapped.train(), backend="eager", fullgraph=name == "llama")
    ids, mask, labels = batch()
    found = compiled(ids, attention_mask=mask, labels=labels)
    assert found.logits is None
    assert torch.allclose(found.loss, expected, atol=1e-5)
    found.loss.backward()
    expected.backward()
    pairs = zip(swapped.named_parameters(), model.named_parameters(), strict=True)
    assert all(torch.allclose(a.grad, b.grad, atol=1e-5) for (_, a), (_, b) in pairs if b.grad is not None)


def test_copies():
    """A deep copy has the swap and is independent; what is unpickled is stock."""
    model = family("llama")
    expected = outputs(model)
    taken(model)
    again, stock = copy.deepcopy(model), pickle.loads(pickle.dumps(model))
    undo(model)
    assert outputs(again).logits is None
    assert torch.equal(outputs(stock).logits, expected.logits)
    assert torch.equal(outputs(model).logits, expected.logits)
    taken(stock)
    assert outputs(stock).logits is None


def test_a_forward_that_is_replaced_already():
    model = family("llama")
    model.forward = lambda *args, **kwargs: None
    attempt = taking.take(model, SWAP, {})
    assert not attempt.taken
    assert "its forward has been replaced already" in attempt.why
    assert attempts(model) == (Attempt(SWAP.slot, "chunked-loss", False, attempt.why),)


def test_a_forward_of_a_class_of_somebodys_own():
    """It would be passed over while the model trains, whatever it does; its own is kept, and it is said why."""
    model = family("llama")
    model.__class__ = Dearer
    before = outputs(model).loss
    assert before > 100
    attempt = taking.take(model, SWAP, {})
    assert not attempt.taken
    assert "Dearer has a forward of its own" in attempt.why
    assert torch.equal(outputs(model).loss, before)


def test_a_forward_that_somebody_has_put_into_the_class(monkeypatch):
    def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
        return stock(self, *args, **kwargs)

    stock = transformers.LlamaForCausalLM.forward
    model = family("llama")
    monkeypatch.setattr(transformers.LlamaForCausalLM, "forward", forward)
    attempt = taking.take(model, SWAP, {})
    assert not attempt.taken
    assert "somebody has replaced the forward of LlamaForCausalLM" in attempt.why


def test_replicas_of_data_parallel_are_refused():
    """They take the methods of the original along, and its weights with them."""
    model = family("llama")
    taken(model)
    with pytest.raises(RuntimeError, match="kernels of this LlamaForCausalLM are swapped.*DistributedDataParallel"):
        model._replicate_for_data_parallel()
    undo(model)
    assert type(model._replicate_for_data_parallel()) is type(model)


def test_undo_of_a_wrapper_and_of_a_copy():
    model = family("llama")
    wrapper = PeftLike(model)
    swap_kernels(wrapper, use_liger_kernel=True)
    assert [one.swap for one in attempts(wrapper) if one.taken] in (["liger"], ["chunked-loss"])
    assert attempts(model) == attempts(wrapper)
    again = copy.deepcopy(wrapper)
    undo(wrapper)
    assert not attempts(model)
    assert not any("forward" in vars(one) for one in model.modules())
    with pytest.warns(
        UserWarning, match="of this LlamaForCausalLM have a forward of their own, and no swap on it is known"
    ):
        undo(again)


def test_dropped_before_the_backward_pass():
    """Two losses of one graph of weights, the second of which is not used."""
    model = family("llama")
    taken(model)
    first, _ = outputs(model).loss, outputs(model).loss
    first.backward()
    grads = {name: one.grad.clone() for name, one in model.named_parameters()}
    model.zero_grad()
    outputs(model).loss.backward()
    assert all(torch.equal(one.grad, grads[name]) for name, one in model.named_parameters())
