"""JetMoE, before it was built in: experts in its attention, caches of 4.38."""

from typing import Any


def run(probe: Any) -> None:
    with probe.step("import"):
        from jetmoe.configuration_jetmoe import JetMoEConfig
        from jetmoe.modeling_jetmoe import JetMoEForCausalLM
    with probe.step("build"):
        config = JetMoEConfig(
            vocab_size=96,
            hidden_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            num_key_value_heads=2,
            kv_channels=16,
            ffn_hidden_size=64,
            max_position_embeddings=64,
            moe_num_experts=4,
            moe_top_k=2,
        )
        model = JetMoEForCausalLM(config)
    probe.language_model(model, JetMoEForCausalLM.from_pretrained)
