"""Python ("slow") tokenizers of somebody's own: how v4 cut a text at its added tokens, encoded a batch, and decoded.

v5 kept the base class and changed what it does between the hooks that subclasses fill in. Tokenizers of transformers
are left to v5; a class that was written outside it gets what it was written against.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hfcompat_plugins.tokenizers.origins import accepted, somebodys


def initialized_as_in_v4(original: Callable[..., None]) -> Callable[..., None]:
    """`__init__` that expects no pattern of special tokens: a class says for itself where they go."""

    def __init__(self: Any, **kwargs: Any) -> None:
        if somebodys(type(self)):
            kwargs.setdefault("special_tokens_pattern", None)
        original(self, **kwargs)

    return __init__


def counted_once_there(original: Callable[..., None]) -> Callable[..., None]:
    """`_update_total_vocab_size`, which 5.0 calls too early for a class that calls `super().__init__` first."""

    def _update_total_vocab_size(self: Any) -> None:
        try:
            original(self)
        except AttributeError:
            if not somebodys(type(self)):
                raise

    return _update_total_vocab_size


def keeping_properties(original: Callable[..., int]) -> Callable[..., int]:
    """`_add_tokens` that adds a special token with the properties it was declared with (`lstrip` of a mask token)."""

    def _add_tokens(self: Any, new_tokens: Any, special_tokens: bool = False) -> int:
        if special_tokens and new_tokens and somebodys(type(self)):
            declared = {str(token): token for token in _declared(self) if not isinstance(token, str)}
            new_tokens = [declared.get(token, token) if isinstance(token, str) else token for token in new_tokens]
        return original(self, new_tokens, special_tokens=special_tokens)

    return _add_tokens


def _declared(self: Any) -> list[Any]:
    named = [token for token in self._special_tokens_map.values() if token is not None]
    return named + list(self._extra_special_tokens)


def tokenize_as_in_v4(original: Callable[..., list[str]]) -> Callable[..., list[str]]:
    """`tokenize` that lowers what is not an added token, for a class with `do_lower_case`."""

    def tokenize(self: Any, text: str, **kwargs: Any) -> list[str]:
        if not somebodys(type(self)):
            return original(self, text, **kwargs)
        whole = kwargs.pop("split_special_tokens", self.split_special_tokens)
        kwargs.pop("return_offsets_mapping", None)
        text, _ = self.prepare_for_tokenization(text, **kwargs)
        if getattr(self, "do_lower_case", False):
            text = _lowered(self, text)
        added = {} if whole else self._added_tokens_encoder
        pieces = [text] if whole else self.tokens_trie.split(text)
        _strip_around(self, pieces, added)
        tokens: list[str] = []
        for piece in pieces:
            if piece in added:
                tokens.append(piece)
            elif piece:
                tokens += self._tokenize(piece)
        return tokens

    return tokenize


def _lowered(self: Any, text: str) -> str:
    kept = list(self.all_special_tokens)
    kept += [token.content for token in self._added_tokens_decoder.values() if not token.special and token.normalized]
    pattern = "|".join(f"(?:{re.escape(token)})" for token in kept)
    parts = re.split(f"({pattern})", text) if kept else [text]
    return "".join(part if index % 2 else part.lower() for index, part in enumerate(parts))


def _strip_around(self: Any, pieces: list[str], added: dict[str, int]) -> None:
    """Added tokens take the spaces that they are declared to take; a `single_word` one inside a word is no token."""
    for index, piece in enumerate(pieces):
        if piece not in added:
            continue
        token = self._added_tokens_decoder[added[piece]]
        left = pieces[index - 1] if index else ""
        right = pieces[index + 1] if index + 1 < len(pieces) else ""
        if token.rstrip and right:
            pieces[index + 1] = right.lstrip()
        if token.lstrip and left:
            pieces[index - 1] = left.rstrip()
        if token.single_word and left and left[-1] != " ":
            pieces[index - 1] += piece
            pieces[index] = ""
        elif token.single_word and right and right[0] != " ":
            pieces[index + 1] = piece + pieces[index + 1]
            pieces[index] = ""


def decode_as_in_v4(original: Callable[..., str]) -> Callable[..., str]:
    """`_decode` that joins added tokens to the text as they are, without `convert_tokens_to_string`."""

    def _decode(
        self: Any,
        token_ids: Any,
        skip_special_tokens: bool = False,
        clean_up_tokenization_spaces: bool | None = None,
        spaces_between_special_tokens: bool = True,
        **kwargs: Any,
    ) -> str:
        if not somebodys(type(self)):
            return original(
                self, token_ids, skip_special_tokens=skip_special_tokens,
                clean_up_tokenization_spaces=clean_up_tokenization_spaces, **kwargs,
            )  # fmt: skip
        self._decode_use_source_tokenizer = kwargs.pop("use_source_tokenizer", False)
        tokens = self.convert_ids_to_tokens(token_ids, skip_special_tokens=skip_special_tokens)
        text = _joined(self, [tokens] if isinstance(tokens, str) else tokens, spaces_between_special_tokens)
        clean = (
            self.clean_up_tokenization_spaces if clean_up_tokenization_spaces is None else clean_up_tokenization_spaces
        )
        return self.clean_up_tokenization(text) if clean else text

    return _decode


def _joined(self: Any, tokens: list[str], spaces: bool) -> str:
    special = set(self.all_special_tokens)
    beyond = {str(token) for token in self._extra_special_tokens}
    beyond = {token for token in beyond if self.convert_tokens_to_ids(token) >= self.vocab_size}
    apart = (set(self._added_tokens_encoder) - special) | beyond
    texts: list[str] = []
    run: list[str] = []
    for token in [*tokens, None]:
        if token is not None and token not in apart:
            run.append(token)
            continue
        if run:
            string = self.convert_tokens_to_string(run)
            if string or token is None:
                texts.append(string)
            run = []
        if token is not None:
            texts.append(token)
    return (" " if spaces else "").join(texts)


def encode_as_in_v4(original: Callable[..., Any]) -> Callable[..., Any]:
    """`_encode_plus`, which tells `tokenize` that a text is split into words, and refuses offsets."""

    def _encode_plus(self: Any, text: Any, text_pair: Any = None, *args: Any, **kwargs: Any) -> Any:
        batched = args or _is_batch(text, kwargs.get("is_split_into_words", False))
        if batched or not somebodys(type(self)) or kwargs.get("sanitize_control_tokens"):
            return original(self, text, text_pair, *args, **kwargs)
        _refuse_offsets(kwargs)
        prepared, own = _split(kwargs)
        prepared = {"prepend_batch_axis": True} | _with_names(prepared)
        words = kwargs.get("is_split_into_words", False)
        first = _ids(self, text, words, own)
        second = None if text_pair is None else _ids(self, text_pair, words, own)
        return self.prepare_for_model(first, pair_ids=second, **accepted(type(self).prepare_for_model, prepared))

    return _encode_plus


def batch_encode_plus(self: Any, batch_text_or_text_pairs: Any, **kwargs: Any) -> Any:
    """`_batch_encode_plus`: ids of each text or pair, prepared one by one and padded together."""
    _refuse_offsets(kwargs)
    prepared, own = _split(kwargs)
    words = kwargs.get("is_split_into_words", False)
    batch = []
    for item in batch_text_or_text_pairs:
        alone = not isinstance(item, (list, tuple)) or (words and not isinstance(item[0], (list, tuple)))
        alone = alone or (len(item) > 0 and isinstance(item[0], int))
        first, second = (item, None) if alone else item
        pair = None if second is None else _ids(self, second, words, own)
        batch.append((_ids(self, first, words, own), pair))
    prepared["split_special_tokens"] = kwargs.get("split_special_tokens", False)
    return self._batch_prepare_for_model(batch, **accepted(type(self)._batch_prepare_for_model, prepared))


def batch_prepare_for_model(self: Any, batch_ids_pairs: Any, **kwargs: Any) -> Any:
    """`_batch_prepare_for_model`: model inputs of each pair of id lists, padded together."""
    from transformers import BatchEncoding

    prepared = _with_names(kwargs)
    together = {name: prepared.pop(name, None) for name in _TOGETHER}
    prepared |= {"padding": False, "return_attention_mask": False, "prepend_batch_axis": False}
    outputs: dict[str, list[Any]] = {}
    for first, second in batch_ids_pairs:
        method = type(self).prepare_for_model
        for name, value in method(self, first, second, **accepted(method, prepared)).items():
            outputs.setdefault(name, []).append(value)
    tensors = together.pop("return_tensors")
    together |= {"padding": together["padding"] or False, "max_length": prepared.get("max_length")}
    outputs = self.pad(outputs, **accepted(type(self).pad, together))
    return BatchEncoding(outputs, tensor_type=tensors)


_TOGETHER = ("padding", "pad_to_multiple_of", "padding_side", "return_tensors", "return_attention_mask")
_PREPARED = (
    "add_special_tokens padding_strategy truncation_strategy max_length stride pad_to_multiple_of padding_side "
    "return_tensors return_token_type_ids return_attention_mask return_overflowing_tokens return_special_tokens_mask "
    "return_length verbose"
).split()
_NEITHER = ("is_split_into_words", "return_offsets_mapping")


def _split(kwargs: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Keywords for `prepare_for_model`, and those that are for the tokenizer's own `tokenize`."""
    prepared = {name: kwargs[name] for name in _PREPARED if name in kwargs}
    return prepared, {name: value for name, value in kwargs.items() if name not in (*_PREPARED, *_NEITHER)}


def _with_names(kwargs: dict[str, Any]) -> dict[str, Any]:
    """`padding_strategy` and `truncation_strategy` under the names and values that `prepare_for_model` takes."""
    named = dict(kwargs)
    for name in ("padding", "truncation"):
        strategy = named.pop(f"{name}_strategy", None)
        if strategy is not None:
            named[name] = strategy.value
    return named


def _ids(self: Any, text: Any, words: bool, own: dict[str, Any]) -> list[int]:
    tokenize = type(self).tokenize
    if isinstance(text, str):
        return self.convert_tokens_to_ids(tokenize(self, text, **accepted(tokenize, own)))
    if isinstance(text, (list, tuple)) and text and isinstance(text[0], str):
        if words:
            told = accepted(tokenize, {**own, "is_split_into_words": True})
            text = [token for word in text for token in tokenize(self, word, **told)]
        return self.convert_tokens_to_ids(text)
    if isinstance(text, (list, tuple)) and text and isinstance(text[0], int):
        return text  # type: ignore[return-value]
    raise ValueError(f"{text!r} is neither a text, nor a list of tokens, nor a list of ids")


def _is_batch(text: Any, words: bool) -> bool:
    if not isinstance(text, (list, tuple)):
        return False
    if not text:
        return not words
    return isinstance(text[0], (list, tuple)) if words else isinstance(text[0], (str, list, tuple))


def _refuse_offsets(kwargs: dict[str, Any]) -> None:
    if kwargs.pop("return_offsets_mapping", False):
        raise NotImplementedError("a python tokenizer has no offsets; a PreTrainedTokenizerFast has")


def none_for_none(original: Callable[..., Any]) -> Callable[..., Any]:
    """`convert_tokens_to_ids(None)` is None."""

    def convert_tokens_to_ids(self: Any, tokens: Any) -> Any:
        return None if tokens is None else original(self, tokens)

    return convert_tokens_to_ids
