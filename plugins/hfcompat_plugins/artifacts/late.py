"""Wraps of the reading side whose rules are imported when something is read, and not with transformers."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

_Wrap = Callable[[Callable[..., Any]], Callable[..., Any]]


def _late(module: str, name: str) -> _Wrap:
    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        made: Callable[..., Any] | None = None

        def call(*args: Any, **kwargs: Any) -> Any:
            nonlocal made
            if made is None:
                made = getattr(importlib.import_module(f"hfcompat_plugins.artifacts.{module}"), name)(original)
            return made(*args, **kwargs)

        return call

    return wrap


config_in_own_words = _late("reading", "config_in_own_words")
files_in_own_words = _late("reading_tokenizers", "files_in_own_words")
class_in_own_words = _late("reading_tokenizers", "class_in_own_words")
of_tekken = _late("reading_tokenizers", "of_tekken")
images_of_the_whole = _late("reading_processors", "images_of_the_whole")
features_of_the_whole = _late("reading_processors", "features_of_the_whole")
whole_without_parts = _late("reading_processors", "whole_without_parts")
