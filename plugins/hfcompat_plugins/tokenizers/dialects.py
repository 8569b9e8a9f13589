"""Defaults of v4, for programs that say `apply(dialect="4.57")` or older.

transformers' own calls keep v5's defaults: its pipelines and processors were written for them.
"""

from __future__ import annotations

import inspect
import json
from collections.abc import Callable
from typing import Any

from hfcompat_plugins.tokenizers.fast import without_auto
from hfcompat_plugins.tokenizers.subclasses import slow_of

from hfcompat.origin import is_native, native_caller

MODEL_INPUT_NAMES = ["input_ids", "token_type_ids", "attention_mask"]
"""What a tokenizer class returns that does not say otherwise, up to 4.57."""


def chat_as_ids(original: Callable[..., Any]) -> Callable[..., Any]:
    """`apply_chat_template`, which gives ids, not a BatchEncoding, unless it is asked."""
    signature = inspect.signature(original)

    def apply_chat_template(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not native_caller() and "return_dict" not in signature.bind_partial(self, *args, **kwargs).arguments:
            kwargs["return_dict"] = False
        return original(self, *args, **kwargs)

    return apply_chat_template


def of_one_sequence(original: Callable[..., Any]) -> Callable[..., Any]:
    """`decode`, which takes one sequence of ids; TypeError for a list of them."""

    def decode(self: Any, token_ids: Any, *args: Any, **kwargs: Any) -> Any:
        if not native_caller() and _nested(token_ids):
            raise TypeError("decode takes the ids of one sequence; batch_decode takes a list of sequences")
        return original(self, token_ids, *args, **kwargs)

    return decode


def _nested(ids: Any) -> bool:
    if hasattr(ids, "shape"):
        return len(ids.shape) > 1
    return (
        isinstance(ids, (list, tuple)) and len(ids) > 0 and (isinstance(ids[0], (list, tuple)) or _nested_item(ids[0]))
    )


def _nested_item(item: Any) -> bool:
    return hasattr(item, "shape") and len(item.shape) > 0


def one_text_each(original: Callable[..., Any]) -> Callable[..., Any]:
    """`batch_decode`, which decodes each item: of a flat list of ids each one by itself."""

    def batch_decode(self: Any, sequences: Any, *args: Any, **kwargs: Any) -> Any:
        if native_caller():
            return original(self, sequences, *args, **kwargs)
        names = ("skip_special_tokens", "clean_up_tokenization_spaces")
        kwargs = dict(zip(names, args, strict=False)) | kwargs
        return [self.decode(sequence, **kwargs) for sequence in sequences]

    return batch_decode


def named_classes_keep_their_inputs(original: Callable[..., Any]) -> Callable[..., Any]:
    """Loading by a class that v4 had (LlamaTokenizerFast) and v5 serves with the bare backend: no type ids for it."""

    def _from_pretrained(cls: type, resolved_vocab_files: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        config = resolved_vocab_files.get("tokenizer_config_file")
        tokenizer = original(cls, resolved_vocab_files, *args, **kwargs)
        if cls.__name__ == "TokenizersBackend" and config is not None:
            with open(config, encoding="utf-8") as file:
                content = json.load(file)
            bare = content.get("tokenizer_class") in (
                None,
                "PreTrainedTokenizerFast",
                "PreTrainedTokenizer",
                cls.__name__,
            )
            if not bare and "model_input_names" not in content and "model_input_names" not in kwargs:
                tokenizer.model_input_names = [name for name in MODEL_INPUT_NAMES if name != "token_type_ids"]
        return tokenizer

    return _from_pretrained


def cleaning_by_default(original: Callable[..., None]) -> Callable[..., None]:
    """`__init__` of a tokenizer that removes spaces before punctuation when it decodes, as up to 4.44."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        said = "clean_up_tokenization_spaces" in kwargs
        original(self, *args, **kwargs)
        if not said:
            self.clean_up_tokenization_spaces = True

    return __init__


def cleaning_of_byte_pairs(original: Callable[..., str]) -> Callable[..., str]:
    """`_decode`, which cleans up when it is told to, whatever the backend's model is."""
    switch = "clean_up_tokenization_spaces_for_bpe_even_though_it_will_corrupt_output"

    def _decode(self: Any, *args: Any, **kwargs: Any) -> str:
        before = self.__dict__.get(switch, False)
        self.__dict__[switch] = True
        try:
            return original(self, *args, **kwargs)
        finally:
            self.__dict__[switch] = before

    return _decode


def with_additional(original: property) -> property:
    """`special_tokens_map`, with the additional ones as a list."""

    def special_tokens_map(self: Any) -> dict[str, Any]:
        roles = original.fget(self)  # type: ignore[misc]
        extra = [] if native_caller() else [str(token) for token in self._extra_special_tokens]
        return {**roles, **({"additional_special_tokens": extra} if extra else {})}

    return property(special_tokens_map, doc=original.__doc__)


def beginning_with_bos(original: Callable[..., None]) -> Callable[..., None]:
    """`__init__` of LLaMA's tokenizer, which puts a BOS before a text unless its files say otherwise."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("post_processor") is None and kwargs.get("tokenizer_object") is None:
            kwargs.setdefault("add_bos_token", True)
        original(self, *args, **kwargs)

    return __init__


def lowering_by_default(original: Callable[..., None]) -> Callable[..., None]:
    """`__init__` of BERT's tokenizer, which lowers its text unless it is told not to."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if len(args) < 2:
            kwargs.setdefault("do_lower_case", True)
        original(self, *args, **kwargs)

    return __init__


def with_two_separators(original: Callable[..., None]) -> Callable[..., None]:
    """`__init__` of XLM-RoBERTa's tokenizer, with `</s></s>` between the texts of a pair."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if not self.is_fast:
            return
        from tokenizers import processors

        bos, eos = str(self.bos_token), str(self.eos_token)
        self._tokenizer.post_processor = processors.TemplateProcessing(
            single=[bos, "$A", eos],
            pair=[bos, "$A", eos, eos, "$B", eos],
            special_tokens=[(bos, self.bos_token_id), (eos, self.eos_token_id)],
        )

    return __init__


def told_by_files(original: Callable[..., None]) -> Callable[..., None]:
    """`__init__` whose signature names the files that it takes, where v5's names what is in them."""
    merges = {} if original.__qualname__.startswith(("Llama", "Gemma")) else {"merges": "merges_file"}
    names = {"vocab": "vocab_file", **merges}
    signature = inspect.signature(original)
    *own, rest = (
        parameter.replace(name=names.get(name, name), annotation=inspect.Parameter.empty)
        for name, parameter in signature.parameters.items()
        if name in names or name not in ("merges", "_spm_precompiled_charsmap")
    )
    file = inspect.Parameter("tokenizer_file", inspect.Parameter.KEYWORD_ONLY, default=None)

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self.init_kwargs.setdefault("tokenizer_file", None)  # every argument of the signature is found there

    __init__.__signature__ = signature.replace(parameters=[*own, file, rest])  # type: ignore[attr-defined]
    return __init__


def by_id(original: Callable[..., dict[str, int]]) -> Callable[..., dict[str, int]]:
    """`get_vocab`, in the order of the ids."""

    def get_vocab(self: Any) -> dict[str, int]:
        vocabulary = original(self)
        return vocabulary if native_caller() else dict(sorted(vocabulary.items(), key=lambda item: item[1]))

    return get_vocab


def beginning_with_a_space(original: Callable[..., Any]) -> Callable[..., Any]:
    """`_encode_plus` that heeds `add_prefix_space=True` of one call, as slow byte-level tokenizers did."""

    def _encode_plus(self: Any, text: Any, *args: Any, add_prefix_space: bool | None = None, **kwargs: Any) -> Any:
        if add_prefix_space is None:
            return original(self, text, *args, **kwargs)
        if add_prefix_space and isinstance(text, str) and not self.__dict__.get("add_prefix_space"):
            text = " " + text
        return original(self, text, *args, **kwargs)

    return _encode_plus


def slow_when_asked(original: Callable[..., Any]) -> Callable[..., Any]:
    """`AutoTokenizer.from_pretrained(..., use_fast=False)` gives a slow tokenizer, where there is one."""

    def from_pretrained(cls: type, pretrained_model_name_or_path: Any, *inputs: Any, **kwargs: Any) -> Any:
        asked = kwargs.get("use_fast", True)
        tokenizer = original(cls, pretrained_model_name_or_path, *inputs, **kwargs)
        slow = None if asked or native_caller() or not is_native(tokenizer) else slow_of(type(tokenizer))
        if slow is None or not _has_files_of(slow, tokenizer):
            return tokenizer
        return slow.from_pretrained(  # type: ignore[attr-defined]
            pretrained_model_name_or_path, *inputs, **without_auto(kwargs)
        )

    return from_pretrained


def _has_files_of(slow: Any, tokenizer: Any) -> bool:
    """Whether the files that a slow tokenizer is made from lie where the fast one came from."""
    from transformers.utils import cached_file

    place = tokenizer.name_or_path
    options = {"_raise_exceptions_for_missing_entries": False, "_raise_exceptions_for_connection_errors": False}
    return all(cached_file(place, name, **options) is not None for name in slow.vocab_files_names.values())
