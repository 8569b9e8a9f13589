"""`AutoProcessor`, which knows the families that plugins bring."""

from __future__ import annotations

import importlib
from typing import Any

from hfcompat import sideload
from hfcompat.auto import arguments, families, tokenizer_backends
from hfcompat.auto.enclosing import enclose_as_said
from hfcompat.auto.passing import Passing, stock
from hfcompat.auto.tokenizer import AutoTokenizer

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
        made = stock(cls).from_pretrained(pretrained_model_name_or_path, *args, **kwargs)
        is_processor = isinstance(made, importlib.import_module("transformers").ProcessorMixin)
        is_tokenizer = not is_processor and hasattr(made, "convert_ids_to_tokens")
        if is_tokenizer and not args and not force_hf:  # of a model without a processor: the one of AutoTokenizer
            if any(kwargs.get(name) is not None for name in ("add_bos_token", "add_eos_token")):
                return AutoTokenizer.from_pretrained(pretrained_model_name_or_path, **kwargs)
            read, choice = tokenizer_backends.build(pretrained_model_name_or_path, kwargs)
            if read is not None:
                tokenizer_backends.note(read, choice)
                made = read
            enclose_as_said(made)
        return made
