"""Medusa: a LLaMA of the package's own, with its rotary embedding and its list of tied weights."""

from typing import Any


def run(probe: Any) -> None:
    import torch
    from transformers import LlamaConfig

    with probe.step("import"):
        from medusa.model.medusa_model import MedusaModel  # noqa: F401
        from medusa.model.modeling_llama_kv import LlamaForCausalLM
    with probe.step("build"):
        config = LlamaConfig(
            vocab_size=96,
            hidden_size=64,
            intermediate_size=96,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=64,
            pad_token_id=0,
        )
        model = LlamaForCausalLM(config)
    probe.fill(model)
    ids = torch.arange(5, 12)[None]
    with probe.step("forward"), torch.no_grad():
        probe.result("logits", probe.row(model(input_ids=ids).logits))
    with probe.step("backward"):
        loss = model(input_ids=ids, labels=ids).loss
        loss.backward()
        probe.result("loss", round(float(loss.detach()), 2))
    probe.reload(model, LlamaForCausalLM.from_pretrained, lambda loaded: loaded(input_ids=ids).logits)
