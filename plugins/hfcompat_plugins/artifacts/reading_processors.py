"""Processors of 5.x are read as they are: their parts are looked for in processor_config.json too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hfcompat_plugins.artifacts import processor_rules
from hfcompat_plugins.artifacts.processor_rules import WHOLE
from hfcompat_plugins.artifacts.reading_tokenizers import beside
from packaging.version import Version

from hfcompat.environment import Environment
from hfcompat.origin import is_native

_PARTS = ("image_processor", "feature_extractor", "video_processor")


def images_of_the_whole(original: Callable[..., Any]) -> Callable[..., Any]:
    """`get_image_processor_dict`, which looks into processor_config.json where there is no file for it alone."""
    return _of_the_whole(original, "image_processor")


def features_of_the_whole(original: Callable[..., Any]) -> Callable[..., Any]:
    """`get_feature_extractor_dict`, likewise."""
    return _of_the_whole(original, "feature_extractor")


def _of_the_whole(original: Callable[..., Any], part: str) -> Callable[..., Any]:
    def get_dict(cls: Any, pretrained_model_name_or_path: Any, **kwargs: Any) -> Any:
        try:
            found, rest = original(cls, pretrained_model_name_or_path, **kwargs)
        except OSError:
            path = beside(pretrained_model_name_or_path, WHOLE, kwargs)
            whole, rest = original(cls, str(path), **kwargs) if path else ({}, {})
            found = next((whole[name] for name in (part, *_PARTS[:2]) if isinstance(whole.get(name), dict)), None)
            if found is None:
                raise
            found = {**found, **({"processor_class": whole["processor_class"]} if "processor_class" in whole else {})}
        if _of_pixels():
            processor_rules.say_pixels(found)
        return found, rest

    return get_dict


def _of_pixels() -> bool:
    """Whether this runtime does not read the size of Qwen2-VL's images."""
    runtime = Environment().transformers
    return runtime is not None and runtime < Version("4.52.0.dev0")


def _is_a_part(cls: Any, name: str, value: Any) -> bool:
    return name in _PARTS and isinstance(value, dict) and (is_native(cls) or name in cls.attributes)


def whole_without_parts(original: Callable[..., Any]) -> Callable[..., Any]:
    """`get_processor_dict`, which leaves to the parts what is theirs, and to somebody's processor what is its own."""

    def get_processor_dict(cls: Any, pretrained_model_name_or_path: Any, **kwargs: Any) -> Any:
        whole, rest = original(cls, pretrained_model_name_or_path, **kwargs)
        return {name: value for name, value in whole.items() if not _is_a_part(cls, name, value)}, rest

    return get_processor_dict
