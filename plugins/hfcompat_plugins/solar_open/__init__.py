"""Solar Open: GLM-4.5 without dense layers, its heads neither normed nor partly rotated."""

from __future__ import annotations

from hfcompat import hookimpl
from hfcompat.auto.families import Backport

BACKPORTS = [
    Backport(
        "solar_open",
        "hfcompat_plugins.solar_open.modeling:register",
        {"transformers": ">=4.56.0.dev0,<5.0.0.dev0"},
        "GLM-4.5 with experts in every layer; new in 5.0.",
        "https://github.com/huggingface/transformers/tree/v5.0.0/src/transformers/models/solar_open",
    )
]


@hookimpl
def hfcompat_backports() -> list[Backport]:
    return BACKPORTS
