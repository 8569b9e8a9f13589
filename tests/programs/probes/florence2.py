"""Florence-2: an encoder-decoder behind a vision tower, embeddings shared three times, generation from pictures."""

from typing import Any

from remote_code import RemoteCode


def run(probe: Any) -> None:
    import torch

    probe.leave_out_operators()
    text = {
        "vocab_size": 96,
        "d_model": 64,
        "encoder_layers": 1,
        "decoder_layers": 2,
        "encoder_attention_heads": 4,
        "decoder_attention_heads": 4,
        "encoder_ffn_dim": 64,
        "decoder_ffn_dim": 64,
        "max_position_embeddings": 256,
        "bos_token_id": 0,
        "eos_token_id": 2,
        "pad_token_id": 1,
        "decoder_start_token_id": 2,
        "forced_eos_token_id": 2,
    }
    vision = {
        "model_type": "davit",
        "drop_path_rate": 0.0,
        "patch_size": [7, 3, 3, 3],
        "patch_stride": [4, 2, 2, 2],
        "patch_padding": [3, 1, 1, 1],
        "patch_prenorm": [False, True, True, True],
        "enable_checkpoint": False,
        "dim_embed": [16, 16, 32, 32],
        "num_heads": [2, 2, 4, 4],
        "num_groups": [2, 2, 4, 4],
        "depths": [1, 1, 1, 1],
        "window_size": 4,
        "projection_dim": 64,
        "visual_temporal_embedding": {"type": "COSINE", "max_temporal_embeddings": 4},
        "image_pos_embed": {"type": "learned_abs_2d", "max_pos_embeddings": 10},
        "image_feature_source": ["spatial_avg_pool", "temporal_avg_pool"],
    }
    remote = RemoteCode(
        probe,
        {
            "AutoConfig": "configuration_florence2.Florence2Config",
            "AutoModelForCausalLM": "modeling_florence2.Florence2ForConditionalGeneration",
        },
        {
            "model_type": "florence2",
            "vocab_size": 96,
            "projection_dim": 64,
            "bos_token_id": 0,
            "eos_token_id": 2,
            "pad_token_id": 1,
            "text_config": text,
            "vision_config": vision,
        },
    )
    model = probe.fill(remote.build())
    inputs = {
        "input_ids": torch.tensor([[0, 5, 6, 7, 2]]),
        "pixel_values": torch.linspace(-1, 1, 3 * 64 * 64).reshape(1, 3, 64, 64),
    }
    begun = torch.tensor([[2, 0, 5]])
    with probe.step("forward"), torch.no_grad():
        probe.result("logits", probe.row(model(**inputs, decoder_input_ids=begun).logits))
    for name, beams in (("greedy", 1), ("beams", 3)):
        with probe.step(name), torch.no_grad():
            generated = model.generate(**inputs, max_new_tokens=4, num_beams=beams, do_sample=False)
        probe.result(name, generated[0].tolist())
    # On the Hub these checkpoints keep the config.json that they came with.
    probe.reload(
        model,
        lambda saved: remote.load(saved, keep_config=True),
        lambda loaded: loaded(**inputs, decoder_input_ids=begun).logits,
    )
