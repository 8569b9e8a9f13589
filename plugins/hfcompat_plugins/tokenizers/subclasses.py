"""Somebody's subclass of a tokenizer that was slow, and runs on the tokenizers backend since v5.

`class SmilesTokenizer(BertTokenizer)` fills in `_tokenize`, `_convert_token_to_id`, `vocab`: hooks of a python
tokenizer. The backend asks none of them, so such a class stops with AttributeError, or gives other ids in silence. Its
instances are made of a class that puts the slow implementation between it and its native base:

    SmilesTokenizer (ours) -> SmilesTokenizer (theirs) -> slow BERT -> PythonBackend -> BertTokenizer -> ...

so `super()` calls reach the slow one, and `isinstance` knows all three. A class that was written for the backend, or
for a ...TokenizerFast, is left alone, and so is an instance without the files that a slow tokenizer is made from.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any

from hfcompat_plugins.tokenizers.origins import foreign_classes

from hfcompat.origin import is_native

_LOG = logging.getLogger("hfcompat")
_HERE = "hfcompat_plugins.tokenizers."

SLOW = {
    "BertTokenizer": "slow_wordpiece:Bert",
    "GPT2Tokenizer": "slow_bytes:GPT2",
    "RobertaTokenizer": "slow_bytes:Roberta",
    "Qwen2Tokenizer": "slow_bytes:Qwen2",
    "CLIPTokenizer": "slow_bytes:CLIP",
    "LlamaTokenizer": "slow_sentencepiece:Llama",
    "T5Tokenizer": "slow_sentencepiece:T5",
    "XLMRobertaTokenizer": "slow_sentencepiece:XLMRoberta",
    "AlbertTokenizer": "slow_families:Albert",
    "XLNetTokenizer": "slow_families:XLNet",
    "CamembertTokenizer": "slow_families:Camembert",
    "GemmaTokenizer": "slow_families:Gemma",
    "PegasusTokenizer": "slow_families:Pegasus",
}
"""Slow implementations, by the name of the native class that they stand in front of."""

_SLOW_ONLY = frozenset(
    "_tokenize tokenize _convert_token_to_id _convert_id_to_token prepare_for_tokenization bpe vocab_size get_vocab "
    "save_vocabulary build_inputs_with_special_tokens get_special_tokens_mask create_token_type_ids_from_sequences "
    "convert_tokens_to_string prepare_for_model".split()
)
"""Methods that a python tokenizer asks its subclass for; the tokenizers backend asks for none of them."""

_SLOW_NAMES = frozenset(
    "sp_model basic_tokenizer wordpiece_tokenizer ids_to_tokens byte_encoder byte_decoder bpe_ranks "
    "fairseq_tokens_to_ids fairseq_ids_to_tokens fairseq_offset tokens_trie".split()
)
_FAST_NAMES = frozenset("_tokenizer backend_tokenizer tokenizer_object tokenizer_file _batch_encode_plus".split())


@functools.lru_cache(maxsize=1024)
def slow_class(cls: type) -> type | None:
    """The class that instances of `cls` are made of; None when `cls` is to be left as it is."""
    if "__hfcompat_origin__" in vars(cls):
        return cls
    own = list(foreign_classes(cls))
    if not own or not _written_for_slow(cls, own):
        return None
    implementation = slow_of(cls)
    if implementation is None:
        backend = any(base.__name__ == "TokenizersBackend" for base in cls.__mro__)
        if backend and any(is_native(base) and ".models." in base.__module__ for base in cls.__mro__):
            _LOG.warning("%s overrides methods that the tokenizers backend never calls", cls.__qualname__)
        return None
    body = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
    return type(cls.__name__, (cls, implementation), {**body, "__hfcompat_origin__": cls, "__reduce_ex__": _reduced})


def slow_of(cls: type) -> type | None:
    """The slow implementation of the native class that `cls` is, or inherits from."""
    slow = next((SLOW[base.__name__] for base in cls.__mro__ if is_native(base) and base.__name__ in SLOW), None)
    if slow is None:
        return None
    module, _, name = slow.partition(":")
    return getattr(importlib.import_module(_HERE + module), name)()  # type: ignore[no-any-return]


def _written_for_slow(cls: type, own: list[type]) -> bool:
    init = next((vars(owner)["__init__"] for owner in own if "__init__" in vars(owner)), None)
    taken = set(inspect.signature(init).parameters) if init is not None else set()
    used = {name for owner in own for name in _names_used(owner)}
    if (
        taken & {"tokenizer_file", "tokenizer_object", "vocab"}
        or used & _FAST_NAMES
        or _names_a_fast_base(cls, own[-1])
    ):
        return False
    hooks = {name for owner in own for name in vars(owner)} & _SLOW_ONLY
    return bool(hooks) or "vocab_file" in taken or bool(used & _SLOW_NAMES)


def _names_a_fast_base(cls: type, lowest: type) -> bool:
    """Whether the module of the class knows its native base only as a ...Fast."""
    native = next(base for base in cls.__mro__ if is_native(base))
    module = vars(sys.modules.get(lowest.__module__, object))
    known = {name for name, value in module.items() if value is native}
    return bool(known) and all(name.endswith("Fast") for name in known)


def _names_used(owner: type) -> Iterator[str]:
    for value in vars(owner).values():
        function = getattr(value, "fget", getattr(value, "__func__", value))
        if isinstance(function, FunctionType):
            yield from _names_in(function.__code__)


def _names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


def _reduced(self: Any, protocol: Any) -> Any:
    """Pickled as an instance of the class that its author wrote: only that one can be imported."""
    state = self.__getstate__() if hasattr(self, "__getstate__") else self.__dict__
    return _restored, (type(self).__hfcompat_origin__,), state


def _restored(origin: type) -> Any:
    made: Any = slow_class(origin) or origin
    return made.__new__(made)


def become_slow(self: Any) -> bool:
    """Change an instance's class, if it is one of those that were slow; whether it was changed now."""
    mine: type = type(self)
    if self.__dict__.get("_tokenizer") is not None or _STAYS in self.__dict__:
        return False
    slow = slow_class(mine)
    if slow is None or slow is mine:
        return False
    object.__setattr__(self, "__class__", slow)  # the ordinary way asks our own __setattr__ again
    return True


_STAYS = "_hfcompat_stays_on_backend"


@contextmanager
def staying_on_backend(self: Any) -> Iterator[None]:
    """Give an instance the class that its author wrote, which it keeps while it is built, and then for its backend."""
    object.__setattr__(self, "__class__", type(self).__hfcompat_origin__)
    self.__dict__[_STAYS] = True
    try:
        yield
    finally:
        self.__dict__.pop(_STAYS, None)


def slow_from_pretrained(original: Callable[..., Any]) -> Callable[..., Any]:
    """`from_pretrained`, which hands the files of a slow tokenizer to its constructor, as v4 did."""

    def from_pretrained(cls: type, *args: Any, **kwargs: Any) -> Any:
        return original(slow_class(cls) or cls, *args, **kwargs)

    return from_pretrained


def built_as_in_v4(original: Callable[..., None]) -> Callable[..., None]:
    """`__init__` of a native class: a subclass that was slow goes the slow way; a `vocab_file` is read."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if become_slow(self):
            slow = next(base for base in type(self).__mro__ if base.__module__.startswith(_HERE))
            slow.__init__(self, *args, **kwargs)  # type: ignore[misc]
            return
        args, kwargs = _with_file_named(self, args, kwargs)
        original(self, *args, **_with_vocabulary(self, args, kwargs))

    return __init__


def _with_file_named(
    self: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """`LlamaTokenizer(path)`: a SentencePiece file by position, which v5 takes for a vocabulary, and refuses."""
    native = next(base for base in type(self).__mro__ if is_native(base))
    pieces = SLOW.get(native.__name__, "").startswith(("slow_sentencepiece", "slow_families"))
    if not pieces or len(args) != 1 or "merges" in kwargs or "vocab_file" in kwargs:
        return args, kwargs
    path = args[0]
    if not isinstance(path, (str, os.PathLike)) or os.fspath(path).endswith(".json") or not os.path.isfile(path):
        return args, kwargs
    return (), {**kwargs, "vocab_file": os.fspath(path)}


def _with_vocabulary(self: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    given = kwargs.get("vocab_file")
    known = any(kwargs.get(name) is not None for name in ("vocab", "tokenizer_file", "tokenizer_object"))
    if args or given is None or known:
        return kwargs
    native: Any = next(base for base in type(self).__mro__ if is_native(base))
    for name, value in _DEFAULTS.get(native.__name__, {}).items():
        kwargs.setdefault(name, value)
    return native.convert_to_native_format(**kwargs)  # type: ignore[no-any-return]


_DEFAULTS = {"LlamaTokenizer": {"add_bos_token": True}, "BertTokenizer": {"do_lower_case": True}}
"""What the constructors that took a file did, and those that take a vocabulary do not."""
