"""RoPE settings in both forms: `rope_theta` and `rope_scaling` of 4.x, `rope_parameters` of 5.x.

What transformers itself reads is left as it is. Callers from elsewhere, and configurations of classes from elsewhere,
see the form of 4.x; what they write goes to both.
"""

from __future__ import annotations

import copy
import functools
import sys
from typing import Any

import torch
from hfcompat_plugins.config.callers import asked_by_transformers

from hfcompat.origin import is_native

_BESIDE = ("rope_theta", "partial_rotary_factor")  # in 4.x beside rope_scaling, not in it
_PLAIN = {"rope_type", "type", *_BESIDE}
_GLOBAL, _LOCAL = "full_attention", "sliding_attention"

PLACES: dict[str, tuple[str, str]] = {
    "rope_theta": (_GLOBAL, "rope_theta"),
    "partial_rotary_factor": (_GLOBAL, "partial_rotary_factor"),
    "rope_local_base_freq": (_LOCAL, "rope_theta"),
    "global_rope_theta": (_GLOBAL, "rope_theta"),
    "local_rope_theta": (_LOCAL, "rope_theta"),
    "rotary_emb_base": (_GLOBAL, "rope_theta"),
    "rotary_pct": (_GLOBAL, "partial_rotary_factor"),
}
"""Where a setting of 4.x lies in `rope_parameters`: the sort of layer (where these differ), and the key."""

_ONLY = {
    "rope_local_base_freq": ("gemma3", "t5gemma2"),
    "global_rope_theta": ("modernbert",),
    "local_rope_theta": ("modernbert",),
    "rotary_emb_base": ("gpt_neox",),
    "rotary_pct": ("gpt_neox",),
}
"""Those that few families had, by the beginning of their model type."""


def part(config: Any, name: str) -> dict[str, Any] | None:
    """The part of `rope_parameters` in which the setting `name` of 4.x lies; None where the configuration has none."""
    if name in _ONLY and not config.model_type.startswith(_ONLY[name]):
        return None
    parameters = config.__dict__.get("rope_parameters")
    return _of_layers(parameters, PLACES[name][0])


def _of_layers(parameters: Any, kind: str) -> dict[str, Any] | None:
    if not isinstance(parameters, dict) or not parameters:
        return None
    if not _nested(parameters):
        return parameters if kind == _GLOBAL else None
    if kind == _GLOBAL and kind not in parameters:
        return next((value for value in parameters.values() if value), None)
    return parameters.get(kind)


def _nested(parameters: dict[str, Any]) -> bool:
    return all(value is None or isinstance(value, dict) for value in parameters.values())


class Scaling(dict):  # type: ignore[type-arg]
    """`rope_scaling` as 4.x knew it. What is written to it is written to `rope_parameters`."""

    def __init__(self, parameters: dict[str, Any]) -> None:
        super().__init__({key: value for key, value in parameters.items() if key not in _BESIDE})
        for one, other in (("type", "rope_type"), ("rope_type", "type")):
            if other in self:
                dict.setdefault(self, one, self[other])
        self._parameters = parameters

    def __missing__(self, key: str) -> Any:
        return self._parameters[key]  # code of 5.x finds rope_theta here

    def __setitem__(self, key: str, value: Any) -> None:
        names = ("type", "rope_type") if key in ("type", "rope_type") else (key,)
        for name in names:
            super().__setitem__(name, value)
            self._parameters[name] = value

    def __delitem__(self, key: str) -> None:
        super().__delitem__(key)
        self._parameters.pop(key, None)

    def pop(self, key: str, *default: Any) -> Any:
        self._parameters.pop(key, None)
        return super().pop(key, *default)

    def setdefault(self, key: str, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *others: Any, **values: Any) -> None:
        for key, value in dict(*others, **values).items():
            self[key] = value

    def __reduce__(self) -> Any:
        return dict, (dict(self),)

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return {key: copy.deepcopy(value, memo) for key, value in self.items()}


def scaling(parameters: Any) -> Scaling | None:
    """`rope_parameters` in the form of 4.x: None for plain RoPE."""
    found = _of_layers(parameters, _GLOBAL)
    if found is None:
        return None
    kind = found.get("rope_type", found.get("type")) or "default"
    return None if kind == "default" and set(found) <= _PLAIN else Scaling(found)


def stored(config: Any) -> dict[str, Any] | None:
    """`rope_parameters` as the settings of 4.x give them that a class from elsewhere has stored; None if it has not."""
    own = config.__dict__
    if "rope_scaling" not in own and "rope_theta" not in own:
        return None
    made = copy.deepcopy(dict(own.get("rope_scaling") or {}))
    made.setdefault("rope_type", made.get("type") or "default")
    made.setdefault("rope_theta", own.get("rope_theta", config.default_theta))
    if own.get("partial_rotary_factor") is not None:
        made.setdefault("partial_rotary_factor", own["partial_rotary_factor"])
    if made["rope_type"] in ("llama3", "yarn", "longrope"):
        length = own.get("original_max_position_embeddings", own.get("max_position_embeddings"))
        if length is not None:
            made.setdefault("original_max_position_embeddings", length)
    return made


def complete(config: Any) -> bool:
    """Whether the base class is through with it."""
    return "_name_or_path" in config.__dict__  # among the last that the base class sets


def settle(config: Any) -> None:
    """Bring the `rope_parameters` of a class from elsewhere in line with what it has stored."""
    parameters, made = config.__dict__.get("rope_parameters"), stored(config)
    if made is not None and (not parameters or not _nested(parameters)) and "rope_parameters" in config.__dict__:
        config.__dict__["rope_parameters"] = {**(parameters or {}), **made}


def own_parameters(config: Any) -> dict[str, Any] | None:
    """`rope_parameters` for a class from elsewhere that only knows of `rope_theta`."""
    return stored(config) if complete(config) else None


def property_in_both_forms(original: Any) -> Any:
    """`PreTrainedConfig.rope_scaling`."""

    def rope_scaling(self: Any) -> Any:
        if not is_native(type(self)):
            own = self.__dict__
            return own["rope_scaling"] if "rope_scaling" in own else scaling(original.fget(self))
        if torch.compiler.is_compiling() or asked_by_transformers():
            return original.fget(self)
        return scaling(original.fget(self))

    def setter(self: Any, value: Any) -> None:
        if not is_native(type(self)):
            self.__dict__["rope_scaling"] = value
            object.__setattr__(self, "rope_parameters", copy.deepcopy(dict(value)) if value else None)
            if complete(self):
                settle(self)
        elif asked_by_transformers():
            original.fset(self, value)
        else:
            assign(self, value)

    return property(rope_scaling, setter, original.fdel, original.__doc__)


def assign(config: Any, value: dict[str, Any] | None) -> None:
    """Give a configuration of transformers' own a `rope_scaling` of 4.x; the rest stays as it was."""
    parameters = config.__dict__.get("rope_parameters")
    if value and _nested(value):
        config.rope_parameters = value
        return
    before = _of_layers(parameters, _GLOBAL) or {}
    after = dict(value) if value else {"rope_type": "default"}
    for key in _BESIDE:
        if before.get(key) is not None:
            after.setdefault(key, before[key])
    after.setdefault("rope_theta", config.default_theta)
    if parameters and _nested(parameters):
        kind = next(key for key, found in parameters.items() if found is before)
        config.rope_parameters = {**parameters, kind: after}
    else:
        config.rope_parameters = after
    config.standardize_rope_params()


def setattr_in_both_forms(self: Any, key: str, value: Any) -> None:
    """`RotaryEmbeddingConfigMixin.__setattr__`, which each assignment to a configuration comes through."""
    if key in _KEPT and _written(self, key, value):
        return
    super(_mixin(), self).__setattr__(key, value)


_KEPT = frozenset((*PLACES, "rope_parameters"))


@functools.cache
def _mixin() -> type:
    return sys.modules["transformers.modeling_rope_utils"].RotaryEmbeddingConfigMixin  # type: ignore[no-any-return]


def _written(config: Any, key: str, value: Any) -> bool:
    """Write a setting where it belongs; whether that was all."""
    if not is_native(type(config)):
        _keep_in_step(config, key, value)
        return False
    if key == "rope_parameters":
        return False
    found = part(config, key)
    if found is None or key in config.__dict__ or key in _fields(config) or asked_by_transformers():
        return False
    found[PLACES[key][1]] = value
    return True


def _fields(config: Any) -> Any:
    return getattr(type(config), "__dataclass_fields__", ())


def _keep_in_step(config: Any, key: str, value: Any) -> None:
    own = config.__dict__
    if key == "rope_parameters":
        if "rope_scaling" in own and isinstance(value, dict) and not _same(own["rope_scaling"], value):
            own["rope_scaling"] = scaling(copy.deepcopy(value))
    elif key in ("rope_theta", "partial_rotary_factor"):
        found = part(config, key)
        if found is not None and value is not None and found is own.get("rope_parameters"):
            found[key] = value


def _same(form_of_4: Any, form_of_5: dict[str, Any]) -> bool:
    """Whether `rope_scaling` and `rope_parameters` say the same, the latter perhaps with what it was filled up by."""
    one, other = scaling(dict(form_of_4 or {})), scaling(form_of_5)
    if one is None or other is None:
        return one is other
    return all(other.get(key) == value for key, value in one.items())
