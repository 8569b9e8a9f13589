"""Configurations of classes from elsewhere are written in the form in which they are read."""

from __future__ import annotations

from typing import Any

from hfcompat_plugins.config import rope
from hfcompat_plugins.config.defaults import GENERATION, MODEL

from hfcompat.origin import is_native


def in_own_form(original: Any) -> Any:
    """`PreTrainedConfig.to_dict`, which adds `rope_parameters` to the `rope_theta` and `rope_scaling` of the class."""

    def to_dict(self: Any) -> dict[str, Any]:
        output = original(self)
        if not is_native(type(self)) and "rope_parameters" in output and _follows(self):
            del output["rope_parameters"]
        return output

    return to_dict


def _follows(config: Any) -> bool:
    made = rope.stored(config)
    parameters = config.__dict__.get("rope_parameters")
    return made is not None and (parameters is None or parameters == made)


def without_defaults(original: Any) -> Any:
    """`PreTrainedConfig.to_diff_dict`, which knows no defaults for what the base class no longer has."""

    def to_diff_dict(self: Any) -> dict[str, Any]:
        output = original(self)
        if not is_native(type(self)):
            usual = {name: value for name, value in (MODEL | GENERATION).items() if output.get(name, output) == value}
            for name in usual and _as_made(self, usual):
                del output[name]
        return output

    return to_diff_dict


def _as_made(config: Any, usual: dict[str, Any]) -> list[str]:
    """The names of `usual` that the class makes so by itself; where it cannot be made without arguments, all."""
    try:
        made = type(config)()
    except Exception:
        return list(usual)
    return [name for name, value in usual.items() if getattr(made, name, value) == value]
