"""Which class says what: whether a tokenizer, or one of its methods, comes from transformers or from somebody else."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

from hfcompat.origin import is_native

_OURS = "hfcompat_plugins."
_BACKENDS = ("PythonBackend", "TokenizersBackend")


def is_foreign(owner: type) -> bool:
    """Whether a class is somebody's own: neither transformers' nor one of those that this plugin puts in between."""
    return not is_native(owner) and not owner.__module__.startswith(_OURS)


def foreign_classes(cls: type) -> Iterator[type]:
    """The classes of `cls`'s MRO that are somebody's own, down to the first one of transformers."""
    for owner in cls.__mro__:
        if is_native(owner) or owner is object:
            return
        if is_foreign(owner):
            yield owner


@functools.lru_cache(maxsize=4096)
def somebodys(cls: type) -> bool:
    """Whether the tokenizers of a class are of a class that was not written in transformers."""
    return next(foreign_classes(cls), None) is not None


def owner_of(cls: type, name: str) -> type | None:
    """The class of the MRO that defines `name`; None when there is none."""
    return next((owner for owner in cls.__mro__ if name in vars(owner)), None)


@functools.lru_cache(maxsize=4096)
def backend_of(cls: type) -> type | None:
    """The PythonBackend or TokenizersBackend that a class runs on; the first one of its MRO counts."""
    return next((owner for owner in cls.__mro__ if owner.__name__ in _BACKENDS and is_native(owner)), None)


def runs_in_python(cls: type) -> bool:
    """Whether a class is a slow tokenizer: its texts are cut by its own python methods."""
    backend = backend_of(cls)
    return backend is not None and backend.__name__ == _BACKENDS[0]


@functools.lru_cache(maxsize=4096)
def overrides(cls: type, name: str) -> bool:
    """Whether the `name` that instances of `cls` see was written outside transformers."""
    owner = owner_of(cls, name)
    return owner is not None and owner is not object and is_foreign(owner)


@functools.lru_cache(maxsize=4096)
def _parameters(function: Callable[..., Any]) -> tuple[frozenset[str], bool]:
    parameters = inspect.signature(function).parameters.values()
    names = frozenset(parameter.name for parameter in parameters)
    return names, any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters)


def accepts(function: Callable[..., Any], name: str) -> bool:
    """Whether a function can be called with a keyword `name`."""
    names, any_keyword = _parameters(function)
    return any_keyword or name in names


def accepted(function: Callable[..., Any], keywords: dict[str, Any]) -> dict[str, Any]:
    """Those of `keywords` that a function can be called with."""
    names, any_keyword = _parameters(function)
    return keywords if any_keyword else {name: value for name, value in keywords.items() if name in names}


def says_nothing_of_types(tokenizer: Any) -> bool:
    """Whether a fast tokenizer leaves it to the base class which inputs it returns: up to 4.57, type ids too.

    For methods that v5 does not have; those that it has keep its default, unless the program says its dialect.
    """
    cls = type(tokenizer)
    owner = owner_of(cls, "model_input_names")
    if runs_in_python(cls) or owner is None or owner.__name__ != "PreTrainedTokenizerBase":
        return False
    return "model_input_names" not in tokenizer.init_kwargs and tokenizer.model_input_names == owner.model_input_names
