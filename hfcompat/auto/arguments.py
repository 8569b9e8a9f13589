"""Keywords of 4.x and 5.x, put into the words of the runtime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from packaging.version import Version

from hfcompat import api
from hfcompat.environment import Environment

__all__ = ["dtype_of", "prepare"]

_DTYPE_SINCE = Version("4.56.0.dev0")
"""https://github.com/huggingface/transformers/pull/39782"""
_SAVED_DTYPE_SINCE = Version("5.0.0.dev0")
"""https://github.com/huggingface/transformers/blob/main/MIGRATION_GUIDE_V5.md"""


def prepare(kwargs: dict[str, Any]) -> None:
    """Apply the patches, where that is not done, and say `kwargs` in the words of the runtime.

    Raises:
        ValueError: something is given under two names, with two values.
    """
    if api.LEDGER.policy is None:
        api.apply()
    runtime = Environment().transformers
    old, new = "torch_dtype", "dtype"
    _rename(kwargs, *((old, new) if runtime is None or runtime >= _DTYPE_SINCE else (new, old)))
    _rename(kwargs, "use_auth_token", "token")
    if kwargs.pop("use_flash_attention_2", False):
        kwargs.setdefault("attn_implementation", "flash_attention_2")


def dtype_of(kwargs: dict[str, Any], config: Any, *, loading: bool = True) -> Any:
    """The dtype that the weights will have, as far as that is known before they are there; None otherwise.

    Args:
        kwargs: of `from_pretrained`, or of `from_config`.
        config: a configuration, or what is in config.json.
        loading: whether weights are read, which have a dtype where nobody says one.
    """
    import torch

    asked = kwargs.get("dtype", kwargs.get("torch_dtype"))
    if isinstance(asked, Mapping):  # by part; "" is the model itself
        return asked.get("") or torch.get_default_dtype()
    if asked not in (None, "auto"):
        return asked
    runtime = Environment().transformers
    if loading and asked is None and (runtime is None or runtime < _SAVED_DTYPE_SINCE):
        return torch.get_default_dtype()
    said = config if isinstance(config, dict) else getattr(config, "__dict__", {})
    return said.get("dtype") or said.get("torch_dtype") or (None if loading else torch.get_default_dtype())


def _rename(kwargs: dict[str, Any], old: str, new: str) -> None:
    if old not in kwargs:
        return
    value = kwargs.pop(old)
    if kwargs.get(new) is not None and value is not None and _said(kwargs[new]) != _said(value):
        raise ValueError(f"{new}={kwargs[new]!r} and {old}={value!r} are both given; they mean the same: give one")
    if kwargs.get(new) is None and value is not None:
        kwargs[new] = value


def _said(value: Any) -> Any:
    """A torch.dtype and its name are one value."""
    is_dtype = type(value).__module__ == "torch" and type(value).__name__ == "dtype"
    return str(value).removeprefix("torch.") if is_dtype else value
