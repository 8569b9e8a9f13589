"""Fetching from the hub, and pushing to it, with the arguments that v4 took."""

from __future__ import annotations

import warnings
from typing import Any

__all__ = ["fetching", "fetching_one", "pushing"]

_CACHED_FILE = (
    "cache_dir force_download resume_download proxies token revision local_files_only subfolder repo_type user_agent"
    " _raise_exceptions_for_gated_repo _raise_exceptions_for_missing_entries _raise_exceptions_for_connection_errors"
    " _commit_hash"
).split()
"""Parameters of `cached_file` after the two that it still names, in their order up to 4.49."""

_PUSH = (
    "use_temp_dir commit_message private token max_shard_size create_pr safe_serialization revision"
    " commit_description tags"
).split()
"""Parameters of `push_to_hub` after `repo_id`, in their order up to 4.57."""


def fetching_one(original: Any) -> Any:
    """`cached_file(path, name, cache_dir, ...)`: arguments by position."""

    def cached_file(path_or_repo_id: Any, filename: Any, *args: Any, **kwargs: Any) -> Any:
        given = dict(zip(_CACHED_FILE, args, strict=False))
        return original(path_or_repo_id, filename, **_token({**given, **kwargs}))

    return cached_file


def fetching(original: Any) -> Any:
    """`cached_files`, which swallows `use_auth_token`: private files are not found."""

    def cached_files(*args: Any, **kwargs: Any) -> Any:
        return original(*args, **_token(kwargs))

    return cached_files


def pushing(original: Any) -> Any:
    """`push_to_hub` of v4. Files always go by a folder of their own, and always in safetensors."""

    def push_to_hub(self: Any, repo_id: Any = None, *args: Any, **kwargs: Any) -> Any:
        given = _token({**dict(zip(_PUSH, args, strict=False)), **kwargs})
        url, organization = given.pop("repo_url", None), given.pop("organization", None)
        if url is not None:
            repo_id = url.rstrip("/").split("huggingface.co/")[-1]
        if organization is not None:
            repo_id = f"{organization}/{repo_id.rpartition('/')[2]}"
        for gone in ("use_temp_dir", "safe_serialization", "ignore_metadata_errors", "repo_path_or_name"):
            value = given.pop(gone, None)
            if gone == "repo_path_or_name" and repo_id is None:
                repo_id = value
        return original(self, repo_id, **given)

    return push_to_hub


def _token(kwargs: dict[str, Any]) -> dict[str, Any]:
    if "use_auth_token" not in kwargs:
        return kwargs
    warnings.warn("`use_auth_token` is gone. Use `token`.", FutureWarning, stacklevel=4)
    rest = {name: value for name, value in kwargs.items() if name != "use_auth_token"}
    if rest.get("token") is None:
        rest["token"] = kwargs["use_auth_token"]
    return rest
