"""A family of the wheel, made known to the Auto classes of the runtime."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from hfcompat.sideload.relocation import ALIAS

__all__ = ["register", "register_processors"]

STAND_INS = {"AutoModelForMultimodalLM": "AutoModelForImageTextToText"}
"""Auto classes that the runtime lacks, and those of its own that take their place."""

PROCESSORS = (
    ("processing_auto", "PROCESSOR_MAPPING"),
    ("image_processing_auto", "IMAGE_PROCESSOR_MAPPING"),
    ("video_processing_auto", "VIDEO_PROCESSOR_MAPPING"),
    ("feature_extraction_auto", "FEATURE_EXTRACTOR_MAPPING"),
)
"""Mappings of both, by the module that has them, from a configuration to what makes a model's inputs."""


def register(kinds: list[str]) -> None:
    """Configurations and models of model types that the runtime does not have."""
    transformers = importlib.import_module("transformers")
    for kind, config in _configs(kinds).items():
        transformers.AutoConfig.register(kind, config)
        for auto, mapping in _mappings():
            ours = getattr(transformers, auto, None) or getattr(transformers, STAND_INS.get(auto, ""), None)
            if ours is not None and config in mapping and config not in ours._model_mapping:
                try:
                    model = mapping[config]
                except ValueError:  # a class that the wheel names and does not have (VoxtralRealtimeTextModel)
                    continue
                # Not by `ours.register`, which refuses a configuration whose text part alone is the model's.
                ours._model_mapping.register(config, model[0] if isinstance(model, tuple) else model)


def register_processors(kinds: list[str]) -> None:
    """Processors, image and video processors and feature extractors of model types that are registered."""
    for module, name in PROCESSORS:
        theirs = getattr(importlib.import_module(f"{ALIAS}.models.auto.{module}"), name)
        ours = getattr(importlib.import_module(f"transformers.models.auto.{module}"), name)
        for config in _configs(kinds).values():
            if config in theirs:
                found = theirs[config]
                best = found.get("torchvision") or found.get("pil") if isinstance(found, dict) else found
                # The runtime's image processors are pairs, of a slow one and a fast one with another name.
                ours.register(config, (best, None) if module == "image_processing_auto" else best, exist_ok=True)


def _configs(kinds: list[str]) -> dict[str, Any]:
    mapping = importlib.import_module(f"{ALIAS}.models.auto.configuration_auto").CONFIG_MAPPING
    return {kind: mapping[kind] for kind in kinds}


def _mappings() -> Iterator[tuple[str, Any]]:
    for name, auto in vars(importlib.import_module(f"{ALIAS}.models.auto.modeling_auto")).items():
        if name.startswith("Auto") and hasattr(auto, "_model_mapping"):
            yield name, auto._model_mapping
