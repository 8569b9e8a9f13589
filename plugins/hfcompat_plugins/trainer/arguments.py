"""Arguments of `TrainingArguments` that have gone: what each of them means to the runtime.

A name that the installed class still takes is left to it. Every other name is mapped where an equal exists, kept on the
object (to be read back, and honoured elsewhere in this plugin) where it is not the constructor's business, and refused
with the name of its replacement where neither is possible.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

__all__ = ["FROM_COMMAND_LINE", "GIVEN", "REMOVED", "Removed", "accepted", "taking_removed", "translate"]

GIVEN = "_v4_arguments"
"""Where an object keeps those removed arguments that it was made with and that have no equal."""

FROM_COMMAND_LINE: ContextVar[Mapping[str, Any] | None] = ContextVar("removed arguments that were read", default=None)

Kwargs = dict[str, Any]


@dataclass(frozen=True)
class Removed:
    """One argument that has gone.

    Attributes:
        default: what it was when nobody said anything; a caller who passes it changes nothing.
        kind: the type of its values on a command line.
        instead: what to say now, for messages.
        apply: puts a value that is not the default into the keyword arguments of today.
        keep: whether the object remembers the value under the old name.
    """

    default: Any
    kind: Callable[[str], Any]
    instead: str
    apply: Callable[[Kwargs, Any], None] | None = None
    keep: bool = False


def _renamed(name: str) -> Callable[[Kwargs, Any], None]:
    def apply(kwargs: Kwargs, value: Any) -> None:
        kwargs[name] = value

    return apply


def _strategy(kwargs: Kwargs, value: Any) -> None:
    kwargs["eval_strategy"] = value.value if isinstance(value, Enum) else value


def _constant(name: str, constant: Any) -> Callable[[Kwargs, Any], None]:
    def apply(kwargs: Kwargs, value: Any) -> None:
        kwargs[name] = constant

    return apply


def _tokens_seen(kwargs: Kwargs, value: Any) -> None:
    if kwargs.get("include_num_input_tokens_seen") in (None, False, "no"):
        kwargs["include_num_input_tokens_seen"] = "all"


def _half_precision(kwargs: Kwargs, value: Any) -> None:
    if value == "apex":
        raise TypeError("half_precision_backend='apex' is gone: transformers 5 trains with torch.amp only; drop it")


def _inputs_for_metrics(kwargs: Kwargs, value: Any) -> None:
    asked = list(kwargs.get("include_for_metrics") or [])
    kwargs["include_for_metrics"] = asked if "inputs" in asked else [*asked, "inputs"]


def _tpu_metrics(kwargs: Kwargs, value: Any) -> None:
    debug = kwargs.get("debug") or ""
    kwargs["debug"] = f"{debug} tpu_metrics_debug".strip() if isinstance(debug, str) else [*debug, "tpu_metrics_debug"]


def _environment(variable: str) -> Callable[[Kwargs, Any], None]:
    def apply(kwargs: Kwargs, value: Any) -> None:
        os.environ[variable] = str(value)

    return apply


def _refused(why: str) -> Callable[[Kwargs, Any], None]:
    def apply(kwargs: Kwargs, value: Any) -> None:
        raise TypeError(why)

    return apply


def _accelerator(key: str) -> Callable[[Kwargs, Any], None]:
    def apply(kwargs: Kwargs, value: Any) -> None:
        config = kwargs.get("accelerator_config")
        if config is None or isinstance(config, dict):
            kwargs["accelerator_config"] = {**(config or {}), key: value}
        elif isinstance(config, str):
            raise TypeError(f"say {key} in the file {config}, or give accelerator_config as a dict")
        else:
            setattr(config, key, value)

    return apply


def _fsdp(key: str, merge: Callable[[Any, Any], Any]) -> Callable[[Kwargs, Any], None]:
    def apply(kwargs: Kwargs, value: Any) -> None:
        config = kwargs.get("fsdp_config") or {}
        if isinstance(config, str):
            raise TypeError(f"say {key} in the file {config}, or give fsdp_config as a dict")
        kwargs["fsdp_config"] = {**config, key: merge(config.get(key), value)}

    return apply


def _layers(known: Any, value: str) -> list[str]:
    return [*([known] if isinstance(known, str) else known or []), value]


def _hub_name(kwargs: Kwargs, value: str) -> None:
    """A repository's name; `push_to_hub_organization` may come before or after it, or stand alone."""
    kwargs["hub_model_id"] = value


def _hub_organization(kwargs: Kwargs, value: str) -> None:
    name = kwargs.get("hub_model_id") or Path(kwargs.get("output_dir") or "trainer_output").name
    kwargs["hub_model_id"] = f"{value}/{name.rpartition('/')[2]}"


def _warmup_ratio(kwargs: Kwargs, value: Any) -> None:
    if value is not None and not 0 <= value <= 1:
        raise ValueError(f"warmup_ratio must lie in the range [0, 1], not {value}")


REMOVED: dict[str, Removed] = {
    "evaluation_strategy": Removed(None, str, "eval_strategy", _strategy),
    "no_cuda": Removed(False, bool, "use_cpu", _constant("use_cpu", True)),
    "use_mps_device": Removed(False, bool, "nothing: MPS is used where it is found"),
    "fp16_backend": Removed("auto", str, "fp16", _half_precision, keep=True),
    "half_precision_backend": Removed("auto", str, "fp16", _half_precision, keep=True),
    "fp16_opt_level": Removed("O1", str, "nothing: it was read by apex", keep=True),
    "per_gpu_train_batch_size": Removed(
        None, int, "per_device_train_batch_size", _renamed("per_device_train_batch_size"), keep=True
    ),
    "per_gpu_eval_batch_size": Removed(
        None, int, "per_device_eval_batch_size", _renamed("per_device_eval_batch_size"), keep=True
    ),
    "logging_dir": Removed(None, str, "the environment variable TENSORBOARD_LOGGING_DIR", keep=True),
    "save_safetensors": Removed(True, bool, "nothing; False is still honoured", keep=True),
    "include_tokens_per_second": Removed(False, bool, "include_num_input_tokens_seen", _tokens_seen, keep=True),
    "include_inputs_for_metrics": Removed(
        False, bool, "include_for_metrics=['inputs']", _inputs_for_metrics, keep=True
    ),
    "push_to_hub_token": Removed(None, str, "hub_token", _renamed("hub_token")),
    "push_to_hub_model_id": Removed(None, str, "hub_model_id", _hub_name, keep=True),
    "push_to_hub_organization": Removed(None, str, "hub_model_id", _hub_organization, keep=True),
    "overwrite_output_dir": Removed(False, bool, "resume_from_checkpoint, to go on", keep=True),
    "warmup_ratio": Removed(0.0, float, "warmup_steps, which may be a part of one", _warmup_ratio, keep=True),
    "tpu_num_cores": Removed(
        None, int, "the environment variable TPU_NUM_CORES", _environment("TPU_NUM_CORES"), keep=True
    ),
    "tpu_metrics_debug": Removed(False, bool, "debug='tpu_metrics_debug'", _tpu_metrics),
    "past_index": Removed(
        -1, int, "nothing", _refused("past_index is gone: no model of transformers 5 hands memories to the next batch")
    ),
    "ray_scope": Removed("last", str, "the environment variable RAY_SCOPE", _environment("RAY_SCOPE"), keep=True),
    "jit_mode_eval": Removed(False, bool, "torch_compile; evaluation is not traced", keep=True),
    "use_ipex": Removed(False, bool, "nothing: PyTorch has what it brought", keep=True),
    "torchdynamo": Removed(None, str, "torch_compile_backend", _renamed("torch_compile_backend"), keep=True),
    "fsdp_min_num_params": Removed(
        0, int, "fsdp_config", _fsdp("min_num_params", lambda known, value: max(known or 0, value)), keep=True
    ),
    "fsdp_transformer_layer_cls_to_wrap": Removed(
        None, str, "fsdp_config", _fsdp("transformer_layer_cls_to_wrap", _layers), keep=True
    ),
    "dispatch_batches": Removed(None, bool, "accelerator_config", _accelerator("dispatch_batches"), keep=True),
    "split_batches": Removed(None, bool, "accelerator_config", _accelerator("split_batches"), keep=True),
    "use_legacy_prediction_loop": Removed(False, bool, "nothing: evaluation_loop gives the same numbers", keep=True),
    "group_by_length": Removed(
        False,
        bool,
        "train_sampling_strategy='group_by_length'",
        _constant("train_sampling_strategy", "group_by_length"),
    ),
    "mp_parameters": Removed("", str, "nothing: it was read by SageMaker's launcher", keep=True),
    "adafactor": Removed(False, bool, "optim='adafactor'", _constant("optim", "adafactor"), keep=True),
    "tp_size": Removed(0, int, "from_pretrained(..., tp_plan='auto')", keep=True),
}
"""By name; those that need another come after it."""

_TOLD: set[str] = set()


def translate(kwargs: Kwargs, accepts: frozenset[str]) -> tuple[Kwargs, Kwargs]:
    """Keyword arguments of v4 as those of a class that takes `accepts`, and what its object has to remember.

    Raises:
        TypeError: where an argument has no equal; the message says what to do instead.
    """
    old = {name: removed for name, removed in REMOVED.items() if name in kwargs and name not in accepts}
    today = {name: value for name, value in kwargs.items() if name not in old}
    given = {}
    for name, removed in old.items():
        value = kwargs[name]
        if name == "tp_size" and value and value > 1:
            raise TypeError(f"tp_size is gone; use {removed.instead}")
        if removed.apply is not None and value != removed.default and value is not None:
            removed.apply(today, value)
        if removed.keep:
            given[name] = os.path.expanduser(value) if name == "logging_dir" and value else value
        _tell(name, removed)
    return today, given


def accepted(function: Any) -> frozenset[str]:
    """Names of the parameters of a plain function."""
    code = function.__code__
    return frozenset(code.co_varnames[: code.co_argcount + code.co_kwonlyargcount])


def taking_removed(original: Any) -> Any:
    """A constructor that takes what v4's took. What the installed one takes passes through as it is."""
    accepts = accepted(original)
    removed = REMOVED.keys() - accepts

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        read = FROM_COMMAND_LINE.get()
        if read:
            kwargs = {**kwargs, **{name: value for name, value in read.items() if name in removed}}
        if not removed.isdisjoint(kwargs):
            named = dict(zip(original.__code__.co_varnames[1:], args, strict=False))
            kwargs, given = translate({**named, **kwargs}, accepts)
            args = ()
            if given:
                vars(self)[GIVEN] = given
                vars(self).update(given)
        original(self, *args, **kwargs)

    return __init__


def with_removed(original: Any) -> Any:
    """`to_dict` with the removed arguments that the object was made with: it can be made from it again."""

    def to_dict(self: Any) -> Any:
        made = original(self)
        for name in vars(self).get(GIVEN, ()):
            made.setdefault(name, vars(self).get(name))
        return made

    return to_dict


def _tell(name: str, removed: Removed) -> None:
    if name not in _TOLD:
        _TOLD.add(name)
        text = f"`{name}` of TrainingArguments is gone. Now: {removed.instead}."
        warnings.warn(text, FutureWarning, stacklevel=4)
