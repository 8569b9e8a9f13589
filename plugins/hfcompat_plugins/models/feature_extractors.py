"""The first names of image processors: `CLIPFeatureExtractor` is the one that resizes with Pillow, whatever the runtime
calls it."""

from __future__ import annotations

import importlib
from typing import Any

_FAMILIES = {
    "Beit": "beit",
    "CLIP": "clip",
    "ChineseCLIP": "chinese_clip",
    "ConditionalDetr": "conditional_detr",
    "ConvNext": "convnext",
    "DPT": "dpt",
    "DeformableDetr": "deformable_detr",
    "DeiT": "deit",
    "Detr": "detr",
    "Donut": "donut",
    "Flava": "flava",
    "GLPN": "glpn",
    "ImageGPT": "imagegpt",
    "LayoutLMv2": "layoutlmv2",
    "LayoutLMv3": "layoutlmv3",
    "Levit": "levit",
    "MaskFormer": "maskformer",
    "MobileNetV1": "mobilenet_v1",
    "MobileNetV2": "mobilenet_v2",
    "MobileViT": "mobilevit",
    "OwlViT": "owlvit",
    "Perceiver": "perceiver",
    "PoolFormer": "poolformer",
    "Segformer": "segformer",
    "ViT": "vit",
    "VideoMAE": "videomae",
    "Vilt": "vilt",
    "Yolos": "yolos",
}

__all__ = [f"{name}FeatureExtractor" for name in _FAMILIES]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    prefix = name.removesuffix("FeatureExtractor")
    if prefix == name or prefix not in _FAMILIES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    family = _FAMILIES[prefix]
    # From 5.4 on XImageProcessor resizes with torchvision, where that is installed, and gives other pixels.
    for module, ending in ((f"image_processing_pil_{family}", "Pil"), (f"image_processing_{family}", "")):
        try:
            found = importlib.import_module(f"transformers.models.{family}.{module}")
        except ModuleNotFoundError as error:
            if not (error.name or "").endswith(module):
                raise
        else:
            return getattr(found, f"{prefix}ImageProcessor{ending}")
    raise AttributeError(f"this version of transformers has no {prefix}ImageProcessor")
