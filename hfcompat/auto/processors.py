"""`AutoProcessor`, which knows the families that plugins bring."""

from __future__ import annotations

from typing import Any

from hfcompat import sideload
from hfcompat.auto import arguments, families
from hfcompat.auto.passing import Passing, stock

__all__ = ["AutoProcessor"]


class AutoProcessor(metaclass=Passing):
    """`transformers.AutoProcessor`: change the import, and nothing else.

    Upstream: https://huggingface.co/docs/transformers/model_doc/auto
    """

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: Any, *args: Any, force_hf: bool = False, **kwargs: Any
    ) -> Any:
        """`from_pretrained` of transformers. `force_hf`: the stock path, nothing applied, nothing brought."""
        if not force_hf:
            arguments.prepare(kwargs)
            config = families.look(pretrained_model_name_or_path, kwargs)
            if sideload.brought(families.model_type(config)):
                return sideload.processor(families.model_type(config), pretrained_model_name_or_path, *args, **kwargs)
        return stock(cls).from_pretrained(pretrained_model_name_or_path, *args, **kwargs)
