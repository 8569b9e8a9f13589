"""From token ids to model inputs: the methods that every tokenizer of v4 had, for those of the tokenizers backend.

Where a class of transformers says which special tokens go where, its post-processor is read; a bare
PreTrainedTokenizerFast adds none, as it never did.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from hfcompat_plugins.tokenizers.origins import accepted, runs_in_python, says_nothing_of_types, somebodys
from hfcompat_plugins.tokenizers.templates import FIRST, SECOND, Part, template

from hfcompat.origin import is_native, native_caller

_LOG = logging.getLogger("hfcompat")


def _parts(self: Any, pair: bool) -> list[Part]:
    model_specific = any(is_native(owner) and ".models." in owner.__module__ for owner in type(self).__mro__)
    if model_specific:
        return template(self, pair)
    return [Part((), FIRST, 0)] + ([Part((), SECOND, 1)] if pair else [])


def build_inputs_with_special_tokens(
    self: Any, token_ids_0: list[int], token_ids_1: list[int] | None = None
) -> list[int]:
    """Ids of one sequence, or of a pair, with the special tokens that the class puts around them."""
    sequences = {FIRST: token_ids_0, SECOND: token_ids_1 or []}
    built: list[int] = []
    for part in _parts(self, token_ids_1 is not None):
        built += part.ids if part.sequence is None else sequences[part.sequence]
    return built


def create_token_type_ids_from_sequences(
    self: Any, token_ids_0: list[int], token_ids_1: list[int] | None = None
) -> list[int]:
    """A type id for each token that `build_inputs_with_special_tokens` gives."""
    lengths = {FIRST: len(token_ids_0), SECOND: len(token_ids_1 or [])}
    types: list[int] = []
    for part in _parts(self, token_ids_1 is not None):
        types += [part.type_id] * (len(part.ids) if part.sequence is None else lengths[part.sequence])
    return types


def types_of_what_is_built(original: Callable[..., list[int]]) -> Callable[..., list[int]]:
    """`create_token_type_ids_from_sequences` in `prepare_for_model`, where a class adds no special tokens.

    4.53 to 4.57 count a cls and sep tokens all the same, so that there are more types than tokens.
    """

    def inner(self: Any, token_ids_0: list[int], token_ids_1: list[int] | None = None) -> list[int]:
        bare = [0] * len(token_ids_0) + [1] * len(token_ids_1 or [])
        if native_caller() and len(self.build_inputs_with_special_tokens(token_ids_0, token_ids_1)) == len(bare):
            return bare
        return original(self, token_ids_0, token_ids_1)

    return inner


def special_tokens_mask_of_sequences(original: Callable[..., list[int]]) -> Callable[..., list[int]]:
    """`get_special_tokens_mask` of sequences that have no special tokens yet, which the backend refuses."""

    def get_special_tokens_mask(
        self: Any,
        token_ids_0: list[int],
        token_ids_1: list[int] | None = None,
        already_has_special_tokens: bool = False,
    ) -> list[int]:
        if already_has_special_tokens or runs_in_python(type(self)):
            return original(self, token_ids_0, token_ids_1, already_has_special_tokens)
        lengths = {FIRST: len(token_ids_0), SECOND: len(token_ids_1 or [])}
        mask: list[int] = []
        for part in _parts(self, token_ids_1 is not None):
            mask += [1] * len(part.ids) if part.sequence is None else [0] * lengths[part.sequence]
        return mask

    return get_special_tokens_mask


def prepare_for_model(
    self: Any,
    ids: list[int],
    pair_ids: list[int] | None = None,
    add_special_tokens: bool = True,
    padding: Any = False,
    truncation: Any = None,
    max_length: int | None = None,
    stride: int = 0,
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
    prepend_batch_axis: bool = False,
    **kwargs: Any,
) -> Any:
    """Truncate the ids of one sequence or a pair, add special tokens, pad: a BatchEncoding.

    Raises:
        ValueError: for type ids without special tokens, and for the overflow of a pair truncated `longest_first`.
    """
    from transformers import BatchEncoding
    from transformers.tokenization_utils_base import TruncationStrategy
    from transformers.utils import PaddingStrategy

    pads, truncates, max_length, _ = self._get_padding_truncation_strategies(
        padding=padding,
        truncation=truncation,
        max_length=max_length,
        pad_to_multiple_of=pad_to_multiple_of,
        verbose=verbose,
        **kwargs,
    )
    pair = pair_ids is not None
    if return_token_type_ids and not add_special_tokens:
        raise ValueError("token_type_ids are not defined without special tokens")
    if return_overflowing_tokens and pair and truncates == TruncationStrategy.LONGEST_FIRST:
        raise ValueError("the overflow of a pair is not defined for `longest_first`; use `only_first` or `only_second`")
    if return_token_type_ids is None:
        return_token_type_ids = "token_type_ids" in self.model_input_names or says_nothing_of_types(self)
    if return_attention_mask is None:
        return_attention_mask = "attention_mask" in self.model_input_names

    added = self.num_special_tokens_to_add(pair=pair) if add_special_tokens else 0
    total = len(ids) + len(pair_ids or []) + added
    overflow: list[int] = []
    if truncates != TruncationStrategy.DO_NOT_TRUNCATE and max_length and total > max_length:
        ids, pair_ids, overflow = self.truncate_sequences(
            ids,
            pair_ids=pair_ids,
            num_tokens_to_remove=total - max_length,
            truncation_strategy=truncates,
            stride=stride,
        )

    encoded: dict[str, Any] = {}
    if return_overflowing_tokens:
        encoded["overflowing_tokens"] = overflow
        encoded["num_truncated_tokens"] = total - (max_length or 0)
    if add_special_tokens:
        encoded["input_ids"] = self.build_inputs_with_special_tokens(ids, pair_ids)
        types = self.create_token_type_ids_from_sequences(ids, pair_ids)
    else:
        encoded["input_ids"] = ids + pair_ids if pair_ids is not None else ids
        types = [0] * len(encoded["input_ids"])
    if return_token_type_ids:
        encoded["token_type_ids"] = types
    if return_special_tokens_mask:
        plain = [0] * len(encoded["input_ids"])
        encoded["special_tokens_mask"] = self.get_special_tokens_mask(ids, pair_ids) if add_special_tokens else plain

    self._eventual_warn_about_too_long_sequence(encoded["input_ids"], max_length, verbose)
    if pads != PaddingStrategy.DO_NOT_PAD or return_attention_mask:
        wanted = {
            "max_length": max_length,
            "padding": pads.value,
            "pad_to_multiple_of": pad_to_multiple_of,
            "padding_side": padding_side,
            "return_attention_mask": return_attention_mask,
        }
        encoded = self.pad(encoded, **accepted(type(self).pad, wanted))
    if return_length:
        encoded["length"] = len(encoded["input_ids"])
    return BatchEncoding(encoded, tensor_type=return_tensors, prepend_batch_axis=prepend_batch_axis)


def truncate_sequences(
    self: Any,
    ids: list[int],
    pair_ids: list[int] | None = None,
    num_tokens_to_remove: int = 0,
    truncation_strategy: Any = "longest_first",
    stride: int = 0,
) -> tuple[list[int], list[int] | None, list[int]]:
    """The two sequences without `num_tokens_to_remove` of their tokens, and what was taken off with `stride` more.

    A sequence that is too short for what is asked is left as it is, with an error in the log.
    """
    from transformers.tokenization_utils_base import TruncationStrategy

    if num_tokens_to_remove <= 0:
        return ids, pair_ids, []
    strategy = TruncationStrategy(truncation_strategy)
    if strategy == TruncationStrategy.LONGEST_FIRST and pair_ids is not None:
        first, second = _shares(len(ids), len(pair_ids), num_tokens_to_remove)
        side = self.truncation_side
        return _cut(ids, first, side), _cut(pair_ids, second, side), []
    of_second = strategy == TruncationStrategy.ONLY_SECOND and pair_ids is not None
    if not of_second and strategy not in (TruncationStrategy.ONLY_FIRST, TruncationStrategy.LONGEST_FIRST):
        return ids, pair_ids, []
    sequence = pair_ids if of_second and pair_ids is not None else ids
    if len(sequence) <= num_tokens_to_remove:
        which = "second" if of_second else "first"
        _LOG.error("cannot remove %d tokens: the %s sequence has %d", num_tokens_to_remove, which, len(sequence))
        return ids, pair_ids, []
    window = min(len(sequence), stride + num_tokens_to_remove)
    overflow = sequence[:window] if self.truncation_side == "left" else sequence[-window:]
    sequence = _cut(sequence, num_tokens_to_remove, self.truncation_side)
    return (ids, sequence, overflow) if of_second else (sequence, pair_ids, overflow)


def _shares(first: int, second: int, number: int) -> tuple[int, int]:
    """How many tokens each of a pair loses: the longer one down to the shorter one's length, then both alike."""
    apart = min(abs(first - second), number)
    rest = number - apart
    half = rest // 2
    return (apart + half, rest - half) if first > second else (half, apart + rest - half)


def _cut(sequence: list[int], number: int, side: str) -> list[int]:
    if number <= 0:
        return sequence
    return sequence[number:] if side == "left" else sequence[:-number]


def of_somebodys_tokenizer(original: Callable[..., Any]) -> Callable[..., Any]:
    """`prepare_for_model` of a python tokenizer that is somebody's own, with v4's truncation and overflow."""

    def inner(self: Any, *args: Any, **kwargs: Any) -> Any:
        method = prepare_for_model if somebodys(type(self)) else original
        return method(self, *args, **kwargs)

    return inner


def truncation_of_somebodys_tokenizer(original: Callable[..., Any]) -> Callable[..., Any]:
    """`truncate_sequences` of a python tokenizer that is somebody's own."""

    def inner(self: Any, *args: Any, **kwargs: Any) -> Any:
        method = truncate_sequences if somebodys(type(self)) else original
        return method(self, *args, **kwargs)

    return inner


def types_of_somebodys_tokenizer(original: Callable[..., list[int]]) -> Callable[..., list[int]]:
    """`create_token_type_ids_from_sequences` of a class that does not say where its special tokens go.

    v4 counted one for a cls token and one for each sep token that there is.
    """

    def inner(self: Any, token_ids_0: list[int], token_ids_1: list[int] | None = None) -> list[int]:
        said = self.special_tokens_pattern is not None or self.token_type_ids_pattern != "bert_style"
        if said or not somebodys(type(self)):
            return original(self, token_ids_0, token_ids_1)
        cls, sep = int(self.cls_token_id is not None), int(self.sep_token_id is not None)
        first = [0] * (cls + len(token_ids_0) + sep)
        return first if token_ids_1 is None else first + [1] * (len(token_ids_1) + sep)

    return inner
