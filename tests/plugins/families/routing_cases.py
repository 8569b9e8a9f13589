"""A small NLLB-MoE of four experts, with the same weights on every version; and what is asked of it."""

from __future__ import annotations

from typing import Any

import torch
from sharing_cases import filled

IDS = torch.tensor([[5, 9, 2, 31, 7, 7, 30, 11], [3, 17, 28, 6, 2, 1, 1, 1]])
SAID = torch.tensor([[2, 8, 14, 20, 9], [2, 30, 4, 4, 11]])
SIZES: dict[str, Any] = {
    "vocab_size": 32,
    "d_model": 16,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 24,
    "decoder_ffn_dim": 24,
    "encoder_sparse_step": 2,
    "decoder_sparse_step": 2,
    "num_experts": 4,
    "expert_capacity": 64,
    "max_position_embeddings": 64,
    "dropout": 0.0,
    "attention_dropout": 0.0,
    "activation_dropout": 0.0,
    "encoder_layerdrop": 0.0,
    "decoder_layerdrop": 0.0,
    "pad_token_id": 1,
    "bos_token_id": 0,
    "eos_token_id": 2,
    "decoder_start_token_id": 2,
}


def model(**sizes: Any) -> Any:
    import transformers

    config = transformers.NllbMoeConfig(**{**SIZES, **sizes})
    config._attn_implementation = "eager"
    return filled(transformers.NllbMoeForConditionalGeneration(config)).eval()


def logits(model: Any) -> torch.Tensor:
    with torch.no_grad():
        return model(IDS, attention_mask=(IDS != 1).long(), decoder_input_ids=SAID).logits


def gradients(model: Any) -> dict[str, torch.Tensor]:
    """The first weights of experts, of all of them, and of the routers."""
    model.zero_grad()
    said = model.train()(IDS, attention_mask=(IDS != 1).long(), decoder_input_ids=SAID).logits
    said.log_softmax(-1)[..., 3].sum().backward()
    names = ("fc1.bias", "classifier.weight")
    return {
        name: torch.zeros_like(weight) if weight.grad is None else weight.grad
        for name, weight in model.named_parameters()
        if name.endswith(names) and ".ffn." in name
    }


def generated(model: Any) -> torch.Tensor:
    return model.generate(IDS, attention_mask=(IDS != 1).long(), max_new_tokens=6, do_sample=False, eos_token_id=None)


CASES = {
    "logits": lambda: logits(model()),
    "no dropout of tokens": lambda: logits(model(moe_token_dropout=0.0)),
    "normalized before": lambda: logits(model(normalize_router_prob_before_dropping=True)),
    "few at a time": lambda: logits(model(moe_eval_capacity_token_fraction=0.3)),
    "training": lambda: gradients(model(moe_token_dropout=0.0)),
    "generated": lambda: generated(model()),
}
