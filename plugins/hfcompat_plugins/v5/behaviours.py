"""What 5.x does with calls that 4.x has too, for programs that say `apply(dialect="5...")`.

transformers' own calls keep the defaults of 4.x where its pipelines and processors were written for them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from hfcompat.origin import native_caller


def chat_as_batch(original: Callable[..., Any]) -> Callable[..., Any]:
    """`apply_chat_template`, which gives a BatchEncoding, not ids, unless it is asked."""
    signature = inspect.signature(original)

    def apply_chat_template(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = signature.bind_partial(self, *args, **kwargs).arguments
        if not given.get("tokenize", True):
            if "return_dict" in kwargs:
                kwargs["return_dict"] = False  # 4.x refuses the two together
        elif "return_dict" not in given and not native_caller():
            kwargs["return_dict"] = True
        return original(self, *args, **kwargs)

    return apply_chat_template


def of_several(original: Callable[..., Any]) -> Callable[..., Any]:
    """`decode`, of a list of sequences a text for each; 4.x raises TypeError."""

    def decode(self: Any, token_ids: Any, *args: Any, **kwargs: Any) -> Any:
        if _nested(token_ids):
            return [original(self, ids, *args, **kwargs) for ids in token_ids]
        return original(self, token_ids, *args, **kwargs)

    return decode


def of_one(original: Callable[..., Any]) -> Callable[..., Any]:
    """`batch_decode`, of a flat list of ids one text; 4.x gives a text for each id."""

    def batch_decode(self: Any, sequences: Any, *args: Any, **kwargs: Any) -> Any:
        if native_caller() or _nested(sequences) or not len(sequences):
            return original(self, sequences, *args, **kwargs)
        return [self.decode(sequences, *args, **kwargs)]

    return batch_decode


def _nested(ids: Any) -> bool:
    if hasattr(ids, "shape"):
        return len(ids.shape) > 1
    first = ids[0] if isinstance(ids, (list, tuple)) and ids else None
    return isinstance(first, (list, tuple)) or len(getattr(first, "shape", ())) > 0


def as_the_checkpoint(original: Callable[..., Any]) -> Callable[..., Any]:
    """`from_pretrained`, in the dtype of the checkpoint where none is asked for; 4.x loads in float32."""

    def from_pretrained(cls: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("dtype") is None and kwargs.get("torch_dtype") is None:
            kwargs.pop("dtype", None)
            kwargs["torch_dtype"] = "auto"
        return original(cls, *args, **kwargs)

    return from_pretrained


def keys_in_sets(original: Callable[..., Any]) -> Callable[..., Any]:
    """`from_pretrained(..., output_loading_info=True)`, whose keys are sets; lists on 4.x."""

    def from_pretrained(cls: Any, *args: Any, **kwargs: Any) -> Any:
        found = original(cls, *args, **kwargs)
        if not kwargs.get("output_loading_info") or not isinstance(found, tuple):
            return found
        model, told = found
        return model, {key: set(value) if key.endswith("_keys") else value for key, value in told.items()}

    return from_pretrained


def in_large_shards(original: Callable[..., Any]) -> Callable[..., Any]:
    """`save_pretrained`, in shards of 50GB unless it is told; of 5GB on 4.x."""
    signature = inspect.signature(original)

    def save_pretrained(self: Any, *args: Any, **kwargs: Any) -> Any:
        if "max_shard_size" not in signature.bind_partial(self, *args, **kwargs).arguments:
            kwargs["max_shard_size"] = "50GB"
        return original(self, *args, **kwargs)

    return save_pretrained


def left_by_zero(original: Callable[..., Any]) -> Callable[..., Any]:
    """`crop(0)`, which changes nothing; on 4.x it empties the cache."""

    def crop(self: Any, max_length: int) -> None:
        if max_length != 0:
            original(self, max_length)

    return crop


def reporting_to_none(original: Callable[..., None]) -> Callable[..., None]:
    """`TrainingArguments`, which report to nobody unless they are told; on 4.x to every tracker that is installed."""
    signature = inspect.signature(original)

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        if "report_to" not in signature.bind_partial(self, *args, **kwargs).arguments:
            kwargs["report_to"] = "none"
        original(self, *args, **kwargs)

    return __init__


# ------------------------------------------------------------------- no behaviour of 4.x: refused


def dtype_by_its_new_name(original: Callable[..., Any]) -> Callable[..., Any]:
    """`dtype=`, which is `torch_dtype=` up to 4.55, but for a class of which it is an argument of its own."""

    def call(*args: Any, **kwargs: Any) -> Any:
        if "dtype" in kwargs and not (args and _takes_dtype(args[0])):
            dtype = kwargs.pop("dtype")
            if kwargs.get("torch_dtype") is None:
                kwargs["torch_dtype"] = dtype
        return original(*args, **kwargs)

    return call


def _takes_dtype(cls: Any) -> bool:
    """Whether a model or a configuration has a `dtype` of its own, which the runtime hands to it."""
    return isinstance(cls, type) and "dtype" in inspect.signature(cls.__init__).parameters  # type: ignore[misc]


def dtype_for_the_model(original: Callable[..., Any]) -> Callable[..., Any]:
    """`PretrainedConfig.from_dict`, to which an Auto class sends its keywords: `dtype` is the model's `torch_dtype`."""

    def from_dict(cls: Any, config_dict: dict[str, Any], **kwargs: Any) -> Any:
        dtype = kwargs.pop("dtype", None)
        if dtype is not None and _takes_dtype(cls):
            found = original(cls, config_dict, **kwargs)
            config, left = found if isinstance(found, tuple) else (found, {})
            if "dtype" in vars(config):
                config.dtype = dtype
            else:
                left["dtype"] = dtype
            return found
        if dtype is None or kwargs.get("torch_dtype") is not None:
            return original(cls, config_dict, **kwargs)
        if dtype != "auto":
            return original(cls, config_dict, torch_dtype=dtype, **kwargs)
        found = original(cls, config_dict, **kwargs)
        if isinstance(found, tuple):
            found[1]["torch_dtype"] = dtype
        return found

    return from_dict
