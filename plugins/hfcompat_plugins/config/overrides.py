"""Keyword arguments of `from_pretrained` that name what configurations of 4.x had."""

from __future__ import annotations

from typing import Any

from hfcompat_plugins.config import rope
from hfcompat_plugins.config.defaults import GENERATION, MODEL

from hfcompat.origin import is_native

_NAMES = frozenset((*MODEL, *GENERATION, *rope.PLACES))
_MISSING = object()


def with_names_of_4(original: Any) -> Any:
    """`PreTrainedConfig.from_dict`, which leaves what a configuration does not have to a model that refuses it."""

    def from_dict(cls: Any, config_dict: dict[str, Any], **kwargs: Any) -> Any:
        legacy = {name: kwargs.pop(name) for name in _NAMES.intersection(kwargs)}
        if "rope_scaling" in kwargs:  # it takes the place of rope_theta too, where that is not in it
            legacy["rope_scaling"] = kwargs.pop("rope_scaling")
        made = original(cls, config_dict, **kwargs)
        config, unused = made if isinstance(made, tuple) else (made, {})
        for name, value in legacy.items():
            if not _set(config, name, value):
                unused[name] = value
        return made

    return from_dict


def _set(config: Any, name: str, value: Any) -> bool:
    """Set what a configuration of 4.x had; whether it is there to be set."""
    if name == "rope_scaling" and "rope_parameters" in config.__dict__ and is_native(type(config)):
        rope.assign(config, value)
        return True
    found = rope.part(config, name) if name in rope.PLACES else None
    if found is not None and name not in config.__dict__:
        found[rope.PLACES[name][1]] = value
    elif name in MODEL or name in GENERATION or getattr(config, name, _MISSING) is not _MISSING:
        setattr(config, name, value)
    else:
        return False
    return True
