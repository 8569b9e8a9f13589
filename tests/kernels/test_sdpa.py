"""One model is held to backends of scaled_dot_product_attention, whoever calls it, from wherever."""

from __future__ import annotations

import copy
import gc
import io
import os
import pickle
import threading
import weakref
from typing import Any

import pytest
import torch
import transformers
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.profiler import ProfilerActivity, profile

import hfcompat
from hfcompat.kernels import Attempt, Slot, attempts, sdpa, swap_kernels, undo

SMALL: dict[str, Any] = {
    "vocab_size": 96, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 64, "initializer_range": 0.3, "pad_token_id": 0,
}  # fmt: skip
IDS = torch.arange(3, 51).reshape(2, 24)
MATH, FLASH = "aten::_scaled_dot_product_attention_math", "aten::_scaled_dot_product_flash_attention_for_cpu"


@pytest.fixture(autouse=True, scope="module")
def _as_it_was():
    yield
    hfcompat.revert()


def build(attention: str = "sdpa", **kwargs: Any) -> Any:
    torch.manual_seed(0)
    config = transformers.LlamaConfig(**SMALL)
    return hfcompat.AutoModelForCausalLM.from_config(config, attn_implementation=attention, **kwargs).eval()


def flags() -> tuple[bool, ...]:
    cuda = torch.backends.cuda
    return cuda.flash_sdp_enabled(), cuda.mem_efficient_sdp_enabled(), cuda.math_sdp_enabled(), cuda.cudnn_sdp_enabled()


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        return model(IDS).logits


def under(*backends: SDPBackend) -> torch.Tensor:
    with sdpa_kernel(list(backends), set_priority=True):
        return logits(build())


def used(call: Any) -> set[str]:
    """The backends that ran."""
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        call()
    return {event.key for event in seen.key_averages()} & {MATH, FLASH}


def attributes(model: Any) -> list[dict[str, Any]]:
    return [dict(vars(module)) for module in model.modules()]


def test_the_two_backends_of_a_cpu_differ() -> None:
    """Otherwise the tests below would see nothing."""
    assert not torch.equal(under(SDPBackend.MATH), under(SDPBackend.FLASH_ATTENTION))
    assert used(lambda: under(SDPBackend.MATH)) == {MATH}
    assert used(lambda: under(SDPBackend.FLASH_ATTENTION)) == {FLASH}


@pytest.mark.parametrize(
    ("method", "backend"),
    [
        ("math", MATH),
        ("MATH", MATH),
        (SDPBackend.MATH, MATH),
        ("flash_attention", FLASH),
        (SDPBackend.FLASH_ATTENTION, FLASH),
        ("SDPBackend.FLASH_ATTENTION", FLASH),
        (["math", "flash_attention"], MATH),  # order is priority
        (["Flash_Attention", SDPBackend.MATH], FLASH),
        ("efficient_attention", MATH),  # not for CPUs: math is at the end
        (["cudnn_attention"], MATH),
        (("cudnn_attention", "flash_attention"), FLASH),
    ],
)
def test_names_and_order(method: Any, backend: str) -> None:
    before = flags()
    model = build(sdpa_method=method)
    answers = []
    assert used(lambda: answers.append(logits(model))) == {backend}
    assert torch.equal(answers[0], under(SDPBackend.MATH if backend == MATH else SDPBackend.FLASH_ATTENTION))
    assert flags() == before
    assert attempts(model)[-1].slot is Slot.SDPA
    assert attempts(model)[-1].taken


def test_the_default_and_the_switch() -> None:
    assert attempts(build(use_sdpa_patching=True))[-1] == Attempt(
        Slot.SDPA, "cudnn_attention, flash_attention, efficient_attention, math", True
    )
    assert all(
        attempt.slot is Slot.ATTENTION for attempt in attempts(build(use_sdpa_patching=False, sdpa_method="math"))
    )
    assert all(attempt.slot is Slot.ATTENTION for attempt in attempts(build()))


@pytest.mark.parametrize("method", ["nonsense", ["math", "nonsense"], 7, [], "error", None])
def test_a_bad_name_is_said_at_once_and_nothing_is_done(method: Any) -> None:
    model = build()
    before = attributes(model)
    if method is None:
        swap_kernels(model, sdpa_method=None)
    else:
        with pytest.raises(ValueError, match="sdpa_method.*flash_attention"):
            swap_kernels(model, sdpa_method=method)
    assert attributes(model) == before


def test_undo_and_the_other_models() -> None:
    other, model = build(), build()
    plain, before = logits(model), attributes(model)
    swap_kernels(model, sdpa_method="math")
    later = build()
    assert torch.equal(logits(model), under(SDPBackend.MATH))
    assert torch.equal(logits(other), plain)
    assert torch.equal(logits(later), plain)
    assert "forward" not in vars(model)
    swap_kernels(model, sdpa_method="flash_attention")  # the second word counts
    assert used(lambda: logits(model)) == {FLASH}
    undo(model)
    assert attributes(model) == before
    assert torch.equal(logits(model), plain)
    assert [attempt.slot for attempt in attempts(model)] == [Slot.ATTENTION]


def test_a_forward_of_the_instances_own_is_kept() -> None:
    """As accelerate and Liger leave them behind, put there before or after."""
    import functools

    def twice(module: Any, before: Any, *args: Any, **kwargs: Any) -> Any:
        out, *rest = before(*args, **kwargs)
        return (out * 2, *rest)

    doubled = build()
    for layer in doubled.model.layers:
        layer.self_attn.forward = functools.partial(twice, layer.self_attn, layer.self_attn.forward)
    with sdpa_kernel(SDPBackend.MATH):
        expected = logits(doubled)
    plain, own = logits(doubled), [layer.self_attn.forward for layer in doubled.model.layers]
    swap_kernels(doubled, sdpa_method="math")
    assert torch.equal(logits(doubled), expected)
    undo(doubled)
    assert [layer.self_attn.forward for layer in doubled.model.layers] == own
    assert torch.equal(logits(doubled), plain)

    model = build(sdpa_method="math")
    for layer in model.model.layers:
        layer.self_attn.forward = functools.partial(twice, layer.self_attn, layer.self_attn.forward)
    assert torch.equal(logits(model), expected)
    undo(model)  # ours is inside theirs: it stays, and does nothing any more
    assert torch.equal(logits(model), plain)


@pytest.mark.parametrize("reentrant", [True, False], ids=["reentrant", "not reentrant"])
@pytest.mark.parametrize("method", ["math", "flash_attention"])
def test_gradient_checkpointing(method: str, reentrant: bool) -> None:
    """The second forward runs in backward, out of reach of a context around the first."""

    def step(model: Any) -> list[torch.Tensor]:
        model.train()
        model(IDS, labels=IDS).loss.backward()
        return [p.grad for p in model.parameters()]

    with sdpa_kernel(getattr(SDPBackend, method.upper())):
        expected = step(build())
    model = build(sdpa_method=method)
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": reentrant})
    if reentrant:
        model.enable_input_require_grads()
    found = []
    ran = used(lambda: found.extend(step(model)))
    assert ran == {MATH if method == "math" else FLASH}
    assert all(torch.equal(mine, theirs) for mine, theirs in zip(found, expected, strict=True))


def test_threads() -> None:
    """Two models with two backends, and one with none, at the same time."""
    expected = {
        "math": under(SDPBackend.MATH),
        "flash_attention": under(SDPBackend.FLASH_ATTENTION),
        None: logits(build()),
    }
    models = {method: build(sdpa_method=method) if method else build() for method in expected}
    before, wrong, start = flags(), [], threading.Barrier(4)

    def work(method: str | None) -> None:
        try:
            start.wait()
            for _ in range(40):
                found = logits(models[method])
                if method is None:
                    torch.testing.assert_close(found, expected[method], atol=1e-4, rtol=0)
                elif not torch.equal(found, expected[method]):
                    wrong.append(method)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(method,)) for method in ("math", "flash_attention", "math", None)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert flags() == before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # from Python 3.12, wherever there are threads
def test_a_fork_while_a_thread_computes() -> None:
    """The child has neither the lock nor the flags of a thread that it has not."""
    model, before, ended = build(sdpa_method="math"), flags(), threading.Event()
    attention = model.model.layers[0].self_attn
    inside, forked = threading.Event(), threading.Event()

    def linger(*_: Any) -> None:
        inside.set()
        forked.wait(0.3)

    def work() -> None:
        logits(model)
        ended.set()

    attention.q_proj.register_forward_hook(linger)
    thread = threading.Thread(target=work)
    thread.start()
    assert inside.wait(30)
    child = os.fork()
    if not child:
        os._exit(int(not sdpa._TURN.acquire(timeout=5)) + 2 * (flags() != before))
    forked.set()
    thread.join()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ended.is_set()
    assert flags() == before


def test_an_error_in_attention_leaves_the_flags_as_they_were() -> None:
    model, before = build(sdpa_method="math"), flags()
    with pytest.raises(RuntimeError):
        model(inputs_embeds=torch.ones(1, 3, 7))
    model.model.layers[0].self_attn.o_proj = torch.nn.Linear(5, 5)
    with pytest.raises(RuntimeError):
        model(IDS)
    assert flags() == before


@pytest.mark.parametrize("backend", ["eager", "aot_eager"])
@pytest.mark.parametrize("method", ["math", "flash_attention"])
def test_compiled(method: str, backend: str) -> None:
    torch._dynamo.reset()
    expected = under(getattr(SDPBackend, method.upper()))
    compiled = torch.compile(build(sdpa_method=method), backend=backend, fullgraph=True)
    before = flags()
    assert torch.equal(logits(compiled), expected)
    assert flags() == before


def test_trained_compiled() -> None:
    torch._dynamo.reset()

    def step(model: Any, call: Any) -> list[torch.Tensor]:
        call(IDS, labels=IDS).loss.backward()
        return [p.grad for p in model.parameters()]

    with sdpa_kernel(SDPBackend.MATH):
        eager = build()
        expected = step(eager, eager)
    model = build(sdpa_method="math")
    for mine, theirs in zip(step(model, torch.compile(model, backend="eager")), expected, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize(
    "copied",
    [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model)), lambda model: reloaded(model)],
    ids=["deepcopy", "pickle", "torch.save"],
)
def test_a_copy_is_held_and_stands_by_itself(copied: Any) -> None:
    model = build(sdpa_method="math")
    expected = logits(model)
    again = copied(model)
    undo(model)
    assert torch.equal(logits(again), expected)
    assert used(lambda: logits(again)) == {MATH}
    for layer in again.model.layers:
        layer.self_attn.o_proj.weight.data.zero_()
    assert torch.equal(logits(model), logits(build()))
    assert not torch.equal(logits(again), expected)
    swap_kernels(again, sdpa_method="flash_attention")
    assert used(lambda: logits(again)) == {FLASH}
    undo(again)
    assert all("forward" not in vars(module) for module in again.modules())
    another = copied(build(sdpa_method="math"))
    undo(another)
    assert not any({"forward", "_sdpa_backends"} & vars(module).keys() for module in another.modules())
    assert used(lambda: logits(another)) == {FLASH}


def reloaded(model: Any) -> Any:
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


def test_what_is_saved_and_generated(tmp_path) -> None:
    model, plain = build(sdpa_method="math"), build()
    with sdpa_kernel(SDPBackend.MATH):
        expected = plain.generate(IDS[:1, :6], max_new_tokens=8, do_sample=False)
    assert torch.equal(model.generate(IDS[:1, :6], max_new_tokens=8, do_sample=False), expected)
    assert model.state_dict().keys() == plain.state_dict().keys()
    model.save_pretrained(tmp_path)
    assert torch.equal(logits(transformers.AutoModelForCausalLM.from_pretrained(tmp_path)), logits(plain))


def test_a_model_that_is_held_is_not_kept_alive() -> None:
    model = build(sdpa_method="math")
    logits(model)
    reference = weakref.ref(model)
    del model
    gc.collect()
    assert reference() is None


def test_eager_attention_is_refused_and_noted() -> None:
    model = build("eager")
    before, plain = attributes(model), logits(model)
    swap_kernels(model, sdpa_method="flash_attention")
    assert attributes(model) == before
    assert torch.equal(logits(model), plain)
    said = attempts(model)[-1]
    assert said == Attempt(
        Slot.SDPA, "flash_attention, math", False, "its attention is eager; load it with attn_implementation='sdpa'"
    )
    assert str(said) in hfcompat.report(model).text()
    line = torch.nn.Linear(2, 2)
    swap_kernels(line, sdpa_method="math")
    assert attempts(line)[-1].why == "no module of it is an attention"


def test_one_part_of_several() -> None:
    vision = transformers.CLIPVisionConfig(
        hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=8, patch_size=4
    )
    config = transformers.LlavaConfig(
        vision_config=vision, text_config=transformers.LlamaConfig(**SMALL), image_token_index=90
    )
    torch.manual_seed(0)
    model = hfcompat.AutoModelForImageTextToText.from_config(
        config, attn_implementation={"text_config": "sdpa", "vision_config": "eager"}, sdpa_method="math"
    ).eval()
    held = {type(module).__name__ for module in model.modules() if "forward" in vars(module)}
    assert held == {"LlamaAttention"}
    assert attempts(model)[-1].why == "not in the parts whose attention is eager"
    pixels, ids = torch.rand(1, 3, 8, 8), torch.tensor([[1, 90, 90, 90, 90, 6]])
    assert used(lambda: model(input_ids=ids, pixel_values=pixels)) == {MATH}


class Attention(torch.nn.Module):
    """Remote code that calls torch, whatever its configuration says."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.scaled_dot_product_attention(x, x, x)


@pytest.mark.parametrize("said", ["eager", "sdpa", None])
def test_remote_code_is_taken_at_its_word(said: str | None) -> None:
    model = torch.nn.Sequential(Attention())
    model.config = transformers.PretrainedConfig()
    model.config._attn_implementation_internal = said
    model.config._attn_implementation = said
    swap_kernels(model, sdpa_method="math")
    assert used(lambda: model(torch.rand(1, 2, 8, 16))) == {MATH}
    undo(model)
    assert used(lambda: model(torch.rand(1, 2, 8, 16))) == {FLASH}


FAMILIES: dict[str, Any] = {
    "bert": lambda t: t.BertModel(t.BertConfig(vocab_size=96, hidden_size=32, num_hidden_layers=1, num_attention_heads=4, intermediate_size=32)),
    "gpt2": lambda t: t.GPT2LMHeadModel(t.GPT2Config(vocab_size=96, n_embd=32, n_layer=1, n_head=4)),
    "opt": lambda t: t.OPTForCausalLM(t.OPTConfig(vocab_size=96, hidden_size=32, num_hidden_layers=1, num_attention_heads=4, ffn_dim=32, word_embed_proj_dim=32)),
    "distilbert": lambda t: t.DistilBertModel(t.DistilBertConfig(vocab_size=96, dim=32, n_layers=1, n_heads=2, hidden_dim=32)),
    "qwen2": lambda t: t.Qwen2ForCausalLM(t.Qwen2Config(**SMALL)),
}  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_families_that_write_their_attention_in_other_ways(family: str) -> None:
    torch.manual_seed(0)
    model = FAMILIES[family](transformers).eval()
    assert used(lambda: model(IDS)) == {FLASH}
    swap_kernels(model, sdpa_method="math")
    assert used(lambda: model(IDS)) == {MATH}
    undo(model)
    assert used(lambda: model(IDS)) == {FLASH}
