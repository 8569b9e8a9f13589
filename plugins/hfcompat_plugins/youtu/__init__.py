"""Youtu-LLM: latent attention of DeepSeek-V3 with one plain MLP in every layer."""

from __future__ import annotations

from hfcompat import hookimpl
from hfcompat.auto.families import Backport

BACKPORTS = [
    Backport(
        "youtu",
        "hfcompat_plugins.youtu.modeling:register",
        {"transformers": ">=4.56.0.dev0,<5.0.0.dev0"},
        "Latent attention of DeepSeek-V3 without experts; new in 5.1.",
        "https://github.com/huggingface/transformers/tree/v5.1.0/src/transformers/models/youtu",
    )
]


@hookimpl
def hfcompat_backports() -> list[Backport]:
    return BACKPORTS
