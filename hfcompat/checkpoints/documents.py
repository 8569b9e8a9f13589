"""JSON as checkpoints have it: strict where a mistake would load wrongly, and never larger than it can be read."""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

from hfcompat.checkpoints.errors import CheckpointError

__all__ = ["DEPTH", "LIMIT", "read", "text_of"]

LIMIT = 512 * 2**20
"""Bytes. The largest tokenizer.json that is known has 35 MB; an index of a model of 10 TB has 50 MB."""
DEPTH = 200
"""Objects and lists in one another. Python may read more of them than it can copy or write."""


def read(path: Path, limit: int = LIMIT) -> dict[str, Any]:
    """The object in a JSON file, its keys in order.

    Infinity is read, as configurations of mamba2 have it; NaN is not, since nothing computes with it.

    Raises:
        CheckpointError: it is no UTF-8 JSON object, is larger than `limit` bytes, has a key twice, has NaN, or is
            nested deeper than `DEPTH`.
    """
    try:
        size = path.stat().st_size
        if size > limit:
            raise CheckpointError(
                path, f"{size:,} bytes are more than the {limit:,} that JSON of a checkpoint may have"
            )
        text = path.read_bytes().decode("utf-8")
        found = json.loads(text, object_pairs_hook=_without_twins, parse_constant=_constant)
        if text.count("[") + text.count("{") > DEPTH:
            _check_depth(found)
    except RecursionError:
        raise CheckpointError(path, f"it is nested deeper than the {DEPTH} levels that are read") from None
    except (ValueError, OSError) as error:
        if isinstance(error, CheckpointError):
            raise
        raise CheckpointError(path, f"it cannot be read as JSON: {error}") from error
    if not isinstance(found, dict):
        raise CheckpointError(path, f"it holds a {type(found).__name__} where an object is needed")
    return found


def text_of(document: dict[str, Any]) -> str:
    """As transformers writes it: two spaces, a line at the end; Infinity bare. It can be encoded as UTF-8."""
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, which JSON can only say by its number
        text = json.dumps(document, indent=2) + "\n"
    return text


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        times = Counter(name for name, _ in pairs)
        twin = next(name for name in times if times[name] > 1)
        raise ValueError(f"the key {twin!r} is there twice, and which of both counts depends on the reader")
    return found


def _constant(name: str) -> float:
    value = float(name)
    if math.isnan(value):
        raise ValueError("it has NaN, with which nothing can be computed")
    return value


def _check_depth(document: Any) -> None:
    level = [document]
    for _ in range(DEPTH):
        inner = (child for parent in level for child in (parent.values() if isinstance(parent, dict) else parent))
        level = [child for child in inner if isinstance(child, (dict, list))]
        if not level:
            return
    raise RecursionError
