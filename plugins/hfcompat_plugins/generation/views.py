"""A model as `generate` sees it: the same model, with hooks that keep the contract it was written for.

`generate` is called with a view instead of the model. A view shares the model's `__dict__`, so every parameter,
module and attribute is the same; its class is derived from the model's, and puts adapters before the hooks that the
model overrides. The model and its class are not touched, and several threads may generate with one model.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any
from weakref import WeakValueDictionary

import torch
from hfcompat_plugins.generation.configs import heed_model_config
from hfcompat_plugins.generation.contract import FILTERED, PREPARE, Contract, Takes, contract_of
from hfcompat_plugins.generation.moved import moved_mode
from hfcompat_plugins.generation.positions import counted, of_prompt, past_length

from hfcompat.origin import is_native, native_caller

_CALL = "_hfcompat_call"
_OUTPUTS = ("output_attentions", "output_hidden_states")
_POSITIONAL = ("past_key_values", "attention_mask", "inputs_embeds", "cache_position")

PREPARING: ContextVar[Call | None] = ContextVar("hfcompat_preparing", default=None)
"""The call whose `prepare_inputs_for_generation`, of the older contract, is at work."""


class Call:
    """What one call of `generate` has to remember."""

    __slots__ = ("attention_mask", "attributes", "cache_position", "contract", "first", "new_tokens")

    def __init__(self, model: Any, contract: Contract, attention_mask: Any) -> None:
        self.attributes = vars(model)
        self.contract = contract
        self.attention_mask = attention_mask
        self.cache_position: Any = None
        self.first = True
        self.new_tokens: int | None = None


def is_view(model: Any) -> bool:
    return hasattr(type(model), _CALL)


def class_of(model: Any) -> type:
    """The class that somebody wrote."""
    return type(model).__mro__[1] if is_view(model) else type(model)


def view_of(model: Any, attention_mask: Any = None) -> Any:
    """The model for one call of `generate`; itself, when it was written for the installed contract."""
    cls = class_of(model)
    mixin = _generation_mixin()
    contract = contract_of(model, cls)
    if contract is None:
        if issubclass(cls, mixin):
            return model
        contract = Contract(None, Takes(frozenset(), True), False, False, False, frozenset())
    view_class = _view_class(cls, contract, mixin)
    view = object.__new__(view_class)
    object.__setattr__(view, "__dict__", vars(model))
    setattr(view, _CALL, Call(model, contract, attention_mask))
    return view


def _generation_mixin() -> Any:
    from transformers.generation.utils import GenerationMixin

    return GenerationMixin


_VIEWS: WeakValueDictionary[tuple[type, Contract], Any] = WeakValueDictionary()
_LOCK = threading.Lock()


def _view_class(cls: type, contract: Contract, mixin: Any) -> Any:
    with _LOCK:
        found = _VIEWS.get((cls, contract))
        if found is None:
            found = _VIEWS[cls, contract] = _new_view_class(cls, contract, mixin)
        return found


def _new_view_class(cls: type, contract: Contract, mixin: Any) -> Any:
    hooks: dict[str, Any] = {}
    for name in FILTERED:
        if name in contract.overrides and name != "_update_model_kwargs_for_generation":
            hooks[name] = functools.update_wrapper(_given_what_it_takes(name), getattr(cls, name), updated=())
    if "_prepare_encoder_decoder_kwargs_for_generation" in contract.overrides:
        hooks["_maybe_prepare_encoder_kwargs_for_generation"] = _encoder_kwargs
    if contract.prepare is not None or "_prepare_attention_mask_for_generation" in contract.overrides:
        hooks["_prepare_attention_mask_for_generation"] = _attention_mask
    if "_reorder_cache" in contract.overrides:
        hooks["_reorder_cache"] = _reorder_cache
    first = "_get_initial_cache_position"
    if first in contract.overrides and "input_ids" in Takes.of(getattr(cls, first)).names:
        hooks[first] = _initial_position
    if contract.prepare is not None or contract.takes_tuples:
        hooks["_prepare_cache_for_generation"] = _prepare_cache
        hooks["_valid_auto_compile_criteria"] = _may_be_compiled
    if contract.prepare is not None:
        hooks[PREPARE] = _Preparing()
        if not contract.hands_on:
            hooks["_prepare_position_ids_for_generation"] = _no_position_ids
        hooks["_expand_inputs_for_generation"] = _expand_inputs
        for name in ("_prepare_encoder_decoder_kwargs_for_generation", "_maybe_prepare_encoder_kwargs_for_generation"):
            if name not in hooks and hasattr(mixin, name):
                hooks[name] = _with_mask(name)
        if hasattr(mixin, "_prefill"):
            hooks["_prefill"] = _prefill
    if contract.prepare is not None or "_update_model_kwargs_for_generation" in contract.overrides:
        hooks["_update_model_kwargs_for_generation"] = _update_model_kwargs
    names = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__doc__": cls.__doc__}
    bases = (cls,) if issubclass(cls, mixin) else (cls, mixin)
    return type(cls)(cls.__name__, bases, {**names, "__slots__": (_CALL,), **hooks})


def _above(view: Any) -> Any:
    """`super()` of the hooks here, which are of the view's own class: nothing is derived from that."""
    return super(type(view), view)


class _Preparing:
    """`prepare_inputs_for_generation`. Has `__set__`, since it comes before one that is put on the model."""

    def __get__(self, view: Any, owner: Any = None) -> Any:
        if view is None:
            return getattr(super(owner, owner), PREPARE)
        override = vars(view).get(PREPARE) or getattr(_above(view), PREPARE)

        @functools.wraps(override, updated=())
        def prepare_inputs_for_generation(input_ids: Any, *args: Any, **kwargs: Any) -> Any:
            return _prepare(view, override, input_ids, args, kwargs)

        return prepare_inputs_for_generation

    def __set__(self, view: Any, value: Any) -> None:
        vars(view)[PREPARE] = value


def _prepare(
    view: Any, override: Callable[..., Any], input_ids: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    call: Call = getattr(view, _CALL)
    contract = call.contract
    assert contract.prepare is not None
    call.new_tokens = kwargs.pop("next_sequence_length", None)
    call.first = kwargs.pop("is_first_iteration", False)
    call.cache_position = kwargs.get("cache_position")
    for name in ("past_key_values", "position_ids", "cache_position", "decoder_position_ids"):
        if name in kwargs and kwargs[name] is None:
            del kwargs[name]
    outputs = {name: kwargs.pop(name) for name in _OUTPUTS if name in kwargs and name not in contract.prepare.names}
    token = PREPARING.set(call)
    try:
        inputs = override(input_ids, *args, **contract.prepare.of_these(kwargs))
    finally:
        PREPARING.reset(token)
    if "cache_position" in inputs and "cache_position" not in contract.forward:
        del inputs["cache_position"]
    inputs.update(outputs)
    return inputs


def as_v4(original: Any) -> Any:
    """`GenerationMixin.prepare_inputs_for_generation`, as an override of the older contract means it."""

    names = Takes.of(original).names
    sliced_by_number = "next_sequence_length" in names and "cache_position" not in names  # from 5.4
    sliced_by_position = "cache_position" in names

    def prepare_inputs_for_generation(self: Any, input_ids: Any, *args: Any, **kwargs: Any) -> Any:
        call = PREPARING.get()
        if call is not None and call.attributes is vars(self):
            return _base_of_v4(original, names, call, self, input_ids, args, kwargs)
        if sliced_by_number and not args and "next_sequence_length" not in kwargs and not native_caller():
            kwargs.update(_told_by_v4(input_ids, kwargs))
        elif sliced_by_position and not args and kwargs.get("cache_position") is None and not native_caller():
            past = kwargs.get("past_key_values")
            if past is not None or "is_first_iteration" in names:  # from 5.0 it is needed without a cache, too
                kwargs["cache_position"] = torch.arange(past_length(past), input_ids.shape[1], device=input_ids.device)
        return original(self, input_ids, *args, **kwargs)

    return prepare_inputs_for_generation


def _told_by_v4(input_ids: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
    """What a loop of somebody's own, that hands the whole sequence over at each step, would say to the base of 5.3.

    Up to 5.2 the base found out by itself which tokens are not in the cache yet.
    """
    position = kwargs.get("cache_position")
    if position is not None:
        told = {"next_sequence_length": int(position.shape[0])}
        return told if "is_first_iteration" in kwargs else told | {"is_first_iteration": int(position[0]) == 0}
    past, mask = kwargs.get("past_key_values"), kwargs.get("attention_mask")
    if past is None or mask is None or mask.shape[1] != input_ids.shape[1]:
        return {}
    return {"next_sequence_length": (input_ids.shape[1] - past_length(past)) or None}


def _base_of_v4(
    original: Any,
    known: frozenset[str],
    call: Call,
    model: Any,
    input_ids: Any,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> Any:
    """`original`, which takes the arguments `known`, called as the base of 4.x was by an override."""
    if args:
        kwargs.update(zip(_POSITIONAL, args, strict=False))
    forward = call.contract.forward
    position = kwargs.pop("cache_position", None)
    if position is None:
        position = call.cache_position
    if "cache_position" in known:
        kwargs["cache_position"] = position
    if "is_first_iteration" in known:
        kwargs["is_first_iteration"] = call.first
    if "next_sequence_length" in known:
        past = kwargs.get("past_key_values")
        new_tokens = call.new_tokens
        if new_tokens is None and past is not None and position is not None and call.first:
            new_tokens = position.shape[0]
        kwargs["next_sequence_length"] = new_tokens
        mask = kwargs.get("attention_mask")
        if kwargs.get("position_ids") is None and mask is not None and "position_ids" in forward.names:
            kwargs["position_ids"] = counted(mask)
    inputs = original(model, input_ids, **kwargs)
    if "cache_position" not in known and "cache_position" in forward.names:
        inputs["cache_position"] = position
    for name in ("past_key_values", "inputs_embeds"):
        if name in forward.names:
            inputs.setdefault(name, None)
    return inputs


def _no_position_ids(self: Any, *args: Any, **kwargs: Any) -> None:
    """`position_ids` are made by the model's `prepare_inputs_for_generation`."""


def _initial_position(self: Any, *args: Any) -> Any:
    """`_get_initial_cache_position(length, device, model_kwargs)`, for one that takes the prompt, as up to 4.50."""
    *prompt, model_kwargs = args
    if len(prompt) == 2:
        length, device = prompt
        prompt = [torch.zeros((1, length), dtype=torch.long, device=device)]
    return _above(self)._get_initial_cache_position(*prompt, model_kwargs)


def _expand_inputs(
    self: Any, expand_size: int = 1, is_encoder_decoder: bool = False, input_ids: Any = None, **model_kwargs: Any
) -> Any:
    mask = getattr(self, _CALL).attention_mask
    # From 5.18, a mask of ones only is dropped on the way here.
    if mask is not None and model_kwargs.get("attention_mask", mask) is None:
        model_kwargs["attention_mask"] = mask
    return _above(self)._expand_inputs_for_generation(
        expand_size=expand_size, is_encoder_decoder=is_encoder_decoder, input_ids=input_ids, **model_kwargs
    )


def _attention_mask(self: Any, inputs_tensor: Any, generation_config: Any, model_kwargs: Any) -> Any:
    inherited = _above(self)._prepare_attention_mask_for_generation
    given: tuple[Any, ...] = (inputs_tensor, generation_config, model_kwargs)
    if "pad_token_id" in Takes.of(inherited).names:  # up to 4.48
        given = (inputs_tensor, generation_config._pad_token_tensor, generation_config._eos_token_tensor)
    call: Call = getattr(self, _CALL)
    call.attention_mask = inherited(*given)
    return call.attention_mask


def _with_mask(name: str) -> Any:
    """The hook that runs the encoder, which up to 4.57 was given a mask where the caller gave none."""

    def hook(
        self: Any, inputs_tensor: Any, model_kwargs: Any, model_input_name: Any = None, generation_config: Any = None
    ) -> Any:
        generation_config = self.generation_config if generation_config is None else generation_config
        accepts = "attention_mask" in getattr(self, _CALL).contract.forward
        if self.config.is_encoder_decoder and accepts and model_kwargs.get("attention_mask") is None:
            mask = self._prepare_attention_mask_for_generation(inputs_tensor, generation_config, model_kwargs)
            model_kwargs["attention_mask"] = mask
        return getattr(_above(self), name)(inputs_tensor, model_kwargs, model_input_name, generation_config)

    hook.__name__ = name
    return hook


def _given_what_it_takes(name: str) -> Any:
    def hook(self: Any, *args: Any, **kwargs: Any) -> Any:
        function = getattr(_above(self), name)
        return function(*args, **Takes.of(function).of_these(kwargs))

    return hook


def _encoder_kwargs(
    self: Any, inputs_tensor: Any, model_kwargs: Any, model_input_name: Any, generation_config: Any
) -> Any:
    """`_maybe_prepare_encoder_kwargs_for_generation` of 5.18, for a model that overrides the method it came from."""
    if not self.config.is_encoder_decoder or model_kwargs.get("encoder_outputs") is not None:
        return model_kwargs
    return self._prepare_encoder_decoder_kwargs_for_generation(
        inputs_tensor,
        model_kwargs=model_kwargs,
        model_input_name=model_input_name,
        generation_config=generation_config,
    )


def _prepare_cache(self: Any, generation_config: Any, model_kwargs: Any, *args: Any, **kwargs: Any) -> Any:
    from transformers.cache_utils import Cache

    contract: Contract = getattr(self, _CALL).contract
    past = model_kwargs.get("past_key_values")
    if past is not None and not isinstance(past, Cache):
        return None
    asked = generation_config.cache_implementation not in (None, "dynamic")
    if past is None and (contract.takes_tuples or (contract.makes_own_cache and not asked)):
        return None
    return _above(self)._prepare_cache_for_generation(generation_config, model_kwargs, *args, **kwargs)


def _may_be_compiled(self: Any, model_kwargs: dict[str, Any], generation_config: Any) -> bool:
    from transformers.cache_utils import Cache

    if not isinstance(model_kwargs.get("past_key_values"), Cache):  # compiled for static caches only
        return False
    return bool(_above(self)._valid_auto_compile_criteria(model_kwargs, generation_config))


def _reorder_cache(self: Any, past_key_values: Any, beam_idx: Any) -> Any:
    from transformers.cache_utils import Cache

    if isinstance(past_key_values, Cache) and is_native(type(past_key_values)):
        past_key_values.reorder_cache(beam_idx)
        return past_key_values
    return _above(self)._reorder_cache(past_key_values, beam_idx)


def _prefill(
    self: Any, input_ids: Any, generation_config: Any, model_kwargs: Any, is_first_iteration: bool = True
) -> Any:
    if generation_config.prefill_chunk_size is not None:
        inherited = _above(self)._prefill
        more = Takes.of(inherited).of_these({"is_first_iteration": is_first_iteration})
        return inherited(input_ids, generation_config, model_kwargs, **more)
    if model_kwargs.get("cache_position") is None:
        model_kwargs["cache_position"] = _first_positions(self, input_ids, model_kwargs)
    inputs = self.prepare_inputs_for_generation(input_ids, is_first_iteration=is_first_iteration, **model_kwargs)
    outputs = self(**inputs, return_dict=True)
    # From 5.18 the loop asks for it; up to 4.57 a loop of somebody's own did not have to say.
    model_kwargs.setdefault("use_cache", getattr(outputs, "past_key_values", None) is not None)
    return outputs


def _first_positions(model: Any, input_ids: Any, model_kwargs: dict[str, Any]) -> Any:
    """`cache_position` of the prompt, as the model's own hook says where it has one."""
    prompt = (input_ids.shape[1], input_ids.device)
    if "_get_initial_cache_position" in getattr(model, _CALL).contract.overrides:
        takes = Takes.of(model._get_initial_cache_position).names
        seen = (input_ids,) if "input_ids" in takes else prompt
        return model._get_initial_cache_position(*seen, dict(model_kwargs)).get("cache_position")
    return of_prompt(model.config, model_kwargs, *prompt)


def _update_model_kwargs(self: Any, outputs: Any, model_kwargs: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
    before = model_kwargs.get("cache_position")
    inherited = _above(self)._update_model_kwargs_for_generation
    updated = inherited(outputs, model_kwargs, *args, **Takes.of(inherited).of_these(kwargs))
    _advance(before, updated, kwargs.get("num_new_tokens", 1))
    return updated


def _advance(before: Any, model_kwargs: dict[str, Any], new_tokens: int) -> None:
    """Move `cache_position` on, where nobody has (from 5.4)."""
    if before is None or model_kwargs.get("cache_position") is not before:
        return
    first = int(before[-1]) + 1 if before.numel() else 0
    positions = torch.arange(first, first + new_tokens, dtype=before.dtype, device=before.device)
    if not model_kwargs.get("use_cache", True):
        positions = torch.cat((before, positions))
    model_kwargs["cache_position"] = positions


def updating_as_v4(original: Any) -> Any:
    """`GenerationMixin._update_model_kwargs_for_generation`, with the arguments of 4.36 to 4.41 and their hook."""
    needs_positions = "cache_position" in original.__code__.co_consts  # up to 5.3

    def _update_model_kwargs_for_generation(
        self: Any, outputs: Any, model_kwargs: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        known = kwargs.keys() <= {"is_encoder_decoder", "num_new_tokens"}
        if known and len(args) < 2 and ("cache_position" in model_kwargs) is needs_positions and not is_view(self):
            return original(self, outputs, model_kwargs, *args, **kwargs)
        standardize = kwargs.pop("standardize_cache_format", False)
        kwargs.pop("model_inputs", None)
        if len(args) > 1 and isinstance(args[1], bool):  # where the number of new tokens is now
            standardize, args = args[1], (args[0], *args[2:])
        before = model_kwargs.get("cache_position")
        if before is None and needs_positions:  # of a loop that knows none
            model_kwargs["cache_position"] = torch.zeros(1, dtype=torch.long)
        updated = original(self, outputs, model_kwargs, *args, **kwargs)
        if before is None and needs_positions:
            del updated["cache_position"]
        _advance(before, updated, kwargs.get("num_new_tokens", 1))
        if not is_view(self):
            return updated
        call: Call = getattr(self, _CALL)
        if "_extract_past_from_model_output" in call.contract.overrides:
            extract = self._extract_past_from_model_output
            more = Takes.of(extract).of_these({"standardize_cache_format": standardize})
            past = extract(outputs, **more)
            named = isinstance(past, tuple) and len(past) == 2 and isinstance(past[0], str)  # from 4.42
            name, past = past if named else ("past_key_values", past)
            updated[name] = past
        return updated

    return _update_model_kwargs_for_generation


def generating(original: Any) -> Any:
    """`GenerationMixin.generate`, called with a view of models that were written for the older contract."""

    def generate(self: Any, *args: Any, **kwargs: Any) -> Any:
        if hasattr(self.config, "_get_generation_parameters"):  # from 5.0, which refuses them
            heed_model_config(self, args, kwargs)
        search = moved_mode(self, args, kwargs)
        if search is not None:
            kwargs["custom_generate"] = search
        if is_native(type(self)) and PREPARE not in vars(self):
            return original(self, *args, **kwargs)
        return original(view_of(self, kwargs.get("attention_mask")), *args, **kwargs)

    return generate
