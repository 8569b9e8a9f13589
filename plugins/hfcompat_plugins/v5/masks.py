"""Masks: `create_causal_mask` and kin called as on 5.x, and those that 4.x does not have.

5.x says `inputs_embeds`, and asks the cache where the queries are; 4.x says `input_embeds`, and wants `cache_position`.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import torch
from hfcompat_plugins.v5.forwards import is_tracing
from transformers import masking_utils

Mask = Callable[[Any, Any, Any, Any], Any]


def bidirectional_mask_function(batch_idx: Any, head_idx: Any, q_idx: Any, kv_idx: Any) -> Any:
    """Every query sees every key."""
    return q_idx >= 0


def sliding_window_bidirectional_overlay(sliding_window: int) -> Mask:
    """A query sees the keys that are at most so far away."""

    def near(batch_idx: Any, head_idx: Any, q_idx: Any, kv_idx: Any) -> Any:
        return abs(q_idx - kv_idx) <= sliding_window

    return near


def sliding_window_bidirectional_mask_function(sliding_window: int) -> Mask:
    return masking_utils.and_masks(sliding_window_bidirectional_overlay(sliding_window), bidirectional_mask_function)


def blockwise_overlay(block_sequence_ids: torch.Tensor) -> Mask:
    """A query sees the keys of its own block; [batch, length], -1 where there is none."""

    def same_block(batch_idx: Any, head_idx: Any, q_idx: Any, kv_idx: Any) -> Any:
        block = block_sequence_ids[batch_idx, q_idx]
        return (block == block_sequence_ids[batch_idx, kv_idx]) & (block >= 0)

    return same_block


def maybe_pad_block_sequence_ids(
    block_sequence_ids: torch.Tensor, attention_mask: torch.Tensor | None, kv_length: int, kv_offset: int
) -> torch.Tensor:
    """Blocks for all keys: those that are beyond have none."""
    missing = kv_length + kv_offset - block_sequence_ids.shape[-1]
    return torch.nn.functional.pad(block_sequence_ids, (0, missing), value=-1) if missing > 0 else block_sequence_ids


def create_recurrent_attention_mask(
    config: Any, inputs_embeds: torch.Tensor, attention_mask: Any, past_key_values: Any = None, **kwargs: Any
) -> torch.Tensor | None:
    """The padding [batch, length] of the tokens that are fed, for recurrent layers; None where nothing is padded."""
    if attention_mask is None or attention_mask.ndim != 2 or inputs_embeds.shape[1] == 1:
        return None
    if not is_tracing(attention_mask) and torch.all(attention_mask == 1):
        return None
    return attention_mask[:, -inputs_embeds.shape[1] :].contiguous()  # type: ignore[no-any-return]


def create_bidirectional_mask(
    config: Any,
    inputs_embeds: torch.Tensor,
    attention_mask: torch.Tensor | None,
    encoder_hidden_states: torch.Tensor | None = None,
    past_key_values: Any = None,
    or_mask_function: Mask | None = None,
    and_mask_function: Mask | None = None,
    allow_is_bidirectional_skip: bool = True,
    **kwargs: Any,
) -> Any:
    """A mask that hides padding alone, in the form of the attention implementation; None where nothing is hidden.

    Args:
        inputs_embeds: [batch, length, size], of the queries.
        attention_mask: [batch, length of the keys]; one of four dimensions is given back as it is.
        encoder_hidden_states: of the keys, where they are others.
    """
    return _bidirectional(
        config,
        inputs_embeds,
        attention_mask,
        encoder_hidden_states,
        past_key_values,
        _first_layer(past_key_values, sliding=False),
        bidirectional_mask_function,
        None,
        or_mask_function,
        and_mask_function,
        allow_is_bidirectional_skip,
    )


def create_bidirectional_sliding_window_mask(
    config: Any,
    inputs_embeds: torch.Tensor,
    attention_mask: torch.Tensor | None,
    encoder_hidden_states: torch.Tensor | None = None,
    past_key_values: Any = None,
    or_mask_function: Mask | None = None,
    and_mask_function: Mask | None = None,
    allow_is_bidirectional_skip: bool = True,
    **kwargs: Any,
) -> Any:
    """As `create_bidirectional_mask`, for keys that are at most `config.sliding_window` away.

    Raises:
        ValueError: the configuration has no `sliding_window`.
    """
    window = getattr(config, "sliding_window", None)
    if window is None and not _is_ready(config, attention_mask):
        raise ValueError("Could not find a `sliding_window` argument in the config, or it is not set")
    return _bidirectional(
        config,
        inputs_embeds,
        attention_mask,
        encoder_hidden_states,
        past_key_values,
        _first_layer(past_key_values, sliding=True),
        None if window is None else sliding_window_bidirectional_mask_function(window),
        window,
        or_mask_function,
        and_mask_function,
        allow_is_bidirectional_skip,
    )


def _bidirectional(
    config: Any,
    inputs_embeds: torch.Tensor,
    attention_mask: Any,
    encoder_hidden_states: torch.Tensor | None,
    cache: Any,
    layer: int,
    function: Any,
    window: int | None,
    or_mask_function: Mask | None,
    and_mask_function: Mask | None,
    may_skip: bool,
) -> Any:
    if _is_ready(config, attention_mask):
        return attention_mask if _is_full(attention_mask) else None
    device = inputs_embeds.device
    if attention_mask is not None and attention_mask.ndim == 2:
        attention_mask = attention_mask.to(device=device, dtype=torch.bool)
    positions = _positions(inputs_embeds, cache)
    if cache is not None:
        keys, offset = cache.get_mask_sizes(positions, layer)
    else:
        others = inputs_embeds if encoder_hidden_states is None else encoder_hidden_states
        keys, offset = others.shape[1] if attention_mask is None else attention_mask.shape[-1], 0
    if or_mask_function is not None:
        function, may_skip = masking_utils.or_masks(function, or_mask_function), False
    if and_mask_function is not None:
        function, may_skip = masking_utils.and_masks(function, and_mask_function), False
    implementation = config._attn_implementation
    if may_skip and implementation in ("eager", "sdpa") and _hides_nothing(attention_mask, keys, offset, window):
        return None
    embeds = inputs_embeds if encoder_hidden_states is None else encoder_hidden_states
    return masking_utils.ALL_MASK_ATTENTION_FUNCTIONS[implementation](
        batch_size=embeds.shape[0],
        cache_position=positions,
        kv_length=keys,
        kv_offset=offset,
        mask_function=function,
        attention_mask=attention_mask,
        allow_is_causal_skip=False,
        local_size=window,
        dtype=embeds.dtype,
        config=config,
    )


def _hides_nothing(padding: torch.Tensor | None, keys: int, offset: int, window: int | None) -> bool:
    if window is not None and keys >= window:
        return False
    if padding is None:
        return not is_tracing()
    return padding.shape[-1] >= keys + offset and not is_tracing(padding) and bool(padding.all())


def _is_full(attention_mask: Any) -> bool:
    return attention_mask is not None and len(attention_mask.shape) == 4


def _is_ready(config: Any, attention_mask: Any) -> bool:
    """Whether no mask is to be made: it is there, or the attention makes its own."""
    return _is_full(attention_mask) or config._attn_implementation not in masking_utils.ALL_MASK_ATTENTION_FUNCTIONS


def _first_layer(cache: Any, *, sliding: bool) -> int:
    kinds = getattr(cache, "is_sliding", None) or []
    return kinds.index(sliding) if sliding in kinds else 0


def _positions(inputs_embeds: torch.Tensor, cache: Any) -> torch.Tensor:
    seen = 0 if cache is None else cache.get_seq_length()
    return torch.arange(inputs_embeds.shape[1], device=inputs_embeds.device) + seen


# ------------------------------------------------------------------------- called in either way


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
    return _called_as_on_5(original, create_bidirectional_mask)


def sliding_called_as_on_5(original: Any) -> Any:
    """`create_sliding_window_causal_mask`."""
    return _called_as_on_5(original, create_bidirectional_sliding_window_mask)


def chunked_called_as_on_5(original: Any) -> Any:
    """`create_chunked_causal_mask`."""
    return _called_as_on_5(original, None)


def _called_as_on_5(original: Any, without_causality: Any) -> Any:
    def create_mask(*args: Any, **kwargs: Any) -> Any:
        if not _written_for_5(args, kwargs):
            return original(*args, **kwargs)
        given = dict(zip(_OF_5, args, strict=False)) | kwargs
        unknown = given.keys() - set(_OF_5)
        if unknown or len(args) > len(_OF_5):
            raise TypeError(
                f"{original.__name__}() got an unexpected argument: {', '.join(sorted(unknown)) or args[len(_OF_5) :]}"
            )
        config, embeds = given["config"], given["inputs_embeds"]
        cache = given.get("past_key_values")
        may_skip = given.pop("allow_is_causal_skip", True)
        if without_causality is not None and not getattr(config, "is_causal", True):
            others = {name: given.get(name) for name in ("or_mask_function", "and_mask_function")}
            return without_causality(
                config,
                embeds,
                given["attention_mask"],
                past_key_values=cache,
                **others,
                allow_is_bidirectional_skip=may_skip,
            )
        either, both = given.get("or_mask_function"), given.get("and_mask_function")
        positions = _positions(embeds, cache)
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
    same = blockwise_overlay(maybe_pad_block_sequence_ids(blocks, None, length, 0))
    return same if either is None else masking_utils.or_masks(either, same)


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
        given = dict(zip(_OF_5, args, strict=False)) | kwargs
        if given.pop("block_sequence_ids", None) is not None:
            raise ValueError("`block_sequence_ids` of create_masks_for_generate needs transformers 5.9 or later")
        cache, embeds = given.get("past_key_values"), given.pop("inputs_embeds")
        given |= {"input_embeds": embeds, "past_key_values": cache, "cache_position": _positions(embeds, cache)}
        return original(**{name: value for name, value in given.items() if name in own})

    return create_masks_for_generate
