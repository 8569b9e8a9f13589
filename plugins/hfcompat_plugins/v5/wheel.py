"""Large parts of 5.x, taken from the user's own copy of the wheel where it has been fetched.

Without it each stands there as a class that can be imported and derived from, and that says on use what is missing.
"""

from __future__ import annotations

import importlib
from typing import Any

from hfcompat.sideload import VERSION, SideloadError, located, supported

__all__ = ["HOMES"]

HOMES = {
    "DFlashCache": "cache_utils",
    "DecisionConfig": "decision",
    "DecisionMixin": "decision.modeling_utils",
    "GGUF_CONFIG_ARCHS": "integrations.gguf",
    "OmniModalProcessingKwargs": "processing_utils",
    "OmniModalProcessorMixin": "processing_utils",
    "PilBackend": "image_processing_backends",
    "Question": "decision",
    "SentencePieceBackend": "tokenization_utils_sentencepiece",
    "TorchvisionBackend": "image_processing_backends",
    "get_gguf_config": "integrations.gguf",
    "load_image_as_tensor": "image_utils",
    "read_gguf_metadata": "integrations.gguf",
    "resolve_mistral_format": "integrations.mistral.tokenizer",
}
"""Names, and the modules of the wheel that have them."""

NO_PLACES: list[str] = []
"""`__path__` of a module whose parts all are redirected."""


_STAND_INS: dict[tuple[str, str], type] = {}


class _Absent(type):
    """The class of what is not there."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        raise SideloadError(cls.missing)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        raise AttributeError(f"no attribute {name!r}: {cls.missing}")

    def __iter__(cls) -> Any:
        raise SideloadError(cls.missing)

    def __contains__(cls, item: object) -> bool:
        raise SideloadError(cls.missing)


def __getattr__(name: str) -> Any:
    if name not in HOMES:
        raise AttributeError(name)
    from transformers import __version__

    what = f"transformers {__version__} has no {name}, which is in transformers.{HOMES[name]} of {VERSION}"
    try:
        supported()
        located()
    except SideloadError as error:
        missing = f"{what}: {error}"
        return _STAND_INS.setdefault((name, missing), _Absent(name, (), {"missing": missing}))
    return getattr(importlib.import_module(f"hfcompat.sideload.v5.{HOMES[name]}"), name)
