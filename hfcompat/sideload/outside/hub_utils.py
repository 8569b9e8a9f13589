"""`huggingface_hub.utils` of 1.x and later, on 0.x."""

from __future__ import annotations

import importlib
from types import SimpleNamespace
from typing import Any

from huggingface_hub import utils

__all__ = ["httpx"]

httpx: Any
try:
    httpx = importlib.import_module("httpx")
except ModuleNotFoundError:  # 0.x asks the net by requests
    requests = importlib.import_module("requests")
    httpx = SimpleNamespace(
        HTTPError=requests.RequestException,
        HTTPStatusError=requests.HTTPError,
        TimeoutException=requests.Timeout,
        get=requests.get,
    )


def __getattr__(name: str) -> Any:
    return getattr(utils, name)
