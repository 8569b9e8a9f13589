"""`CacheConfig` and its kind, which since 4.56 are plain dictionaries: these are both."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import torch


class CacheConfig(dict):  # type: ignore[type-arg]
    """Settings of a cache, as attributes and, for a `generate` that wants a dictionary, as items."""

    def __init__(self, cache_implementation: str | None = None) -> None:
        super().__init__(cache_implementation=cache_implementation)

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}") from None

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def __delattr__(self, name: str) -> None:
        if name not in self:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        del self[name]

    @classmethod
    def from_dict(cls, config_dict: dict[str, Any], **kwargs: Any) -> CacheConfig:
        """A config made from `config_dict`; `kwargs` override what it has."""
        config = cls(**config_dict)
        config.update(**kwargs)
        return config

    def to_dict(self) -> dict[str, Any]:
        """The settings, copied deep."""
        return copy.deepcopy(dict(self.items()))

    def to_json_string(self) -> str:
        """The settings as indented JSON, ending in a newline. TypeError when one is not JSON, such as a dtype."""
        return json.dumps(dict(self.items()), indent=2) + "\n"

    def to_json_file(self, json_file_path: Any) -> None:
        """Write the settings, sorted by name."""
        with open(json_file_path, "w", encoding="utf-8") as file:
            file.write(json.dumps(self.to_dict(), indent=2, sort_keys=True) + "\n")

    def update(self, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        """Set those settings that exist, and return the others."""
        known = {name: value for name, value in kwargs.items() if hasattr(self, name)}
        super().update(known)
        return {name: value for name, value in kwargs.items() if name not in known}

    def __iter__(self) -> Iterator[Any]:
        return iter(copy.deepcopy(list(self.items())))

    def __repr__(self) -> str:
        return f"{type(self).__name__} {dict.__repr__(self)}"


class QuantizedCacheConfig(CacheConfig):
    """Settings of a quantized cache.

    Attributes:
        backend: "quanto" or "HQQ".
        nbits: bits of a number.
        axis_key, axis_value: axis along which keys and values are grouped.
        q_group_size: size of a group.
        residual_length: tokens that are kept as they are.
        compute_dtype, device: of the states; learnt from them since 4.56.
    """

    def __init__(
        self,
        backend: str = "quanto",
        nbits: int | None = 4,
        axis_key: int | None = 0,
        axis_value: int | None = 0,
        q_group_size: int | None = 64,
        residual_length: int | None = 128,
        compute_dtype: torch.dtype | None = torch.float16,
        device: str | None = "cpu",
    ) -> None:
        settings = {name: value for name, value in locals().items() if name not in ("self", "__class__")}
        dict.__init__(self, settings)

    def validate(self) -> None:
        """Raises ValueError for settings that no backend takes."""
        _require(self, "nbits", self.nbits in (1, 2, 3, 4, 8), "1, 2, 3, 4 or 8")
        _require(self, "q_group_size", self.q_group_size > 0, "positive")
        _require(self, "residual_length", self.residual_length >= 0, "0 or more")
        _require(self, "axis_key", self.axis_key in (0, 1, -1), "0, 1 or -1")
        _require(self, "axis_value", self.axis_value in (0, 1, -1), "0, 1 or -1")


class StaticCacheConfig(CacheConfig):
    """Settings of a static cache: sequences, tokens, device."""

    cache_implementation = "static"

    def __init__(self, batch_size: int, max_cache_len: int, device: str = "cpu") -> None:
        dict.__init__(self, batch_size=batch_size, max_cache_len=max_cache_len, device=device)

    def validate(self) -> None:
        """Raises ValueError for sizes that are not positive."""
        _require(self, "batch_size", self.batch_size > 0, "positive")
        _require(self, "max_cache_len", self.max_cache_len > 0, "positive")


def _require(config: Any, name: str, fine: bool, what: str) -> None:
    if not fine:
        raise ValueError(f"`{name}` of a {type(config).__name__} should be {what}, not {getattr(config, name)!r}")
