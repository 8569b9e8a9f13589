"""The tables from which `generate` made its caches up to 4.55."""

from __future__ import annotations

import importlib
from typing import Any

from transformers import cache_utils


def _named(name: str) -> Any:
    found = vars(cache_utils).get(name)
    if found is None:
        from hfcompat_plugins.cache import classes

        found = getattr(classes, name)
    return found


def _mamba() -> Any:
    modeling = importlib.import_module("transformers.models.mamba.modeling_mamba")
    return vars(modeling).get("MambaCache") or importlib.import_module("hfcompat_plugins.cache.mamba").MambaCache


NEED_SETUP_CACHE_CLASSES_MAPPING = {
    "static": cache_utils.StaticCache,
    "offloaded_static": _named("OffloadedStaticCache"),
    "sliding_window": _named("SlidingWindowCache"),
    "hybrid": _named("HybridCache"),
    "hybrid_chunked": _named("HybridChunkedCache"),
    "offloaded_hybrid": _named("OffloadedHybridCache"),
    "offloaded_hybrid_chunked": _named("OffloadedHybridCache"),
    "mamba": _mamba(),
}

QUANT_BACKEND_CLASSES_MAPPING = {"quanto": _named("QuantoQuantizedCache"), "HQQ": _named("HQQQuantizedCache")}
