"""Processors, small ones, and what they make of one image or one second of noise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
import transformers
import written_tokenizers
from written_tokenizers import PAIRS, fast, of_the_hub

TEMPLATE = "{% for m in messages %}{{ m['role'] }}{% endfor %}"
SMALL = dict(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}, image_mean=[0.1, 0.2, 0.3])
WHISPER_TOKENS = ["<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>"]
QWEN_TOKENS = ["<|image_pad|>", "<|video_pad|>", "<|vision_start|>", "<|vision_end|>"]
TEXT = {"qwen2_vl": "Hello <|vision_start|><|image_pad|><|vision_end|>", "llava": "Hello <image> world"}


MODEL_TYPES = {"wav2vec2_features": "wav2vec2", "clip_images": "clip", "vit_images": "vit"}
"""Of config.json beside them, where it is not the name of the case."""


def image() -> Any:
    from PIL import Image

    return Image.fromarray(np.random.RandomState(0).randint(0, 255, (50, 70, 3)).astype("uint8"))


def noise() -> Any:
    return np.random.RandomState(0).randn(8000).astype("float32")


def _llava() -> Any:
    return transformers.LlavaProcessor(
        image_processor=transformers.CLIPImageProcessor(**SMALL),
        tokenizer=written_tokenizers.bare(
            eos_token=written_tokenizers.END,
            pad_token=written_tokenizers.END,
            extra_special_tokens={"image_token": "<image>"},
        ),
        patch_size=8,
        vision_feature_select_strategy="default",
        chat_template=TEMPLATE,
        num_additional_image_tokens=1,
    )


def _qwen2_vl() -> Any:
    parts = dict(
        image_processor=transformers.Qwen2VLImageProcessor(min_pixels=28 * 28 * 2, max_pixels=28 * 28 * 16),
        tokenizer=of_the_hub(fast("Qwen2Tokenizer"), PAIRS, dict(additional_special_tokens=QWEN_TOKENS))(),
        chat_template=TEMPLATE,
    )
    if "video_processor" in transformers.Qwen2VLProcessor.__init__.__code__.co_varnames:
        parts["video_processor"] = transformers.Qwen2VLVideoProcessor()
    return transformers.Qwen2VLProcessor(**parts)


def _whisper() -> Any:
    return transformers.WhisperProcessor(
        feature_extractor=transformers.WhisperFeatureExtractor(feature_size=16, chunk_length=2),
        tokenizer=of_the_hub("WhisperTokenizer", PAIRS, dict(additional_special_tokens=WHISPER_TOKENS))(),
    )


CASES: dict[str, Callable[[], Any]] = {
    "llava": _llava,
    "qwen2_vl": _qwen2_vl,
    "whisper": _whisper,
    "wav2vec2_features": lambda: transformers.Wav2Vec2FeatureExtractor(
        do_normalize=True, sampling_rate=8000, return_attention_mask=True
    ),
    "clip_images": lambda: transformers.CLIPImageProcessor(**SMALL, resample=2),
    "vit_images": lambda: transformers.ViTImageProcessor(
        size={"height": 32, "width": 32}, do_normalize=True, image_mean=[0.1, 0.2, 0.3]
    ),
}


def observe(name: str, processor: Any) -> dict[str, Any]:
    """What comes out, thinned; the chat template; the classes are free to differ."""
    if name.endswith("_images"):
        out = processor(images=image(), return_tensors="pt")
    elif name in TEXT:
        out = processor(images=[image()], text=[TEXT[name]], return_tensors="pt")
    else:
        out = processor(noise(), sampling_rate=16000 if name == "whisper" else 8000, return_tensors="pt")
    wanted = ("pixel_values", "input_ids", "image_grid_thw", "input_features", "input_values")
    found: dict[str, Any] = {key: thinned(out[key]) for key in wanted if key in out}
    found["chat template"] = getattr(processor, "chat_template", None)
    return found


def thinned(values: Any) -> dict[str, Any]:
    """The shape, and some hundred numbers."""
    flat = torch.as_tensor(np.asarray(values, dtype="float64")).flatten()
    return {"shape": list(np.shape(values)), "values": flat[:: max(1, flat.numel() // 400)].tolist()}


def equal(one: Any, other: Any) -> bool:
    """Up to what resizing by another library may change."""
    if not (isinstance(one, dict) and isinstance(other, dict)):
        return bool(one == other)
    return one["shape"] == other["shape"] and np.allclose(one["values"], other["values"], rtol=0, atol=0.02)


UNSEEN: dict[str, Callable[[], Any]] = {}
