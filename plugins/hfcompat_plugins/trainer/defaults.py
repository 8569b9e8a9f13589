"""Defaults that have changed, as they were in the version that the code was written for."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from hfcompat.origin import native_caller

__all__ = ["EXPLICIT", "active_defaults", "with_defaults"]

EXPLICIT: ContextVar[set[str] | None] = ContextVar("options that stand on the command line", default=None)
"""None where no command line is being read. A parser gives every field, so what was said is told from what was not."""

Defaults = dict[str, Any]


def with_defaults(cls: type, accepts: Any, args: tuple[Any, ...], kwargs: Defaults, defaults: Defaults) -> Defaults:
    """Keyword arguments for a dataclass, where those that nobody gave have another default.

    A subclass that has a default of its own for a field keeps it.
    """
    fields, explicit = vars(cls).get("__dataclass_fields__", {}), EXPLICIT.get()
    positional = accepts[1 : 1 + len(args)]
    base = next((b for b in cls.__mro__ if b.__name__ == "TrainingArguments"), cls)
    wanted = {}
    for name, value in defaults.items():
        given = name in positional or (name in kwargs and (explicit is None or name in explicit))
        inherited = name not in fields or fields[name] is getattr(base, "__dataclass_fields__", fields).get(name)
        if name in accepts and inherited and not given:
            wanted[name] = value
    return {**kwargs, **wanted}


def active_defaults(constructor: Any) -> Defaults:
    """The defaults that patches around a constructor give."""
    found: Defaults = {}
    while constructor is not None:
        found.update(getattr(constructor, "v4_default", {}))
        constructor = getattr(constructor, "__wrapped__", None)
    return found


def _default(name: str, value: Any) -> Callable[[Any], Any]:
    def factory(original: Any) -> Any:
        inner = original
        while hasattr(inner, "__wrapped__"):
            inner = inner.__wrapped__
        accepts = inner.__code__.co_varnames[: inner.__code__.co_argcount]

        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            original(self, *args, **with_defaults(type(self), accepts, args, kwargs, {name: value}))

        __init__.v4_default = {name: value}  # type: ignore[attr-defined]
        return __init__

    return factory


reports_to_all = _default("report_to", "all")
adamw_torch = _default("optim", "adamw_torch")
tokens_averaged_per_device = _default("average_tokens_across_devices", False)
trackio_space = _default("trackio_space_id", "trackio")


def run_named_by_folder(original: Any) -> Any:
    """`run_name`, which was `output_dir` when nobody gave one."""

    def __post_init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if self.run_name is None:
            self.run_name = self.output_dir

    return __post_init__


def local_rank_of_process(original: Any) -> Any:
    """`local_rank`, which was this process's place on its machine, 0 when it is alone."""

    def __post_init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if self.local_rank == -1:
            self.local_rank = self.local_process_index

    return __post_init__


def scheduler_kwargs_empty(original: Any) -> Any:
    """`lr_scheduler_kwargs`, which was an empty dict when nobody gave any."""

    def __post_init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if self.lr_scheduler_kwargs is None:
            self.lr_scheduler_kwargs = {}

    return __post_init__


def fsdp_empty(original: Any) -> Any:
    """`fsdp` and `fsdp_config` without FSDP, which were an empty list and a dict of what is off."""

    def __post_init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if not self.fsdp:
            self.fsdp = []
            off = {"min_num_params": 0, "xla": False, "xla_fsdp_v2": False, "xla_fsdp_grad_ckpt": False}
            self.fsdp_config = {**off, **(self.fsdp_config if isinstance(self.fsdp_config, dict) else {})}

    return __post_init__


def warmup_steps_win(original: Any) -> Any:
    """In 5.0 to 5.14 a `warmup_ratio` overrides `warmup_steps`, and a ratio of one is one step."""

    def __post_init__(self: Any, *args: Any, **kwargs: Any) -> None:
        steps, ratio = self.warmup_steps, self.warmup_ratio
        original(self, *args, **kwargs)
        self.warmup_steps, self.warmup_ratio = steps, 0.0 if ratio is None else ratio

    return __post_init__


def logging_folder(original: Any) -> Any:
    """`logging_dir`, which in 5.0 to 5.14 is None when nobody gave one."""

    def __post_init__(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if self.logging_dir is None:
            from transformers.integrations.integration_utils import default_logdir

            self.logging_dir = os.path.expanduser(os.path.join(self.output_dir, default_logdir()))

    return __post_init__


def placed_on_device(original: property) -> property:
    """`place_model_on_device`, which was a yes or no. transformers asks for None, to decide by itself."""
    get: Any = original.fget

    def place_model_on_device(self: Any) -> Any:
        answer = get(self)
        return True if answer is None and not native_caller() else answer

    return property(place_model_on_device, original.fset, doc=original.__doc__)
