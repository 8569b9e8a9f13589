"""The family of a checkpoint whose config.json does not say one, by the name of its folder or repository."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any


def by_the_name(original: Callable[..., Any]) -> Callable[..., Any]:
    """`AutoConfig.from_pretrained`, which takes the longest family that the name of the checkpoint has in it."""

    def from_pretrained(cls: type, pretrained_model_name_or_path: Any, **kwargs: Any) -> Any:
        try:
            return original(cls, pretrained_model_name_or_path, **kwargs)
        except ValueError:
            found = _named(os.fspath(pretrained_model_name_or_path), kwargs)
            if found is None:
                raise
        family, content, unused = found
        return family.from_dict(content, **unused)

    return from_pretrained


def _named(name: str, kwargs: dict[str, Any]) -> tuple[Any, dict[str, Any], dict[str, Any]] | None:
    """The configuration class, what config.json says, and the keywords that are left; None if no family is named."""
    from transformers import CONFIG_MAPPING, PretrainedConfig

    left = {key: value for key, value in kwargs.items() if key not in ("trust_remote_code", "code_revision")}
    content, unused = PretrainedConfig.get_config_dict(name, **{**left, "_from_auto": True, "name_or_path": name})
    families = sorted((family for family in CONFIG_MAPPING if family in name), key=len, reverse=True)
    if not set(content) - {"_commit_hash"} or "model_type" in content or not families:  # no file says nothing
        return None
    return CONFIG_MAPPING[families[0]], content, unused
