"""Several sequences in one row are what each of them is by itself."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import pytest
import torch
import transformers
from packaging.version import Version

from hfcompat.kernels import packed_mask

RUNTIME = Version(version("transformers"))
SMALL: dict[str, Any] = {
    "vocab_size": 96, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 64, "initializer_range": 0.3, "pad_token_id": 0,
}  # fmt: skip
LENGTHS = (5, 9, 7)
PARTS = [torch.arange(3, 3 + n)[None] + 20 * i for i, n in enumerate(LENGTHS)]
PACKED = torch.cat(PARTS, 1)
POSITIONS = torch.cat([torch.arange(n) for n in LENGTHS])[None]
WINDOW = 4


def build(family: str, attention: str) -> Any:
    config = {
        "llama": lambda: transformers.LlamaConfig(**SMALL),
        "qwen2": lambda: transformers.Qwen2Config(**SMALL),
        "mistral": lambda: transformers.MistralConfig(**SMALL, sliding_window=WINDOW),
        "gemma2": lambda: transformers.Gemma2Config(**SMALL, head_dim=8, sliding_window=WINDOW),
        "gpt2": lambda: transformers.GPT2Config(
            vocab_size=96, n_embd=32, n_layer=2, n_head=4, n_positions=64, initializer_range=0.3, embd_pdrop=0.0, attn_pdrop=0.0, resid_pdrop=0.0
        ),
    }[family]()  # fmt: skip
    torch.manual_seed(0)
    return transformers.AutoModelForCausalLM.from_config(config, attn_implementation=attention).eval()


def each_by_itself(model: Any) -> torch.Tensor:
    return torch.cat([model(part, use_cache=False).logits for part in PARTS], 1)


FAMILIES = [
    (family, attention)
    for family in ("llama", "qwen2", "mistral", "gemma2", "gpt2")
    for attention in ("sdpa", "eager")
    if not (family == "gemma2" and (attention == "sdpa" or RUNTIME.release < (4, 53)))
    if not (family == "gpt2" and RUNTIME.release < (4, 53))
]
"""gemma2 takes a mask for each kind of layer from 4.53 on, gpt2 one of four dimensions; 5.23 has no sdpa for gemma2."""


@pytest.mark.parametrize("cached", [False, True], ids=["no cache", "cache"])
@pytest.mark.parametrize(("family", "attention"), FAMILIES)
def test_packed_is_each_by_itself(family: str, attention: str, cached: bool) -> None:
    model = build(family, attention)
    mask: Any = packed_mask(POSITIONS, window=WINDOW if family == "mistral" else None)
    if family == "gemma2":
        mask = {"full_attention": mask, "sliding_attention": packed_mask(POSITIONS, window=WINDOW)}
    with torch.no_grad():
        packed = model(PACKED, position_ids=POSITIONS, attention_mask=mask, use_cache=cached).logits
        torch.testing.assert_close(packed, each_by_itself(model), atol=2e-5, rtol=0)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_gradients(attention: str) -> None:
    model = build("llama", attention).train()
    labels = torch.cat([torch.cat([torch.full((1, 1), -100), part[:, 1:]], 1) for part in PARTS], 1)

    def gradients(logits: torch.Tensor) -> list[torch.Tensor]:
        model.zero_grad()
        torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten()).backward()
        return [p.grad.clone() for p in model.parameters()]

    packed = gradients(model(PACKED, position_ids=POSITIONS, attention_mask=packed_mask(POSITIONS)).logits)
    for mine, theirs in zip(packed, gradients(each_by_itself(model)), strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
def test_half_precision_takes_a_mask_of_its_own(attention: str) -> None:
    model = build("llama", attention).to(torch.bfloat16)
    with torch.no_grad():
        packed = model(PACKED, position_ids=POSITIONS, attention_mask=packed_mask(POSITIONS, model.dtype)).logits
        assert packed.dtype is torch.bfloat16
        torch.testing.assert_close(packed, each_by_itself(model), atol=0.15, rtol=0.05)


def test_compiled() -> None:
    model = build("llama", "sdpa")
    compiled = torch.compile(
        lambda ids, positions: (
            model(ids, position_ids=positions, attention_mask=packed_mask(positions), use_cache=False).logits
        ),
        backend="eager",
        fullgraph=True,
    )
    with torch.no_grad():
        torch.testing.assert_close(compiled(PACKED, POSITIONS), each_by_itself(model), atol=2e-5, rtol=0)


def test_the_runtime_by_itself_lets_sequences_see_each_other() -> None:
    """Why there is a packed_mask; when a version mends this, the documentation has to follow."""
    model = build("llama", "sdpa")
    with torch.no_grad():
        alone = each_by_itself(model)
        for given, right in {
            (): RUNTIME.release >= (4, 53),
            ("cache",): False,
            ("mask",): False,
        }.items():
            mask = torch.ones_like(PACKED) if "mask" in given else None
            logits = model(PACKED, position_ids=POSITIONS, attention_mask=mask, use_cache="cache" in given).logits
            assert ((logits - alone).abs().max() < 1e-4) == right, given


def test_the_mask() -> None:
    mask = packed_mask(torch.tensor([[0, 1, 0, 1, 2], [3, 4, 5, 6, 7]]))
    assert mask.shape == (2, 1, 5, 5)
    assert mask.dtype is torch.float32
    low = torch.finfo(torch.float32).min
    assert (mask[0, 0] == 0).int().tolist() == [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 1, 1, 0],
        [0, 0, 1, 1, 1],
    ]
    assert torch.equal(mask[1, 0] == 0, torch.ones(5, 5).tril().bool())
    assert set(mask.unique().tolist()) == {low, 0.0}
    assert (packed_mask(torch.arange(4)[None], window=2)[0, 0] == 0).sum().item() == 7
    with pytest.raises(ValueError, match=r"shape \(5,\); packed_mask takes \[batch, length\]"):
        packed_mask(torch.arange(5))
