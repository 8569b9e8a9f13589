"""Parts of models for images and text, which the model with the head showed as its own up to 4.57."""

from __future__ import annotations

from typing import Any

import torch

from hfcompat.origin import native_caller


class Part:
    """`model.language_model` and kin, for `model.model.language_model`.

    transformers itself looks for such names to find, and to exchange, encoders and decoders; to that there is none. A
    descriptor without `__set__`: what a subclass assigns is its own.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, model: Any, owner: type | None = None) -> Any:
        if model is None:
            return self
        if self.name in model._modules:
            return model._modules[self.name]
        if not torch.compiler.is_compiling() and native_caller():
            raise AttributeError(f"{type(model).__name__!r} object has no attribute {self.name!r}")
        return getattr(model.model, self.name)


audio_tower = Part("audio_tower")
image_tower = Part("image_tower")
language_model = Part("language_model")
multi_modal_projector = Part("multi_modal_projector")
text_model = Part("text_model")
video_tower = Part("video_tower")
vision_model = Part("vision_model")
vision_tower = Part("vision_tower")
visual = Part("visual")
vqmodel = Part("vqmodel")
