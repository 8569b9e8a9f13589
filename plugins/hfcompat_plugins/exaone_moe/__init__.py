"""K-EXAONE: attention of EXAONE 4, experts of DeepSeek-V3."""

from __future__ import annotations

from hfcompat import hookimpl
from hfcompat.auto.families import Backport

BACKPORTS = [
    Backport(
        "exaone_moe",
        "hfcompat_plugins.exaone_moe.modeling:register",
        {"transformers": ">=4.56.0.dev0,<5.0.0.dev0"},
        "Attention of EXAONE 4 in layers of dots.llm1; new in 5.1.",
        "https://github.com/huggingface/transformers/tree/v5.1.0/src/transformers/models/exaone_moe",
    )
]


@hookimpl
def hfcompat_backports() -> list[Backport]:
    return BACKPORTS
