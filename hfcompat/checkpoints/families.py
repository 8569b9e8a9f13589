"""Which model types a version of transformers knows, and what their configurations have by default: data of plugins."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from packaging.version import Version

from hfcompat.environment import Environment
from hfcompat.plan import Policy
from hfcompat.plugins import discover

__all__ = ["default", "knows"]


def knows(reader: Version, model_type: str) -> bool:
    """Whether a version has a model type; of versions that nobody looked at, as the last one before it."""
    return _seen(reader) in _history(model_type).get("in", ())


def default(reader: Version, model_type: str, key: str) -> Any:
    """What a configuration of that version has where config.json does not have the key; None where it has nothing."""
    history = _history(model_type).get(key, {})
    return next((history[seen] for seen in sorted(history, key=Version, reverse=True) if Version(seen) <= reader), None)


def _history(model_type: str) -> dict[str, Any]:
    """Of a model type; a section may have none, or an empty one."""
    return cast("dict[str, Any]", _histories().get(model_type, {})) if model_type else {}


@cache
def _seen(reader: Version) -> str:
    looked_at = _histories().get("", [])
    return max(
        (v for v in looked_at if Version(v) <= reader), key=Version, default=min(looked_at, key=Version, default="")
    )


@cache
def _histories() -> dict[str, Any]:
    plugins = discover(Environment(), Policy()).plugins
    return dict(cast("tuple[str, Any]", pair) for plugin in plugins for pair in plugin.ask("hfcompat_families"))
