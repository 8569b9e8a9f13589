"""Models of transformers' own are built, loaded, initialised, tied and saved as without hfcompat, to the bit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    BertConfig,
    BertForMaskedLM,
    CLIPConfig,
    CLIPModel,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MixtralConfig,
    MixtralForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
    Wav2Vec2Config,
    Wav2Vec2ForCTC,
)

import hfcompat

SMALL = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
TEXT = SMALL | {"vocab_size": 20, "max_position_embeddings": 16}
ROPE = {
    "rope_type": "llama3",
    "factor": 2.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8,
}
SOUND = SMALL | {
    "vocab_size": 20,
    "conv_dim": (8, 8),
    "conv_stride": (2, 2),
    "conv_kernel": (3, 3),
    "num_feat_extract_layers": 2,
    "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2,
}
FAMILIES: dict[Any, Any] = {
    LlamaForCausalLM: LlamaConfig(**TEXT, rope_scaling=ROPE, tie_word_embeddings=True),
    MixtralForCausalLM: MixtralConfig(**TEXT, num_key_value_heads=2, num_local_experts=2),
    BertForMaskedLM: BertConfig(**TEXT),
    GPT2LMHeadModel: GPT2Config(vocab_size=20, n_positions=16, n_embd=16, n_layer=2, n_head=2),
    T5ForConditionalGeneration: T5Config(vocab_size=20, d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2),
    CLIPModel: CLIPConfig(text_config=TEXT | {"eos_token_id": 3}, vision_config=SMALL | {"image_size": 8, "patch_size": 4}),
    Wav2Vec2ForCTC: Wav2Vec2Config(**SOUND),
}  # fmt: skip


# What else is missing has no value of its own in these: transformers leaves it uninitialised.
BY_THE_HEAD = (MixtralForCausalLM, Wav2Vec2ForCTC)


def state(model: Any) -> dict[str, Any]:
    tensors = [*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)]
    first: dict[int, str] = {}
    found = {
        name: (tensor.dtype, tensor.requires_grad, first.setdefault(id(tensor), name), tensor.detach().clone())
        for name, tensor in tensors
    }
    return found | {
        "dice": (torch.get_rng_state(),),
        "training": (model.training,),
        "attributes": (sorted(vars(model)),),
    }


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    def same(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
        return all(a.equal(b) if isinstance(a, torch.Tensor) else a == b for a, b in zip(left, right, strict=True))

    return [name for name in one.keys() | other.keys() if not same(one[name], other[name])]


def everything(cls: Any, folder: Path) -> list[dict[str, Any]]:
    """Built, loaded, loaded in 16 bits, loaded with a part missing, saved and loaded again."""
    torch.manual_seed(1)
    built = cls(FAMILIES[cls])
    found = [state(built)]
    for how in ({}, {"torch_dtype": torch.bfloat16}, {"device_map": "cpu"}):
        found.append(state(cls.from_pretrained(folder / "whole", **how)))
    torch.manual_seed(2)
    part, info = cls.from_pretrained(folder / "part", output_loading_info=True)
    found += [
        state(part),
        {"missing": (sorted(info["missing_keys"]),), "unexpected": (sorted(info["unexpected_keys"]),)},
    ]
    part.save_pretrained(folder / "again")
    return [*found, {name: (tensor,) for name, tensor in load_file(folder / "again" / "model.safetensors").items()}]


@pytest.mark.parametrize("cls", FAMILIES, ids=lambda cls: cls.__name__)
def test_as_without_us(cls: Any, tmp_path: Path) -> None:
    torch.manual_seed(0)
    cls(FAMILIES[cls]).save_pretrained(tmp_path / "whole")
    cls(FAMILIES[cls]).save_pretrained(tmp_path / "part")
    weights = load_file(tmp_path / "part" / "model.safetensors")
    kept = [name for name in weights if "lm_head" not in name] if cls in BY_THE_HEAD else sorted(weights)[::2]
    save_file({name: weights[name] for name in kept}, tmp_path / "part" / "model.safetensors", {"format": "pt"})
    stock = everything(cls, tmp_path)
    with hfcompat.applied():
        ours = everything(cls, tmp_path)
    assert [differences(one, other) for one, other in zip(stock, ours, strict=True)] == [[]] * len(stock)
