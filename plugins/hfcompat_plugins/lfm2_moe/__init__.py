"""LFM2 with experts."""

from __future__ import annotations

from hfcompat import hookimpl
from hfcompat.auto.families import Backport

BACKPORTS = [
    Backport(
        "lfm2_moe",
        "hfcompat_plugins.lfm2_moe.modeling:register",
        {"transformers": ">=4.56.0.dev0,<5.0.0.dev0"},
        "LFM2 with experts in the later layers; new in 5.0.",
        "https://github.com/huggingface/transformers/tree/v5.0.0/src/transformers/models/lfm2_moe",
    )
]


@hookimpl
def hfcompat_backports() -> list[Backport]:
    return BACKPORTS
