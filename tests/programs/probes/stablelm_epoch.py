"""StableLM-Epoch, before StableLM was built in: partial rotary embeddings, tuples of tuples for a cache."""

from typing import Any

from remote_code import RemoteCode


def run(probe: Any) -> None:
    remote = RemoteCode(
        probe,
        {
            "AutoConfig": "configuration_stablelm_epoch.StableLMEpochConfig",
            "AutoModelForCausalLM": "modeling_stablelm_epoch.StableLMEpochForCausalLM",
        },
        {
            "model_type": "stablelm_epoch",
            "vocab_size": 96,
            "hidden_size": 64,
            "intermediate_size": 96,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 4,
            "max_position_embeddings": 64,
            "norm_eps": 1e-5,
            "rope_pct": 0.25,
            "use_qkv_bias": False,
        },
    )
    probe.language_model(remote.build(), remote.load)
