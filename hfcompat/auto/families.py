"""Families of models that the runtime lacks, and plugins have."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hfcompat import api, sideload
from hfcompat.environment import Environment
from hfcompat.patch import Range, bad_ranges
from hfcompat.plugins import rows
from hfcompat.sideload.errors import SideloadError

__all__ = ["Backport", "all_backports", "bring", "look", "model_type"]


@dataclass(frozen=True, slots=True)
class Backport:
    """A family of models that some versions of transformers lack.

    Attributes:
        model_type: as in config.json.
        impl: `package.module:function`, called without arguments when such a model is first asked for; it registers the
            configuration, the models and the tokenizer with the Auto classes of the runtime.
        when: versions that lack it and that it works with, by distribution, as of `Patch.when`.
        reason: what it is, in one sentence.
        upstream: a link.
    """

    model_type: str
    impl: str
    when: Mapping[str, Range]
    reason: str
    upstream: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "when", MappingProxyType(dict(self.when)))

    def is_for(self, environment: Environment) -> bool:
        """Whether the installed versions are those that it works with."""
        return environment.unmet(self.when) is None

    def problems(self) -> list[str]:
        """What is wrong with the declaration, one sentence each."""
        found = [f"{name} is empty" for name in ("model_type", "reason", "upstream") if not getattr(self, name)]
        found += [] if ":" in self.impl else [f"impl {self.impl!r} is not 'package.module:function'"]
        return found + bad_ranges(self.when)


def all_backports(environment: Environment) -> dict[str, Backport]:
    """By model type, those that are for the installed versions; of two for one model type, the first.

    Raises:
        ValueError: one is badly declared.
    """
    found: dict[str, Backport] = {}
    for _, backport in rows("hfcompat_backports", Backport, api.LEDGER.policy):
        if backport.is_for(environment):
            found.setdefault(backport.model_type, backport)
    return found


def bring(name: str, *, optional: bool = False) -> bool:
    """Register the family of a model type that the runtime lacks. False: it has it, or nobody does.

    A plugin's own backport comes first; what no plugin has is side-loaded.

    Args:
        name: the model type.
        optional: whether the checkpoint may do without: it has code of its own, or its wrapper knows its sections.

    Raises:
        SideloadError: a version of transformers has the family, and here it cannot be had; says what to do.
    """
    mapping = importlib.import_module("transformers.models.auto.configuration_auto").CONFIG_MAPPING
    if not name or name in mapping:
        return False
    backport = all_backports(Environment()).get(name)
    if backport is None:
        try:
            return sideload.bring(name)
        except SideloadError:
            if optional:
                return False
            raise
    module, _, function = backport.impl.partition(":")
    getattr(importlib.import_module(module), function)()
    return True


def look(path: Any, kwargs: Mapping[str, Any], *, optional: bool = False) -> Any:
    """The configuration that a model will be built from, and its family brought where the runtime lacks it.

    Args:
        optional: whether it may stay away where it cannot be had: a tokenizer often does without the model's family.

    Returns:
        The one in `kwargs`; else what is in config.json, as a dictionary, empty where there is none: that is for
        transformers to say.
    """
    config = kwargs.get("config")
    if not hasattr(config, "to_dict"):  # transformers passes over whatever is no configuration, and reads the file
        config = _read(path, kwargs)
    bring(model_type(config), optional=optional or (isinstance(config, dict) and "auto_map" in config))
    for section in _sections(config):
        bring(section, optional=True)
    return config


def _sections(config: Any) -> list[str]:
    """The model types of the sections: a wrapper that the runtime has may wrap what it lacks."""
    values = config.values() if isinstance(config, dict) else vars(config).values() if config is not None else ()
    return [kind for value in values if not isinstance(value, _PLAIN) and (kind := model_type(value))]


_PLAIN = (str, int, float, list, type(None))


def model_type(config: Any) -> str:
    """Of a configuration or a dictionary; "" where it says nothing."""
    said = config.get("model_type") if isinstance(config, dict) else getattr(config, "model_type", None)
    return said if isinstance(said, str) else ""


def _read(path: Any, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    folder = Path(path, kwargs.get("subfolder") or "") if isinstance(path, (str, os.PathLike)) else None
    try:
        if folder is not None and folder.is_dir():
            config = folder / "config.json"
            if not config.is_file() and (adapter := folder / "adapter_config.json").is_file():
                return _read(json.loads(adapter.read_text("utf-8")).get("base_model_name_or_path"), kwargs)
            found = json.loads(config.read_text("utf-8"))
        else:
            hub = {name: kwargs[name] for name in _HUB if name in kwargs}
            base = importlib.import_module("transformers").PretrainedConfig
            found, _ = base.get_config_dict(path, **hub)
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


_HUB = ("cache_dir", "force_download", "local_files_only", "proxies", "revision", "subfolder", "token")
