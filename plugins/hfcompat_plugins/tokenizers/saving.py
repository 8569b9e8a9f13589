"""Files of a slow tokenizer of somebody's own, as v4 wrote them: other programs read them by their names."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from typing import Any

from hfcompat_plugins.tokenizers.origins import somebodys


def with_special_tokens_map(original: Callable[..., tuple[str, ...]]) -> Callable[..., tuple[str, ...]]:
    """`_save_pretrained` of a slow tokenizer, with `special_tokens_map.json` and the added tokens in its config."""

    def _save_pretrained(
        self: Any,
        save_directory: Any,
        file_names: tuple[str, ...],
        legacy_format: bool | None = None,
        filename_prefix: str | None = None,
    ) -> tuple[str, ...]:
        if not somebodys(type(self)):
            return original(self, save_directory, file_names, legacy_format, filename_prefix)
        for name in file_names:
            if name.endswith("tokenizer_config.json"):
                _complete(self, name)
        start = f"{filename_prefix}-" if filename_prefix else ""
        path = os.path.join(str(save_directory), f"{start}special_tokens_map.json")
        _write(path, special_tokens_map(self))
        return original(self, save_directory, (*file_names, path), legacy_format, filename_prefix)

    return _save_pretrained


def _complete(self: Any, config: str) -> None:
    """Added tokens are left out of the config of a class that has a tokenizers backend among its bases."""
    with open(config, encoding="utf-8") as file:
        content = json.load(file)
    if "added_tokens_decoder" not in content:
        tokens = {str(index): token.__getstate__() for index, token in self.added_tokens_decoder.items()}
        _write(config, {**content, "added_tokens_decoder": tokens})


def special_tokens_map(tokenizer: Any) -> dict[str, Any]:
    """Special tokens by their role, with their properties where they were declared with them."""
    named = {name: _plain(token) for name, token in tokenizer._special_tokens_map.items() if token}
    extra = [_plain(token) for token in tokenizer._extra_special_tokens]
    return {**named, **({"additional_special_tokens": extra} if extra else {})}


def _plain(token: Any) -> Any:
    if isinstance(token, str):
        return token
    return {name: value for name, value in token.__getstate__().items() if name != "special"}


def _write(path: str, content: dict[str, Any]) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n")
