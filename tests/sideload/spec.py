"""What a family needs beside what is found out by itself; see families.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Floats:
    """Numbers of N(0, 1) in a shape."""

    shape: tuple[int, ...]

    def __init__(self, *shape: int) -> None:
        object.__setattr__(self, "shape", shape)


@dataclass(frozen=True)
class Ids:
    """Token ids in a shape."""

    shape: tuple[int, ...]
    below: int

    def __init__(self, *shape: int, below: int = 490) -> None:
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "below", below)


@dataclass(frozen=True)
class Family:
    """What cannot be found out about a family.

    Attributes:
        cls: the top task class, where the rule takes another; `package.module:Class` below transformers.
        start: arguments of the configuration, where it does not come about without.
        config: dotted names in the configuration, and their values; `...` leaves the key away.
        media: inputs of an image, a video or a sound that stand beside the text: `Floats`, `Ids`, numbers in lists, tuples and
            dictionaries of them;
            None: an image as the configuration has it, where it has one; {}: none.
        no_text: whether the model does not run without media.
        inputs: all inputs of the main case, where they are no text.
        tokens: how many of which id stand for the media in the text; otherwise as many as the model makes features.
        also: more inputs of the case with media.
        no_generate: why v5's own generate is not asked.
        note: for the reader of the table.
    """

    cls: str = ""
    start: Mapping[str, Any] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)
    media: Mapping[str, Any] | None = None
    inputs: Mapping[str, Any] | None = None
    tokens: tuple[str, int] | None = None
    also: Mapping[str, Any] = field(default_factory=dict)
    no_text: bool = False
    no_generate: str = ""
    note: str = ""
