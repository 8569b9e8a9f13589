"""Ministral 3 and, as the text model of Mistral3, Devstral: YaRN, and queries that grow with their position."""

from __future__ import annotations

from hfcompat import hookimpl
from hfcompat.auto.families import Backport

BACKPORTS = [
    Backport(
        "ministral3",
        "hfcompat_plugins.ministral3.modeling:register",
        {"transformers": ">=4.56.0.dev0,<5.0.0.dev0"},
        "Mistral with Llama 4's scaling of queries; new in 5.0. The wrapper with an image encoder is mistral3 of the runtime.",
        "https://github.com/huggingface/transformers/tree/v5.0.0/src/transformers/models/ministral3",
    )
]


@hookimpl
def hfcompat_backports() -> list[Backport]:
    return BACKPORTS
