"""EAGLE: a LLaMA with caches of its own."""

from typing import Any


def run(probe: Any) -> None:
    from transformers import LlamaConfig

    with probe.step("import"):
        from eagle.model.modeling_llama_kv import LlamaForCausalLM
    with probe.step("build"):
        config = LlamaConfig(
            vocab_size=96,
            hidden_size=64,
            intermediate_size=96,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            max_position_embeddings=64,
            pad_token_id=0,
        )
        model = LlamaForCausalLM(config)
    probe.language_model(model, LlamaForCausalLM.from_pretrained, generates=False)
