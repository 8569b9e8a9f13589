"""Models of transformers whose wrappers were flattened, and what they compute.

The weights depend on the parameters' names only, so every version builds the same model.
"""

from __future__ import annotations

import importlib
import zlib
from typing import Any

import torch
from torch import nn

IDS = torch.tensor([[3, 1, 4, 1, 5]])
PIXELS = torch.linspace(-1, 1, 3 * 8 * 8).reshape(1, 3, 8, 8)


def fill(model: nn.Module) -> nn.Module:
    """Weights by name; a tied weight gets those of the name that comes first. Returns the model, in eval mode."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            name = name.removeprefix("text_model.").removeprefix("vision_model.")
            noise = torch.Generator().manual_seed(zlib.crc32(name.encode()))
            parameter.copy_(0.3 * torch.randn(parameter.shape, generator=noise))
    return model.eval()


# Families whose wrappers were flattened in 5.6: module, class, config, the attribute that was the wrapped model.
FLATTENED = [
    ("altclip", "AltCLIPVisionModel", "AltCLIPVisionConfig", "vision_model"),
    ("chinese_clip", "ChineseCLIPVisionModel", "ChineseCLIPVisionConfig", "vision_model"),
    ("clip", "CLIPTextModel", "CLIPTextConfig", "text_model"),
    ("clip", "CLIPVisionModel", "CLIPVisionConfig", "vision_model"),
    ("clipseg", "CLIPSegTextModel", "CLIPSegTextConfig", "text_model"),
    ("clipseg", "CLIPSegVisionModel", "CLIPSegVisionConfig", "vision_model"),
    ("metaclip_2", "MetaClip2TextModel", "MetaClip2TextConfig", "text_model"),
    ("metaclip_2", "MetaClip2VisionModel", "MetaClip2VisionConfig", "vision_model"),
    ("mlcd", "MLCDVisionModel", "MLCDVisionConfig", "vision_model"),
    ("siglip", "SiglipTextModel", "SiglipTextConfig", "text_model"),
    ("siglip", "SiglipVisionModel", "SiglipVisionConfig", "vision_model"),
    ("siglip2", "Siglip2TextModel", "Siglip2TextConfig", "text_model"),
    ("siglip2", "Siglip2VisionModel", "Siglip2VisionConfig", "vision_model"),
    ("x_clip", "XCLIPTextModel", "XCLIPTextConfig", "text_model"),
    ("x_clip", "XCLIPVisionModel", "XCLIPVisionConfig", "vision_model"),
]

_SIZES = {"hidden_size": 16, "intermediate_size": 20, "num_hidden_layers": 2, "num_attention_heads": 2}
_TEXT = {"vocab_size": 32, "max_position_embeddings": 8, "bos_token_id": 0, "eos_token_id": 5}
_VISION = {"image_size": 8, "patch_size": 4}


def flattened(family: str, cls: str, config: str) -> Any:
    """A tiny filled model. Raises ModuleNotFoundError where the runtime does not have the family yet."""
    modeling = importlib.import_module(f"transformers.models.{family}.modeling_{family}")
    configuration = importlib.import_module(f"transformers.models.{family}.configuration_{family}")
    more = _TEXT if "Text" in cls else _VISION | {"num_patches": 4, "mit_hidden_size": 16, "num_frames": 1}
    return fill(getattr(modeling, cls)(getattr(configuration, config)(**_SIZES, **more)))


def inputs(cls: str) -> tuple[torch.Tensor, ...]:
    """What a flattened model takes."""
    if cls == "Siglip2VisionModel":
        patches = PIXELS.reshape(1, 4, 48)
        return patches, torch.ones(1, 4, dtype=torch.long), torch.tensor([[2, 2]])
    return (IDS,) if "Text" in cls else (PIXELS,)


def reach_through(model: Any, name: str, *inputs: torch.Tensor) -> torch.Tensor:
    """What the wrapped model makes of the inputs, shape (1, tokens, 16), plus its last layer's first norm's weight."""
    wrapped = getattr(model, name)
    return wrapped(*inputs).last_hidden_state + wrapped.encoder.layers[-1].layer_norm1.weight


def digest(tensor: torch.Tensor) -> list[float]:
    """The first numbers of the last row, rounded."""
    return [round(float(x), 3) for x in tensor.detach().reshape(-1, tensor.shape[-1])[-1][:8]]
