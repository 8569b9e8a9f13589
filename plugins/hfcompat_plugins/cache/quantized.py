"""Quantized caches made from a `QuantizedCacheConfig`, which says nothing of the model's layers."""

from __future__ import annotations

import functools
import sys
from typing import Any

_SETTINGS = ("nbits", "axis_key", "axis_value", "q_group_size", "residual_length")
_LAYERS = {"quanto": "QuantoQuantizedLayer", "hqq": "HQQQuantizedLayer"}


def take_config(cache: Any, backend: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Make `cache` from a `QuantizedCacheConfig`, when there is one: its layers come as they are updated."""
    config = args[0] if args else kwargs.get("cache_config", kwargs.get("config"))
    if not _is_cache_config(config):
        return False
    utils: Any = sys.modules["transformers.cache_utils"]
    layer = functools.partial(getattr(utils, _LAYERS[backend]), **{name: getattr(config, name) for name in _SETTINGS})
    utils.Cache.__init__(cache, layer_class_to_replicate=layer)
    return True


def _is_cache_config(config: Any) -> bool:
    return all(hasattr(config, name) for name in ("backend", *_SETTINGS))


def quanto(original: Any) -> Any:
    """`QuantoQuantizedCache` of 4.56 and 4.57."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if not take_config(self, "quanto", args, kwargs):
            original(self, *args, **kwargs)

    return __init__


def hqq(original: Any) -> Any:
    """`HQQQuantizedCache` of 4.56 and 4.57."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if not take_config(self, "hqq", args, kwargs):
            original(self, *args, **kwargs)

    return __init__


def named(original: Any) -> Any:
    """Both of 4.54 and 4.55, which take the settings by name."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        config = args[0] if args else kwargs.get("cache_config")
        if _is_cache_config(config):
            kwargs = {name: getattr(config, name) for name in (*_SETTINGS, "compute_dtype", "device")}
            args = ()
        original(self, *args, **kwargs)

    return __init__


def settings(original: Any) -> Any:
    """`QuantizedCache` from 4.56, which refuses settings that it now learns from the states, and 'HQQ' for 'hqq'."""

    def __init__(self: Any, backend: str, *args: Any, **kwargs: Any) -> None:
        for learnt in ("compute_dtype", "device", "cache_implementation"):
            kwargs.pop(learnt, None)
        original(self, backend.lower(), *args, **kwargs)

    return __init__
