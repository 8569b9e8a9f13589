"""`crop(n)`, which kept `n` tokens up to 5.13, and then by steps came to remove `-n` and refuse what is positive."""

from __future__ import annotations

from typing import Any


def keeping(original: Any) -> Any:
    """`Cache.crop`: a positive number is the length to keep, under any name that the argument had."""

    def crop(self: Any, *args: Any, **kwargs: Any) -> Any:
        count = _count(args, kwargs)
        if count is None or count <= 0:
            return original(self, *args, **kwargs) if count is None else original(self, count)
        for layer in self.layers:
            _shorten(layer, count, self)
        return None

    return crop


def encoder_decoder_keeping(original: Any) -> Any:
    """`EncoderDecoderCache.crop`, which hands on to its self-attention."""

    def crop(self: Any, *args: Any, **kwargs: Any) -> Any:
        count = _count(args, kwargs)
        return original(self, *args, **kwargs) if count is None else original(self, count)

    return crop


def layer_keeping(original: Any) -> Any:
    """`DynamicLayer.crop`; layers that hold more than keys and values go on to refuse a positive number."""

    def crop(self: Any, *args: Any, **kwargs: Any) -> Any:
        count = _count(args, kwargs)
        if count is None or count <= 0 or hasattr(self, "indexer_keys"):
            return original(self, *args, **kwargs) if count is None else original(self, count)
        length = self.get_seq_length()
        return original(self, count - length) if length > count else None

    return crop


def _count(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if args:
        return args[0]
    return next((kwargs[name] for name in ("tokens_to_remove", "max_length", "maximum_length") if name in kwargs), None)


def _shorten(layer: Any, count: int, cache: Any) -> None:
    length = layer.get_seq_length() if hasattr(layer, "get_seq_length") else cache.get_seq_length()
    if length > count:
        layer.crop(count - length)


def crop_past_key_values(model: Any, past_key_values: Any, max_length: int) -> Any:
    """`past_key_values`, a cache or tuples of tensors [batch, heads, tokens, head size], cut to `max_length` tokens.

    A negative `max_length` takes off so many. A cache is cut in place. Cross-attention states, the third and fourth
    of a layer, are left whole.
    """
    if past_key_values is None:
        return None
    if hasattr(past_key_values, "crop"):
        excess = past_key_values.get_seq_length() - max_length if max_length >= 0 else -max_length
        if excess > 0:
            past_key_values.crop(-excess)
        return past_key_values
    if hasattr(past_key_values[0], "shape"):  # GPT-BigCode: one tensor a layer, tokens before the last dimension
        return [states[..., :max_length, :] for states in past_key_values]
    return tuple(
        tuple(state[:, :, :max_length, :] if len(state) else state for state in layer[:2]) + tuple(layer[2:])
        for layer in past_key_values
    )
