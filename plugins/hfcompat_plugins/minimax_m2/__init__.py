"""MiniMax M2: Mixtral with normed heads that are partly rotated, and sigmoids in the router."""

from __future__ import annotations

from hfcompat import hookimpl
from hfcompat.auto.families import Backport

BACKPORTS = [
    Backport(
        "minimax_m2",
        "hfcompat_plugins.minimax_m2.modeling:register",
        {"transformers": ">=4.53.0.dev0,<5.0.0.dev0"},
        "Mixtral with another attention and another router; new in 5.0.",
        "https://github.com/huggingface/transformers/tree/v5.0.0/src/transformers/models/minimax_m2",
    )
]


@hookimpl
def hfcompat_backports() -> list[Backport]:
    return BACKPORTS
