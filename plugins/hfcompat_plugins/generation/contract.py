"""What a model class expects of `generate`, read off the class itself.

transformers 4 handed `prepare_inputs_for_generation` the whole sequence, no `position_ids` of its own making, and, up
to 4.41, no cache before the first forward pass had made one. 5.3 and newer say which tokens are new by two further
arguments. A class that does not name those was written for the older contract.
"""

from __future__ import annotations

import dis
import inspect
import itertools
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType
from typing import Any
from weakref import WeakKeyDictionary

from hfcompat.origin import is_native

PREPARE = "prepare_inputs_for_generation"
_CACHE = "past_key_values"
_SINCE_5 = frozenset({"next_sequence_length", "is_first_iteration"})

FILTERED = (
    "_prepare_model_inputs",
    "_prepare_encoder_decoder_kwargs_for_generation",
    "_prepare_decoder_input_ids_for_generation",
    "_prepare_generation_config",
    "_prepare_special_tokens",
    "_prepare_generated_length",
    "_validate_generated_length",
    "_get_logits_processor",
    "_get_stopping_criteria",
    "_get_candidate_generator",
    "_update_model_kwargs_for_generation",
)
"""Hooks that gained arguments over the years: an override is given those that it takes."""

HOOKS = (
    *FILTERED,
    "_expand_inputs_for_generation",
    "_extract_past_from_model_output",
    "_get_initial_cache_position",
    "_prepare_attention_mask_for_generation",
    "_reorder_cache",
)


@dataclass(frozen=True)
class Takes:
    """The arguments of a function."""

    names: frozenset[str]
    anything: bool  #: has `**kwargs`

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Takes:
        parameters = inspect.signature(function).parameters.values()
        named = (p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY))
        return cls(frozenset(named), any(p.kind is p.VAR_KEYWORD for p in parameters))

    def __contains__(self, name: str) -> bool:
        return self.anything or name in self.names

    def of_these(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        return kwargs if self.anything else {name: value for name, value in kwargs.items() if name in self.names}


@dataclass(frozen=True)
class Contract:
    """What a class, or a model with a hook of its own, expects of `generate`."""

    prepare: Takes | None  #: of a `prepare_inputs_for_generation` of the older contract
    forward: Takes
    hands_on: bool  #: the `prepare` hands all that it is given to the mixin's, whose positions are those of the runtime
    takes_tuples: bool  #: knows no cache classes
    makes_own_cache: bool  #: is given no cache before it has made one
    overrides: frozenset[str]  #: those of `HOOKS` that the class defines for itself


_CONTRACTS: WeakKeyDictionary[type, Contract | None] = WeakKeyDictionary()
_LOCK = threading.Lock()


def contract_of(model: Any, cls: type) -> Contract | None:
    """The contract that `model` was written for; None when it is the installed one."""
    own = vars(model).get(PREPARE)
    if own is not None and not is_native(own):  # prompt learning puts its own hook on the model
        return _read(cls, own)
    if is_native(cls):
        return None
    with _LOCK:
        if cls not in _CONTRACTS:
            _CONTRACTS[cls] = _read(cls, None)
        return _CONTRACTS[cls]


def defined_by(cls: type, name: str) -> type | None:
    """The class of the MRO that defines `name`."""
    return next((base for base in cls.__mro__ if name in vars(base)), None)


def foreign(cls: type, name: str) -> bool:
    """Whether `name` is defined outside transformers."""
    home = defined_by(cls, name)
    return home is not None and not is_native(home)


def _read(cls: type, own_prepare: Callable[..., Any] | None) -> Contract | None:
    prepare = None
    if own_prepare is not None or (foreign(cls, PREPARE) and not _extends_a_family(cls)):
        function = own_prepare or _bound_to_nothing(cls, PREPARE)
        takes = Takes.of(function)
        code = getattr(inspect.unwrap(function), "__code__", None)
        if not (takes.names | _constants(code)) & _SINCE_5:
            prepare = takes
    overrides = frozenset(name for name in HOOKS if foreign(cls, name))
    supports = _supports_cache_class(cls)
    own_forward = foreign(cls, "forward")
    takes_tuples = own_forward and (supports is False or (supports is None and not _knows_caches(cls)))
    if prepare is None:
        takes_tuples = own_forward and supports is False
    if prepare is None and not takes_tuples and not overrides:
        return None
    hands_on = prepare is not None and prepare.anything and own_prepare is None and _asks_the_mixin(cls, code)
    made_later = prepare is not None and "cache_position" not in prepare.names and not hands_on and _may_be_none(code)
    hands_on = hands_on and "position_ids" not in prepare.names | _constants(code)
    forward = Takes.of(_bound_to_nothing(cls, "forward"))
    return Contract(prepare, forward, hands_on, takes_tuples, made_later, overrides)


def _bound_to_nothing(cls: type, name: str) -> Callable[..., Any]:
    """The function, without its `self`."""
    function = getattr(cls, name)
    home = defined_by(cls, name)
    if home is not None and isinstance(vars(home)[name], (staticmethod, classmethod)):
        return function
    return function.__get__(object())  # type: ignore[no-any-return]


def _extends_a_family(cls: type) -> bool:
    """Whether the override hands on, with all its keyword arguments, to one of transformers' own for a family."""
    if not Takes.of(_bound_to_nothing(cls, PREPARE)).anything:
        return False
    homes = [base for base in cls.__mro__ if PREPARE in vars(base)]
    natives = [base for base in homes if is_native(base)]
    return bool(natives) and natives[0].__name__ != "GenerationMixin"


def _constants(code: CodeType | None) -> frozenset[str]:
    """The strings in a function, such as what it takes out of its `**kwargs`."""
    return frozenset() if code is None else frozenset(text for text in code.co_consts if isinstance(text, str))


def _asks_the_mixin(cls: type, code: CodeType | None) -> bool:
    """Whether the override calls `super()`'s, and that is `GenerationMixin`'s, which raised before 4.46."""
    if code is None or PREPARE not in code.co_names:
        return False
    homes = [base for base in cls.__mro__ if PREPARE in vars(base)]
    return len(homes) > 1 and homes[1].__name__ == "GenerationMixin"


def _may_be_none(code: CodeType | None) -> bool:
    """Whether the override looks whether there is a cache: up to 4.41 there was none at first."""
    if code is None or {"isinstance", "hasattr"} & {*code.co_names} or _CACHE in _constants(code):
        return True
    steps = list(dis.get_instructions(code))
    for step, following in itertools.pairwise(steps):
        loaded = step.argval[-1:] if isinstance(step.argval, tuple) else (step.argval,)
        if step.opname.startswith("LOAD_FAST") and _CACHE in loaded and _tests(following.opname, following.argval):
            return True
    return False


def _tests(opname: str, value: Any) -> bool:
    return "JUMP" in opname or opname in ("TO_BOOL", "IS_OP", "COPY") or (opname == "LOAD_CONST" and value is None)


def _supports_cache_class(cls: type) -> bool | None:
    """What the class itself, not transformers for it, says; None when it says nothing."""
    for base in cls.__mro__:
        if "_supports_cache_class" in vars(base) and not is_native(base):
            return bool(vars(base)["_supports_cache_class"])
    return None


def _knows_caches(cls: type) -> bool:
    """Whether the module that defines `forward` has a cache class of transformers in it."""
    home = defined_by(cls, "forward")
    module = sys.modules.get(home.__module__) if home is not None else None
    names = vars(module) if module is not None else getattr(home.forward, "__globals__", {})  # type: ignore[union-attr]
    return any(isinstance(value, type) and value.__module__ == "transformers.cache_utils" for value in names.values())
