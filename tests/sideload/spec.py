"""What a family needs beside what is found out by itself; see sideload_families.py."""

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
        cls: the top task class, where the rule takes another; `package.module:Class` below transformers.models.
        config: dotted names in the configuration, and their values; `...` leaves the key away.
        media: inputs of an image, a video or a sound that stand beside the text: `Floats`, `Ids`, or numbers in lists. None: an
            image as the configuration has it, where it has one; {}: none.
        inputs: all inputs of the only case, where it is no text.
        tokens: which id stands for the media in the text, and how often; otherwise as often as the model makes features.
    """

    cls: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    media: Mapping[str, Any] | None = None
    inputs: Mapping[str, Any] | None = None
    tokens: tuple[str, int] | None = None
