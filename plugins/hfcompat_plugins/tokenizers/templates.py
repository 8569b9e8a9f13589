"""Where the special tokens go: read off the post-processor of a tokenizers backend."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

FIRST, SECOND = "A", "B"


class Part(NamedTuple):
    """A special token's ids, or one of the two sequences, and the type id that its tokens get."""

    ids: tuple[int, ...]
    sequence: str | None
    type_id: int


_PLAIN = ([Part((), FIRST, 0)], [Part((), FIRST, 0), Part((), SECOND, 1)])


def template(tokenizer: Any, pair: bool) -> list[Part]:
    """The parts of an encoded sequence, or pair of sequences, in their order."""
    processor = tokenizer._tokenizer.post_processor
    single, double = _PLAIN if processor is None else _read(json.loads(processor.__getstate__()))
    return double if pair else single


def _read(state: dict[str, Any]) -> tuple[list[Part], list[Part]]:
    kind = state["type"]
    if kind == "Sequence":
        read = [_read(inner) for inner in state["processors"]]
        return next((found for found in read if found != _PLAIN), _PLAIN)
    if kind == "TemplateProcessing":
        return _pieces(state, "single"), _pieces(state, "pair")
    if kind in ("BertProcessing", "RobertaProcessing"):
        bert = kind == "BertProcessing"
        second = int(bert)
        cls, sep = Part((state["cls"][1],), None, 0), Part((state["sep"][1],), None, 0)
        end = Part(sep.ids, None, second)
        between = [sep] if bert else [sep, sep]
        single = [cls, Part((), FIRST, 0), sep]
        return single, [cls, Part((), FIRST, 0), *between, Part((), SECOND, second), end]
    return _PLAIN


def _pieces(state: dict[str, Any], which: str) -> list[Part]:
    parts = []
    for piece in state[which]:
        if "Sequence" in piece:
            parts.append(Part((), piece["Sequence"]["id"], piece["Sequence"]["type_id"]))
        else:
            token = piece["SpecialToken"]
            parts.append(Part(tuple(state["special_tokens"][token["id"]]["ids"]), None, token["type_id"]))
    return parts
