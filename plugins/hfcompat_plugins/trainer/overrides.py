"""Methods of `Trainer` that somebody overrides with the parameters that they had in v4.

Today's callers give more than such a method takes. It is fitted on the instance, so that neither the class nor what the
class inherits is touched: the arguments that came later are left out. An override that takes what it is given is left
alone.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from hfcompat.origin import is_native, native_caller

__all__ = ["LATER", "fit_overrides", "with_plain_accumulation"]

LATER: dict[str, tuple[str, ...]] = {
    "compute_loss": ("num_items_in_batch",),  # 4.46
    "training_step": ("num_items_in_batch",),  # 4.46
    "log": ("start_time",),  # 4.47
    "_maybe_log_save_evaluate": ("grad_norm", "start_time", "learning_rate"),  # 4.38, 4.47, 4.51
    "get_batch_samples": ("device",),  # 4.50
    "_get_train_sampler": ("train_dataset",),  # 4.52
    "create_optimizer": ("model",),  # 5.3
    "get_optimizer_cls_and_kwargs": ("model",),  # 4.40
}
"""Parameters that came to a method after 4.36."""

_SINCE_4_36 = ("get_batch_samples",)  # 4.46
"""Methods that came after 4.36: before, a class could have one of its own by that name, for something else."""

_BY_NAME = {"num_items_in_batch": "compute_loss", "learning_rate": "_maybe_log_save_evaluate"}
"""Those of them that callers give by name, and where."""

_DIVIDING = "_v4_accumulates"


def fit_overrides(trainer: Any) -> set[str]:
    """Fit the methods of a trainer's class that need it. Returns their names."""
    fitted = set()
    for name in LATER:
        owner = next((base for base in type(trainer).__mro__ if name in vars(base)), None)
        if owner is None or is_native(owner) or not callable(getattr(trainer, name)):
            continue
        native: Any = next(
            (vars(base)[name] for base in type(trainer).__mro__ if name in vars(base) and is_native(base)), None
        )
        if native is None:
            continue
        parameters = [p for p in inspect.signature(_function(native)).parameters if p != "self"]
        method = getattr(trainer, name)
        if name in _SINCE_4_36 and not set(parameters).intersection(inspect.signature(method).parameters):
            vars(trainer)[name] = _told_apart(method, getattr(super(owner, trainer), name))
            fitted.add(name)
            continue
        if _takes(method, name, parameters):
            continue
        call = _without_later(method, name, parameters)
        vars(trainer)[name] = _accumulating(trainer, call) if name == "training_step" else call
        fitted.add(name)
    return fitted


def _function(found: Any) -> Any:
    return found.__func__ if isinstance(found, (staticmethod, classmethod)) else found


def _takes(method: Callable[..., Any], name: str, parameters: list[str]) -> bool:
    """Whether the method can be called with everything that today's callers give."""
    named = [p for p in parameters if _BY_NAME.get(p) == name]
    try:
        inspect.signature(method).bind(*[None] * (len(parameters) - len(named)), **dict.fromkeys(named))
    except TypeError:
        return False
    except ValueError:  # no signature to be had
        return True
    return True


def _told_apart(method: Callable[..., Any], native: Callable[..., Any]) -> Callable[..., Any]:
    """Of two methods by one name: the training loop calls its own, and everybody else that of the class."""

    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        return (native if native_caller() else method)(*args, **kwargs)

    return call


def _without_later(method: Callable[..., Any], name: str, parameters: list[str]) -> Callable[..., Any]:
    own = inspect.signature(method).parameters
    later = [p for p in LATER[name] if p not in own]

    @functools.wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        named = zip(parameters, args, strict=False)
        kept = [value for parameter, value in named if parameter not in later] + list(args[len(parameters) :])
        return method(*kept, **{key: value for key, value in kwargs.items() if key not in later})

    return call


def _accumulating(trainer: Any, call: Callable[..., Any]) -> Callable[..., Any]:
    """A training step of v4 leaves the division by the accumulation steps to accelerate."""

    @functools.wraps(call)
    def training_step(*args: Any, **kwargs: Any) -> Any:
        accelerator = trainer.accelerator
        before = accelerator.gradient_accumulation_steps
        accelerator.gradient_accumulation_steps = _accumulation_steps(trainer)
        vars(trainer)[_DIVIDING] = before
        try:
            return call(*args, **kwargs)
        finally:
            accelerator.gradient_accumulation_steps = before
            vars(trainer).pop(_DIVIDING, None)

    return training_step


def _accumulation_steps(trainer: Any) -> int:
    return getattr(trainer, "current_gradient_accumulation_steps", trainer.args.gradient_accumulation_steps)


def with_plain_accumulation(original: Any) -> Any:
    """`Trainer.training_step`, which divides the loss itself, called from an override that was written for v4."""

    def training_step(self: Any, *args: Any, **kwargs: Any) -> Any:
        if _DIVIDING not in vars(self):
            return original(self, *args, **kwargs)
        accelerator, accepts = self.accelerator, self.model_accepts_loss_kwargs
        dividing = accelerator.gradient_accumulation_steps
        accelerator.gradient_accumulation_steps = vars(self)[_DIVIDING]
        self.model_accepts_loss_kwargs = False  # it is not told the number of items; 4.49 would not divide
        try:
            return original(self, *args, **kwargs)
        finally:
            accelerator.gradient_accumulation_steps = dividing
            self.model_accepts_loss_kwargs = accepts

    return training_step
