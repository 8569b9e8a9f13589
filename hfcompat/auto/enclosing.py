"""BOS before and EOS after every text, as it is asked for, whichever way a tokenizer has of adding them."""

from __future__ import annotations

import importlib
import inspect
import json
from typing import Any

__all__ = ["enclose", "enclose_as_said", "said_when_saved"]

_MARK = "hfcompat_ends"
"""Key of tokenizer_config.json: what was asked for, BOS and EOS, where transformers reads no flag that says it."""

_NO_TEXT = -1
"""Stands for the text between the special tokens that a slow tokenizer adds."""


def enclose(tokenizer: Any, *, bos: bool | None = None, eos: bool | None = None) -> None:
    """Let every text begin and end as it is asked for; None leaves that end as it is.

    Raises:
        ValueError: there is to be a token that the tokenizer does not have.
    """
    if bos is None and eos is None:
        return
    for name, wanted in (("bos", bos), ("eos", eos)):
        if wanted and getattr(tokenizer, f"{name}_token_id", None) is None:
            raise ValueError(
                f"add_{name}_token=True, and this {type(tokenizer).__name__} has no {name}_token; "
                f"give it one of its vocabulary, {name}_token='...'"
            )
    ends = _put(tokenizer, bos, eos)
    for method in _REPEATED:
        if hasattr(tokenizer, "_tokenizer") and hasattr(type(tokenizer), method):
            object.__setattr__(tokenizer, method, _Repeated(tokenizer, method, bos, eos))
    for name, value in zip(("add_bos_token", "add_eos_token"), ends, strict=True):
        if isinstance(getattr(type(tokenizer), name, None), property):
            object.__setattr__(tokenizer, f"_{name}", value)  # the setter would build another template from the two
        else:
            object.__setattr__(tokenizer, name, value)
        if isinstance(getattr(tokenizer, "init_kwargs", None), dict):
            tokenizer.init_kwargs[name] = value
    asked = [name for name, wanted in (("add_bos_token", bos), ("add_eos_token", eos)) if wanted is not None]
    if isinstance(getattr(tokenizer, "init_kwargs", None), dict) and not _is_read_again(tokenizer, asked):
        tokenizer.init_kwargs[_MARK] = [bos, eos]


def enclose_as_said(tokenizer: Any, *, bos: bool | None = None, eos: bool | None = None) -> None:
    """`enclose`, as it is asked for, or else as it was when the tokenizer was saved."""
    saved_bos, saved_eos = said_when_saved(tokenizer)
    enclose(tokenizer, bos=saved_bos if bos is None else bos, eos=saved_eos if eos is None else eos)


def said_when_saved(tokenizer: Any) -> tuple[bool | None, bool | None]:
    """What a tokenizer was asked for before it was saved, where transformers does not read that again."""
    said = getattr(tokenizer, "init_kwargs", None)
    mark = said.get(_MARK) if isinstance(said, dict) else None
    if not isinstance(mark, list) or len(mark) != 2:
        return None, None
    bos, eos = (one if isinstance(one, bool) else None for one in mark)
    return bos, eos


def _is_read_again(tokenizer: Any, asked: list[str]) -> bool:
    """Whether transformers finds in what is saved what was asked for.

    In flags, where the class has them; of fast tokenizers in tokenizer.json, unless the class puts a template of its
    own in the place of the one that is there.
    """
    cls = type(tokenizer)
    has_flags = all(name in inspect.signature(cls.__init__).parameters for name in asked)
    if has_flags or not hasattr(getattr(tokenizer, "_tokenizer", None), "post_processor"):
        return has_flags
    codes = (
        getattr(inspect.unwrap(vars(one)["__init__"]), "__code__", None)
        for one in cls.__mro__
        if "__init__" in vars(one) and not one.__module__.startswith("transformers.tokenization_")
    )
    names = {name for code in codes if code is not None for name in code.co_names}
    return not ({"post_processor", "update_post_processor", *_REPEATED} & names or _has_repeated(cls))


def _has_repeated(cls: type) -> bool:
    return any(hasattr(cls, method) for method in _REPEATED)


def _put(tokenizer: Any, bos: bool | None, eos: bool | None) -> tuple[bool, bool]:
    backend = getattr(tokenizer, "_tokenizer", None)
    if hasattr(backend, "post_processor"):
        return _enclose_fast(tokenizer, backend, bos, eos)
    return _enclose_slow(tokenizer, bos, eos)


# ---- methods that put special tokens themselves, when the language or the task changes

_REPEATED = ("set_src_lang_special_tokens", "set_tgt_lang_special_tokens", "set_prefix_tokens")


class _Repeated:
    """One of these, bound to its tokenizer, and then what was asked for; a copy and a pickle take it along."""

    def __init__(self, tokenizer: Any, method: str, bos: bool | None, eos: bool | None) -> None:
        self.tokenizer, self.method, self.bos, self.eos = tokenizer, method, bos, eos

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        answer = getattr(type(self.tokenizer), self.method)(self.tokenizer, *args, **kwargs)
        _put(self.tokenizer, self.bos, self.eos)
        return answer


# ---- tokenizers of the tokenizers package: the template of the post-processor


def _enclose_fast(tokenizer: Any, backend: Any, bos: bool | None, eos: bool | None) -> tuple[bool, bool]:
    first, last = _token(tokenizer, "bos"), _token(tokenizer, "eos")
    stages = _stages(backend.post_processor)
    at = next((index for index, stage in enumerate(stages) if stage["type"] in _WITH_TOKENS), len(stages))
    around: dict[str, Any] = stages.pop(at) if at < len(stages) else _PLAIN
    bytes_of, template = _as_template(around)
    single = _changed(template["single"], first, last, bos, eos)
    both = template["single"] + _of_second(template["single"])
    if [_kind(piece) for piece in template["pair"]] == [_kind(piece) for piece in both]:
        pair = single + _of_second(single)
    else:
        pair = _changed(template["pair"], first, last, bos, eos)
    ends = _kind(single[0]) == first[:1], _kind(single[-1]) == last[:1]
    if (single, pair) == (template["single"], template["pair"]):
        return ends
    known: dict[str, Any] = {token: _entry(token, number) for token, number in (first, last)}
    used = [piece["SpecialToken"]["id"] for piece in single + pair if "SpecialToken" in piece]
    tokens: dict[str, Any] = {token: template["special_tokens"].get(token) or known[token] for token in used}
    stages[at:at] = [*bytes_of, dict(type="TemplateProcessing", single=single, pair=pair, special_tokens=tokens)]
    backend.post_processor = _made(stages)
    return ends


_PLAIN: dict[str, Any] = {
    "type": "TemplateProcessing",
    "single": [{"Sequence": {"id": "A", "type_id": 0}}],
    "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
    "special_tokens": {},
}
_WITH_TOKENS = ("TemplateProcessing", "BertProcessing", "RobertaProcessing")


def _token(tokenizer: Any, name: str) -> tuple[str, int]:
    token, number = getattr(tokenizer, f"{name}_token", None), getattr(tokenizer, f"{name}_token_id", None)
    return ("", _NO_TEXT) if token is None or number is None else (str(token), number)


def _stages(processor: Any) -> list[dict[str, Any]]:
    if processor is None:
        return []
    state = json.loads(processor.__getstate__())
    return list(state["processors"]) if state["type"] == "Sequence" else [state]


def _as_template(state: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A stage as a template, and what else it does."""
    if state["type"] == "TemplateProcessing":
        return [], state
    bert = state["type"] == "BertProcessing"
    (cls, cls_id), (sep, sep_id) = state["cls"], state["sep"]
    second = int(bert)
    single = [_special(cls, 0), _sequence("A", 0), _special(sep, 0)]
    between = [] if bert else [_special(sep, 0)]
    tokens = {cls: _entry(cls, cls_id), sep: _entry(sep, sep_id)}
    pair = [*single, *between, _sequence("B", second), _special(sep, second)]
    rest = {key: state[key] for key in ("add_prefix_space", "trim_offsets") if key in state}
    bytes_of = [] if bert else [dict[str, Any](type="ByteLevel", use_regex=True, **rest)]
    return bytes_of, dict(single=single, pair=pair, special_tokens=tokens)


def _entry(token: str, number: int) -> dict[str, Any]:
    return dict(id=token, ids=[number], tokens=[token])


def _special(token: str, type_id: int) -> dict[str, Any]:
    return {"SpecialToken": {"id": token, "type_id": type_id}}


def _sequence(name: str, type_id: int) -> dict[str, Any]:
    return {"Sequence": {"id": name, "type_id": type_id}}


def _kind(piece: dict[str, Any]) -> tuple[str, ...]:
    """A piece of a template without its type id: the token, or which of the sequences."""
    return (piece["SpecialToken"]["id"],) if "SpecialToken" in piece else ("sequence", piece["Sequence"]["id"])


def _of_second(single: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The template of one sequence, said of the second."""
    return [_sequence("B", 1) if "Sequence" in piece else _special(piece["SpecialToken"]["id"], 1) for piece in single]


def _changed(
    pieces: list[dict[str, Any]], first: tuple[str, int], last: tuple[str, int], bos: bool | None, eos: bool | None
) -> list[dict[str, Any]]:
    pieces = list(pieces)
    if bos is not None and first[0] and (_kind(pieces[0]) == first[:1]) is not bos:
        pieces = [_special(first[0], _type_id(pieces[0])), *pieces] if bos else pieces[1:]
    if eos is not None and last[0] and (_kind(pieces[-1]) == last[:1]) is not eos:
        pieces = [*pieces, _special(last[0], _type_id(pieces[-1]))] if eos else pieces[:-1]
    return pieces


def _type_id(piece: dict[str, Any]) -> int:
    return int(next(iter(piece.values()))["type_id"])


def _made(stages: list[dict[str, Any]]) -> Any:
    processors = importlib.import_module("tokenizers.processors")

    if len(stages) == 1:
        made = processors.TemplateProcessing(single="$A", pair="$A $B", special_tokens=[])
        made.__setstate__(json.dumps(stages[0]).encode())
        return made
    made = processors.Sequence([])
    made.__setstate__(json.dumps({"type": "Sequence", "processors": stages}).encode())
    return made


# ---- slow tokenizers: their own flags, or the three methods that deal with special tokens


class _Enclosed:
    """One of the methods, bound to its tokenizer; it can be pickled and copied together with it."""

    def __init__(self, tokenizer: Any, method: str, bos: bool | None, eos: bool | None) -> None:
        self.tokenizer, self.method, self.bos, self.eos = tokenizer, method, bos, eos

    def __call__(self, token_ids_0: list[int], token_ids_1: list[int] | None = None, **kwargs: Any) -> list[int]:
        if self.method == "build_inputs_with_special_tokens":
            return self._built(token_ids_0, token_ids_1)
        answer = list(self._of_class(self.method, token_ids_0, token_ids_1, **kwargs))
        if kwargs.get("already_has_special_tokens"):
            return answer
        second = None if token_ids_1 is None else [_NO_TEXT - 1] * len(token_ids_1)
        built = self._built([_NO_TEXT] * len(token_ids_0), second)
        if self.method == "get_special_tokens_mask":
            return [int(token >= 0) for token in built]
        if len(answer) == len(built):
            return answer
        begin = built.index(_NO_TEXT - 1) if second else len(built)
        return [max(answer, default=0) if index >= begin else 0 for index in range(len(built))]

    def _of_class(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return getattr(type(self.tokenizer), method)(self.tokenizer, *args, **kwargs)

    def _built(self, first: list[int], second: list[int] | None) -> list[int]:
        def build(*sequences: list[int] | None) -> list[int]:
            return list(self._of_class("build_inputs_with_special_tokens", *sequences))

        if second is None:
            return self._around(build(first, None))
        if build([], []) == build([], None) * 2:  # each by itself, as LLaMA has it
            return self._around(build(first, None)) + self._around(build(second, None))
        return self._around(build(first, second))

    def _around(self, built: list[int]) -> list[int]:
        empty = self._of_class("build_inputs_with_special_tokens", [_NO_TEXT], None)
        bos, eos = self.tokenizer.bos_token_id, self.tokenizer.eos_token_id
        if self.bos is not None and (empty[0] == bos) is not self.bos:
            built = [bos, *built] if self.bos else built[1:]
        if self.eos is not None and (empty[-1] == eos) is not self.eos:
            built = [*built, eos] if self.eos else built[:-1]
        return built


_METHODS = ("build_inputs_with_special_tokens", "create_token_type_ids_from_sequences", "get_special_tokens_mask")


def _enclose_slow(tokenizer: Any, bos: bool | None, eos: bool | None) -> tuple[bool, bool]:
    for name, wanted in (("add_bos_token", bos), ("add_eos_token", eos)):
        if wanted is not None and hasattr(tokenizer, name):
            setattr(tokenizer, name, wanted)
    begins, ends = _ends(tokenizer)
    types = tokenizer.create_token_type_ids_from_sequences([_NO_TEXT])
    forgotten = len(types) != len(tokenizer.build_inputs_with_special_tokens([_NO_TEXT]))  # by GPT2Tokenizer's own flag
    if forgotten or (bos is not None and begins is not bos) or (eos is not None and ends is not eos):
        for method in _METHODS:
            object.__setattr__(tokenizer, method, _Enclosed(tokenizer, method, bos, eos))
        begins, ends = _ends(tokenizer)
    return begins, ends


def _ends(tokenizer: Any) -> tuple[bool, bool]:
    built = tokenizer.build_inputs_with_special_tokens([_NO_TEXT])
    return built[0] == tokenizer.bos_token_id, built[-1] == tokenizer.eos_token_id
