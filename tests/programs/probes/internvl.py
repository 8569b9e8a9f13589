"""InternVL-Chat: a vision tower in front of InternLM2, whose generate is called with embeddings."""

from typing import Any


def run(probe: Any) -> None:
    import torch

    probe.leave_out_operators()
    probe.bare("internvl")
    with probe.step("import"):
        from internvl.model.internvl_chat.configuration_internvl_chat import InternVLChatConfig
        from internvl.model.internvl_chat.modeling_internvl_chat import InternVLChatModel
    shape = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 96}
    vision = {
        **shape,
        "architectures": ["InternVisionModel"],
        "image_size": 56,
        "patch_size": 14,
        "use_flash_attn": False,
        "drop_path_rate": 0.0,
    }
    language = {
        **shape,
        "architectures": ["InternLM2ForCausalLM"],
        "vocab_size": 96,
        "num_key_value_heads": 2,
        "max_position_embeddings": 64,
        "attn_implementation": "eager",
        "bias": False,
    }
    with probe.step("build"):
        config = InternVLChatConfig(
            vision_config=vision,
            llm_config=language,
            force_image_size=56,
            downsample_ratio=0.5,
            template="internlm2-chat",
            select_layer=-1,
        )
        model = InternVLChatModel(config, use_flash_attn=False)
    model.img_context_token_id = 90
    probe.fill(model)
    ids = torch.tensor([[5, 6, 90, 90, 90, 90, 7, 8]])
    inputs = {
        "pixel_values": torch.linspace(-1, 1, 3 * 56 * 56).reshape(1, 3, 56, 56),
        "input_ids": ids,
        "attention_mask": torch.ones_like(ids),
    }
    with probe.step("forward"), torch.no_grad():
        probe.result("logits", probe.row(model(**inputs, image_flags=torch.tensor([[1]])).logits))
    with probe.step("generate"), torch.no_grad():
        generated = model.generate(**inputs, max_new_tokens=4, do_sample=False)
    probe.result("generated", generated[0].tolist())
