"""`AutoConfig`, which knows the families that plugins bring."""

from __future__ import annotations

from typing import Any

from hfcompat.auto import arguments, families
from hfcompat.auto.passing import Passing, stock

__all__ = ["AutoConfig"]


class AutoConfig(metaclass=Passing):
    """`transformers.AutoConfig`: change the import, and nothing else.

    Upstream: https://huggingface.co/docs/transformers/model_doc/auto
    """

    @classmethod
    def from_pretrained(cls, pretrained_model_name_or_path: Any, *, force_hf: bool = False, **kwargs: Any) -> Any:
        """`from_pretrained` of transformers. `force_hf`: the stock path, nothing applied, nothing brought."""
        if not force_hf:
            arguments.prepare(kwargs)
            families.look(pretrained_model_name_or_path, kwargs)
        return stock(cls).from_pretrained(pretrained_model_name_or_path, **kwargs)

    @classmethod
    def for_model(cls, model_type: str, *args: Any, **kwargs: Any) -> Any:
        """`for_model` of transformers."""
        arguments.prepare({})
        families.bring(model_type)
        return stock(cls).for_model(model_type, *args, **kwargs)
