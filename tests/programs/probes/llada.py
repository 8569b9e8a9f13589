"""LLaDA: a diffusion language model over OLMo code, with a configuration that reads what the base class had."""

from typing import Any

from remote_code import RemoteCode


def run(probe: Any) -> None:
    remote = RemoteCode(
        probe,
        {"AutoConfig": "configuration_llada.LLaDAConfig", "AutoModelForCausalLM": "modeling_llada.LLaDAModelLM"},
        {
            "model_type": "llada",
            "d_model": 64,
            "n_heads": 4,
            "n_kv_heads": 4,
            "n_layers": 2,
            "mlp_ratio": 2,
            "mlp_hidden_size": 96,
            "activation_type": "silu",
            "block_type": "llama",
            "vocab_size": 96,
            "embedding_size": 96,
            "max_sequence_length": 64,
            "rope": True,
            "rope_full_precision": True,
            "layer_norm_type": "rms",
            "rms_norm_eps": 1e-5,
            "include_bias": False,
            "include_qkv_bias": False,
            "weight_tying": False,
            "attention_dropout": 0.0,
            "residual_dropout": 0.0,
            "embedding_dropout": 0.0,
            "flash_attention": False,
            "alibi": False,
            "attention_layer_norm": False,
            "init_device": "cpu",
            "init_fn": "mitchell",
            "init_std": 0.02,
            "block_group_size": 1,
            "pad_token_id": 0,
            "eos_token_id": 2,
            "mask_token_id": 95,
            "input_emb_norm": False,
            "scale_logits": False,
            "bias_for_layer_norm": False,
            "precision": "fp32",
            "multi_query_attention": None,
            "layer_norm_with_affine": True,
            "attention_layer_norm_with_affine": True,
            "use_cache": False,
        },
    )
    probe.language_model(remote.build(), remote.load, generates=False, trains=False)
