"""What only a GPU can show: kernels in bfloat16, backends that ran, memory, graphs of inductor.

    tox -e gpu-tf457,gpu-tf523        # or: pytest -m gpu tests/kernels, where torch for CUDA is there already

The same environments run the other tests of this folder, whose models are on the GPU where there is one.
"""

from __future__ import annotations

import copy
import importlib.util
from typing import Any

import pytest
import torch
import transformers
from language_models import DECODER, SLIDING, batch, model_of
from torch.profiler import ProfilerActivity, profile
from transformers.loss.loss_utils import ForCausalLMLoss

import hfcompat
from hfcompat.environment import Environment
from hfcompat.kernels import Slot, attempts, linear_cross_entropy, swap_kernels, undo

VERSION = Environment().transformers
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no CUDA device")]
needs_liger = pytest.mark.skipif(importlib.util.find_spec("liger_kernel") is None, reason="no liger-kernel")
WIDE = {**DECODER, "hidden_size": 256, "intermediate_size": 512, "head_dim": 64, "vocab_size": 1000}
BACKENDS = {
    "cudnn_attention": "aten::_scaled_dot_product_cudnn_attention",
    "flash_attention": "aten::_scaled_dot_product_flash_attention",
    "efficient_attention": "aten::_scaled_dot_product_efficient_attention",
    "math": "aten::_scaled_dot_product_attention_math",
}
RAN_BACK = {name: f"{event}_backward" for name, event in BACKENDS.items() if name != "math"}


@pytest.fixture(autouse=True, scope="module")
def _patched():
    hfcompat.apply()
    yield
    hfcompat.revert()


def wide(name: str = "llama", **more: Any) -> Any:
    """A model whose heads every kernel takes, in bfloat16."""
    model = model_of(name, {**WIDE, **more}, attention="sdpa")
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:  # of this width they would blur everything in bfloat16
                parameter *= 0.2
    return model.to(torch.bfloat16)


def text(rows: int = 2, length: int = 128) -> torch.Tensor:
    return torch.randint(3, 1000, (rows, length), generator=torch.Generator().manual_seed(1)).cuda()


def step(model: Any, ids: torch.Tensor) -> dict[str, torch.Tensor]:
    model.train().zero_grad()
    loss = model(input_ids=ids, labels=ids).loss
    loss.backward()
    found = {name: one.grad.float() for name, one in model.named_parameters() if one.grad is not None}
    return {"loss": loss.detach().float(), **found}


def apart(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> float:
    """The largest relative distance, by the norm of each tensor."""
    assert one.keys() == other.keys()
    return max(float((value - other[name]).norm() / other[name].norm()) for name, value in one.items())


def ran(call: Any) -> set[str]:
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        call()
        torch.cuda.synchronize()
    return {event.key for event in seen.key_averages()}


@needs_liger
@pytest.mark.parametrize(
    "name", ["llama", "qwen2", "qwen3", "gemma2", "gemma3_text", "mistral", "phi3", "granite", "olmo2", "glm4"]
)
def test_liger_in_bfloat16(name):
    """As near to float32 as transformers is in bfloat16, and the bits of before after undo."""
    sliding = SLIDING if name in ("gemma2", "gemma3_text", "mistral") else {}
    model = wide(name, **{key: value for key, value in sliding.items() if key not in WIDE})
    ids = text()
    exact = step(copy.deepcopy(model).float(), ids)
    stock = step(model, ids)
    swap_kernels(model, use_liger_kernel=True)
    assert [(one.swap, one.taken) for one in attempts(model)] == [("liger", True)]
    swapped = step(model, ids)
    assert apart(swapped, exact) <= 1.5 * apart(stock, exact)
    assert apart(swapped, stock) > 0
    undo(model)
    again = step(model, ids)
    assert all(torch.equal(value, stock[name]) for name, value in again.items())


@needs_liger
def test_liger_and_inductor():
    model, ids = wide(), text()
    stock = step(model, ids)
    swap_kernels(model, use_liger_kernel=True)
    eager = step(model, ids)
    torch._dynamo.reset()
    compiled = step(torch.compile(model), ids)
    compiled = {name.removeprefix("_orig_mod."): value for name, value in compiled.items()}
    assert apart(compiled, stock) <= 2 * apart(eager, stock) + 5e-3


@needs_liger
def test_a_model_that_is_loaded(tmp_path):
    """Onto the GPU, with everything asked for at once; the report says what was taken."""
    wide().save_pretrained(tmp_path)
    ids = text()
    plain = hfcompat.AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.bfloat16, device_map="cuda")
    model = hfcompat.AutoModelForCausalLM.from_pretrained(
        tmp_path, dtype=torch.bfloat16, device_map="cuda", attn_implementation="auto", use_liger_kernel=True,
        sdpa_method=["cudnn_attention", "flash_attention"],
    )  # fmt: skip
    taken = {one.slot: one.swap for one in attempts(model) if one.taken}
    assert taken[Slot.LAYERS] == "liger"
    assert taken[Slot.ATTENTION] == "sdpa" or taken[Slot.ATTENTION].startswith("flash_attention")
    assert "TAKEN" in str(hfcompat.report(model))
    assert apart(step(model, ids), step(plain, ids)) <= 2e-2
    with torch.no_grad():
        logits = model.eval()(ids).logits
        assert torch.allclose(logits, plain.eval()(ids).logits, atol=0.03 * float(logits.abs().max()))
    tokens = [one.generate(ids[:, :16], max_new_tokens=4, do_sample=False) for one in (model, plain)]
    assert tokens[0].shape == tokens[1].shape == (2, 20)


@pytest.mark.parametrize("checkpointing", [False, True], ids=["", "checkpointing"])
@pytest.mark.parametrize("method", BACKENDS)
def test_backends_that_ran(method, checkpointing):
    """The one that was asked for, in the recomputation too, and no other; after undo torch chooses again."""
    model, ids = wide(num_key_value_heads=4), text()
    stock = step(model, ids)
    if checkpointing:
        model.gradient_checkpointing_enable({"use_reentrant": False})
    swap_kernels(model, sdpa_method=method)
    found: dict[str, torch.Tensor] = {}
    events = ran(lambda: found.update(step(model, ids)))
    assert events & set(BACKENDS.values()) == {BACKENDS[method]}
    assert events & set(RAN_BACK.values()) == ({RAN_BACK[method]} if method in RAN_BACK else set())
    assert apart(found, stock) <= 2e-2
    undo(model)
    assert BACKENDS["math"] not in ran(lambda: model(ids))


def test_what_no_backend_of_the_list_computes():
    """A mask, which flash attention does not take: the rest of the list does, MATH at last."""
    model, ids = wide(), text()
    mask = torch.ones_like(ids)
    mask[0, :7] = 0
    with torch.no_grad():
        stock = model(ids, attention_mask=mask).logits
        swap_kernels(model, sdpa_method="flash_attention")
        held = model(ids, attention_mask=mask).logits
    assert BACKENDS["math"] in ran(lambda: model(ids, attention_mask=mask))
    assert torch.allclose(held[mask == 1], stock[mask == 1], atol=0.03 * float(stock.abs().max()))


def test_the_ladder():
    """Flash attention without its packages, then a name that is none: the reasons are kept, and the model runs."""
    names = [f"flash_attention_{n}" for n in (4, 3, 2)]
    wished = [name for name in names if not _installed(name)] + ["no_such_attention"]
    config = transformers.LlamaConfig(**WIDE)
    with pytest.warns(UserWarning, match="sdpa attention is used"):
        model = hfcompat.AutoModelForCausalLM.from_config(config, attn_implementation=wished, dtype=torch.bfloat16)
    refused = {one.swap: one.why for one in attempts(model) if not one.taken}
    assert refused.keys() == set(wished)
    assert all(refused.values())
    assert model.config._attn_implementation == "sdpa"
    ids = text()
    assert torch.isfinite(model.cuda()(ids, labels=ids).loss)


def _installed(name: str) -> bool:
    module = {"flash_attention_4": "flash_attn.cute", "flash_attention_3": "flash_attn_interface"}.get(
        name, "flash_attn"
    )
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize("name", ["flash_attention_4", "flash_attention_3", "flash_attention_2"])
def test_flash_attention(name):
    """Where its package is there: taken by "auto", the numbers of sdpa, packed sequences told apart by positions."""
    if not _installed(name):
        pytest.skip(f"the package of {name} is not installed")
    config = transformers.LlamaConfig(**WIDE)
    torch.manual_seed(0)
    stock = hfcompat.AutoModelForCausalLM.from_config(config, attn_implementation="sdpa", dtype=torch.bfloat16).cuda()
    model = hfcompat.AutoModelForCausalLM.from_config(config, attn_implementation=name, dtype=torch.bfloat16).cuda()
    model.load_state_dict(stock.state_dict())
    assert [(one.swap, one.taken) for one in attempts(model)] == [(name, True)]
    ids = text()
    assert apart(step(model, ids), step(stock, ids)) <= 2e-2
    best = hfcompat.AutoModelForCausalLM.from_config(config, attn_implementation="auto", dtype=torch.bfloat16)
    assert next(one.swap for one in attempts(best) if one.taken).startswith("flash_attention")
    positions = torch.cat([torch.arange(50), torch.arange(78)])[None].cuda()
    with torch.no_grad():
        packed = model.eval()(ids[:1], position_ids=positions, use_cache=False).logits
        alone = torch.cat([stock.eval()(part).logits for part in (ids[:1, :50], ids[:1, 50:])], 1)
    assert torch.allclose(packed, alone, atol=0.03 * float(alone.abs().max()))


def test_flex_attention():
    config = transformers.LlamaConfig(**WIDE)
    torch.manual_seed(0)
    stock = hfcompat.AutoModelForCausalLM.from_config(config, attn_implementation="sdpa").cuda()
    model = hfcompat.AutoModelForCausalLM.from_config(config, attn_implementation=["flex_attention"]).cuda()
    model.load_state_dict(stock.state_dict())
    assert [(one.swap, one.taken) for one in attempts(model)] == [("flex_attention", True)]
    ids = text()
    with torch.no_grad():
        assert torch.allclose(model.eval()(ids).logits, stock.eval()(ids).logits, atol=1e-3)


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "inductor"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_the_loss_in_chunks(dtype, compiled):
    torch.manual_seed(0)
    hidden = torch.randn(4, 700, 64, device="cuda", dtype=dtype, requires_grad=True)
    weight = (torch.randn(3000, 64, device="cuda") * 0.1).to(dtype).requires_grad_()
    labels = torch.randint(0, 3000, (4, 700), device="cuda")
    labels[0, :90] = -100
    expected = ForCausalLMLoss(hidden @ weight.t(), labels, 3000)
    function = linear_cross_entropy
    if compiled:
        torch._dynamo.reset()
        function = torch.compile(linear_cross_entropy, fullgraph=True)
    shifted = torch.nn.functional.pad(labels, (0, 1), value=-100)[..., 1:]
    loss = function(hidden, weight, shifted)
    assert loss.dtype is expected.dtype is torch.float32
    assert abs(loss - expected) <= 2e-6 * abs(expected)
    found, stock = torch.autograd.grad(loss, (hidden, weight)), torch.autograd.grad(expected, (hidden, weight))
    for one, other in zip(found, stock, strict=True):
        assert one.dtype is dtype
        far = (one.float() - other.float()).abs().max() / other.float().abs().max()
        assert far <= (1e-5 if dtype is torch.float32 else 1.6e-2)


def test_the_memory_of_the_loss():
    """At V=131072, 2048 positions, H=256: at most a fifth of the stock head and loss."""

    def peak(call: Any) -> int:
        torch.manual_seed(0)
        hidden = torch.randn(1, 2048, 256, device="cuda", requires_grad=True)
        weight = torch.randn(131072, 256, device="cuda", requires_grad=True)
        labels = torch.randint(0, 131072, (1, 2048), device="cuda")
        before = torch.cuda.memory_allocated()
        torch.cuda.reset_peak_memory_stats()
        call(hidden, weight, labels).backward()
        return torch.cuda.max_memory_allocated() - before

    stock = peak(lambda hidden, weight, labels: ForCausalLMLoss(hidden @ weight.t(), labels, 131072))
    assert peak(linear_cross_entropy) <= 0.2 * stock


def test_a_step_waits_for_nothing():
    """The loss in chunks synchronizes with the GPU at no place of its own."""
    hidden = torch.randn(600, 64, device="cuda", requires_grad=True)
    weight = torch.randn(3000, 64, device="cuda", requires_grad=True)
    labels = torch.randint(0, 3000, (600,), device="cuda")
    linear_cross_entropy(hidden, weight, labels).backward()
    torch.cuda.set_sync_debug_mode("error")
    try:
        linear_cross_entropy(hidden, weight, labels).backward()
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_answers_of_a_gpu_are_those_of_the_cpu():
    """The tiny models of the other tests, in float32: what is compared with itself there is right at all."""
    model = model_of("llama", DECODER)
    ids, mask, _ = batch()
    with torch.no_grad():
        here = model(ids, attention_mask=mask).logits.cpu()
        there = model.cpu()(ids.cpu(), attention_mask=mask.cpu()).logits
    assert torch.allclose(here, there, atol=1e-4)
