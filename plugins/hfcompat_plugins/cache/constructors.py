"""Constructors that take what they took in v4; what the runtime understands goes through as it is."""

from __future__ import annotations

from typing import Any

from hfcompat_plugins.cache.layers import remember

_STATIC = ("config", "max_batch_size", "max_cache_len", "device", "dtype", "layer_device_map")
_OFFLOADED_STATIC = (*_STATIC[:5], "offload_device", "layer_device_map")


def dynamic(original: Any) -> Any:
    """`DynamicCache`, whose first argument was a number of layers (ignored) up to 4.49."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("num_hidden_layers", None)
        if args and isinstance(args[0], int):
            args = args[1:]
        for name in ("_distributed_cache_data", "ddp_cache_data"):
            if name in kwargs:
                args = (kwargs.pop(name), *args)
        original(self, *args, **kwargs)

    return __init__


def dynamic_without_config(original: Any) -> Any:
    """The same before 4.54, where a cache keeps every token and so needs no config."""
    inner = dynamic(original)

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("config", None)
        inner(self, *args, **kwargs)

    return __init__


def dynamic_filled(original: Any) -> Any:
    """The same in 4.54 and 4.55, which puts states behind an empty layer and makes no layer of what a config says."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("num_hidden_layers", None)
        kwargs.pop("config", None)
        if args and isinstance(args[0], int):
            args = args[1:]
        data = kwargs.pop("_distributed_cache_data", None)
        original(self, *args, **kwargs)
        for layer_idx, states in enumerate(data or ()):
            self.update(states[0], states[1], layer_idx)

    return __init__


def dynamic_without_data(original: Any) -> Any:
    """The same on 4.49, where states cannot be given at all."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        kwargs.pop("config", None)
        data = kwargs.pop("_distributed_cache_data", None) or kwargs.pop("ddp_cache_data", None)
        original(self, *args, **kwargs)
        for layer_idx, states in enumerate(data or ()):
            self.update(states[0], states[1], layer_idx)

    return __init__


def encoder_decoder(original: Any) -> Any:
    """`EncoderDecoderCache`, which had two named arguments, and took the pairs of a self-attention alone."""

    def __init__(self: Any, *caches: Any, **kwargs: Any) -> None:
        names = ("self_attention_cache", "cross_attention_cache")[len(caches) :]
        if kwargs and set(kwargs) == set(names):
            caches, kwargs = (*caches, *(kwargs[name] for name in names)), {}
        if len(caches) == 1:
            from transformers.cache_utils import DynamicCache

            states = tuple(caches[0])
            pairs = states and all(len(layer) in (2, 3) for layer in states)
            caches = (DynamicCache(states), DynamicCache()) if pairs else (states,)
        original(self, *caches, **kwargs)

    return __init__


def static_renamed(original: Any) -> Any:
    """Static caches of 4.51 to 4.53, where `batch_size` was called `max_batch_size`."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if "batch_size" in kwargs and len(args) < 2:
            kwargs.setdefault("max_batch_size", kwargs.pop("batch_size"))
        original(self, *args, **kwargs)

    return __init__


def static_named(original: Any) -> Any:
    """Static caches of 4.54 and 4.55, which take their arguments by name only."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, **{**dict(zip(_STATIC, args, strict=False)), **kwargs})

    return __init__


def offloaded_static_named(original: Any) -> Any:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, **{**dict(zip(_OFFLOADED_STATIC, args, strict=False)), **kwargs})

    return __init__


def static(original: Any) -> Any:
    """`StaticCache` from 4.56, which learns batch size, dtype and device from the first update."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if is_v4(args, kwargs):
            named = by_name(args, kwargs)
            batch_size, dtype, device = named.pop("max_batch_size"), named.pop("dtype", None), named.pop("device", None)
            original(self, **named)
            if batch_size is not None:
                remember(self, named["config"], batch_size, dtype, device)
        else:
            original(self, *args, **kwargs)

    return __init__


def static_remembered(original: Any) -> Any:
    """Deprecated static caches of 4.56 and 4.57, which forget the batch size that they are told by name."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        batch_size = kwargs.get("max_batch_size", kwargs.get("batch_size"))
        if batch_size is not None:
            config = args[0] if args else kwargs["config"]
            remember(self, config, batch_size, kwargs.get("dtype"), kwargs.get("device"))

    return __init__


def static_positional(original: Any) -> Any:
    """Deprecated static caches of 4.56 and 4.57, which take the second argument of 4.55, a batch size, for a length."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if len(args) > 2:
            named = by_name(args, kwargs)
            original(self, named["config"], named["max_cache_len"])
            remember(self, named["config"], named["max_batch_size"], named.get("dtype"), named.get("device"))
        else:
            original(self, *args, **kwargs)

    return __init__


def is_v4(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether these are the arguments of a static cache up to 4.55: today's third one is a flag, not a number."""
    return (
        "max_batch_size" in kwargs
        or "batch_size" in kwargs
        or (len(args) > 2 and not isinstance(args[2], bool))
        or (len(args) == 2 and "max_cache_len" in kwargs)
    )


def by_name(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """v4's arguments by their names; the length defaults to the model's, as it did."""
    named = {**dict(zip(_STATIC, args, strict=False)), **kwargs}
    batch_size = named.pop("batch_size", None)
    named.setdefault("max_batch_size", batch_size)
    named.pop("layer_device_map", None)
    if named.get("max_cache_len") is None:
        named["max_cache_len"] = named["config"].get_text_config(decoder=True).max_position_embeddings
    return named


def cache_4_54(original: Any) -> Any:
    """The same in 4.54 and 4.55, which wants the class of its layers."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if args or kwargs:
            original(self, *args, **kwargs)
            return
        from transformers.cache_utils import DynamicLayer

        original(self, layer_classes=DynamicLayer)
        self.layers = []

    return __init__


def cache(original: Any) -> Any:
    """`Cache.__init__`, which took no argument up to 4.53: the base of caches that keep their states by themselves."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if not args and not kwargs:
            kwargs = {"layers": []}
        original(self, *args, **kwargs)

    return __init__
