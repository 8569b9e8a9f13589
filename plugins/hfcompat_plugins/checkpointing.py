"""Wrappers of the `forward` of a layer, and gradient checkpointing, which lies around that `forward`."""

from __future__ import annotations

import sys
from typing import Any

_CACHES = ("past_key_value", "layer_past")


def within_checkpointing(original: Any, forward: Any) -> Any:
    """What to install for a wrapper `forward` of a layer's `original`, so that the layer is checkpointed still.

    From 5.23 `GradientCheckpointingLayer` puts it around the `forward` of a class, and only what lies on the class
    itself checkpoints: a wrapper around that would turn it off without a word. Made anew around the wrapper, it stays.
    """
    if getattr(getattr(original, "__code__", None), "co_name", "") != "forward_with_checkpointing":
        return forward

    def without_cache(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.gradient_checkpointing and self.training:  # which drops a cache under its new name
            kwargs = {name: None if name in _CACHES else value for name, value in kwargs.items()}
        return forward(self, *args, **kwargs)

    base = sys.modules["transformers.modeling_layers"].GradientCheckpointingLayer
    return type("Layer", (base,), {"forward": without_cache}).forward  # type: ignore[attr-defined]
