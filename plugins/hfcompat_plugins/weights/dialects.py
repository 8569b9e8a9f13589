"""What loading and saving did up to 4.57, where the same call means something else today."""

from __future__ import annotations

import inspect
import json
import os
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any

import torch

_no_dtype: ContextVar[bool] = ContextVar("no_dtype", default=False)

_with_dtype: ContextVar[weakref.ref[Any] | None] = ContextVar("with_dtype", default=None)

# The parameters of save_pretrained by position.
_SAVE = (
    "is_main_process",
    "state_dict",
    "save_function",
    "push_to_hub",
    "max_shard_size",
    "safe_serialization",
    "variant",
    "token",
    "save_peft_format",
)


def note_dtype(original: Any) -> Any:
    """`AutoConfig.from_pretrained`: before 5.12 the dtype that an auto class is given goes in here, and no further."""

    def from_pretrained(cls: type, *args: Any, **kwargs: Any) -> Any:
        found = original(cls, *args, **kwargs)
        if _has_dtype(kwargs):
            _with_dtype.set(weakref.ref(found[0] if isinstance(found, tuple) else found))
        return found

    return from_pretrained


def note_missing_dtype(original: Any) -> Any:
    """`from_pretrained`, which remembers for the time being whether it was given a dtype."""

    def from_pretrained(cls: type, *args: Any, **kwargs: Any) -> Any:
        config, with_dtype = kwargs.get("config"), _with_dtype.get()
        given = _has_dtype(kwargs) or (config is not None and with_dtype is not None and with_dtype() is config)
        token = _no_dtype.set(not given)
        try:
            return original(cls, *args, **kwargs)
        finally:
            _no_dtype.reset(token)

    return from_pretrained


def default_dtype(original: Any) -> Any:
    """`_get_dtype`: without one it is torch's default, whatever the checkpoint says; quantizers choose as ever."""

    def _get_dtype(dtype: Any, *args: Any, **kwargs: Any) -> Any:
        quantizer = kwargs.get("hf_quantizer", args[5] if len(args) > 5 else None)
        if _no_dtype.get() and quantizer is None:
            dtype = None
        return original(dtype, *args, **kwargs)

    return _get_dtype


def lists_of_keys(original: Any) -> Any:
    """`from_pretrained(..., output_loading_info=True)`, whose sets of keys were lists."""

    def from_pretrained(cls: type, *args: Any, **kwargs: Any) -> Any:
        found = original(cls, *args, **kwargs)
        if not kwargs.get("output_loading_info"):
            return found
        model, info = found
        order = {name: number for number, name in enumerate(model.state_dict())}
        names = ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs")
        return model, {name: sorted(info[name], key=lambda key: (order.get(_key(key), -1), key)) for name in names}

    return from_pretrained


def tie_equal_weights(original: Any) -> Any:
    """`tie_weights` of 5.0 to 5.3, which parts what a checkpoint has under both names, as all of torch.save have."""

    def tie_weights(self: Any, missing_keys: set[str] | None = None, recompute_mapping: bool = True) -> None:
        if missing_keys is not None and not recompute_mapping:
            for target, source in self.all_tied_weights_keys.items():
                if not missing_keys & {target, source}:
                    one, other = self.get_parameter_or_buffer(target), self.get_parameter_or_buffer(source)
                    if one.device == other.device and not one.is_meta and torch.equal(one, other):
                        missing_keys.add(target)
        original(self, missing_keys=missing_keys, recompute_mapping=recompute_mapping)

    return tie_weights


def no_keys_to_ignore(original: Any) -> Any:
    """`post_init`, after which a model that leaves out no keys when it is saved says None, not an empty set."""

    def post_init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        if not self._keys_to_ignore_on_save and type(self)._keys_to_ignore_on_save is None:
            self._keys_to_ignore_on_save = None

    return post_init


def naming_mismatched_shapes(original: Any) -> Any:
    """`log_state_dict_report`, which says in a sentence as well that the shapes of some weights did not match."""

    def log_state_dict_report(*args: Any, **kwargs: Any) -> None:
        given = inspect.signature(original).bind(*args, **kwargs).arguments
        original(*args, **kwargs)
        mismatched, logger = given["loading_info"].mismatched_keys, given.get("logger")
        if mismatched and logger is not None:
            shapes = [f"{name} {tuple(old)} -> {tuple(new)}" for name, old, new in sorted(mismatched)]
            logger.warning(
                f"New weights of {type(given['model']).__name__}, whose loaded ones were left out since "
                f"the shapes did not match: {', '.join(shapes)}"
            )

    return log_state_dict_report


def save_pretrained(original: Any) -> Any:
    """`save_pretrained` with the parameters of 4.57: shards of 5GB, and `safe_serialization=False` writes with pickle.

    With `push_to_hub=True` safetensors are written all the same, since the folder is uploaded before they could be
    anything else.
    """

    def save_pretrained(self: Any, save_directory: Any, *args: Any, **kwargs: Any) -> Any:
        kwargs.update(zip(_SAVE, args, strict=False))
        kwargs.setdefault("max_shard_size", "5GB")
        safe, save_function = kwargs.pop("safe_serialization", True), kwargs.pop("save_function", torch.save)
        result = original(self, save_directory, **kwargs)
        if not safe and kwargs.get("is_main_process", True) and not kwargs.get("push_to_hub"):
            _pickle(self, Path(os.fspath(save_directory)), save_function, kwargs.get("variant"))
        return result

    return save_pretrained


def _pickle(model: Any, folder: Path, save: Callable[..., Any], variant: str | None) -> None:
    """Turns the safetensors that were just written into what `torch.save` would have written, with shared weights."""
    from safetensors.torch import load_file

    middle = f".{variant}" if variant else ""
    index = folder / f"model.safetensors.index{middle}.json"
    content = json.loads(index.read_text()) if index.exists() else None
    if getattr(model, "_hf_peft_config_loaded", False):
        files = ["adapter_model.safetensors"]
    else:
        files = sorted(set(content["weight_map"].values())) if content else [f"model{middle}.safetensors"]
    weight_map = {}
    for name in files:
        tensors = _with_aliases(model, load_file(folder / name))
        pickled = name.removesuffix(".safetensors") + ".bin"
        pickled = pickled if pickled.startswith("adapter") else f"pytorch_{pickled}"
        save(tensors, folder / pickled)
        (folder / name).unlink()
        weight_map |= dict.fromkeys(tensors, pickled)
    if content:
        content["weight_map"] = weight_map
        text = json.dumps(content, indent=2, sort_keys=True) + "\n"
        (folder / f"pytorch_model.bin.index{middle}.json").write_text(text, encoding="utf-8")
        index.unlink()


def _with_aliases(model: Any, tensors: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Adds the names that safetensors leave out, as the same tensors."""
    state = {name: tensor for name, tensor in model.state_dict().items() if isinstance(tensor, torch.Tensor)}
    saved = {(state[name].data_ptr(), state[name].shape): tensor for name, tensor in tensors.items() if name in state}
    places = {name: (tensor.data_ptr(), tensor.shape) for name, tensor in state.items() if tensor.numel()}
    return {name: saved[place] for name, place in places.items() if place in saved} | tensors


def _has_dtype(kwargs: dict[str, Any]) -> bool:
    return kwargs.get("dtype") is not None or kwargs.get("torch_dtype") is not None


def _key(key: Any) -> Any:
    return key[0] if isinstance(key, tuple) else key
