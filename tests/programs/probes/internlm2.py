"""InternLM2: tuples of tuples for a cache, dynamic NTK scaling."""

from typing import Any

from remote_code import RemoteCode


def run(probe: Any) -> None:
    remote = RemoteCode(
        probe,
        {
            "AutoConfig": "configuration_internlm2.InternLM2Config",
            "AutoModelForCausalLM": "modeling_internlm2.InternLM2ForCausalLM",
        },
        {
            "model_type": "internlm2",
            "vocab_size": 96,
            "hidden_size": 64,
            "intermediate_size": 96,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 64,
            "attn_implementation": "eager",
            "bias": False,
            "rope_scaling": {"type": "dynamic", "factor": 2.0},
        },
    )
    probe.language_model(remote.build(), remote.load)
