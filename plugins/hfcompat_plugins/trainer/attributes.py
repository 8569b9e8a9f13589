"""Attributes of `TrainingArguments` that have gone, readable and writable as they were.

An attribute that the object was made with lies in the object itself. A subclass may have a field of the same name: it
stands before these in the MRO, and its values before theirs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any


def _hide_from_dataclass(owner: Any, name: str) -> None:
    """A field of a subclass that has no default gets none from here.

    Raises:
        AttributeError: `@dataclass` asks the class for the default of a field.
    """
    if sys._getframe(2).f_globals.get("__name__") == "dataclasses":
        raise AttributeError(f"type object {owner.__name__!r} has no attribute {name!r}")


class _Default:
    """Not a data descriptor: a value that is set on the object comes first."""

    def __init__(self, name: str, value: Any) -> None:
        self.name, self.value = name, value

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if obj is None:
            _hide_from_dataclass(owner, self.name)
        return self.value


class _Made(_Default):
    """A default that is made once for each object."""

    def __init__(self, name: str, make: Callable[[Any], Any]) -> None:
        super().__init__(name, None)
        self.make = make

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if obj is None:
            _hide_from_dataclass(owner, self.name)
            return None
        return vars(obj).setdefault(self.name, self.make(obj))


class _Alias:
    """Another name for what a field of today holds."""

    def __init__(self, name: str, get: Callable[[Any], Any], set: Callable[[Any, Any], None], default: Any) -> None:
        self.name, self.get, self.set, self.default = name, get, set, default

    def _is_field(self, obj: Any) -> bool:
        return self.name in getattr(type(obj), "__dataclass_fields__", ())

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        if obj is None:
            _hide_from_dataclass(owner, self.name)
            return self.default
        return vars(obj)[self.name] if self.name in vars(obj) else self.get(obj)

    def __set__(self, obj: Any, value: Any) -> None:
        if self._is_field(obj):
            vars(obj)[self.name] = value
        else:
            self.set(obj, value)


def _renamed(old: str, new: str, default: Any) -> _Alias:
    return _Alias(old, lambda obj: getattr(obj, new), lambda obj, value: setattr(obj, new, value), default)


def _log_folder(obj: Any) -> str:
    from transformers.integrations.integration_utils import default_logdir

    return os.path.expanduser(os.path.join(obj.output_dir or "trainer_output", default_logdir()))


def _set_grouping(obj: Any, value: Any) -> None:
    obj.train_sampling_strategy = "group_by_length" if value else "random"


evaluation_strategy = _renamed("evaluation_strategy", "eval_strategy", "no")
no_cuda = _renamed("no_cuda", "use_cpu", False)
push_to_hub_token = _renamed("push_to_hub_token", "hub_token", None)
group_by_length = _Alias(
    "group_by_length", lambda obj: obj.train_sampling_strategy == "group_by_length", _set_grouping, False
)

logging_dir = _Made("logging_dir", _log_folder)

framework = _Default("framework", "pt")
use_mps_device = _Default("use_mps_device", False)
fp16_backend = _Default("fp16_backend", "auto")
half_precision_backend = _Default("half_precision_backend", "auto")
fp16_opt_level = _Default("fp16_opt_level", "O1")
per_gpu_train_batch_size = _Default("per_gpu_train_batch_size", None)
per_gpu_eval_batch_size = _Default("per_gpu_eval_batch_size", None)
save_safetensors = _Default("save_safetensors", True)
include_tokens_per_second = _Default("include_tokens_per_second", False)
include_inputs_for_metrics = _Default("include_inputs_for_metrics", False)
push_to_hub_model_id = _Default("push_to_hub_model_id", None)
push_to_hub_organization = _Default("push_to_hub_organization", None)
overwrite_output_dir = _Default("overwrite_output_dir", False)
warmup_ratio = _Default("warmup_ratio", 0.0)
tpu_num_cores = _Default("tpu_num_cores", None)
tpu_metrics_debug = _Default("tpu_metrics_debug", False)
past_index = _Default("past_index", -1)
ray_scope = _Default("ray_scope", "last")
jit_mode_eval = _Default("jit_mode_eval", False)
use_ipex = _Default("use_ipex", False)
torchdynamo = _Default("torchdynamo", None)
fsdp_min_num_params = _Default("fsdp_min_num_params", 0)
fsdp_transformer_layer_cls_to_wrap = _Default("fsdp_transformer_layer_cls_to_wrap", None)
dispatch_batches = _Default("dispatch_batches", None)
split_batches = _Default("split_batches", None)
use_legacy_prediction_loop = _Default("use_legacy_prediction_loop", False)
mp_parameters = _Default("mp_parameters", "")
adafactor = _Default("adafactor", False)
tp_size = _Default("tp_size", 0)
