"""The chunked loss against the head and the loss of transformers."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch.nn import functional
from transformers.loss.loss_utils import ForCausalLMLoss

from hfcompat.kernels import linear_cross_entropy

SIZE, WIDTH = 50, 16


def shifted(labels: torch.Tensor) -> torch.Tensor:
    return functional.pad(labels, (0, 1), value=-100)[..., 1:]


def inputs(dtype: torch.dtype = torch.float32, bias: bool = False) -> tuple[Any, ...]:
    torch.manual_seed(0)
    hidden = torch.randn(3, 11, WIDTH).to(dtype).requires_grad_()
    weight = torch.randn(SIZE, WIDTH).to(dtype).requires_grad_()
    labels = torch.randint(0, SIZE, (3, 11))
    labels[0, :6] = labels[2, 9] = -100
    return hidden, weight, labels, torch.randn(SIZE).to(dtype).requires_grad_() if bias else None


def stock(
    hidden: Any, weight: Any, labels: Any, bias: Any = None, scale: float = 1.0, softcap: Any = None, **more: Any
):
    logits = functional.linear(hidden, weight, bias) * scale
    if softcap:
        logits = torch.tanh(logits / softcap) * softcap
    return ForCausalLMLoss(logits, labels, weight.shape[0], **more)


def gradients(loss: torch.Tensor, *of: Any) -> list[torch.Tensor]:
    return list(torch.autograd.grad(loss, [one for one in of if one is not None]))


def close(one: torch.Tensor, other: torch.Tensor, tolerance: float = 1e-5) -> bool:
    return one.dtype == other.dtype and float((one - other).abs().max()) <= tolerance * max(
        1.0, float(other.abs().max())
    )


OPTIONS = [
    {},
    {"num_items_in_batch": 40},
    {"num_items_in_batch": torch.tensor(40)},
    {"softcap": 3.0},
    {"scale": 0.25},
    {"scale": 2.0, "softcap": 5.0, "num_items_in_batch": 9},
    {"ignore_index": 7},
]


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("bias", [False, True], ids=["", "bias"])
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("chunk_size", [None, 1, 5])
def test_equal(options, bias, compiled, chunk_size):
    hidden, weight, labels, bias = inputs(bias=bias)
    if options.get("ignore_index"):
        labels[labels == -100] = 7
    expected = stock(hidden, weight, labels, bias, **options)
    function: Any = linear_cross_entropy
    if compiled:
        torch._dynamo.reset()
        function = torch.compile(linear_cross_entropy, fullgraph=True, backend="eager")
    ignored = options.get("ignore_index", -100)
    rolled = functional.pad(labels, (0, 1), value=ignored)[..., 1:]
    found = function(hidden, weight, rolled, bias=bias, chunk_size=chunk_size, **options)
    assert found.dtype is torch.float32
    assert abs(found - expected) <= 2e-6 * max(1, abs(expected))
    for one, other in zip(
        gradients(found, hidden, weight, bias), gradients(expected, hidden, weight, bias), strict=True
    ):
        assert close(one, other)


def test_label_smoothing():
    hidden, weight, labels, _ = inputs()
    expected = functional.cross_entropy((hidden @ weight.t()).flatten(0, 1), labels.flatten(), label_smoothing=0.2)
    found = linear_cross_entropy(hidden, weight, labels, label_smoothing=0.2, chunk_size=4)
    assert abs(found - expected) <= 2e-6 * abs(expected)
    for one, other in zip(gradients(found, hidden, weight), gradients(expected, hidden, weight), strict=True):
        assert close(one, other)


@pytest.mark.parametrize("options", OPTIONS[:-1], ids=str)
def test_gradcheck(options):
    hidden, weight, labels, bias = inputs(torch.float64, bias=True)

    def loss(hidden: Any, weight: Any, bias: Any) -> Any:
        return linear_cross_entropy(hidden, weight, labels, bias=bias, chunk_size=4, **options)

    assert loss(hidden, weight, bias).dtype is torch.float64
    assert torch.autograd.gradcheck(loss, (hidden, weight, bias))


def test_low_precision():
    """The loss is float32, and as near to the truth as that of transformers; gradients have the dtype of the weights."""
    truth = inputs(torch.float64)
    exact = linear_cross_entropy(truth[0].bfloat16().double(), truth[1].bfloat16().double(), shifted(truth[2]))
    for dtype in (torch.bfloat16, torch.float16):
        hidden, weight, labels, _ = inputs(dtype)
        found = linear_cross_entropy(hidden, weight, shifted(labels), chunk_size=4)
        expected = stock(hidden, weight, labels)
        assert found.dtype is expected.dtype is torch.float32
        assert abs(found - expected) <= 2e-6 * abs(expected)
        assert abs(found - exact) <= 4e-3 * abs(exact)
        ours, theirs = gradients(found, hidden, weight), gradients(expected, hidden, weight)
        for one, other in zip(ours, theirs, strict=True):
            assert one.dtype is dtype
            assert (one.float() - other.float()).abs().max() <= 1.6e-2 * other.float().abs().max()


def test_many_chunks_in_low_precision():
    """The sum over chunks is not rounded at every one of them."""
    torch.manual_seed(1)
    hidden, weight = torch.randn(512, WIDTH), torch.randn(SIZE, WIDTH)
    labels = torch.randint(0, SIZE, (512,))
    for dtype in (torch.bfloat16, torch.float16):
        low, exact = (weight.to(dtype).to(kind).requires_grad_() for kind in (dtype, torch.float64))
        states = hidden.to(dtype)
        one, other = (
            gradients(linear_cross_entropy(states.to(head.dtype), head, labels, chunk_size=2), head)[0]
            for head in (low, exact)
        )
        assert (one - other).norm() <= 6e-3 * other.norm()


def test_under_autocast():
    hidden, weight, labels, _ = inputs()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = linear_cross_entropy(hidden, weight, shifted(labels))
        expected = stock(hidden, weight, labels)
    assert abs(found - expected) <= 2e-6 * abs(expected)
    for one, other in zip(gradients(found, hidden, weight), gradients(expected, hidden, weight), strict=True):
        assert one.dtype is torch.float32
        assert close(one, other, 1e-2)


def test_float64_under_autocast():
    """Autocast leaves float64 as it is."""
    hidden, weight, labels, _ = inputs(torch.float64)
    expected = linear_cross_entropy(hidden, weight, labels)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = linear_cross_entropy(hidden, weight, labels)
        logits = functional.linear(hidden, weight)
    assert loss.dtype is logits.dtype is torch.float64
    assert torch.equal(loss, expected)


def test_bytes_as_labels_and_no_device_at_all():
    """torch.nn.functional.cross_entropy takes both."""
    hidden, weight, labels, _ = inputs()
    labels = labels.clamp(min=0)
    assert torch.equal(
        linear_cross_entropy(hidden, weight, labels.byte()), linear_cross_entropy(hidden, weight, labels)
    )
    assert linear_cross_entropy(hidden.to("meta"), weight.to("meta"), labels.to("meta")).shape == ()


def test_twice_over_one_graph():
    hidden, weight, labels, _ = inputs()
    loss = linear_cross_entropy(hidden, weight, labels)
    first = torch.autograd.grad(loss, (hidden, weight), retain_graph=True)
    (loss * 3 + hidden.sum()).backward()
    assert torch.allclose(weight.grad, 3 * first[1])
    assert torch.allclose(hidden.grad, 3 * first[0] + 1)


def test_accumulation():
    """Two halves, each divided by the count of both, as the Trainer does it."""
    hidden, weight, labels, _ = inputs()
    count = (labels != -100).sum()
    whole = gradients(linear_cross_entropy(hidden, weight, labels), weight)[0]
    for part in (slice(0, 1), slice(1, 3)):
        linear_cross_entropy(hidden[part], weight, labels[part], num_items_in_batch=count).backward()
    assert close(weight.grad, whole)


@pytest.mark.parametrize("frozen", ["hidden", "weight", "both"])
def test_frozen(frozen):
    hidden, weight, labels, _ = inputs()
    expected = gradients(linear_cross_entropy(hidden, weight, labels), hidden, weight)
    if frozen != "weight":
        hidden = hidden.detach()
    if frozen != "hidden":
        weight = weight.detach()
    loss = linear_cross_entropy(hidden, weight, labels)
    assert loss.requires_grad is (frozen != "both")
    for one, other in zip((hidden, weight), expected, strict=True):
        if one.requires_grad:
            assert torch.equal(gradients(loss, one)[0], other)


def test_without_gradients():
    hidden, weight, labels, _ = inputs()
    with torch.no_grad():
        loss = linear_cross_entropy(hidden, weight, labels)
    assert not loss.requires_grad
    with torch.inference_mode():
        assert torch.equal(linear_cross_entropy(hidden, weight, labels), loss)


def test_nothing_counts():
    hidden, weight, labels, _ = inputs()
    nothing = torch.full_like(labels, -100)
    for found, expected in (
        (linear_cross_entropy(hidden, weight, nothing), stock(hidden, weight, nothing)),
        (linear_cross_entropy(hidden[:0], weight, nothing[:0]), stock(hidden[:0], weight, nothing[:0])),
    ):
        assert found.isnan()
        assert expected.isnan()
        for one, other in zip(gradients(found, hidden, weight), gradients(expected, hidden, weight), strict=True):
            assert torch.equal(one, other)
    assert linear_cross_entropy(hidden, weight, nothing, num_items_in_batch=4) == 0


def test_inputs_are_left_alone():
    hidden, weight, labels, _ = inputs()
    before = copy.deepcopy((hidden, weight, labels))
    linear_cross_entropy(hidden, weight, labels, softcap=2.0).backward()
    assert all(torch.equal(one, other) for one, other in zip((hidden, weight, labels), before, strict=True))


def test_bad_input():
    hidden, weight, labels, bias = inputs(bias=True)
    for wrong, match in (
        (dict(hidden=hidden[..., :4]), r"do not fit: \(3, 11, 4\), \(50, 16\) and \(3, 11\)"),
        (dict(labels=labels[:, 1:]), r"do not fit"),
        (dict(bias=bias[:3]), r"bias has shape \(3,\), and weight has 50 rows"),
        (dict(chunk_size=0), "chunk_size=0"),
        (dict(labels=labels.float()), "labels are torch.float32"),
        (dict(weight=weight.bfloat16()), r"one floating dtype; they are torch.float32, torch.bfloat16"),
    ):
        given = {"hidden": hidden, "weight": weight, "labels": labels, **wrong}
        with pytest.raises(ValueError, match=match):
            linear_cross_entropy(given.pop("hidden"), given.pop("weight"), given.pop("labels"), **given)
    with pytest.raises((IndexError, RuntimeError), match="out of bounds"):
        linear_cross_entropy(hidden, weight, labels.clamp(min=SIZE))
    first = torch.autograd.grad(linear_cross_entropy(hidden, weight, labels), hidden, create_graph=True)[0]
    with pytest.raises(NotImplementedError, match="second derivative"):
        first.sum().backward()


def test_compiled_with_what_is_around_it():
    """One graph from the hidden states to the gradient, also by way of AOTAutograd."""
    hidden, weight, labels, _ = inputs()

    def step(hidden: Any, weight: Any) -> Any:
        return linear_cross_entropy(functional.gelu(hidden), weight, shifted(labels), chunk_size=4) * 2

    expected = gradients(step(hidden, weight), hidden, weight)
    torch._dynamo.reset()
    compiled = torch.compile(step, fullgraph=True, backend="aot_eager")
    for one, other in zip(gradients(compiled(hidden, weight), hidden, weight), expected, strict=True):
        assert close(one, other)
