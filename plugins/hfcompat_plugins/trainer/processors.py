"""Processors and image processors: what classes of somebody's own declare, and what was read from transformers' own."""

from __future__ import annotations

from typing import Any

from hfcompat.origin import is_native

__all__ = [
    "as_declared",
    "attributes",
    "ignoring_legacy_serialization",
    "is_fast",
    "registering_one_class",
    "saving_parts",
    "set_processor_class",
    "with_ctc_tokenizer",
]


class _Attributes:
    """The names of a processor's parts."""

    def __get__(self, obj: Any, owner: Any = None) -> list[str]:
        names: list[str] = owner.get_attributes()
        return names


attributes = _Attributes()


def as_declared(original: Any) -> Any:
    """`get_attributes` of a foreign class that declares `attributes`: that list, in its order.

    transformers 5 goes by the constructor's parameters, or by the order of `<name>_class`, and takes parts for one
    another.
    """

    def get_attributes(cls: Any) -> Any:
        for base in cls.__mro__:
            declared = vars(base).get("attributes")
            if isinstance(declared, (list, tuple)) and not is_native(base):
                return [name for name in declared if name != "audio_tokenizer"]
        return original(cls)

    return get_attributes


def ignoring_legacy_serialization(original: Any) -> Any:
    """`legacy_serialization`, of 4.56 and 4.57 only: there is one format now."""

    def write(self: Any, *args: Any, legacy_serialization: Any = None, **kwargs: Any) -> Any:
        return original(self, *args, **kwargs)

    return write


def saving_parts(original: Any) -> Any:
    """`save_pretrained` of a processor: its parts' own files too, `preprocessor_config.json` and kin, as in v4."""

    def save_pretrained(self: Any, save_directory: Any, *args: Any, **kwargs: Any) -> Any:
        written = original(self, save_directory, *args, **kwargs)
        for name in self.get_attributes():
            part = getattr(self, name, None)
            if "tokenizer" not in name and hasattr(part, "to_json_file"):
                part.save_pretrained(save_directory)
        return written

    return save_pretrained


def set_processor_class(self: Any, processor_class: str) -> None:
    """Remembered under `processor_class`, which is saved with the rest."""
    self._processor_class = processor_class


class _IsFast:
    """Whether an image processor works on tensors with torchvision."""

    def __get__(self, obj: Any, owner: Any = None) -> bool:
        return any(base.__name__ in ("TorchvisionBackend", "BaseImageProcessorFast") for base in owner.__mro__)


is_fast = _IsFast()


def registering_one_class(original: Any) -> Any:
    """`AutoImageProcessor.register(config, image_processor_class=...)`: the slow one, before there were two."""

    def register(config_class: Any, *args: Any, image_processor_class: Any = None, **kwargs: Any) -> Any:
        if image_processor_class is not None and not args:
            kwargs.setdefault("slow_image_processor_class", image_processor_class)
        return original(config_class, *args, **kwargs)

    return register


def with_ctc_tokenizer(original: Any) -> Any:
    """`Wav2Vec2Processor.from_pretrained`, which knows its own tokenizer where no file names one."""

    def from_pretrained(cls: Any, pretrained_model_name_or_path: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return original(cls, pretrained_model_name_or_path, *args, **kwargs)
        except (OSError, ValueError):
            from transformers import Wav2Vec2CTCTokenizer, Wav2Vec2FeatureExtractor

            features = Wav2Vec2FeatureExtractor.from_pretrained(pretrained_model_name_or_path, **kwargs)
            tokenizer = Wav2Vec2CTCTokenizer.from_pretrained(pretrained_model_name_or_path, **kwargs)
            return cls(feature_extractor=features, tokenizer=tokenizer)

    return from_pretrained
