"""Classes that stand before one of transformers'."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["Passing", "stock"]


class Passing(type):
    """Whatever a class does not have itself, the class of transformers before which it stands has."""

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"type object {cls.__name__!r} has no attribute {name!r}")
        return getattr(stock(cls), name)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        """As transformers': it raises, and says how such a class is used. A subclass may have an `__init__`."""
        if any(name in vars(one) for one in cls.__mro__[:-1] for name in ("__init__", "__new__")):
            return super().__call__(*args, **kwargs)
        return stock(cls)(*args, **kwargs)


def stock(cls: Any, config: Any = None) -> Any:
    """The class of transformers: of those that the runtime has, the first that knows the configuration.

    Raises:
        ImportError: the runtime has none of them.
    """
    transformers = importlib.import_module("transformers")
    own = next(one for one in cls.__mro__ if one.__module__.startswith("hfcompat."))  # cls may be somebody's subclass
    names = own.__dict__.get("stock_names") or (own.__name__,)
    there = [found for name in names if (found := getattr(transformers, name, None)) is not None]
    if not there:
        raise ImportError(f"transformers {transformers.__version__} has no {names[0]}; upgrade transformers")
    found = next((found for found in there if len(there) > 1 and _knows(found, config)), there[0])
    return found if cls is own and _MAPPING not in vars(cls) else _of_somebody(cls, found)


_MAPPING = "_model_mapping"
"""What an Auto class of models goes by."""


def _of_somebody(cls: type, found: type) -> type:
    """Somebody's subclass, or a class that was given models of its own, as a subclass of the class of transformers."""
    if not hasattr(found, _MAPPING):
        return found
    mapping = next((vars(one)[_MAPPING] for one in cls.__mro__ if _MAPPING in vars(one)), None)
    return type(cls.__name__, (found,), {} if mapping is None else {_MAPPING: mapping})


def _knows(auto: Any, config: Any) -> bool:
    if isinstance(config, dict):
        if auto.__name__ in (config.get("auto_map") or ()):
            return True
        mapping = importlib.import_module("transformers.models.auto.configuration_auto").CONFIG_MAPPING
        model_type = config.get("model_type")
        return model_type in mapping and mapping[model_type] in auto._model_mapping
    return config is not None and type(config) in auto._model_mapping
