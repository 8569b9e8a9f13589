"""What the constructor and the methods of `Trainer` took in v4."""

from __future__ import annotations

import warnings
from typing import Any

from hfcompat_plugins.trainer.overrides import fit_overrides

from hfcompat.origin import is_native

__all__ = [
    "fitting_overrides",
    "ignoring_metrics",
    "positional_of_4_45",
    "taking_model_path",
    "taking_tokenizer",
    "tokenizer",
]

_BEFORE_4_46 = (
    "model args data_collator train_dataset eval_dataset processing_class model_init"
    " compute_metrics callbacks optimizers preprocess_logits_for_metrics"
).split()


def taking_tokenizer(original: Any) -> Any:
    """`tokenizer=`, which is `processing_class` now."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if "tokenizer" in kwargs:
            if kwargs.get("processing_class") is not None or len(args) > 5:
                raise ValueError("`tokenizer` and `processing_class` are one argument; give only one of them")
            kwargs["processing_class"] = kwargs.pop("tokenizer")
            warnings.warn(
                "`tokenizer` of a Trainer is `processing_class` since transformers 4.46.", FutureWarning, stacklevel=2
            )
        original(self, *args, **kwargs)

    return __init__


def fitting_overrides(original: Any) -> Any:
    """Methods of a foreign subclass that have fewer parameters than today's callers give are fitted first."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        fitted = fit_overrides(self)
        original(self, *args, **kwargs)
        if "compute_loss" in fitted:  # it cannot know the number of items, so what it returns is a mean
            self.model_accepts_loss_kwargs = False

    return __init__


def positional_of_4_45(original: Any) -> Any:
    """Arguments by position, as they stood before `compute_loss_func` came between them."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        kept, moved = args[:7], dict(zip(_BEFORE_4_46[7:], args[7:], strict=False))
        original(self, *kept, **moved, **kwargs)

    return __init__


def taking_model_path(original: Any) -> Any:
    """`train(model_path=...)`, which is `resume_from_checkpoint` now."""

    def train(self: Any, *args: Any, **kwargs: Any) -> Any:
        if "model_path" in kwargs and not args:
            kwargs["resume_from_checkpoint"] = kwargs.pop("model_path")
            warnings.warn("`model_path` of Trainer.train() is `resume_from_checkpoint`.", FutureWarning, stacklevel=2)
        return original(self, *args, **kwargs)

    return train


def ignoring_metrics(original: Any) -> Any:
    """`_save_checkpoint(model, trial, metrics=...)`: since 4.47 the best metric is noted before saving."""

    def _save_checkpoint(self: Any, model: Any, trial: Any, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1:
            args = ()
        kwargs.pop("metrics", None)
        return original(self, model, trial, *args, **kwargs)

    return _save_checkpoint


class _Tokenizer:
    """`processing_class`, by the name that it had up to 4.45.

    A subclass may keep something else under this name, as it may without us: what its code or somebody else sets on it
    is its own. On transformers' own trainers, which nobody would ask for it, what is set is the `processing_class`.
    """

    def __get__(self, trainer: Any, owner: Any = None) -> Any:
        if trainer is None:
            return self
        has_own = "tokenizer" in vars(trainer)
        return vars(trainer)["tokenizer"] if has_own else trainer.processing_class

    def __set__(self, trainer: Any, value: Any) -> None:
        if is_native(trainer):
            trainer.processing_class = value
        else:
            vars(trainer)["tokenizer"] = value

    def __delete__(self, trainer: Any) -> None:
        if vars(trainer).pop("tokenizer", self) is self:
            raise AttributeError("tokenizer")


tokenizer = _Tokenizer()
