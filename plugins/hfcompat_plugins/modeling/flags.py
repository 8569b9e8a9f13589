"""What a model class of 4.x declared that it can do, under the names that it had.

All are descriptors without `__set__`: a class that declares, or a model that assigns, one of these has its own.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from hfcompat.origin import is_native

_BASE = "transformers.modeling_utils"


class Answer:
    """An attribute of a class and of its instances, worked out from the two."""

    def __init__(self, work_out: Callable[[Any, Any], Any]) -> None:
        self._work_out = work_out

    def __get__(self, model: Any, owner: Any = None) -> Any:
        return self._work_out(owner if model is None else model, type(model) if owner is None else owner)


def declared(cls: type, name: str) -> Any:
    """What `cls`, or the class nearest in its MRO, declares under `name`; None where nobody but the base class does."""
    for owner in cls.__mro__:
        if name in vars(owner) and owner.__module__ != _BASE:
            return vars(owner)[name]
    return None


def _flash(subject: Any, cls: Any) -> bool:
    return bool(declared(cls, "_supports_flash_attn") or declared(cls, "_supports_flash_attn_2"))


supports_flash_attn = Answer(_flash)
supports_flash_attn_2 = Answer(_flash)
supports_flash_attn_3 = Answer(lambda subject, cls: bool(declared(cls, "_supports_flash_attn")))

# Models of transformers all work on caches now; of somebody else's nothing is known, which meant no.
supports_cache_class = Answer(lambda subject, cls: is_native(cls))
supports_static_cache = Answer(lambda subject, cls: is_native(cls) and bool(cls._can_compile_fullgraph))


def _quantized(subject: Any, cls: Any) -> bool:
    return is_native(cls) and not _encoder_decoder(cls.config_class) and not getattr(cls, "_is_stateful", False)


def _encoder_decoder(config_class: Any) -> bool:
    """Whether models of this config have two stacks: an attribute of the class from 5.0, a default before."""
    if getattr(config_class, "is_encoder_decoder", False) is True:
        return True
    parameter = inspect.signature(config_class.__init__).parameters.get("is_encoder_decoder")
    return parameter is not None and parameter.default is True


supports_quantized_cache = Answer(_quantized)


def _using(implementation: str) -> Answer:
    def work_out(subject: Any, cls: Any) -> bool:
        if isinstance(subject, type):
            raise AttributeError(f"only a model, not {cls.__name__}, knows its attention implementation")
        return subject.config._attn_implementation == implementation

    return Answer(work_out)


use_sdpa = _using("sdpa")
use_flash_attention_2 = _using("flash_attention_2")

framework = Answer(lambda subject, cls: "pt")

# Layers over several devices by parallelize(), which device_map took the place of.
is_parallelizable = Answer(lambda subject, cls: False)
model_parallel = Answer(lambda subject, cls: False)


def get_no_split_modules(self: Any, device_map: str) -> list[str]:
    """Names of the module classes in this model that must stay on one device.

    Raises:
        ValueError: when a model in it does not say.
    """
    from transformers import PreTrainedModel

    names: set[str] = set()
    waiting = [self]
    while waiting:
        module = waiting.pop()
        if type(module).__name__ in names:
            continue
        if isinstance(module, PreTrainedModel):
            if module._no_split_modules is None:
                raise ValueError(
                    f"{type(module).__name__} has no `_no_split_modules`, so device_map={device_map!r} cannot be made."
                )
            names |= set(module._no_split_modules)
        waiting += module.children()
    return list(names)
