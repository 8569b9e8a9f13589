"""What `transformers.utils.fx` offered: symbolic tracing of models with torch.fx."""

from __future__ import annotations

from hfcompat_plugins.symbols.removed import removed_names

_CLASSES = (
    "HFTracer", "HFProxy", "HFAttribute", "HFCacheProxy", "HFProxyableClassMeta", "MetaDeviceAttribute",
    "ProxyableCache", "ProxyableDynamicCache", "ProxyableSinkCache", "ProxyableStaticCache",
)  # fmt: skip
_FUNCTIONS = (
    "symbolic_trace", "get_concrete_args", "is_model_supported", "check_if_model_is_supported", "create_wrapper",
    "create_cache_proxy_factory_fn", "gen_constructor_wrapper", "_gen_constructor_wrapper", "operator_getitem",
    "_generate_random_int", "_generate_supported_model_class_names", "_proxies_to_metas",
)  # fmt: skip

globals().update(
    removed_names(
        __name__,
        "transformers 5 has no torch.fx tracer; use torch.export.export or torch.compile, or install transformers<5.",
        classes=_CLASSES,
        functions=_FUNCTIONS,
    )
)
# No model is supported: code that asks before it traces gets its answer.
_SUPPORTED_MODELS: tuple[str, ...] = ()
_REGULAR_SUPPORTED_MODELS: list[str] = []
_SPECIAL_SUPPORTED_MODELS: list[str] = []
_REGULAR_SUPPORTED_MODEL_NAMES_AND_TASKS: list[str] = []
_FX_SUPPORTED_MODELS_WITH_KV_CACHE: list[str] = []

__all__ = [
    *_CLASSES, *_FUNCTIONS, "_FX_SUPPORTED_MODELS_WITH_KV_CACHE", "_REGULAR_SUPPORTED_MODELS",
    "_REGULAR_SUPPORTED_MODEL_NAMES_AND_TASKS", "_SPECIAL_SUPPORTED_MODELS", "_SUPPORTED_MODELS",
]  # fmt: skip
