"""Masks of decoders: the methods of 4.49, and the functions of 4.53, called as then."""

import json
from pathlib import Path
from typing import Any

import causal_cases as cases
import pytest
import torch
from packaging.version import Version
from transformers import AutoConfig, AutoModelForCausalLM, LlamaConfig, LlamaModel, __version__

import hfcompat

ANSWERS = json.loads(Path(__file__).with_name("answers-4.49.json").read_text())["answers"]
RUNTIME = Version(__version__)
MASKING = [
    "create_causal_mask",
    "create_sliding_window_causal_mask",
    "create_chunked_causal_mask",
    "create_masks_for_generate",
]


@pytest.fixture(autouse=True)
def applied():
    with hfcompat.applied() as report:
        yield report


@pytest.mark.parametrize("implementation", ["eager", "sdpa"])
@pytest.mark.parametrize("name", ["llama", "mistral", "gemma2", "opt"])
def test_masks_are_those_of_4_49(name: str, implementation: str) -> None:
    model = cases.models(implementation)[name]
    for question, asked in cases.QUESTIONS.items():
        assert cases.closed(asked(model)) == ANSWERS[f"{name} {implementation} {question}"], question


@pytest.mark.skipif(Version("4.53.0.dev0") > RUNTIME, reason=f"{RUNTIME} has methods of its own")
@pytest.mark.parametrize("name", ["llama", "mistral", "gemma2"])
def test_compiled_they_are_the_same(name: str) -> None:
    model = cases.models("eager")[name]

    def masked(embeddings: torch.Tensor) -> Any:
        return model._update_causal_mask(cases.PADDED, embeddings, torch.arange(5), None, False)

    torch._dynamo.reset()
    embeddings = torch.zeros(2, 5, 8)
    assert torch.equal(torch.compile(masked, backend="eager", fullgraph=True)(embeddings), masked(embeddings))


@pytest.mark.parametrize("device", [(), ("cpu",)], ids=["as in 4.52", "as in 4.49"])
def test_the_static_method_takes_either_order(device: tuple[str, ...]) -> None:
    if Version("4.53.0.dev0") > RUNTIME and len(device) != (Version("4.52.0.dev0") > RUNTIME):
        pytest.skip(f"transformers {RUNTIME} has its own, of one of the two orders")
    mask = LlamaModel._prepare_4d_causal_attention_mask_with_cache_position(
        cases.PADDED, 2, 5, torch.float32, *device, torch.arange(3, 5), 2
    )
    assert cases.closed(mask) == ["00001/00000", "11001/11000"]


@pytest.mark.skipif(Version("4.53.0.dev0") > RUNTIME, reason=f"{RUNTIME} has a static method of its own")
def test_compiled_the_static_method_is_the_same() -> None:
    model = cases.models("eager")["mistral"]

    def masked(mask: torch.Tensor) -> torch.Tensor:
        return model._prepare_4d_causal_attention_mask_with_cache_position(
            mask, 2, 5, torch.float32, cache_position=torch.arange(3, 5), batch_size=2, config=model.config
        )

    torch._dynamo.reset()
    compiled = torch.compile(masked, backend="eager", fullgraph=True)(cases.PADDED)
    assert cases.closed(compiled) == cases.closed(masked(cases.PADDED)) == ["11001/11100", "11001/11100"]


@pytest.mark.parametrize("window", [None, 4])
@pytest.mark.parametrize("name", ["gemma2", "llama", "mistral"])
def test_generating_with_a_static_cache_is_as_without_us(name: str, window: int | None) -> None:
    # Up to 5.1 generate asks the model for its static method; where there is none, each kind of layer has its mask.
    config = AutoConfig.for_model(name, **cases._SIZES, head_dim=4, sliding_window=window or 4096)
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(config).eval()
    ids = torch.tensor([[0, 0, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]])
    given = {"attention_mask": (ids != 0).long(), "cache_implementation": "static", "do_sample": False}
    given |= {"max_new_tokens": 4, "eos_token_id": None, "pad_token_id": 0}
    given |= {"return_dict_in_generate": True, "output_logits": True}
    if name == "gemma2" and window and Version("4.53.0.dev0") > RUNTIME:  # a window is for its own kind of cache alone
        with pytest.raises(RuntimeError, match="must match the size"):
            model.generate(ids, **given)
        hfcompat.revert()
        with pytest.raises(RuntimeError, match="must match the size"):
            model.generate(ids, **given)
        return
    ours = model.generate(ids, **given)
    hfcompat.revert()
    stock = model.generate(ids, **given)
    assert torch.equal(torch.stack(ours.logits), torch.stack(stock.logits))


@pytest.mark.skipif(Version("4.53.0.dev0") > RUNTIME, reason=f"masking_utils came with 4.53; this is {RUNTIME}")
@pytest.mark.parametrize("name", MASKING)
def test_functions_of_4_53(name: str) -> None:
    from transformers import masking_utils

    config = LlamaConfig(**cases._SIZES, attn_implementation="eager", sliding_window=2, attention_chunk_size=2)
    config._attn_implementation = "eager"
    function, embeddings, positions = getattr(masking_utils, name), torch.zeros(2, 2, 8), torch.arange(3, 5)
    by_name = function(
        config=config,
        input_embeds=embeddings,
        attention_mask=cases.PADDED,
        cache_position=positions,
        past_key_values=cases.dynamic(3),
    )
    wanted = {
        "create_causal_mask": ["00001/00000", "11001/11000"],
        "create_sliding_window_causal_mask": ["11001/11100", "11001/11100"],
        "create_chunked_causal_mask": ["11001/11110", "11001/11110"],
        "create_masks_for_generate": ["11001/11100", "11001/11100"],
    }[name]
    if Version("5.4.0.dev0") <= RUNTIME < Version("5.9.0.dev0") and name != "create_masks_for_generate":
        by_position = by_name  # these take the cache by name only
    else:
        by_position = function(config, embeddings, cases.PADDED, positions, cases.dynamic(3))
    assert cases.closed(by_name) == cases.closed(by_position) == wanted


@pytest.mark.skipif(Version("5.0.0.dev0") > RUNTIME, reason=f"{RUNTIME} masks such inputs by itself")
@pytest.mark.parametrize("by_name", [False, True], ids=["as llama does", "as gemma3 does"])
def test_masks_of_three_dimensions_reach_the_scores(by_name: bool) -> None:
    from transformers import masking_utils

    seen = torch.tensor([[[1, 0], [1, 1]]])
    values = [LlamaConfig(**cases._SIZES, attn_implementation="eager"), torch.zeros(1, 2, 8), seen]
    newer = Version("5.4.0.dev0") <= RUNTIME
    embeddings = "inputs_embeds" if newer else "input_embeds"
    rest = {} if newer else {"cache_position": torch.arange(2)}
    rest |= {"past_key_values": None, "position_ids": None, "layer_idx": 0}
    call = masking_utils._preprocess_mask_arguments
    if by_name:
        found = call(**dict(zip(("config", embeddings, "attention_mask"), values, strict=True)), **rest)
    else:
        found = call(*values, *rest.values())
    lowest = torch.finfo(torch.float32).min
    assert torch.equal(found[1], torch.tensor([[[[0.0, lowest], [0.0, 0.0]]]]))


@pytest.mark.skipif(Version("5.0.0.dev0") > RUNTIME, reason=f"{RUNTIME} masks such inputs by itself")
def test_an_attention_of_somebodys_own_gets_a_mask_of_three_dimensions_as_it_is() -> None:
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    given: list[Any] = []

    def attention(module: Any, query: Any, key: Any, value: Any, attention_mask: Any, **more: Any) -> Any:
        given.append(attention_mask)
        return sdpa_attention_forward(module, query, key, value, None, **more)

    AttentionInterface.register("three", attention)
    AttentionMaskInterface.register("three", lambda *args, attention_mask=None, **more: attention_mask)
    model = LlamaModel(LlamaConfig(**cases._SIZES))
    model.set_attn_implementation("three")
    model(torch.tensor([[1, 2, 3]]), attention_mask=torch.ones(1, 3, 3))
    assert [mask.shape for mask in given] == [(1, 3, 3)]
