"""Drop-in Auto classes: change `from transformers import` to `from hfcompat import`, and nothing else.

Importing this imports neither torch nor transformers.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "AutoConfig": "configs",
    "AutoModel": "models",
    "AutoModelForCausalLM": "models",
    "AutoModelForImageTextToText": "models",
    "AutoModelForMultimodalLM": "models",
    "AutoModelForSeq2SeqLM": "models",
    "AutoModelForSequenceClassification": "models",
    "AutoModelForTextToWaveform": "models",
    "AutoModelForTokenClassification": "models",
    "AutoProcessor": "processors",
    "AutoTokenizer": "tokenizer",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
