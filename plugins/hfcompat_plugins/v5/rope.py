"""RoPE as configurations of 5.x keep it: one dictionary, or one for each kind of layer."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator, MutableMapping
from functools import cache, wraps
from typing import Any, ClassVar, TypedDict

from hfcompat.origin import is_native

__all__ = ["RopeInConfig", "RopeParameters"]


class RopeParameters(TypedDict, total=False):
    """`rope_parameters` of a configuration."""

    rope_theta: float | None
    rope_type: str | None
    partial_rotary_factor: float | None
    factor: float | None
    original_max_position_embeddings: int | None
    attention_factor: float | None
    beta_fast: float | None
    beta_slow: float | None
    short_factor: list[float] | None
    long_factor: list[float] | None
    low_freq_factor: float | None
    high_freq_factor: float | None
    mscale: float | None
    mscale_all_dim: float | None
    truncate: bool | None
    mrope_section: list[int] | None


_PRETRAINED_LENGTH = ("llama3", "yarn", "longrope")
_ASKED_FOR = ("rope_theta", "partial_rotary_factor", "original_max_position_embeddings")
"""What RoPE functions of 4.x read beside `rope_scaling`."""


class RopeInConfig:
    """What a configuration of 5.x does with `rope_parameters`, and how it answers the RoPE functions of 4.x."""

    default_theta: ClassVar[float] = 10_000.0
    default_rope_type: ClassVar[str] = "default"
    ignore_keys_at_rope_validation: Any = frozenset()

    def __getattr__(self, name: str) -> Any:
        if name in _ASKED_FOR:
            parameters = vars(self).get("rope_parameters")
            if isinstance(parameters, dict) and parameters.get(name) is not None:
                return parameters[name]
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def rope_scaling(self) -> Any:
        return self.rope_parameters

    @rope_scaling.setter
    def rope_scaling(self, value: Any) -> None:
        self.rope_parameters = value
        if value is not None and getattr(self, "_post_init_done", False):
            self.standardize_rope_params()

    def nested_rope_parameter_keys(self, rope_parameters: Any) -> list[str]:
        """Kinds of layers that have parameters of their own."""
        kinds = getattr(self, "_rope_type_labels", None) or getattr(self, "layer_types", None) or ()
        return [key for key in rope_parameters if key in kinds]

    def convert_rope_params_to_dict(self, **kwargs: Any) -> dict[str, Any]:
        """Take `rope_theta`, `rope_scaling` and `partial_rotary_factor` of older files into `rope_parameters`.

        Returns:
            The arguments that are left.
        """
        parameters = kwargs.pop("rope_scaling", None) or self.rope_parameters or {}
        self.rope_parameters = parameters
        said = {"rope_theta": self._said("rope_theta", self.default_theta)}
        said["partial_rotary_factor"] = self._said("partial_rotary_factor")
        said |= {name: kwargs.pop(name) for name in tuple(said) if name in kwargs}
        for part in self._parts():
            for name, value in said.items():
                if value is not None or name == "rope_theta":
                    part.setdefault(name, value)
        if said["partial_rotary_factor"] is not None:
            self.ignore_keys_at_rope_validation = {*self.ignore_keys_at_rope_validation, "partial_rotary_factor"}
        self.standardize_rope_params()
        return kwargs

    def standardize_rope_params(self) -> None:
        """Fill in what a dictionary of RoPE parameters does not say."""
        theta, share = self._said("rope_theta"), self._said("partial_rotary_factor")
        if not (self.rope_parameters or theta):
            return
        if self.rope_parameters is None:
            self.rope_parameters = {}
        nested = bool(self.nested_rope_parameter_keys(self.rope_parameters))
        for part in self._parts():
            part.setdefault("rope_type", part.get("type", "default"))
            part.setdefault("rope_theta", theta)
            if share is not None:
                part.setdefault("partial_rotary_factor", share)
            if not nested and part["rope_type"] == "default":
                part["rope_type"] = self.default_rope_type
            if part["rope_type"] in _PRETRAINED_LENGTH:
                length = None if nested else self._said("original_max_position_embeddings")
                if length is not None:
                    part["original_max_position_embeddings"] = length
                else:
                    part.setdefault("original_max_position_embeddings", self.max_position_embeddings)
            if nested and part["rope_type"] == "default":
                part["rope_type"] = self.default_rope_type

    def _parts(self) -> list[dict[str, Any]]:
        nested = self.nested_rope_parameter_keys(self.rope_parameters)
        parts = [self.rope_parameters[key] for key in nested] if nested else [self.rope_parameters]
        return [part for part in parts if part is not None]

    def _said(self, name: str, otherwise: Any = None) -> Any:
        """An attribute of the instance or its class, not what `rope_parameters` says."""
        found = vars(self).get(name, getattr(type(self), name, None))
        return otherwise if found is None else found


class OfLayerTypes(MutableMapping[str, Any], dict[str, Any]):
    """`ROPE_INIT_FUNCTIONS`, whose functions take a `layer_type` too; what is put in goes into the runtime's own.

    It is a dict to whoever asks.
    """

    def __init__(self, functions: Any) -> None:
        self.functions = functions

    def __getitem__(self, name: str) -> Any:
        function = self.functions[name]
        if not is_native(function) or _is_asked_by_runtime():
            return function
        return _of_layer_types(function)

    def __setitem__(self, name: str, function: Any) -> None:
        self.functions[name] = function

    def __delitem__(self, name: str) -> None:
        del self.functions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.functions)

    def __len__(self) -> int:
        return len(self.functions)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self.functions)  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return repr(self.functions)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self.functions,)

    def copy(self) -> dict[str, Any]:
        return dict(self.items())

    __copy__ = copy

    def __or__(self, other: Any) -> Any:
        return self.copy() | other

    def __ror__(self, other: Any) -> Any:
        return other | self.copy()

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self


class _OfOneType:
    """A configuration whose RoPE is that of one kind of layers."""

    def __init__(self, config: Any, parameters: dict[str, Any]) -> None:
        self._config, self.rope_scaling = config, parameters
        for name in _ASKED_FOR:
            if parameters.get(name) is not None:
                setattr(self, name, parameters[name])

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in _ASKED_FOR:
            raise AttributeError(name)
        return getattr(self._config, name)


def _is_asked_by_runtime() -> bool:
    """Whether a rotary embedding of the runtime's own asks, which keeps the function, and is pickled with it."""
    import torch

    if torch.compiler.is_compiling():  # no frame can be read then, and nothing is pickled
        return False
    return str(sys._getframe(2).f_globals.get("__name__")).partition(".")[0] == "transformers"


_NAMED = "of_layer_types"
"""Followed by the name of a function of the runtime, what the one that takes a `layer_type` is pickled by."""


@cache
def _of_layer_types(function: Any) -> Any:
    @wraps(function)
    def initialize(
        config: Any = None,
        device: Any = None,
        seq_len: int | None = None,
        layer_type: str | None = None,
        **rope_kwargs: Any,  # of 4.49, which needs no configuration
    ) -> Any:
        parameters = getattr(config, "rope_parameters", None)
        if layer_type is not None:
            parameters = parameters[layer_type]
        elif not isinstance(config, RopeInConfig):
            return function(config, device, seq_len=seq_len, **rope_kwargs)
        if parameters.get("rope_type") == "longrope" and parameters.get("factor"):
            parameters = {"attention_factor": _of_longrope(parameters), **parameters}
        return function(_OfOneType(config, parameters), device, seq_len=seq_len, **rope_kwargs)

    initialize.__module__, initialize.__qualname__ = __name__, _NAMED + function.__name__
    return initialize


def _of_longrope(parameters: dict[str, Any]) -> float:
    """By the factor that is said; 4.x takes that of the two lengths."""
    factor = parameters["factor"]
    return (
        1.0
        if factor <= 1.0
        else math.sqrt(1 + math.log(factor) / math.log(parameters["original_max_position_embeddings"]))
    )


def __getattr__(name: str) -> Any:
    if name == "ROPE_INIT_FUNCTIONS":
        from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

        return globals().setdefault(name, OfLayerTypes(ROPE_INIT_FUNCTIONS))
    if name.startswith(_NAMED):
        from transformers import modeling_rope_utils

        return _of_layer_types(getattr(modeling_rope_utils, name.removeprefix(_NAMED)))
    raise AttributeError(name)


def of_any_form(original: Any) -> Any:
    """`dynamic_rope_update`, for rotary embeddings of 5.x: without `rope_init_fn`, and perhaps by kind of layer."""

    def dynamic_rope_update(rope_forward: Any) -> Any:
        plain = original(rope_forward)

        @wraps(rope_forward)
        def wrapper(self: Any, x: Any, position_ids: Any, layer_type: str | None = None) -> Any:
            if layer_type is None and hasattr(self, "rope_init_fn"):
                return plain(self, x, position_ids)
            kind = self.rope_type if layer_type is None else self.rope_type[layer_type]
            if "dynamic" in kind:
                _stretch(self, position_ids, x.device, layer_type, kind)
            elif kind == "longrope":
                _choose(self, position_ids, x.device, layer_type)
            more = {} if layer_type is None else {"layer_type": layer_type}
            return rope_forward(self, x, position_ids, **more)

        return wrapper

    return dynamic_rope_update


def _stretch(self: Any, position_ids: Any, device: Any, layer_type: str | None, kind: str) -> None:
    """Frequencies for the longest text that was seen; those of old for one that is short again."""
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    prefix = "" if layer_type is None else f"{layer_type}_"
    length = position_ids.max() + 1
    seen = getattr(self, f"{prefix}max_seq_len_cached", self.max_seq_len_cached)
    if length > seen:
        make = ROPE_INIT_FUNCTIONS[kind]
        inv_freq, self.attention_scaling = make(self.config, device, seq_len=length, layer_type=layer_type)
        self.register_buffer(f"{prefix}inv_freq", inv_freq, persistent=False)
        setattr(self, f"{prefix}max_seq_len_cached", length)
    if length < self.original_max_seq_len and seen > self.original_max_seq_len:
        original = getattr(self, f"{prefix}original_inv_freq").to(device)
        self.register_buffer(f"{prefix}inv_freq", original, persistent=False)
        setattr(self, f"{prefix}max_seq_len_cached", self.original_max_seq_len)


def _choose(self: Any, position_ids: Any, device: Any, layer_type: str | None) -> None:
    """LongRoPE's long frequencies, for a text that is longer than those of the pretraining."""
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    prefix = "" if layer_type is None else f"{layer_type}_"
    parameters = self.config.rope_parameters
    limit = (parameters if layer_type is None else parameters[layer_type])["original_max_position_embeddings"]
    far = getattr(self, f"{prefix}long_inv_freq", None)
    if far is None:
        far, _ = ROPE_INIT_FUNCTIONS["longrope"](self.config, device, seq_len=limit + 1, layer_type=layer_type)
        setattr(self, f"{prefix}long_inv_freq", far)
    near = getattr(self, f"{prefix}original_inv_freq").to(device)
    chosen = far.to(device) if position_ids.max() + 1 > limit else near
    getattr(self, f"{prefix}inv_freq").copy_(chosen)
