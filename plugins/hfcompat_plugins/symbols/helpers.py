"""Small tools of `transformers.utils`."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypedDict

__all__ = [
    "CHAT_TEMPLATE_NAME",
    "LossKwargs",
    "cached_property",
    "infer_framework",
    "is_jax_tensor",
    "is_tf_symbolic_tensor",
    "is_tf_tensor",
    "working_or_temp_dir",
]

CHAT_TEMPLATE_NAME = "chat_template.json"


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


def infer_framework(model_class: type) -> str:
    """The framework ("pt", "tf" or "flax"), by the modules and names of a class and its bases.

    Raises:
        TypeError: when none of them tells.
    """
    for base in model_class.__mro__:
        library = base.__module__.partition(".")[0]
        for framework, libraries, name in (
            ("tf", ("tensorflow", "keras"), "TFPreTrainedModel"),
            ("pt", ("torch",), "PreTrainedModel"),
            ("flax", ("flax", "jax"), "FlaxPreTrainedModel"),
        ):
            if library in libraries or base.__name__ == name:
                return framework
    raise TypeError(f"{model_class} is no model of PyTorch, TensorFlow or Flax")


def is_tf_tensor(x: Any) -> bool:
    return _comes_from(x, "tensorflow")


def is_tf_symbolic_tensor(x: Any) -> bool:
    """Whether it is a tensor of TensorFlow without a value."""
    return _comes_from(x, "tensorflow") and not hasattr(x, "_numpy")


def is_jax_tensor(x: Any) -> bool:
    return _comes_from(x, "jax", "jaxlib")


def _comes_from(x: Any, *libraries: str) -> bool:
    """transformers asked isinstance; this needs nothing imported."""
    return any(base.__module__.partition(".")[0] in libraries for base in type(x).__mro__)
