"""Fast tokenizers of somebody's own: made from their slow ones, or from their own tokenizer.json, as v4 made them.

v5 takes files apart before the constructor sees them, and hands on a vocabulary and merges. A constructor that was
written for files builds a tokenizer from them that has no normalizer, pre-tokenizer or decoder.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from typing import Any

from hfcompat_plugins.tokenizers.origins import runs_in_python, somebodys

from hfcompat.origin import is_native, native_caller


def takes_files(cls: type) -> bool:
    """Whether a class of somebody's own has a constructor of its own, written for files and not for what is in them."""
    own = next((vars(owner)["__init__"] for owner in cls.__mro__ if "__init__" in vars(owner)), None)
    if own is None or not somebodys(cls) or is_native(own):
        return False
    code = getattr(inspect.unwrap(own), "__code__", None)
    said = {*inspect.signature(own).parameters, *(code.co_consts if code else ())}
    return said.isdisjoint(("vocab", "merges", "post_processor"))


def files_as_they_are(original: Callable[..., Any]) -> Callable[..., Any]:
    """`convert_to_native_format`, which leaves its files to a constructor that takes files."""

    def convert_to_native_format(cls: type, trust_remote_code: bool = False, **kwargs: Any) -> Any:
        if not takes_files(cls):
            return original(cls, trust_remote_code=trust_remote_code, **kwargs)
        if kwargs.get("tokenizer_file") is None:
            kwargs.pop("tokenizer_file", None)
        return kwargs

    return convert_to_native_format


def made_from_slow(original: Callable[..., None]) -> Callable[..., None]:
    """`__init__` of the backend, which converts `slow_tokenizer_class` where there is nothing else to be made from."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        slow_class = getattr(type(self), "slow_tokenizer_class", None)
        path = kwargs.get("tokenizer_file")
        there = kwargs.get("tokenizer_object") is not None or self._tokenizer is not None or "vocab" in kwargs
        there = there or kwargs.get("gguf_file") is not None or (path is not None and os.path.isfile(path))
        from_slow = kwargs.pop("from_slow", False) if somebodys(type(self)) else False
        if slow_class is None or not somebodys(type(self)) or (there and not from_slow):
            original(self, *args, **kwargs)
            return
        made = {name: value for name, value in kwargs.items() if name not in ("tokenizer_file", "added_tokens_decoder")}
        slow = slow_class(*args, **made)
        kwargs = {**kwargs, **slow.init_kwargs, "tokenizer_object": _converted(slow)}
        kwargs.pop("tokenizer_file", None)
        original(self, *args, **kwargs)

    return __init__


def _converted(slow: Any) -> Any:
    from transformers.convert_slow_tokenizer import convert_slow_tokenizer

    return convert_slow_tokenizer(slow) if runs_in_python(type(slow)) else slow.backend_tokenizer


def slow_one_of_somebodys(original: Callable[..., Any]) -> Callable[..., Any]:
    """`AutoTokenizer.from_pretrained(..., use_fast=False)` gives the slow one of two that are somebody's own."""

    def from_pretrained(cls: type, pretrained_model_name_or_path: Any, *inputs: Any, **kwargs: Any) -> Any:
        asked = kwargs.get("use_fast", True)
        tokenizer = original(cls, pretrained_model_name_or_path, *inputs, **kwargs)
        slow = getattr(type(tokenizer), "slow_tokenizer_class", None)
        if asked or slow is None or not somebodys(type(tokenizer)) or native_caller():
            return tokenizer
        return slow.from_pretrained(pretrained_model_name_or_path, *inputs, **without_auto(kwargs))

    return from_pretrained


def without_auto(keywords: dict[str, Any]) -> dict[str, Any]:
    """Keywords of AutoTokenizer's that a tokenizer's own `from_pretrained` is not asked with."""
    return {name: value for name, value in keywords.items() if name not in _OF_AUTO}


_OF_AUTO = ("use_fast", "config", "tokenizer_type", "trust_remote_code", "code_revision", "_from_auto", "_commit_hash")
