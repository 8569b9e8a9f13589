"""Liger in one model: the same numbers, nothing left behind, and the right release named where it is another.

What runs kernels needs liger-kernel, and a GPU or Triton's interpreter, which computes in float32 alone: `tox -e liger-tf523`.
"""

from __future__ import annotations

import copy
import importlib.util
import logging
import os
import pickle
import re
import sys
from typing import Any

import pytest
import torch
import transformers
from any_model import meta_model
from hfcompat_plugins.liger import hfcompat_swaps
from hfcompat_plugins.liger.functions import named, rewired
from hfcompat_plugins.losses.plain import has_plain_head
from language_models import (
    DECODER,
    DEVICE,
    EXPERTS,
    SLIDING,
    Dearer,
    adapted,
    answers,
    batch,
    difference,
    model_of,
)

import hfcompat
from hfcompat.environment import Environment
from hfcompat.kernels import Situation, Slot, attempts, instances, swap_kernels, taking, undo

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
RUNS = importlib.util.find_spec("liger_kernel") is not None and (INTERPRETED or DEVICE == "cuda")
needs_liger = pytest.mark.skipif(
    not RUNS, reason="no liger-kernel, or neither a GPU nor TRITON_INTERPRET=1; run: tox -e liger-tf457,liger-tf523"
)
VERSION = Environment().transformers

FAMILIES = {
    "llama": DECODER,
    "qwen2": DECODER,
    "qwen3": DECODER,
    "gemma2": {**SLIDING, "final_logit_softcapping": 2.0},
    "gemma3_text": SLIDING,
    "mistral": SLIDING,
    "phi3": DECODER,
    "mixtral": {**DECODER, **EXPERTS},
    "granite": {**DECODER, "logits_scaling": 2.0},
    "qwen3_moe": {**DECODER, **EXPERTS},
    "olmo2": DECODER,
    "glm4": DECODER,
}


@pytest.fixture(autouse=True, scope="module")
def _patched():
    if INTERPRETED and RUNS:
        import interpreter

        interpreter.complete()
    hfcompat.apply()
    yield
    hfcompat.revert()


def family(name: str) -> Any:
    if name not in transformers.CONFIG_MAPPING:
        pytest.skip(f"transformers {VERSION} has no {name}")
    return model_of(name, FAMILIES[name])


def taken(model: Any, **options: Any) -> Any:
    swap_kernels(model, use_liger_kernel=True, liger_kernel_config=options)
    found = attempts(model)
    assert [(one.swap, one.taken) for one in found] == [("liger", True)], found
    return found[0]


def left_behind() -> list[str]:
    """Names of transformers and torch.nn that stand for something of Liger's."""
    return [
        f"{path}.{name}"
        for path, module in list(sys.modules.items())
        if path.startswith(("transformers.", "torch.nn")) and module is not None
        for name, value in list(vars(module).items())
        if str(getattr(value, "__module__", "")).startswith("liger_kernel")
        or (isinstance(value, type) and str(getattr(vars(value).get("forward"), "__module__", "")).startswith("liger"))
    ]


@needs_liger
@pytest.mark.parametrize("name", FAMILIES)
def test_numbers(name):
    """As without Liger; another model alive, a new one and this one after undo are to the bit what they were."""
    model = family(name)
    other = copy.deepcopy(model)
    before = answers(model, num_items_in_batch=11)
    attributes = instances.watched(model)
    taken(model)
    assert not left_behind()
    assert type(model.model.layers[0].post_attention_layernorm).__module__.startswith("transformers.")
    with_liger = answers(model, num_items_in_batch=11)
    apart = difference(with_liger, before)
    assert max(apart.values()) <= 1e-5, max(apart, key=apart.get)
    assert any(not torch.equal(value, before[key]) for key, value in with_liger.items())
    for untouched in (other, family(name), pickle.loads(pickle.dumps(model))):
        found = answers(untouched, num_items_in_batch=11)
        assert all(torch.equal(value, found[key]) for key, value in before.items())
    undo(model)
    assert not attempts(model)
    assert not instances.edits_of(attributes)
    found = answers(model, num_items_in_batch=11)
    assert all(torch.equal(value, found[key]) for key, value in before.items())


@needs_liger
@pytest.mark.parametrize("name", ["llama", "granite"])
def test_outputs_of_training(name):
    """No logits beside the loss of a training step, and both in evaluation; torch's own cross_entropy stays."""
    ids, mask, labels = batch()
    stock = torch.nn.functional.cross_entropy
    model = family(name)
    expected = model(ids, attention_mask=mask, labels=labels)
    taken(model)
    assert torch.nn.functional.cross_entropy is stock
    said = model(ids, attention_mask=mask, labels=labels)
    assert torch.allclose(said.logits, expected.logits, atol=1e-5)
    assert torch.allclose(said.loss, expected.loss, atol=1e-5)
    said = model.train()(ids, attention_mask=mask, labels=labels)
    assert said.logits is None
    assert torch.allclose(said.loss, expected.loss, atol=1e-5)


@needs_liger
def test_every_function_of_liger_runs(monkeypatch):
    """Rotary positions too, which Liger replaces in the module of the model's class alone."""
    from liger_kernel.transformers import monkey_patch

    called = []
    rope = monkey_patch.liger_rotary_pos_emb

    def counted(*args: Any, **kwargs: Any) -> Any:
        called.append(1)
        return rope(*args, **kwargs)

    monkeypatch.setattr(monkey_patch, "liger_rotary_pos_emb", counted)
    model, other = family("llama"), family("llama")
    taken(model)
    model(batch()[0])
    assert len(called) == 2
    other(batch()[0])
    assert len(called) == 2
    undo(model)
    taken(model, rope=False)
    model(batch()[0])
    assert len(called) == 2


# What a head and a loss may have beside a weight, which Liger does not know.
HEADS = {
    "an adapter": adapted,
    "a hook": lambda model: model.lm_head.register_forward_hook(lambda module, args, output: output * 2),
    "a bias": lambda model: setattr(model.lm_head, "bias", torch.nn.Parameter(torch.arange(96.0, device=DEVICE) / 9)),
    "a loss": lambda model: setattr(model, "loss_function", lambda logits, labels, vocab_size, **_: logits.square().mean()),
}  # fmt: skip


@needs_liger
@pytest.mark.parametrize("first", ["swapped", "changed"])
@pytest.mark.parametrize("change", HEADS)
def test_a_head_that_is_more_than_a_weight(change, first):
    """Loss and gradients are those of the stock head, those of the adapter too, whichever came first."""
    stock, model = family("llama"), family("llama")
    HEADS[change](stock)
    if first == "swapped":
        taken(model)
        HEADS[change](model)
    else:
        HEADS[change](model)
        taken(model)
    apart = difference(answers(model), answers(stock))
    assert max(apart.values()) <= 1e-5, max(apart, key=apart.get)


class Doubled(transformers.models.llama.modeling_llama.LlamaMLP):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return super().forward(x) * 2


@needs_liger
def test_a_forward_of_somebodys_own():
    """Of the class of the model, of that of a module, or of one module: it is kept, and the report says so."""

    def changed() -> Any:
        model = family("llama")
        model.__class__ = Dearer
        model.model.layers[0].mlp.__class__ = Doubled
        norm = model.model.layers[1].input_layernorm
        norm.forward = lambda x: type(norm).forward(norm, x) * 3
        return model

    stock, model = changed(), changed()
    why = taken(model).why
    for own in ("Dearer has", "Doubled has", "a LlamaRMSNorm has"):
        assert f"{own} a forward of its own, and is left out" in why
    found, expected = answers(model), answers(stock)
    assert expected["loss"] > 100
    assert max(difference(found, expected).values()) <= 1e-5
    assert any(not torch.equal(found[name], value) for name, value in expected.items())  # the other modules are swapped
    undo(model)
    assert all(torch.equal(value, expected[name]) for name, value in answers(model).items())


DISPATCHED = {
    "model.embed_tokens": "cpu",
    "model.layers.0": "disk",
    "model.layers.1": "cpu",
    "model.norm": "disk",
    "model.rotary_emb": "cpu",
    "lm_head": "disk",
}


@needs_liger
@pytest.mark.skipif(DEVICE != "cpu", reason="the device map is one for a CPU")
def test_a_model_that_accelerate_has_dispatched(tmp_path):
    """Refused, since Liger's forward would take the place of the one that fetches the weights; and the way out."""
    accelerate = pytest.importorskip("accelerate")
    stock, model, swapped = (family("llama") for _ in range(3))
    ids, mask, _ = batch()
    with torch.no_grad():
        expected = stock(ids, attention_mask=mask).logits
        accelerate.dispatch_model(model, DISPATCHED, offload_dir=tmp_path / "one", main_device="cpu")
        swap_kernels(model, use_liger_kernel=True)
        for attempt in attempts(model):
            assert not attempt.taken
            assert "load it without device_map, swap_kernels, then accelerate.dispatch_model" in attempt.why
        assert torch.equal(model(ids, attention_mask=mask).logits, expected)
        taken(swapped)
        accelerate.dispatch_model(swapped, DISPATCHED, offload_dir=tmp_path / "two", main_device="cpu")
        assert torch.allclose(swapped(ids, attention_mask=mask).logits, expected, atol=1e-5)
        said = swapped.train()(ids, attention_mask=mask, labels=ids)
        assert torch.allclose(said.loss, stock.train()(ids, attention_mask=mask, labels=ids).loss, atol=1e-5)


@needs_liger
def test_together_with_backends_of_attention():
    """Rotary positions are Liger's too, and undo takes both back."""
    config = dict(FAMILIES["llama"])
    model, stock = (model_of("llama", config, attention="sdpa") for _ in range(2))
    before, attributes = answers(model), instances.watched(model)
    swap_kernels(model, use_liger_kernel=True, sdpa_method="math")
    assert [(one.swap, one.taken, one.why) for one in attempts(model)] == [("liger", True, ""), ("math", True, "")]
    swap_kernels(stock, sdpa_method="math")
    assert max(difference(answers(model), answers(stock)).values()) <= 1e-5
    undo(model)
    assert not instances.edits_of(attributes)
    assert all(torch.equal(value, before[name]) for name, value in answers(model).items())
    with pytest.raises(ValueError, match="sdpa_method"):
        swap_kernels(model, use_liger_kernel=True, sdpa_method="nonsense")
    assert not instances.edits_of(attributes)


@needs_liger
def test_replicas_and_copies():
    model = family("llama")
    taken(model)
    for module in (model, model.model.norm, model.model.layers[0].mlp, model.model.layers[0].self_attn):
        with pytest.raises(RuntimeError, match="torch.nn.DataParallel would run all its copies"):
            module._replicate_for_data_parallel()
    again = copy.deepcopy(model)
    with pytest.warns(UserWarning, match="no swap on it is known"):
        undo(again)
    undo(model)
    model._replicate_for_data_parallel()


@needs_liger
def test_a_copy_is_independent():
    model = family("llama")
    taken(model)
    again = copy.deepcopy(model)
    undo(model)
    for one in again.modules():
        for value in vars(one).values():
            assert getattr(value, "__self__", one) is one
    with torch.no_grad():
        again.model.layers[0].mlp.down_proj.weight.zero_()
    found, stock = answers(again), answers(family("llama"))
    assert found["loss"] != stock["loss"]
    assert all(torch.equal(value, answers(model)[key]) for key, value in list(stock.items())[:2])


@needs_liger
def test_a_model_without_a_language_head():
    torch.manual_seed(0)
    config = transformers.LlamaConfig(**DECODER, num_labels=3)
    model = transformers.LlamaForSequenceClassification(config).eval().to(DEVICE)
    ids = batch()[0]
    expected = model(ids, labels=torch.tensor([1, 2], device=DEVICE))
    taken(model)
    said = model(ids, labels=torch.tensor([1, 2], device=DEVICE))
    assert torch.allclose(said.logits, expected.logits, atol=1e-5)
    assert torch.allclose(said.loss, expected.loss, atol=1e-5)


@needs_liger
def test_options_that_liger_does_not_know():
    for options, why in (
        ({"ropes": False}, r"ValueError: liger_kernel_config: llama has no ropes; it knows rope, cross_entropy, "),
        ({"cross_entropy": True}, r"torch.nn.functional.cross_entropy in the whole process"),
        (
            dict.fromkeys(("rope", "rms_norm", "swiglu", "fused_linear_cross_entropy"), False),
            r"LookupError: Liger finds nothing to swap in LlamaForCausalLM",
        ),
    ):
        model = family("llama")
        swap_kernels(model, use_liger_kernel=True, liger_kernel_config=options)
        refused, instead = attempts(model)
        assert not refused.taken
        assert re.search(why, refused.why)
        assert (instead.swap, instead.taken) == ("chunked-loss", True)


# What Liger fails at on these versions of transformers is declared, and not met here.
TYPES = sorted({one for swap in hfcompat_swaps() for one in swap.models})


@needs_liger
@pytest.mark.parametrize("model_type", TYPES)
def test_every_model_type_applies(model_type):
    situation = Situation(Environment(), model_type)
    (swap,) = taking.candidates(Slot.LAYERS, situation, hfcompat_swaps())
    if model_type not in swap.models:
        pytest.skip(f"not with transformers {VERSION}")
    try:
        model = meta_model(model_type)
    except LookupError:
        pytest.skip(f"transformers {VERSION} has no {model_type}")
    before = instances.watched(model)
    attempt = taking.take(model, swap, {})
    assert attempt.taken, attempt
    assert instances.edits_of(before)
    for module in model.modules():  # Liger's loss is not guarded against what is as transformers made it
        own = getattr(vars(module).get("forward"), "__func__", None)
        if hasattr(own, "__wrapped__") and own.__module__ == "hfcompat_plugins.liger.swapping":
            assert has_plain_head(module, biased=False), type(module)
    assert not left_behind()
    undo(model)
    assert not instances.edits_of(before)


@needs_liger
def test_an_image():
    """Qwen2-VL, the class of whose output 5.23 has no more: with an image, forward, loss and gradients."""
    config = transformers.Qwen2VLConfig(
        **{**DECODER, "vocab_size": 120},
        rope_scaling={"type": "mrope", "rope_type": "default", "mrope_section": [2, 1, 1]},
        vision_config=dict(depth=2, embed_dim=32, num_heads=4, hidden_size=32, patch_size=4, mlp_ratio=2, in_channels=3),
        image_token_id=110, vision_start_token_id=111, vision_end_token_id=112, video_token_id=113,
    )  # fmt: skip
    torch.manual_seed(0)
    model = transformers.Qwen2VLForConditionalGeneration(config).to(DEVICE)
    pixels = torch.randn(16, 3 * 2 * 4 * 4)  # 4 x 4 patches, four of which make a token
    ids = torch.tensor([[5, 111, 110, 110, 110, 110, 112, 6, 7, 8]])
    grid = torch.tensor([[1, 4, 4]])
    given = dict(input_ids=ids, pixel_values=pixels, image_grid_thw=grid, attention_mask=torch.ones_like(ids))
    if VERSION.major >= 5:
        given["mm_token_type_ids"] = (ids == 110).long()
    given = {name: value.to(DEVICE) for name, value in given.items()}
    ids, pixels = given["input_ids"], given["pixel_values"]

    def said() -> dict[str, torch.Tensor]:
        model.eval()
        found = {"logits": model(**given).logits.detach()}
        assert not torch.equal(
            found["logits"], model(**{**given, "pixel_values": pixels * 2}).logits
        )  # the image is seen
        model.train().zero_grad()
        loss = model(**given, labels=ids).loss
        loss.backward()
        found["loss"] = loss.detach()
        pairs = ((name, one.grad) for name, one in model.named_parameters())
        return found | {f"gradient of {name}": grad.clone() for name, grad in pairs if grad is not None}

    before = said()
    taken(model)
    apart = difference(said(), before)
    assert max(apart.values()) <= 1e-5, max(apart, key=apart.get)
    undo(model)
    found = said()
    assert all(torch.equal(value, found[key]) for key, value in before.items())


RIGHT = {
    "4.49.0": "0.6.5",
    "4.51.3": "0.6.5",
    "4.53.3": "0.8.0",
    "4.57.6": "0.8.0",
    "5.0.0": "0.8.5",
    "5.23.0": "0.8.5",
}


def refusal(transformers: str, liger: str | None, model_type: str = "llama", device: str = "cuda") -> str:
    installed = {"transformers": transformers} | ({"liger-kernel": liger} if liger else {})
    situation = Situation(Environment.of(**installed), model_type, device, (9, 0), "bfloat16")
    ((_, why),) = taking.weigh(Slot.LAYERS, situation, hfcompat_swaps())
    return why


def test_the_right_release_is_named():
    for runtime, right in RIGHT.items():
        assert refusal(runtime, right) == ""
        missing = refusal(runtime, None)
        assert "liger-kernel is not installed; run: pip install 'liger-kernel" in missing
        wrong = "0.8.5" if right != "0.8.5" else "0.6.5"
        assert refusal(runtime, wrong) == f"needs {missing.partition(chr(39))[2].rstrip(chr(39))}; {wrong} is installed"
    assert refusal("5.23.0", "0.8.5", "bert") == "not for model type 'bert'"
    assert refusal("4.49.0", "0.6.5", "llava") == "not for model type 'llava'"
    assert refusal("5.23.0", "0.8.5", device="mps").startswith("needs a cuda or xpu or npu")


@pytest.mark.skipif(INTERPRETED or DEVICE != "cpu", reason="Triton's interpreter is on, or there is a GPU")
def test_where_liger_cannot_run(caplog):
    """The loss in chunks is taken instead, and it is said why."""
    model = family("llama")
    before = answers(model)
    with caplog.at_level(logging.WARNING, "hfcompat"):
        swap_kernels(model, use_liger_kernel=True)
    refused, instead = attempts(model)
    assert (refused.slot, refused.swap, refused.taken) == (Slot.LAYERS, "liger", False)
    assert "needs a cuda or xpu or npu device" in refused.why
    assert (instead.slot, instead.swap, instead.taken) == (Slot.LOSS, "chunked-loss", True)
    assert max(difference(answers(model), before).values()) <= 1e-5
    assert not caplog.records
    undo(model)
    found = answers(model)
    assert all(torch.equal(value, found[key]) for key, value in before.items())


def spun(x: torch.Tensor) -> torch.Tensor:
    return x + 1


class Turning(torch.nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return spun(x) * 2


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
def test_a_function_that_sees_another_one(compiled):
    """Of two modules of a class one sees another function under the name; below a wrapper too, and as one graph."""

    def other(x: torch.Tensor) -> torch.Tensor:
        return x - 1

    def wrapped(function: Any) -> Any:
        def outer(self: Any, *args: Any) -> Any:
            return function(self, *args) if args or not outer else None

        return outer

    torch._dynamo.reset()
    x = torch.arange(3.0)
    for forward in (Turning.forward, wrapped(wrapped(Turning.forward))):
        one, two = Turning(), Turning()
        copied = rewired(forward, globals(), {"spun": other})
        assert copied is not forward
        instances.bind(one, "forward", copied)
        for module, expected in ((one, (x - 1) * 2), (two, (x + 1) * 2), (one, (x - 1) * 2)):
            run = torch.compile(module, backend="eager", fullgraph=True) if compiled else module
            assert torch.equal(run(x), expected)
    assert rewired(Turning.forward, globals(), {"something": other}) is Turning.forward
    assert rewired(Turning.forward, dict(globals()), {"spun": other}) is Turning.forward


def test_a_copy_by_another_name():
    def lce_forward(self: Any, x: int = 1, *, y: int = 2) -> int:
        """Says."""
        return x + y

    copied = named(lce_forward, "forward")
    assert (copied.__name__, copied(None), copied(None, 2, y=3), copied.__doc__) == ("forward", 3, 5, "Says.")
