"""The functions of `transformers.masking_utils`, called as from 4.53 to 5.8."""

from __future__ import annotations

from typing import Any

import torch


def without_cache_position(original: Any) -> Any:
    """`create_causal_mask` and kin, whose embeddings have another name and which take no cache_position.

    A cache knows where its new tokens go, so the position says nothing more. By position it was the fourth argument,
    where the cache is now.
    """

    def inner(*args: Any, **kwargs: Any) -> Any:
        if "input_embeds" in kwargs or "cache_position" in kwargs:
            names = {"input_embeds": "inputs_embeds"}
            kwargs = {names.get(name, name): value for name, value in kwargs.items() if name != "cache_position"}
        if len(args) > 3 and isinstance(args[3], torch.Tensor):
            args = (*args[:3], *args[4:])
        return original(*args, **kwargs)

    return inner
