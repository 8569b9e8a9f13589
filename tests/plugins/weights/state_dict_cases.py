"""Models whose state dict has other names or shapes since 5.0 or 5.6."""

from __future__ import annotations

from typing import Any

import torch
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    MixtralConfig,
    MixtralForCausalLM,
    SiglipVisionConfig,
    SiglipVisionModel,
)
from weights_cases import IDS, digest, numbers

SMALL = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
TEXT = SMALL | {"vocab_size": 20, "max_position_embeddings": 16, "eos_token_id": 5}
VISION = SMALL | {"image_size": 8, "patch_size": 4}
PIXELS = torch.linspace(-1, 1, 3 * 8 * 8).reshape(1, 3, 8, 8)


def llava() -> LlavaConfig:
    vision = SiglipVisionConfig(**VISION)
    return LlavaConfig(vision_config=vision, text_config=LlamaConfig(**TEXT), image_token_index=19)


MODELS: dict[str, Any] = {
    "clip": lambda: CLIPTextModel(CLIPTextConfig(**TEXT)),
    "siglip": lambda: SiglipVisionModel(SiglipVisionConfig(**VISION)),
    "mixtral": lambda: MixtralForCausalLM(MixtralConfig(**TEXT, num_key_value_heads=2, num_local_experts=2)),
    "llava": lambda: LlavaForConditionalGeneration(llava()),
}


def shapes(model: torch.nn.Module) -> dict[str, list[int]]:
    return {name: list(value.shape) for name, value in model.state_dict().items() if value.is_floating_point()}


def weights(shapes: dict[str, list[int]]) -> dict[str, torch.Tensor]:
    return {name: numbers(f"{name}.weight", torch.empty(shape)) for name, shape in shapes.items()}


def answer(model: Any) -> list[float]:
    with torch.no_grad():
        outputs = model.eval()(PIXELS if isinstance(model, SiglipVisionModel) else IDS)
    return digest(outputs[0])


def recorded(make: Any) -> dict[str, Any]:
    """The names and shapes of the weights, and what the model answers with them."""
    model = make()
    names = shapes(model)
    model.load_state_dict(weights(names), strict=False)  # position ids aside
    return {"shapes": names, "answer": answer(model)}
