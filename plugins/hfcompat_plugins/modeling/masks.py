"""The masks that a model of 4.x asked its base class for.

All are additive: 0 where attention goes, the dtype's lowest value where it must not.
"""

from __future__ import annotations

from typing import Any

import torch


def extended_attention_mask_for_decoder(
    input_shape: tuple[int, int], attention_mask: torch.Tensor, device: torch.device | None = None
) -> torch.Tensor:
    """A causal mask that is also closed where `attention_mask` is 0.

    Args:
        input_shape: (batch, queries).
        attention_mask: shape (batch, keys); where there are more keys than queries, the queries are the last ones.
        device: where the mask is made; that of `attention_mask` by default.

    Returns:
        1 where open, 0 where closed, shape (batch, 1, queries, keys), of the dtype of `attention_mask`.
    """
    device = attention_mask.device if device is None else device
    queries, keys = input_shape[1], attention_mask.shape[1]
    before = max(keys - queries, 0)
    positions = torch.arange(queries, device=device)
    seen = torch.arange(queries + before, device=device) - before <= positions[:, None]
    return seen.to(attention_mask.dtype)[None, None] * attention_mask[:, None, None, :]


create_extended_attention_mask_for_decoder = staticmethod(extended_attention_mask_for_decoder)


def get_extended_attention_mask(
    self: Any,
    attention_mask: torch.Tensor,
    input_shape: tuple[int, ...],
    device: torch.device | None = None,
    dtype: torch.dtype | None = None,
) -> torch.Tensor:
    """The mask to add to attention scores, shape (batch, 1, 1 or queries, keys); causal where the config says decoder.

    Args:
        attention_mask: 1 for open, 0 for closed; shape (batch, keys) or (batch, queries, keys).
        input_shape: (batch, queries).
        device: accepted, as up to 4.57.
        dtype: that of the answer; that of the model by default.

    Raises:
        ValueError: when `attention_mask` has neither two nor three dimensions.
    """
    dtype = self.dtype if dtype is None else dtype
    if attention_mask.dim() == 3:
        extended = attention_mask[:, None]
    elif attention_mask.dim() != 2:
        raise ValueError(f"an attention mask of shape {tuple(attention_mask.shape)} for inputs of shape {input_shape}")
    elif getattr(self.config, "is_decoder", False):
        # A model may have its own.
        extended = self.create_extended_attention_mask_for_decoder(input_shape, attention_mask, device)
    else:
        extended = attention_mask[:, None, None]
    return _additive(extended, dtype)


def invert_attention_mask(self: Any, encoder_attention_mask: torch.Tensor) -> torch.Tensor:
    """The mask to add to scores of a cross-attention.

    Args:
        encoder_attention_mask: 1 for open, 0 for closed; shape (batch, keys) or (batch, queries, keys).

    Returns:
        Shape (batch, 1, 1 or queries, keys), of the model's dtype.

    Raises:
        ValueError: when the mask has neither two nor three dimensions.
    """
    if encoder_attention_mask.dim() == 3:
        extended = encoder_attention_mask[:, None]
    elif encoder_attention_mask.dim() == 2:
        extended = encoder_attention_mask[:, None, None]
    else:
        raise ValueError(f"an attention mask of shape {tuple(encoder_attention_mask.shape)} cannot be inverted")
    return _additive(extended, self.dtype)


def _additive(mask: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    return (1.0 - mask.to(dtype)) * torch.finfo(dtype).min


def accepting_device(original: Any) -> Any:
    """`get_extended_attention_mask` of 5.0 to 5.16, whose third argument is the dtype where it was the device."""

    def inner(self: Any, attention_mask: torch.Tensor, input_shape: Any, *args: Any, **kwargs: Any) -> torch.Tensor:
        old = len(args) == 2 or "device" in kwargs or (len(args) == 1 and not isinstance(args[0], torch.dtype | None))
        if old or not hasattr(self.config, "is_decoder"):
            if args and isinstance(args[0], torch.dtype):
                args = (None, *args)
            return get_extended_attention_mask(self, attention_mask, input_shape, *args, **kwargs)
        return original(self, attention_mask, input_shape, *args, **kwargs)

    return inner


def decoder_accepting_device(original: Any) -> Any:
    """`create_extended_attention_mask_for_decoder` of 5.0 to 5.16, which takes no device."""

    def inner(input_shape: Any, attention_mask: torch.Tensor, device: Any = None) -> torch.Tensor:
        if device is None:
            return original(input_shape, attention_mask)
        return extended_attention_mask_for_decoder(input_shape, attention_mask, device)

    return inner


def get_head_mask(
    self: Any, head_mask: torch.Tensor | None, num_hidden_layers: int, is_attention_chunked: bool = False
) -> Any:
    """A mask for each layer's attention probabilities, to be indexed by the layer's number.

    Args:
        head_mask: 1 for heads to keep, 0 for heads to silence; shape (heads,), (layers, heads), or five-dimensional.
        num_hidden_layers: how many layers the answer is for.
        is_attention_chunked: whether the probabilities have one more dimension.

    Returns:
        A tensor of shape (layers, 1, heads, 1, 1), of the model's dtype; or a list of None for no mask.
    """
    if head_mask is None:
        return [None] * num_hidden_layers
    head_mask = self._convert_head_mask_to_5d(head_mask, num_hidden_layers)
    return head_mask.unsqueeze(-1) if is_attention_chunked else head_mask


def _convert_head_mask_to_5d(self: Any, head_mask: torch.Tensor, num_hidden_layers: int) -> torch.Tensor:
    """`head_mask` of shape (heads,) or (layers, heads) as (layers, 1, heads, 1, 1), of the model's dtype.

    Raises:
        AssertionError: when it has another number of dimensions than one, two or five.
    """
    if head_mask.dim() == 1:
        head_mask = head_mask.expand(num_hidden_layers, -1)
    if head_mask.dim() == 2:
        head_mask = head_mask[:, None, :, None, None]
    if head_mask.dim() != 5:
        raise AssertionError(f"a head mask has one, two or five dimensions, not {head_mask.dim()}")
    return head_mask.to(dtype=self.dtype)
