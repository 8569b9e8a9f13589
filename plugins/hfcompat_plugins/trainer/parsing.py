"""`HfArgumentParser` builds its options from the fields of dataclasses, so options of v4 are unknown to it.

What it does not know and v4 did is read here, and handed to the constructor, which maps or refuses it. A parser that is
asked for what remains (`return_remaining_strings`) is left alone: it hands unknown options back.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from hfcompat_plugins.trainer.arguments import FROM_COMMAND_LINE, REMOVED
from hfcompat_plugins.trainer.defaults import EXPLICIT

__all__ = ["known_args", "parsed_dict", "parsed_into_dataclasses"]

_READING: ContextVar[_Reading | None] = ContextVar("the parser that is reading its command line", default=None)


@dataclasses.dataclass
class _Reading:
    parser: Any
    names: set[str]
    values: dict[str, Any]
    explicit: set[str] | None  #: filled when the command line is read; None for a parser of dicts


def _removed_options(parser: Any) -> set[str]:
    """Names that a dataclass of the parser took in v4, and none of them takes today."""
    types = parser.dataclass_types
    if not any(base.__name__ == "TrainingArguments" for cls in types for base in cls.__mro__):
        return set()
    return REMOVED.keys() - {field.name for cls in types for field in dataclasses.fields(cls)}


@contextmanager
def _reading(reading: _Reading) -> Iterator[None]:
    tokens = [(name, name.set(value)) for name, value in ((_READING, reading), (FROM_COMMAND_LINE, reading.values))]
    if reading.explicit is not None:
        tokens.append((EXPLICIT, EXPLICIT.set(reading.explicit)))
    try:
        yield
    finally:
        for name, token in tokens:
            name.reset(token)


def parsed_into_dataclasses(original: Any) -> Any:
    def parse_args_into_dataclasses(self: Any, *args: Any, **kwargs: Any) -> Any:
        remaining = args[1] if len(args) > 1 else kwargs.get("return_remaining_strings", False)
        names = set() if remaining else _removed_options(self)
        with _reading(_Reading(self, names, {}, set())):
            return original(self, *args, **kwargs)

    return parse_args_into_dataclasses


def known_args(original: Any) -> Any:
    def parse_known_args(self: Any, *args: Any, **kwargs: Any) -> Any:
        namespace, rest = original(self, *args, **kwargs)
        reading = _READING.get()
        if reading is None or reading.parser is not self:
            return namespace, rest
        if reading.explicit is not None:
            reading.explicit |= _options_on(args[0] if args else kwargs.get("args"))
        if rest and reading.names:
            found, rest = _options(self, reading.names).parse_known_args(rest)
            reading.values.update(vars(found))
        return namespace, rest

    return parse_known_args


def parsed_dict(original: Any) -> Any:
    def parse_dict(self: Any, args: Any, *more: Any, **kwargs: Any) -> Any:
        names = _removed_options(self) & set(args)
        if not names:
            return original(self, args, *more, **kwargs)
        values = {name: args[name] for name in names}
        with _reading(_Reading(self, names, values, None)):
            return original(self, {k: v for k, v in args.items() if k not in names}, *more, **kwargs)

    return parse_dict


def _options_on(line: Any) -> set[str]:
    words = (word.lstrip("-").partition("=")[0] for word in line or () if word.startswith("--"))
    return {word.replace("-", "_") for word in words}


def _options(parser: Any, names: set[str]) -> argparse.ArgumentParser:
    """A parser of the removed options: values are absent where they are not given."""
    from transformers.hf_argparser import string_to_bool

    options = argparse.ArgumentParser(
        parser.prog, add_help=False, allow_abbrev=False, argument_default=argparse.SUPPRESS
    )
    for name in sorted(names):
        spellings = list(dict.fromkeys(f"--{text}" for text in (name, name.replace("_", "-"))))
        if REMOVED[name].kind is not bool:
            options.add_argument(*spellings, dest=name, type=REMOVED[name].kind)
            continue
        options.add_argument(*spellings, dest=name, type=string_to_bool, nargs="?", const=True)
        if REMOVED[name].default is True:
            negated = [spelling.replace("--", "--no_" if "_" in spelling else "--no-", 1) for spelling in spellings]
            options.add_argument(*negated, dest=name, action="store_false")
    return options
