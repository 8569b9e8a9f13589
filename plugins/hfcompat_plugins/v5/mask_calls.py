"""`create_causal_mask` and kin, called as on 5.x.

5.x says `inputs_embeds`, and asks the cache where the queries are; 4.x says `input_embeds`, and wants `cache_position`.
"""

from __future__ import annotations

import inspect
from functools import wraps
from typing import Any

import torch


def _everything(batch_idx: Any, head_idx: Any, q_idx: Any, kv_idx: Any) -> Any:
    """Hides nothing; there being a function, the mask is made."""
    return q_idx >= 0


_OF_5 = """config inputs_embeds attention_mask past_key_values position_ids or_mask_function and_mask_function
block_sequence_ids layer_idx allow_is_causal_skip""".split()
_ONLY_OF_5 = frozenset(("inputs_embeds", "block_sequence_ids", "layer_idx", "allow_is_causal_skip"))


def _written_for_5(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """A call that 4.x would refuse: by its keywords, or since the fourth argument is no tensor of positions."""
    if "cache_position" in kwargs or "input_embeds" in kwargs:
        return False
    return bool(_ONLY_OF_5 & kwargs.keys()) or not (len(args) > 3 and isinstance(args[3], torch.Tensor))


def called_as_on_5(original: Any) -> Any:
    """`create_causal_mask`."""
    return _called_as_on_5(original, "create_bidirectional_mask")


def sliding_called_as_on_5(original: Any) -> Any:
    """`create_sliding_window_causal_mask`."""
    return _called_as_on_5(original, "create_bidirectional_sliding_window_mask")


def chunked_called_as_on_5(original: Any) -> Any:
    """`create_chunked_causal_mask`."""
    return _called_as_on_5(original, None)


def _called_as_on_5(original: Any, without_causality: str | None) -> Any:
    def create_mask(*args: Any, **kwargs: Any) -> Any:
        if not _written_for_5(args, kwargs):
            return original(*args, **kwargs)
        masks = _masks()
        given = dict(zip(_OF_5, args, strict=False)) | kwargs
        unknown = given.keys() - set(_OF_5)
        if unknown or len(args) > len(_OF_5):
            raise TypeError(
                f"{original.__name__}() got an unexpected argument: {', '.join(sorted(unknown)) or args[len(_OF_5) :]}"
            )
        if missing := [name for name in _OF_5[:3] if name not in given]:
            raise TypeError(f"{original.__name__}() missing required arguments: {', '.join(missing)}")
        config, embeds = given["config"], given["inputs_embeds"]
        cache = given.get("past_key_values")
        may_skip = given.pop("allow_is_causal_skip", True)
        if without_causality is not None and not getattr(config, "is_causal", True):
            others = {name: given.get(name) for name in ("or_mask_function", "and_mask_function")}
            return getattr(masks, without_causality)(
                config,
                embeds,
                given["attention_mask"],
                past_key_values=cache,
                **others,
                allow_is_bidirectional_skip=may_skip,
            )
        either, both = given.get("or_mask_function"), given.get("and_mask_function")
        positions = masks.positions_of(embeds, cache)
        blocks = given.get("block_sequence_ids")
        if blocks is not None:
            either = _or_same_block(blocks, either, both, cache, positions)
        if not may_skip and both is None:
            both = _everything
        return original(
            config, embeds, given["attention_mask"], positions, _Layer.of(cache, given.get("layer_idx")),
            given.get("position_ids"), either, both,
        )  # fmt: skip

    return create_mask


def _or_same_block(blocks: torch.Tensor, either: Any, both: Any, cache: Any, positions: torch.Tensor) -> Any:
    """Blocks are seen whatever else hides them.

    Raises:
        ValueError: with an `and_mask_function`, which 4.x applies last.
    """
    if both is not None:
        raise ValueError("`block_sequence_ids` together with `and_mask_function` needs transformers 5.9 or later")
    length = int(positions[-1]) + 1
    if cache is not None:
        length = max(
            length, *(sum(cache.get_mask_sizes(positions, layer)) for layer in range(max(len(cache.layers), 1)))
        )
    masks = _masks()
    same = masks.blockwise_overlay(masks.maybe_pad_block_sequence_ids(blocks, None, length, 0))
    return same if either is None else masks.masking_utils.or_masks(either, same)


class _Layer:
    """A cache of which one layer is looked at: 4.x takes the first of a kind, 5.x can be told."""

    def __init__(self, cache: Any, layer: int) -> None:
        self.cache, self.layer = cache, layer

    @classmethod
    def of(cls, cache: Any, layer: int | None) -> Any:
        return cache if cache is None or layer is None else cls(cache, layer)

    @property
    def is_compileable(self) -> bool:
        return bool(getattr(self.cache, "is_compileable", False))

    def get_mask_sizes(self, cache_position: torch.Tensor, layer_idx: int) -> Any:
        return self.cache.get_mask_sizes(cache_position, self.layer)


def masks_called_as_on_5(original: Any) -> Any:
    """`create_masks_for_generate`."""
    own = inspect.signature(original).parameters

    @wraps(original, updated=())
    def create_masks_for_generate(*args: Any, **kwargs: Any) -> Any:
        if not _written_for_5(args, kwargs):
            return original(*args, **kwargs)
        masks = _masks()
        given = dict(zip(_OF_5, args, strict=False)) | kwargs
        if given.pop("block_sequence_ids", None) is not None:
            raise ValueError("`block_sequence_ids` of create_masks_for_generate needs transformers 5.9 or later")
        cache, embeds = given.get("past_key_values"), given.pop("inputs_embeds")
        given |= {"input_embeds": embeds, "past_key_values": cache, "cache_position": masks.positions_of(embeds, cache)}
        return original(**{name: value for name, value in given.items() if name in own})

    return create_masks_for_generate


def _masks() -> Any:
    """Not at the top: this is imported while `masking_utils` is."""
    from hfcompat_plugins.v5 import masks

    return masks
