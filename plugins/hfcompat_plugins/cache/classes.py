"""Cache classes that v5 removed, under their names and with their constructors."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins.cache.constructors import by_name, is_v4
from hfcompat_plugins.cache.quantized import take_config
from transformers.cache_utils import DynamicCache, QuantizedCache, StaticCache

__all__ = [
    "HQQQuantizedCache",
    "HybridCache",
    "HybridChunkedCache",
    "OffloadedCache",
    "OffloadedHybridCache",
    "OffloadedStaticCache",
    "QuantoQuantizedCache",
    "SlidingWindowCache",
]


class _Static(StaticCache):
    """A static cache whose layers follow the config's layer types.

    Takes (config, max_batch_size, max_cache_len, device, dtype), as up to 4.55, or (config, max_cache_len), as in
    4.56 and 4.57; by name, either.
    """

    _offloading = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        named = (
            by_name(args, kwargs) if is_v4(args, kwargs) else dict(zip(("config", "max_cache_len"), args, strict=False))
        )
        named = {**kwargs, **named, "offloading": self._offloading}
        for gone in ("batch_size", "offload_device", "layer_device_map"):
            named.pop(gone, None)
        super().__init__(**named)


class SlidingWindowCache(_Static):
    __doc__ = _Static.__doc__


class HybridCache(_Static):
    __doc__ = _Static.__doc__


class HybridChunkedCache(_Static):
    __doc__ = _Static.__doc__


class OffloadedStaticCache(_Static):
    """A static cache whose layers wait in CPU memory until they are used; see `HybridCache` for the arguments."""

    _offloading = True


class OffloadedHybridCache(_Static):
    """A static cache whose layers wait in CPU memory until they are used; see `HybridCache` for the arguments."""

    _offloading = True


class OffloadedCache(DynamicCache):
    """A dynamic cache whose layers wait in CPU memory until they are used. RuntimeError without an accelerator."""

    def __init__(self) -> None:
        if not (torch.cuda.is_available() or torch.xpu.is_available()):
            raise RuntimeError("OffloadedCache needs an accelerator to bring the layers back to")
        super().__init__(offloading=True)


class QuantoQuantizedCache(QuantizedCache):
    """A dynamic cache quantized with optimum-quanto.

    Takes a `QuantizedCacheConfig`, as up to 4.55, or a model's config and the settings, as in 4.56 and 4.57.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not take_config(self, "quanto", args, kwargs):
            super().__init__("quanto", *args, **kwargs)


class HQQQuantizedCache(QuantizedCache):
    """A dynamic cache quantized with HQQ; see `QuantoQuantizedCache` for the arguments."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if not take_config(self, "hqq", args, kwargs):
            super().__init__("hqq", *args, **kwargs)
