"""The download helpers of `transformers.utils.hub` from before huggingface_hub did everything."""

from __future__ import annotations

import os
import tempfile
import urllib.request
import warnings
from urllib.parse import urlparse

from huggingface_hub import constants
from huggingface_hub.errors import OfflineModeIsEnabled

__all__ = [
    "PYTORCH_PRETRAINED_BERT_CACHE",
    "PYTORCH_TRANSFORMERS_CACHE",
    "TRANSFORMERS_CACHE",
    "download_url",
    "is_remote_url",
]

# The oldest variable is the last resort, as in transformers 4.
PYTORCH_PRETRAINED_BERT_CACHE = os.getenv("PYTORCH_PRETRAINED_BERT_CACHE", constants.HF_HUB_CACHE)
PYTORCH_TRANSFORMERS_CACHE = os.getenv("PYTORCH_TRANSFORMERS_CACHE", PYTORCH_PRETRAINED_BERT_CACHE)
TRANSFORMERS_CACHE = os.getenv("TRANSFORMERS_CACHE", PYTORCH_TRANSFORMERS_CACHE)


def is_remote_url(url_or_filename: str) -> bool:
    """Whether it is an http or https address."""
    return urlparse(url_or_filename).scheme in ("http", "https")


def download_url(url: str, proxies: dict[str, str] | None = None) -> str:
    """Download `url` into a temporary file, and return the path of that file, which is the caller's to delete.

    Args:
        proxies: proxy by scheme (`"http"`) or by scheme and host (`"http://host"`); the environment's when None.

    Raises:
        OSError: when the address cannot be had (`urllib.error.HTTPError` for a status of 400 and more,
            `huggingface_hub.errors.OfflineModeIsEnabled` in offline mode).
    """
    if constants.HF_HUB_OFFLINE:
        raise OfflineModeIsEnabled(f"Cannot reach {url}: offline mode is enabled (HF_HUB_OFFLINE).")
    warnings.warn(
        f"download_url({url!r}) uses no cache: host the file on the Hub and use huggingface_hub.hf_hub_download.",
        FutureWarning,
        stacklevel=2,
    )
    opener = urllib.request.build_opener(*_proxy_handlers(url, proxies))
    handle, path = tempfile.mkstemp()
    try:
        with os.fdopen(handle, "wb") as file, opener.open(url) as answer:
            while chunk := answer.read(1 << 20):
                file.write(chunk)
    except BaseException:
        os.unlink(path)
        raise
    return path


def _proxy_handlers(url: str, proxies: dict[str, str] | None) -> list[urllib.request.ProxyHandler]:
    if proxies is None:
        return []
    parsed = urlparse(url)
    proxy = proxies.get(f"{parsed.scheme}://{parsed.hostname}", proxies.get(parsed.scheme))
    return [urllib.request.ProxyHandler({parsed.scheme: proxy} if proxy else {})]
