"""What `transformers.utils.fx` offered: symbolic tracing of models with torch.fx."""

from __future__ import annotations

from hfcompat_plugins.symbols.removed import removed_names

_CLASSES = ("HFTracer", "HFProxy", "HFAttribute", "HFCacheProxy", "MetaDeviceAttribute")
_FUNCTIONS = ("symbolic_trace", "get_concrete_args", "is_model_supported", "check_if_model_is_supported")

globals().update(
    removed_names(
        __name__,
        "transformers 5 has no torch.fx tracer; use torch.export.export or torch.compile, or install transformers<5.",
        classes=_CLASSES,
        functions=_FUNCTIONS,
    )
)
__all__ = [*_CLASSES, *_FUNCTIONS]
