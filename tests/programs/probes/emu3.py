"""Emu3: a LLaMA of 4.44 with caches of then."""

from typing import Any

from remote_code import RemoteCode


def run(probe: Any) -> None:
    remote = RemoteCode(
        probe,
        {"AutoConfig": "configuration_emu3.Emu3Config", "AutoModelForCausalLM": "modeling_emu3.Emu3ForCausalLM"},
        {
            "model_type": "Emu3",
            "vocab_size": 96,
            "hidden_size": 64,
            "intermediate_size": 96,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 64,
            "pad_token_id": 0,
            "bos_token_id": 1,
            "eos_token_id": 2,
            "attention_dropout": 0.0,
        },
    )
    probe.language_model(remote.build(attn_implementation="eager"), remote.load)
