"""The download helpers of `transformers.utils.hub` from before huggingface_hub did everything."""

from __future__ import annotations

import os
import tempfile
import urllib.request
import warnings
from typing import Any
from urllib.parse import urlparse

from huggingface_hub import constants
from huggingface_hub.errors import OfflineModeIsEnabled

__all__ = [
    "HUGGINGFACE_CO_EXAMPLES_TELEMETRY",
    "HUGGINGFACE_CO_PREFIX",
    "HUGGINGFACE_CO_RESOLVE_ENDPOINT",
    "PYTORCH_PRETRAINED_BERT_CACHE",
    "PYTORCH_TRANSFORMERS_CACHE",
    "TRANSFORMERS_CACHE",
    "default_cache_path",
    "download_url",
    "get_file_from_repo",
    "is_remote_url",
    "send_example_telemetry",
    "torch_cache_home",
]

HUGGINGFACE_CO_RESOLVE_ENDPOINT = constants.ENDPOINT
HUGGINGFACE_CO_PREFIX = HUGGINGFACE_CO_RESOLVE_ENDPOINT + "/{model_id}/resolve/{revision}/{filename}"
HUGGINGFACE_CO_EXAMPLES_TELEMETRY = HUGGINGFACE_CO_RESOLVE_ENDPOINT + "/api/telemetry/examples"
default_cache_path = constants.default_cache_path
torch_cache_home = os.getenv("TORCH_HOME", os.path.join(os.getenv("XDG_CACHE_HOME", "~/.cache"), "torch"))

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


def get_file_from_repo(
    path_or_repo: str | os.PathLike[str],
    filename: str,
    cache_dir: str | os.PathLike[str] | None = None,
    force_download: bool = False,
    resume_download: bool | None = None,
    proxies: dict[str, str] | None = None,
    token: bool | str | None = None,
    revision: str | None = None,
    local_files_only: bool = False,
    subfolder: str = "",
    use_auth_token: bool | str | None = None,
) -> str | None:
    """The path of a file of a folder or repository, downloaded if need be; None where it cannot be had.

    Args:
        resume_download: not used: downloads are always resumed.
        use_auth_token: another name of `token`.

    Raises:
        ValueError: when `token` and `use_auth_token` are both given.
    """
    from transformers.utils.hub import cached_file

    if token is not None and use_auth_token is not None:
        raise ValueError("Of token and use_auth_token, which are the same, give only the first.")
    return cached_file(
        path_or_repo,
        filename,
        cache_dir=cache_dir,
        force_download=force_download,
        proxies=proxies,
        token=use_auth_token if token is None else token,
        revision=revision,
        local_files_only=local_files_only,
        subfolder=subfolder,
        _raise_exceptions_for_gated_repo=False,
        _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
    )


def send_example_telemetry(example_name: str, *example_args: Any, framework: str = "pytorch") -> None:
    """Sends nothing. Example scripts told huggingface.co which of them was run, on which model and dataset."""


def _proxy_handlers(url: str, proxies: dict[str, str] | None) -> list[urllib.request.ProxyHandler]:
    if proxies is None:
        return []
    parsed = urlparse(url)
    proxy = proxies.get(f"{parsed.scheme}://{parsed.hostname}", proxies.get(parsed.scheme))
    return [urllib.request.ProxyHandler({parsed.scheme: proxy} if proxy else {})]
