"""Choosing an attention implementation, by the class methods that did it up to 4.53.

All take a config, set its `_attn_implementation` and return it; with `hard_check_only` they only check.
"""

from __future__ import annotations

from typing import Any


def _set(config: Any, implementation: str, hard_check_only: bool) -> Any:
    if not hard_check_only:
        config._attn_implementation = implementation
    return config


def _refused(cls: Any, implementation: str) -> ValueError:
    return ValueError(f"{cls.__name__} does not declare that it supports {implementation!r}.")


def _autoset(cls: Any, config: Any, *args: Any, torch_dtype: Any = None, **kwargs: Any) -> Any:
    """What the config asks for, once it is checked; otherwise sdpa where the class supports it, eager where not.

    Raises:
        ValueError: when the config asks for something that the class does not support.
        ImportError: when it asks for flash_attention_2 where flash-attn cannot be used.
    """
    asked = config._attn_implementation
    if asked is None:
        return _set(config, "sdpa" if cls._supports_sdpa else "eager", False)
    if asked == "flash_attention_2":
        return cls._check_and_enable_flash_attn_2(config)
    if asked == "sdpa":
        return cls._check_and_enable_sdpa(config, hard_check_only=True)
    if asked == "flex_attention":
        return cls._check_and_enable_flex_attn(config, hard_check_only=True)
    return config


def _enable_sdpa(cls: Any, config: Any, hard_check_only: bool = False) -> Any:
    """Set sdpa where the class supports it. Raises ValueError where not, when `hard_check_only`."""
    if not cls._supports_sdpa:
        if hard_check_only:
            raise _refused(cls, "sdpa")
        return config
    return _set(config, "sdpa", hard_check_only)


def _enable_flex_attn(cls: Any, config: Any, hard_check_only: bool = False) -> Any:
    """Set flex_attention where the class supports it. Raises ValueError where not, when `hard_check_only`."""
    if not cls._supports_flex_attn:
        if hard_check_only:
            raise _refused(cls, "flex_attention")
        return config
    return _set(config, "flex_attention", hard_check_only)


def _enable_flash_attn_2(
    cls: Any,
    config: Any,
    torch_dtype: Any = None,
    device_map: Any = None,
    check_device_map: bool = True,
    hard_check_only: bool = False,
) -> Any:
    """Set flash_attention_2.

    Raises:
        ValueError: when the class does not support it.
        ImportError: when flash-attn is not there, or not usable.
    """
    from transformers.utils import is_flash_attn_2_available

    if not cls._supports_flash_attn:
        raise _refused(cls, "flash_attention_2")
    if not is_flash_attn_2_available():
        raise ImportError("flash_attention_2 was asked for, and the package flash-attn is not there or has no device.")
    return _set(config, "flash_attention_2", hard_check_only)


autoset_attn_implementation = classmethod(_autoset)
check_and_enable_sdpa = classmethod(_enable_sdpa)
check_and_enable_flex_attn = classmethod(_enable_flex_attn)
check_and_enable_flash_attn_2 = classmethod(_enable_flash_attn_2)
