"""Diffusers: a Stable Diffusion pipeline with a CLIP text encoder, of which one layer is skipped."""

import json
import string
from typing import Any


def run(probe: Any) -> None:
    with probe.step("import"):
        from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    import numpy as np
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    letters = [*string.ascii_lowercase, *(f"{letter}</w>" for letter in string.ascii_lowercase)]
    vocabulary = {piece: i for i, piece in enumerate([*letters, "<|startoftext|>", "<|endoftext|>"])}
    (probe.folder / "vocab.json").write_text(json.dumps(vocabulary))
    (probe.folder / "merges.txt").write_text("#version: 0.2\n")
    config = CLIPTextConfig(
        vocab_size=64,
        hidden_size=32,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=16,
        bos_token_id=52,
        eos_token_id=53,
    )
    with probe.step("components"):
        files = str(probe.folder / "vocab.json"), str(probe.folder / "merges.txt")
        tokenizer = CLIPTokenizer(*files, model_max_length=16)
        text_encoder = CLIPTextModel(config)
        unet = UNet2DConditionModel(
            sample_size=8,
            in_channels=4,
            out_channels=4,
            layers_per_block=1,
            block_out_channels=(8, 16),
            norm_num_groups=4,
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            cross_attention_dim=32,
            attention_head_dim=4,
        )
        vae = AutoencoderKL(
            block_out_channels=[8, 16],
            in_channels=3,
            out_channels=3,
            down_block_types=["DownEncoderBlock2D"] * 2,
            up_block_types=["UpDecoderBlock2D"] * 2,
            latent_channels=4,
            norm_num_groups=4,
        )
        pipeline = StableDiffusionPipeline(
            unet=probe.fill(unet),
            vae=probe.fill(vae),
            text_encoder=fill_text_encoder(probe, text_encoder),
            tokenizer=tokenizer,
            scheduler=DDIMScheduler(),
            safety_checker=None,
            feature_extractor=None,
            requires_safety_checker=False,
        )
        pipeline.set_progress_bar_config(disable=True)

    with probe.step("encode_prompt_clip_skip"), torch.no_grad():
        embedded, _ = pipeline.encode_prompt("hello world", "cpu", 1, False, clip_skip=1)
    probe.result("embedded", [round(float(x), 2) for x in embedded[0, -1, :6]])
    with probe.step("call"):
        image = picture(pipeline)
    probe.result("image", [round(float(x), 2) for x in image.reshape(-1)[:6]])
    with probe.step("save_pretrained"):
        pipeline.save_pretrained(probe.folder / "pipeline")
    with probe.step("from_pretrained"):
        again = StableDiffusionPipeline.from_pretrained(probe.folder / "pipeline", safety_checker=None)
        again.set_progress_bar_config(disable=True)
    probe.result("same_after_reload", bool(np.allclose(picture(again), image, atol=1e-4)))


def picture(pipeline: Any) -> Any:
    import torch

    noise = torch.Generator().manual_seed(0)
    return pipeline("hello world", num_inference_steps=2, output_type="np", height=16, width=16, generator=noise).images


def fill_text_encoder(probe: Any, model: Any) -> Any:
    """As `probe.fill`, with the names that the parameters have today: they lost their prefix in 5.6."""
    return probe.fill(getattr(model, "text_model", model)) and model.eval()
