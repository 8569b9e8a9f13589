"""DeepSeek-V2, as DeepSeek-VL2 has it: written for 4.38, with the attention classes and caches of then."""

from typing import Any

from remote_code import RemoteCode


def run(probe: Any) -> None:
    remote = RemoteCode(
        probe,
        {
            "AutoConfig": "configuration_deepseek.DeepseekV2Config",
            "AutoModelForCausalLM": "modeling_deepseek.DeepseekV2ForCausalLM",
        },
        {
            "model_type": "deepseek_v2_remote",
            "vocab_size": 96,
            "hidden_size": 64,
            "intermediate_size": 96,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 4,
            "moe_intermediate_size": 32,
            "n_shared_experts": 1,
            "n_routed_experts": 4,
            "num_experts_per_tok": 2,
            "kv_lora_rank": 16,
            "q_lora_rank": None,
            "qk_rope_head_dim": 8,
            "v_head_dim": 16,
            "qk_nope_head_dim": 8,
            "topk_method": "greedy",
            "first_k_dense_replace": 1,
            "max_position_embeddings": 64,
            "bos_token_id": 1,
            "eos_token_id": 2,
        },
    )
    probe.language_model(remote.build(attn_implementation="eager"), remote.load)
