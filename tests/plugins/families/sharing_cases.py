"""A small Gemma 3n whose last layers share keys and values, with the same weights on every version; and what is asked of it."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

IDS = torch.tensor([[5, 9, 2, 31, 7, 7, 30, 11, 3, 17, 28, 6]])
SHARED = 3
SIZES: dict[str, Any] = {
    "vocab_size": 32,
    "vocab_size_per_layer_input": 32,
    "hidden_size": 16,
    "hidden_size_per_layer_input": 8,
    "intermediate_size": [24] * 6,
    "num_hidden_layers": 6,
    "num_attention_heads": 2,
    "num_key_value_heads": 1,
    "head_dim": 8,
    "max_position_embeddings": 64,
    "sliding_window": 6,
    "layer_types": ["sliding_attention", "full_attention"] * 3,
    "num_kv_shared_layers": SHARED,
    "altup_num_inputs": 2,
    "laurel_rank": 4,
    "activation_sparsity_pattern": [0.0] * 6,
    "attention_dropout": 0.0,
    "bos_token_id": 1,
    "eos_token_id": 0,
    "pad_token_id": 0,
}


def model(attention: str = "eager", family: str = "gemma3n") -> Any:
    import transformers

    name = family.capitalize()
    sizes = SIZES if family == "gemma3n" else SIZES | {"intermediate_size": 24}
    config = getattr(transformers, f"{name}TextConfig")(**sizes)
    config._attn_implementation = attention
    return filled(getattr(transformers, f"{name}ForCausalLM")(config)).eval()


def filled(model: nn.Module) -> Any:
    """Numbers that go by the name and the place of a weight, so that those which a version has not are not missed."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            start = sum(map(ord, name)) % 97
            steps = torch.arange(parameter.numel(), dtype=torch.float64)
            parameter.copy_((0.3 * torch.sin(start + 0.7 * steps)).reshape(parameter.shape))
    return model


def logits(model: Any, **kwargs: Any) -> torch.Tensor:
    with torch.no_grad():
        return model(IDS, **kwargs).logits


def gradients(model: Any) -> dict[str, torch.Tensor]:
    """The loss, and the gradients of keys and values; a cache is neither asked for nor refused."""
    model.zero_grad()
    found = model.train()(IDS, labels=IDS)
    found.loss.backward()
    names = ("self_attn.k_proj.weight", "self_attn.v_proj.weight")
    weights = {name: weight for name, weight in model.named_parameters() if name.endswith(names)}
    return {"loss": found.loss.detach()} | {
        name: weight.grad for name, weight in weights.items() if weight.grad is not None
    }


def checkpointed(model: Any) -> dict[str, torch.Tensor]:
    model.gradient_checkpointing_enable({"use_reentrant": False})
    try:
        return gradients(model)
    finally:
        model.gradient_checkpointing_disable()


def generated(model: Any, **kwargs: Any) -> torch.Tensor:
    return model.generate(IDS[:, :9], max_new_tokens=8, do_sample=False, eos_token_id=None, pad_token_id=0, **kwargs)


CASES = {
    "no cache": lambda model: logits(model, use_cache=False),
    "cache": lambda model: logits(model, use_cache=True),
    "left padding": lambda model: logits(
        model, use_cache=False, attention_mask=(torch.arange(IDS.shape[1]) > 2).long()[None]
    )[:, 3:],
    "training": gradients,
    "checkpointing": checkpointed,
    "generated": generated,
    "generated, no cache": lambda model: generated(model, use_cache=False),
}


def plain(value: Any) -> Any:
    """As JSON has it, with six significant digits."""
    if isinstance(value, dict):
        return {name: plain(item) for name, item in value.items()}
    rounded = [float(f"{number:.7g}") for number in value.double().flatten().tolist()]
    return {"shape": list(value.shape), "values": rounded}


def assert_close(found: Any, wanted: Any) -> None:
    """What was found is what `plain` was given when it was recorded."""
    if "values" not in wanted:
        assert found.keys() == wanted.keys()
        for name, value in wanted.items():
            assert_close(found[name], value)
        return
    recorded = torch.tensor(wanted["values"], dtype=torch.float64).reshape(wanted["shape"])
    torch.testing.assert_close(found.double(), recorded, rtol=2e-5, atol=5e-6)
