"""`for keys, values in cache` on a runtime whose caches iterate in threes (sixes for encoder-decoder caches)."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins.cache.unpacking import LayerItem


def _flatten(item: LayerItem) -> tuple[list[Any], None]:
    return list(tuple.__iter__(item)), None


def _unflatten(values: Any, _: None) -> LayerItem:
    return LayerItem(values)


# PyTorch looks at the exact type: without this, a tuple's subclass would be a leaf.
torch.utils._pytree.register_pytree_node(LayerItem, _flatten, _unflatten, serialized_type_name=f"{__name__}.LayerItem")


def unpackable(original: Any) -> Any:
    def __iter__(self: Any) -> Any:
        # torch.compile sees no frames: there, iteration stays as it is.
        return original(self) if torch.compiler.is_compiling() else map(LayerItem, original(self))

    return __iter__
