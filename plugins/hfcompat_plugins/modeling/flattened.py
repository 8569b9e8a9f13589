"""Wrappers that were flattened: the submodule that was `model.text_model` is now `model`."""

from __future__ import annotations

from typing import Any


class Itself:
    """An attribute of a model that is the model.

    A descriptor without `__set__`: a subclass that assigns a submodule or anything else of this name has its own,
    as it would without us.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, model: Any, owner: type | None = None) -> Any:
        if model is None:
            return self
        return model._modules.get(self.name, model)


text_model = Itself("text_model")
vision_model = Itself("vision_model")
