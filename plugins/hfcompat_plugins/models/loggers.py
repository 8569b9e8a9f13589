"""The loggers of model modules that no longer have one: `loggers:qwen2` is that of `models.qwen2.modeling_qwen2`."""

from __future__ import annotations

import logging


def __getattr__(name: str) -> logging.Logger:
    from transformers.utils import logging as transformers_logging

    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return transformers_logging.get_logger(f"transformers.models.{name}.modeling_{name}")
