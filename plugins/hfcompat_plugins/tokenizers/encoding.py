"""encode_plus, batch_encode_plus and what hung from them, for tokenizers that have only `__call__` and `_encode_plus`.

In v4 a single text went `__call__` -> `encode_plus` -> `_encode_plus` and a batch `__call__` -> `batch_encode_plus` ->
`_batch_encode_plus`, and a subclass could step in anywhere. A class of somebody's own that steps in where v5 does not
look is led along v4's way.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakSet

from hfcompat_plugins.tokenizers.origins import (
    accepted,
    accepts,
    backend_of,
    overrides,
    runs_in_python,
    says_nothing_of_types,
    somebodys,
)
from hfcompat_plugins.tokenizers.padding import of_2020

_ONLY_V4: dict[str, tuple[str, ...]] = {
    "encode_plus": ("text", "text_pair"),
    "batch_encode_plus": ("batch_text_or_text_pairs",),
    "_batch_encode_plus": ("batch_text_or_text_pairs",),
    "_call_one": ("text", "text_pair"),
    "_batch_prepare_for_model": (),
}
"""Methods that only v4 asks, and by which keywords it gives them what is to be encoded, if not by position."""


def encode_plus(
    self: Any,
    text: Any,
    text_pair: Any = None,
    add_special_tokens: bool = True,
    padding: Any = False,
    truncation: Any = None,
    max_length: int | None = None,
    stride: int = 0,
    is_split_into_words: bool = False,
    pad_to_multiple_of: int | None = None,
    padding_side: str | None = None,
    return_tensors: Any = None,
    return_token_type_ids: bool | None = None,
    return_attention_mask: bool | None = None,
    return_overflowing_tokens: bool = False,
    return_special_tokens_mask: bool = False,
    return_offsets_mapping: bool = False,
    return_length: bool = False,
    verbose: bool = True,
    **kwargs: Any,
) -> Any:
    """Tokenize one text, or a pair, and prepare it for the model: a BatchEncoding."""
    pads, truncates, max_length, kwargs = self._get_padding_truncation_strategies(
        padding=padding,
        truncation=truncation,
        max_length=max_length,
        pad_to_multiple_of=pad_to_multiple_of,
        verbose=verbose,
        **kwargs,
    )
    wanted = {
        "add_special_tokens": add_special_tokens,
        "padding_strategy": pads,
        "truncation_strategy": truncates,
        "max_length": max_length,
        "stride": stride,
        "is_split_into_words": is_split_into_words,
        "pad_to_multiple_of": pad_to_multiple_of,
        "padding_side": padding_side,
        "return_tensors": return_tensors,
        "return_token_type_ids": _types(self, return_token_type_ids),
        "return_attention_mask": return_attention_mask,
        "return_overflowing_tokens": return_overflowing_tokens,
        "return_special_tokens_mask": return_special_tokens_mask,
        "return_offsets_mapping": return_offsets_mapping,
        "return_length": return_length,
        "verbose": verbose,
        "split_special_tokens": kwargs.pop("split_special_tokens", self.split_special_tokens),
        **kwargs,
    }
    if _batch_method_stands_for_single(type(self)):
        return _single_of_batch(self, text, text_pair, wanted)
    method = type(self)._encode_plus
    return method(self, text=text, text_pair=text_pair, **accepted(method, wanted))


def batch_encode_plus(
    self: Any,
    batch_text_or_text_pairs: Any,
    add_special_tokens: bool = True,
    padding: Any = False,
    truncation: Any = None,
    max_length: int | None = None,
    stride: int = 0,
    is_split_into_words: bool = False,
    pad_to_multiple_of: int | None = None,
    padding_side: str | None = None,
    return_tensors: Any = None,
    return_token_type_ids: bool | None = None,
    return_attention_mask: bool | None = None,
    return_overflowing_tokens: bool = False,
    return_special_tokens_mask: bool = False,
    return_offsets_mapping: bool = False,
    return_length: bool = False,
    verbose: bool = True,
    split_special_tokens: bool = False,
    **kwargs: Any,
) -> Any:
    """Tokenize a list of texts, or of pairs, and prepare them for the model: a BatchEncoding."""
    pads, truncates, max_length, kwargs = self._get_padding_truncation_strategies(
        padding=padding,
        truncation=truncation,
        max_length=max_length,
        pad_to_multiple_of=pad_to_multiple_of,
        verbose=verbose,
        **kwargs,
    )
    wanted = {
        "add_special_tokens": add_special_tokens,
        "padding_strategy": pads,
        "truncation_strategy": truncates,
        "max_length": max_length,
        "stride": stride,
        "is_split_into_words": is_split_into_words,
        "pad_to_multiple_of": pad_to_multiple_of,
        "padding_side": padding_side,
        "return_tensors": return_tensors,
        "return_token_type_ids": _types(self, return_token_type_ids),
        "return_attention_mask": return_attention_mask,
        "return_overflowing_tokens": return_overflowing_tokens,
        "return_special_tokens_mask": return_special_tokens_mask,
        "return_offsets_mapping": return_offsets_mapping,
        "return_length": return_length,
        "verbose": verbose,
        "split_special_tokens": split_special_tokens,
        **kwargs,
    }
    method = type(self)._batch_encode_plus
    return method(self, batch_text_or_text_pairs=batch_text_or_text_pairs, **accepted(method, wanted))


def _types(self: Any, asked: bool | None) -> bool | None:
    return True if asked is None and says_nothing_of_types(self) else asked


def batch_of_the_backend(self: Any, batch_text_or_text_pairs: Any, *args: Any, **kwargs: Any) -> Any:
    """`_batch_encode_plus` of the tokenizers backend: its own `_encode_plus` takes batches."""
    backend: Any = backend_of(type(self))
    return backend._encode_plus(self, batch_text_or_text_pairs, None, *args, **kwargs)


def _batch_method_stands_for_single(cls: type) -> bool:
    """Up to 4.57 the tokenizers backend encoded a single text as a batch of one."""
    return overrides(cls, "_batch_encode_plus") and not overrides(cls, "_encode_plus") and not runs_in_python(cls)


def _single_of_batch(self: Any, text: Any, text_pair: Any, wanted: dict[str, Any]) -> Any:
    from transformers import BatchEncoding

    method = type(self)._batch_encode_plus
    batch = [(text, text_pair)] if text_pair else [text]
    encoded = method(self, batch, **accepted(method, wanted))
    if wanted["return_tensors"] is not None or wanted["return_overflowing_tokens"]:
        return encoded
    first = {
        key: value[0] if len(value) > 0 and isinstance(value[0], list) else value for key, value in encoded.items()
    }
    return BatchEncoding(first, encoded.encodings)


def _can_be_asked_by_v4(cls: type, name: str) -> bool:
    given = dict.fromkeys((*_ONLY_V4[name], "add_special_tokens", "return_attention_mask"))
    try:
        inspect.signature(getattr(cls, name)).bind(*[None] * (1 if _ONLY_V4[name] else 2), **given)
    except TypeError:
        return False
    return True


@functools.lru_cache(maxsize=4096)
def goes_v4s_way(cls: type) -> bool:
    """Whether a class steps in where only v4 looks, or with a signature that only v4 calls."""
    if not somebodys(cls):
        return False
    own = [name for name in _ONLY_V4 if overrides(cls, name)]
    if own:
        return all(_can_be_asked_by_v4(cls, name) for name in own)
    if overrides(cls, "_encode_plus"):
        return not accepts(cls._encode_plus, "padding_side")  # type: ignore[attr-defined]
    return runs_in_python(cls)


def along_v4s_way(original: Callable[..., Any]) -> Callable[..., Any]:
    """`__call__`, which asks somebody's `encode_plus` or `batch_encode_plus` as v4 did."""
    names = _after(original, "text_pair_target")

    def __call__(
        self: Any, text: Any = None, text_pair: Any = None, text_target: Any = None, text_pair_target: Any = None,
        *args: Any, **kwargs: Any,
    ) -> Any:  # fmt: skip
        if not _fits(names, args, kwargs):
            return original(self, text, text_pair, text_target, text_pair_target, *args, **kwargs)
        kwargs = of_2020(dict(zip(names, args, strict=False)) | kwargs)
        if not goes_v4s_way(type(self)) or kwargs.get(SANITIZED) or type(self) in _NOT_V4:
            return original(self, text, text_pair, text_target, text_pair_target, **kwargs)
        first = text if text is not None else text_target
        batched = _is_batch(first, kwargs.get("is_split_into_words", False)) or "batch_text_or_text_pairs" in kwargs
        asked = functools.partial(_called, self, text, text_pair, text_target, text_pair_target, **kwargs)
        stock = functools.partial(original, self, text, text_pair, text_target, text_pair_target, **kwargs)
        return _on_v4s_way(self, batched, first, asked, stock)

    return __call__


def _called(self: Any, text: Any, text_pair: Any, text_target: Any, text_pair_target: Any, **kwargs: Any) -> Any:
    if text is None and text_target is None:
        raise ValueError("neither `text` nor `text_target` was given")
    kwargs |= kwargs.pop("tokenizer_kwargs", None) or {}
    kwargs.setdefault("split_special_tokens", self.split_special_tokens)
    encodings = targets = None
    if text is not None:
        if not self._in_target_context_manager:
            self._switch_to_input_mode()
        encodings = self._call_one(text=text, text_pair=text_pair, **kwargs)
    if text_target is not None:
        self._switch_to_target_mode()
        targets = self._call_one(text=text_target, text_pair=text_pair_target, **kwargs)
    self._switch_to_input_mode()
    if encodings is None or targets is None:
        return encodings if targets is None else targets
    encodings["labels"] = targets["input_ids"]
    return encodings


SANITIZED = "sanitize_control_tokens"
"""Said of chats since 5.23, whose user input is marked: v4's way would let control tokens in."""


def _after(function: Callable[..., Any], last: str) -> tuple[str, ...]:
    """The parameters of a method that can be given by position, those that come after one of them."""
    parameters = inspect.signature(function).parameters.values()
    names = [parameter.name for parameter in parameters if parameter.kind is parameter.POSITIONAL_OR_KEYWORD]
    return tuple(names[names.index(last) + 1 :])


def _fits(names: tuple[str, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """Whether a call has no argument too many, and none twice."""
    return len(args) <= len(names) and kwargs.keys().isdisjoint(names[: len(args)])


def call_one(self: Any, text: Any, text_pair: Any = None, **kwargs: Any) -> Any:
    """Encode one text or a batch of texts, whichever `text` is.

    Raises:
        ValueError: `text` or `text_pair` is neither, or the batches differ in length.
        TypeError: a single second text for a batch.
    """
    for given in (text, text_pair) if text_pair is not None else (text,):
        if not _is_text(given):
            raise ValueError(
                "a text is a str, a list of ids or of str (a batch, or one that is split into words), or a list of "
                "such lists"
            )
    if not _is_batch(text, kwargs.get("is_split_into_words", False)):
        return self.encode_plus(text=text, text_pair=text_pair, **kwargs)
    if isinstance(text_pair, str):
        raise TypeError("a batch of texts goes with a batch of second texts")
    if text_pair is not None and len(text) != len(text_pair):
        raise ValueError(f"{len(text)} texts go with as many second texts, not {len(text_pair)}")
    batch = list(zip(text, text_pair, strict=True)) if text_pair is not None else text
    return self.batch_encode_plus(batch_text_or_text_pairs=batch, **kwargs)


def _is_batch(text: Any, words: bool) -> bool:
    listed = isinstance(text, (list, tuple)) and not (text and isinstance(text[0], int))
    return bool(listed and (not words or (text and isinstance(text[0], (list, tuple)))))


class _WrittenForV5(BaseException):
    """Somebody's `encode_plus` has come back to the call that asked it: v4 would never have ended."""


_NOT_V4: WeakSet[type] = WeakSet()
"""Classes of which that has been seen."""
_WAY: ContextVar[tuple[tuple[Any, bool, Any], ...]] = ContextVar("_WAY", default=())
"""The calls that are on v4's way: tokenizer, whether with a batch, text."""
_DEEP = 8


def _on_v4s_way(self: Any, batched: bool, text: Any, ask: Callable[[], Any], original: Callable[[], Any]) -> Any:
    """What v4 answers; what v5 answers where a class turns out to be written for it."""
    before = _WAY.get()
    mine = [asked for one, many, asked in before if one is self and many is batched]
    if len(mine) >= _DEEP or any(text is None or text is asked or text == asked for asked in mine):
        raise _WrittenForV5
    token = _WAY.set((*before, (self, batched, text)))
    try:
        return ask()
    except _WrittenForV5:
        if mine:  # for the one that was asked first
            raise
        _NOT_V4.add(type(self))
    finally:
        _WAY.reset(token)
    return original()


def _is_text(given: Any) -> bool:
    if not isinstance(given, (list, tuple)):
        return isinstance(given, str)
    if len(given) == 0 or isinstance(given[0], (str, int)):
        return True
    return isinstance(given[0], (list, tuple)) and (len(given[0]) == 0 or isinstance(given[0][0], (str, int)))


def encode_along_v4s_way(original: Callable[..., Any]) -> Callable[..., Any]:
    """`encode`, which asks somebody's `encode_plus` as v4 did."""
    names = _after(original, "text_pair")

    def encode(self: Any, text: Any, text_pair: Any = None, *args: Any, **kwargs: Any) -> Any:
        if not _fits(names, args, kwargs):
            return original(self, text, text_pair, *args, **kwargs)
        kwargs = of_2020(dict(zip(names, args, strict=False)) | kwargs)
        if not goes_v4s_way(type(self)) or type(self) in _NOT_V4:
            return original(self, text, text_pair, **kwargs)
        stock = functools.partial(original, self, text, text_pair, **kwargs)
        return _on_v4s_way(
            self, False, text, lambda: self.encode_plus(text, text_pair=text_pair, **kwargs)["input_ids"], stock
        )

    return encode


def switch_mode(self: Any) -> None:
    """Most tokenizers treat inputs and targets alike."""


@contextmanager
def as_target_tokenizer(self: Any) -> Iterator[None]:
    """Encode targets, not inputs, inside the with block."""
    self._switch_to_target_mode()
    self._in_target_context_manager = True
    try:
        yield
    finally:
        self._in_target_context_manager = False
        self._switch_to_input_mode()


def prepare_seq2seq_batch(
    self: Any,
    src_texts: list[str],
    tgt_texts: list[str] | None = None,
    max_length: int | None = None,
    max_target_length: int | None = None,
    padding: Any = "longest",
    return_tensors: Any = None,
    truncation: Any = True,
    **kwargs: Any,
) -> Any:
    """Encode sources, and targets as their `labels`, cut to the lengths that are given or to the model's."""
    kwargs.pop("src_lang", None)
    kwargs.pop("tgt_lang", None)
    shared = {
        "add_special_tokens": True,
        "return_tensors": return_tensors,
        "padding": padding,
        "truncation": truncation,
    }
    max_length = self.model_max_length if max_length is None else max_length
    inputs = self(src_texts, max_length=max_length, **shared, **kwargs)
    if tgt_texts is None:
        return inputs
    with self.as_target_tokenizer():
        length = max_length if max_target_length is None else max_target_length
        inputs["labels"] = self(tgt_texts, max_length=length, **shared, **kwargs)["input_ids"]
    return inputs
