"""Configuration classes from elsewhere, which `PreTrainedConfig` makes into dataclasses since 5.4."""

from __future__ import annotations

from typing import Any

from hfcompat.origin import is_native


def with_class_attributes(original: Any) -> Any:
    """`PreTrainedConfig.__init_subclass__`.

    An annotated class attribute that is a list or a dictionary is no field, as it was none. Two configurations are
    compared by all that they hold, not by the fields alone.
    """

    def __init_subclass__(cls: Any, *args: Any, **kwargs: Any) -> None:
        if is_native(cls):
            original(cls, *args, **kwargs)
            return
        annotations = dict(vars(cls).get("__annotations__", {}))
        own = set(vars(cls))
        fields = {name: kind for name, kind in annotations.items() if not _mutable(vars(cls).get(name))}
        if fields != annotations:
            cls.__annotations__ = fields
        original(cls, *args, **kwargs)
        if fields != annotations:
            cls.__annotations__ = annotations
        if "__eq__" in vars(cls) and "__eq__" not in own:
            del cls.__eq__

    return __init_subclass__


def _mutable(value: Any) -> bool:
    return isinstance(value, (list, dict, set)) or type(value).__hash__ is None
