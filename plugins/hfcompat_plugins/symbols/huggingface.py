"""Names of huggingface_hub 0.x."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

from hfcompat_plugins.symbols.removed import removed_names
from huggingface_hub import constants, get_token, hf_hub_download

__all__ = ["HfFolder", "cached_download"]

_LIBRARY = "huggingface_hub"

globals().update(
    {
        **removed_names(
            __name__,
            "use huggingface_hub.HfApi (upload_folder, create_commit, snapshot_download) instead of a git clone, or "
            "install huggingface_hub<1.",
            classes=("Repository",),
            library=_LIBRARY,
        ),
        **removed_names(
            __name__,
            "use huggingface_hub.InferenceClient, or install huggingface_hub<1.",
            classes=("InferenceApi",),
            library=_LIBRARY,
        ),
        **removed_names(
            __name__,
            "huggingface_hub talks httpx now: use huggingface_hub.set_client_factory, or install huggingface_hub<1.",
            functions=("configure_http_backend",),
            library=_LIBRARY,
        ),
    }
)


class HfFolder:
    """The token that is kept on disk (`huggingface_hub.constants.HF_TOKEN_PATH`)."""

    @classmethod
    def save_token(cls, token: str) -> None:
        """Keep `token`, making the folder for it."""
        path = Path(constants.HF_TOKEN_PATH)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(token)

    @classmethod
    def get_token(cls) -> str | None:
        """The token of the environment, or else the one that is kept; None where there is neither."""
        return get_token()

    @classmethod
    def delete_token(cls) -> None:
        """Delete the token that is kept, if there is one."""
        Path(constants.HF_TOKEN_PATH).unlink(missing_ok=True)


def cached_download(url: str, *, cache_dir: str | os.PathLike[str] | None = None, **options: Any) -> str:
    """The path of the file at `url`, an address of the Hub (.../resolve/revision/file), in the cache.

    Args:
        options: `force_download`, `local_files_only`, `token` (or `use_auth_token`), `library_name`, `library_version`,
            `user_agent`, `etag_timeout` go to `hf_hub_download`; others are not used.

    Raises:
        ValueError: for an address elsewhere.
    """
    repo, _, rest = unquote(urlparse(url).path).strip("/").partition("/resolve/")
    revision, _, filename = rest.partition("/")
    if not url.startswith(constants.ENDPOINT) or not filename:
        raise ValueError(f"{url} is not the address of a file at {constants.ENDPOINT}, and only those are cached.")
    kinds = {f"{kind}s": kind for kind in ("dataset", "space")}
    kind = kinds.get(repo.partition("/")[0])
    known = {
        "force_download", "local_files_only", "token", "library_name", "library_version", "user_agent", "etag_timeout",
    }  # fmt: skip
    if "use_auth_token" in options:
        options.setdefault("token", options["use_auth_token"])
    return hf_hub_download(
        repo.partition("/")[2] if kind else repo,
        filename,
        repo_type=kind,
        revision=revision,
        cache_dir=cache_dir,
        **{name: value for name, value in options.items() if name in known},
    )
