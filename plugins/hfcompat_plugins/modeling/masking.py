"""The functions of `transformers.masking_utils`, called as by models of 4.x and up to 5.8."""

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


def with_three_dimensions(original: Any) -> Any:
    """`_preprocess_mask_arguments`, for a mask of shape (batch, queries, keys), nonzero where a query sees a key.

    It becomes what is added to the scores, of shape (batch, 1, queries, keys), which is taken as it stands. An
    attention of somebody's own, whose mask function may take such a mask, gets it as it is.
    """

    def _preprocess_mask_arguments(*args: Any, **kwargs: Any) -> Any:
        mask = kwargs["attention_mask"] if "attention_mask" in kwargs else args[2]
        config = kwargs["config"] if "config" in kwargs else args[0]
        if isinstance(mask, torch.Tensor) and mask.dim() == 3 and _refuses(config):
            embeds = args[1] if len(args) > 1 else kwargs.get("inputs_embeds", kwargs.get("input_embeds"))
            mask = (1.0 - mask[:, None].to(embeds)) * torch.finfo(embeds.dtype).min
            if "attention_mask" in kwargs:
                kwargs["attention_mask"] = mask
            else:
                args = (*args[:2], mask, *args[3:])
        return original(*args, **kwargs)

    return _preprocess_mask_arguments


def _refuses(config: Any) -> bool:
    """Whether a mask of three dimensions ends in an error."""
    return config._attn_implementation in (None, "eager", "sdpa", "flex_attention")
