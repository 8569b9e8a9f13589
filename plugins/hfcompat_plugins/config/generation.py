"""Settings of generation that were written into a model's configuration."""

from __future__ import annotations

import sys
import warnings
from typing import Any

from hfcompat_plugins.config.defaults import GENERATION

from hfcompat.origin import native_caller


def moved_when_saved(original: Any) -> Any:
    """`PreTrainedConfig._get_generation_parameters`: where it finds any, save_pretrained refuses to work.

    Up to 4.57 saving a model moved them to its generation config, and saving a configuration alone kept them.
    """

    def _get_generation_parameters(self: Any) -> dict[str, Any]:
        asking = sys._getframe(1)
        if asking.f_code.co_name != "save_pretrained" or not native_caller():
            return original(self)
        found = original(self)  # of those that the class itself declares none
        if found and asking.f_back is not None:
            _move(self, asking.f_back.f_locals.get("model_to_save"), found)
        if left := _among(found, self):
            warnings.warn(
                f"settings of generation are saved with {type(self).__name__}: {left}", UserWarning, stacklevel=2
            )
        return {}

    return _get_generation_parameters


def _among(names: Any, config: Any) -> dict[str, Any]:
    return {name: value for name, value in get_non_default_generation_parameters(config).items() if name in names}


def _move(config: Any, model: Any, names: Any) -> None:
    if getattr(model, "config", None) is not config or not model.can_generate():
        return
    for name, value in _among(names, config).items():
        setattr(model.generation_config, name, value)
        del config.__dict__[name]


def get_non_default_generation_parameters(self: Any) -> dict[str, Any]:
    """Settings of generation that differ from their defaults, or from those of the class where it has its own."""
    try:
        of_class = type(self)().__dict__
    except Exception:  # a class that cannot be made without arguments has no defaults of its own
        of_class = {}
    values = {name: self.__dict__.get(name) for name in GENERATION}
    return {
        name: value
        for name, value in values.items()
        if value is not None and value != of_class.get(name, GENERATION[name])
    }


def has_non_default_generation_parameters(self: Any) -> bool:
    """Whether there are any; the name that 4.36 to 4.44 had."""
    return any(self.__dict__.get(name, default) != default for name, default in GENERATION.items())


def generation_defaults() -> dict[str, Any]:
    """The defaults that every configuration had."""
    return dict(GENERATION)


get_generation_defaults = staticmethod(generation_defaults)
