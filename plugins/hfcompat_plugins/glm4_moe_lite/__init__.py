"""GLM-4.7-Flash: latent attention of DeepSeek-V3, experts of GLM-4.5."""

from __future__ import annotations

from hfcompat import hookimpl
from hfcompat.auto.families import Backport

BACKPORTS = [
    Backport(
        "glm4_moe_lite",
        "hfcompat_plugins.glm4_moe_lite.modeling:register",
        {"transformers": ">=4.53.0.dev0,<5.0.0.dev0"},
        "Latent attention and experts of DeepSeek-V3 under a configuration of GLM's; new in 5.0.",
        "https://github.com/huggingface/transformers/tree/v5.0.0/src/transformers/models/glm4_moe_lite",
    )
]


@hookimpl
def hfcompat_backports() -> list[Backport]:
    return BACKPORTS
