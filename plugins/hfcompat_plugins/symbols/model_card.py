"""ModelCard: the sections of a model card as a JSON file, from before model cards were README files."""

from __future__ import annotations

import copy
import json
import os
import warnings
from pathlib import Path
from typing import Any

from transformers.utils import MODEL_CARD_NAME
from transformers.utils.hub import cached_file

__all__ = ["ModelCard"]

_SECTIONS = (
    "model_details", "intended_use", "factors", "metrics", "evaluation_data", "training_data",
    "quantitative_analyses", "ethical_considerations", "caveats_and_recommendations",
)  # fmt: skip


class ModelCard:
    """Attributes are sections: model_details, intended_use, factors, metrics, evaluation_data, training_data,
    quantitative_analyses, ethical_considerations and caveats_and_recommendations (each {} unless given), and others.
    """

    def __init__(self, **kwargs: Any) -> None:
        warnings.warn("ModelCard is no longer part of transformers: use huggingface_hub.ModelCard.", FutureWarning, 2)
        for name in _SECTIONS:
            setattr(self, name, kwargs.pop(name, {}))
        for name, value in kwargs.items():
            setattr(self, name, value)

    def save_pretrained(self, save_directory_or_file: str | os.PathLike[str]) -> None:
        """Write JSON to a file, or to modelcard.json in a folder that exists."""
        path = Path(save_directory_or_file)
        self.to_json_file(path / MODEL_CARD_NAME if path.is_dir() else path)

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: Any, **kwargs: Any) -> Any:
        """Read a file, or modelcard.json of a folder or repository; where there is none, an empty card.

        Args:
            kwargs: values for sections that the card has; `cache_dir` and `proxies` as elsewhere; with
                `return_unused_kwargs=True` the others are returned, too.
        """
        unused = kwargs.pop("return_unused_kwargs", False)
        options = {name: kwargs.pop(name, None) for name in ("cache_dir", "proxies")}
        kwargs.pop("_from_pipeline", None)
        file = pretrained_model_name_or_path
        try:
            card = cls.from_json_file(file if os.path.isfile(file) else cached_file(file, MODEL_CARD_NAME, **options))
        except (OSError, json.JSONDecodeError):
            card = cls()
        for name in [name for name in kwargs if hasattr(card, name)]:
            setattr(card, name, kwargs.pop(name))
        return (card, kwargs) if unused else card

    @classmethod
    def from_dict(cls, json_object: dict[str, Any]) -> ModelCard:
        return cls(**json_object)

    @classmethod
    def from_json_file(cls, json_file: Any) -> ModelCard:
        return cls(**json.loads(Path(json_file).read_text(encoding="utf-8")))

    def to_dict(self) -> dict[str, Any]:
        """A deep copy."""
        return copy.deepcopy(vars(self))

    def to_json_string(self) -> str:
        """Sorted, indented by two, with a newline at the end."""
        return json.dumps(vars(self), indent=2, sort_keys=True) + "\n"

    def to_json_file(self, json_file_path: Any) -> None:
        Path(json_file_path).write_text(self.to_json_string(), encoding="utf-8")

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other)

    def __repr__(self) -> str:
        return self.to_json_string()
