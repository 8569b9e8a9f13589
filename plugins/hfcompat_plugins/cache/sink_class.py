"""`SinkCache` for a runtime that has no class of the name."""

from __future__ import annotations

from hfcompat_plugins.cache.sink import Sink
from transformers.cache_utils import Cache


class SinkCache(Sink, Cache):
    __doc__ = Sink.__doc__

    def __init__(self, window_length: int, num_sink_tokens: int) -> None:
        self._set_up(window_length, num_sink_tokens)
