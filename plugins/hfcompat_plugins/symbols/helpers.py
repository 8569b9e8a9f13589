"""Small tools of `transformers.utils`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypedDict

__all__ = ["LossKwargs", "cached_property", "working_or_temp_dir"]


class cached_property(property):
    """A property that keeps what it gave, unless that was None, in the instance's `__cached_<name>`."""

    def __get__(self, obj: Any, objtype: type | None = None) -> Any:
        if obj is None:
            return self
        if self.fget is None:
            raise AttributeError("this property has no getter")
        place = f"__cached_{self.fget.__name__}"
        value = getattr(obj, place, None)
        if value is None:
            value = self.fget(obj)
            setattr(obj, place, value)
        return value


@contextmanager
def working_or_temp_dir(working_dir: str | os.PathLike[str], use_temp_dir: bool = False) -> Iterator[Any]:
    """Gives `working_dir`, or with `use_temp_dir` the path of a folder that is deleted afterwards."""
    if not use_temp_dir:
        yield working_dir
        return
    with tempfile.TemporaryDirectory() as folder:
        yield folder


class LossKwargs(TypedDict, total=False):
    """Keyword arguments that a model passes on to its loss.

    Attributes:
        num_items_in_batch: by how many tokens a summed loss is divided.
    """

    num_items_in_batch: int | None
