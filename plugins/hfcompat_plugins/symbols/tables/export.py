"""transformers.onnx."""

from __future__ import annotations

from hfcompat_plugins.rows import PULL, redirected
from hfcompat_plugins.symbols.tables import OURS

EXPORT = [
    *redirected(
        "onnx",
        to=f"{OURS}onnx",
        since="5.0",
        reason="{name} is gone since 5.0; configurations in repositories, and optimum, subclass its OnnxConfig.",
        upstream=f"{PULL}41700",
    ),
    *(
        row
        for module, home in {
            "config": "onnx_config",
            "convert": "onnx_convert",
            "features": "onnx_features",
            "utils": "onnx_sizes",
        }.items()
        for row in redirected(
            f"onnx.{module}",
            to=OURS + home,
            since="5.0",
            reason="{name} is gone since 5.0, so exporters (optimum) fail on import.",
            upstream=f"{PULL}41700",
        )
    ),
]
