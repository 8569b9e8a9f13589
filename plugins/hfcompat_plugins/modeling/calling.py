"""Calls of transformers' own models as 4.x code makes them.

What their `forward` no longer knows is swallowed in silence, and what is given by position may have become something
else. `apply(dialect=...)` gives both the meaning that they had.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from hfcompat_plugins.calls import of_the_moment
from hfcompat_plugins.modeling.arguments import arguments, placed_by_cache_position
from hfcompat_plugins.modeling.head_masks import NAMES, masked_heads, masked_probabilities

from hfcompat.origin import native_caller

# A keyword and what it was renamed to.
_RENAMED = {"num_logits_to_keep": "logits_to_keep"}
_HEARD = frozenset({*NAMES, *_RENAMED, "cache_position", "output_attentions"})
_MASKS = frozenset(NAMES)
# Of these a model takes one.
_ONE_OF = (("input_ids", "inputs_embeds"), ("decoder_input_ids", "decoder_inputs_embeds"))


def forgiving(original: Any) -> Any:
    """`PreTrainedModel.__call__` for code of any version.

    Arguments by position that cannot be meant as they stand have their old names. Where a head mask has no effect, that
    is said, once for each name.
    """
    original = of_the_moment(original)
    heard = as_in_4_57(original)

    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) > 2 and _impossible(self, args):
            return heard(self, *args, **kwargs)
        if not _MASKS.isdisjoint(kwargs):
            _warn(self, kwargs)
        return original(self, *args, **kwargs)

    return __call__


def _impossible(model: Any, args: tuple[Any, ...]) -> bool:
    """Whether arguments by position are refused today, and there was one order only that took them."""
    old, new, _, same = arguments(type(model), "4.57")
    before = arguments(type(model), "4.49")[0]
    if len(args) <= same or len(args) > len(old) or old[: len(args)] != before[: len(args)]:
        return False
    if len(args) > len(new):
        return True
    given = [name for name, value in zip(new, args, strict=False) if value is not None]
    return any(ids in given and embeddings in given for ids, embeddings in _ONE_OF)


def _warn(model: Any, kwargs: dict[str, Any]) -> None:
    from transformers.utils import logging

    old, new, swallows, _ = arguments(type(model), "4.57")
    for name in NAMES:
        if swallows and kwargs.get(name) is not None and name in old and name not in new:
            logging.get_logger("transformers.modeling_utils").warning_once(
                f"{name} has no effect on models of this version of transformers. "
                'hfcompat.apply(dialect="4.57") gives it its meaning back.'
            )


def as_in_4_57(original: Any) -> Any:
    """`PreTrainedModel.__call__` for code that was written for 4.52 to 4.57."""
    return _as_in(original, "4.57")


def as_in_4_49(original: Any) -> Any:
    """`PreTrainedModel.__call__` for code that was written for 4.51 or an earlier version."""
    return _as_in(original, "4.49")


def _as_in(original: Any, version: str) -> Any:
    original = of_the_moment(original)

    def __call__(self: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) < 2 and _HEARD.isdisjoint(kwargs) and not getattr(self.config, "output_attentions", False):
            return original(self, *args, **kwargs)
        old, new, _, same = arguments(type(self), version)
        if len(args) > same and (torch.compiler.is_compiling() or not native_caller()):
            args, kwargs = _by_name(old, same, args, kwargs)
        kwargs = _renamed(new, kwargs)
        if "cache_position" in kwargs and "cache_position" in old and "cache_position" not in new:
            kwargs = _positions(self, new, args, kwargs)
        masks = {name: kwargs[name] for name in NAMES if name in kwargs and name in old and name not in new}
        kwargs = {name: value for name, value in kwargs.items() if name not in masks}
        masks = {name: mask for name, mask in masks.items() if mask is not None}
        seen = bool(old) and _wanted(self, kwargs)
        if not masks and not seen:
            return original(self, *args, **kwargs)
        with _eager(_fused(self) if seen else []):
            output = _masked(original, self, args, kwargs, old, masks) if masks else original(self, *args, **kwargs)
        return _without_empty(output) if seen else output

    return __call__


def _by_name(
    old: tuple[str, ...], same: int, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Arguments from the first position on that means something else now, by the names that they had."""
    if len(args) > len(old):
        return args, kwargs
    moved = dict(zip(old[same:], args[same:], strict=False))
    for name in moved:
        if name in kwargs:
            raise TypeError(f"forward() got multiple values for argument {name!r}")
    return args[:same], {**moved, **kwargs}


def _renamed(new: tuple[str, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    for before, now in _RENAMED.items():
        if before in kwargs and before not in new and now in new:
            kwargs = {(now if name == before else name): value for name, value in kwargs.items()}
    return kwargs


def _positions(model: Any, new: tuple[str, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    """`cache_position` said where in a cache the new tokens go, and what their positions are if nothing else does."""
    position = kwargs["cache_position"]
    kwargs = {name: value for name, value in kwargs.items() if name != "cache_position"}
    if position is None:
        return kwargs
    cache = {**dict(zip(new, args, strict=False)), **kwargs}.get("past_key_values")
    if cache is not None:
        _set_length(cache, position[0])
    for name in ("position_ids", "decoder_position_ids") if placed_by_cache_position(type(model)) else ():
        if name in new[len(args) :] and kwargs.get(name) is None:
            kwargs[name] = position.unsqueeze(0)
    return kwargs


def _set_length(cache: Any, length: torch.Tensor) -> None:
    """The layers of a static cache write from `length` on; others have nothing that could be written over."""
    cache = getattr(cache, "self_attention_cache", cache)
    for layer in getattr(cache, "layers", ()):
        written = getattr(layer, "cumulative_length", None)
        if isinstance(written, torch.Tensor) and not hasattr(layer, "cumulative_length_int"):  # which a sliding one has
            written.copy_(length)


@contextmanager
def _eager(fused: list[tuple[Any, str]]) -> Iterator[None]:
    """For the time of a call that asks for attention probabilities: other attentions have none to show."""
    for config, _ in fused:
        config._attn_implementation_internal = "eager"
    try:
        yield
    finally:
        for config, implementation in fused:
            config._attn_implementation_internal = implementation


def _without_empty(output: Any) -> Any:
    """`output` without the empty tuples that stand for attentions which a model does not have, and were None."""
    if isinstance(output, tuple):
        return tuple(item for item in output if not (isinstance(item, tuple) and not item))
    if not any(isinstance(item, tuple) and not item for item in output.values()):
        return output
    return type(output)(**{key: item for key, item in output.items() if not (isinstance(item, tuple) and not item)})


def _wanted(model: Any, kwargs: dict[str, Any]) -> bool:
    asked = kwargs.get("output_attentions")
    return bool(getattr(model.config, "output_attentions", False) if asked is None else asked)


def _fused(model: Any) -> list[tuple[Any, str]]:
    """The configs in `model` that say another attention than eager, and which."""
    configs = {id(module.config): module.config for module in model.modules() if hasattr(module, "config")}
    found = [(config, getattr(config, "_attn_implementation", None)) for config in configs.values()]
    return [(config, implementation) for config, implementation in found if implementation not in (None, "eager")]


def _masked(
    original: Any,
    model: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    old: tuple[str, ...],
    masks: dict[str, Any],
) -> Any:
    wants_tuple = kwargs.get("return_dict") is False or not getattr(model.config, "return_dict", True)
    if wants_tuple:
        kwargs = {**kwargs, "return_dict": True}
    if "decoder_head_mask" in old and kwargs.get("encoder_outputs") is not None:  # of an encoder that has run
        masks = {name: mask for name, mask in masks.items() if name != "head_mask"}
    with masked_heads(model, old, masks) as stacks:
        output = original(model, *args, **kwargs)
    masked_probabilities(output, stacks)
    return output.to_tuple() if wants_tuple else output
