"""Tokenizers that plugins bring: what they are for, which files they read, and why one was taken or not."""

from __future__ import annotations

import importlib
import json
import logging
import os
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hfcompat import api
from hfcompat.auto import families
from hfcompat.environment import Environment
from hfcompat.patch import Range, bad_ranges
from hfcompat.plugins import is_harmless, rows

__all__ = ["Choice", "Files", "Refusal", "TokenizerBackend", "all_backends", "build", "explain"]

_LOG = logging.getLogger("hfcompat")
STOCK = "transformers"
"""What is named where no backend was taken."""

OF_STOCK = ("tokenizers", "sentencepiece")
"""What `backend=` may be to transformers 5 itself."""

_CONFIG = "tokenizer_config.json"
_MARK = "hfcompat_backend"
"""Key of tokenizer_config.json by which a folder says which backend has written it."""

_LEFT_TO_STOCK = ("tokenizer_type", "gguf_file", "fix_mistral_regex", "mistral_format")
"""Keywords by which a caller has chosen a reader of transformers."""


class Refusal(Exception):
    """Raised by a backend for files that it does not read; the message says why."""


@dataclass(frozen=True, slots=True)
class TokenizerBackend:
    """One row.

    Attributes:
        id: unique within the plugin.
        model_types: as in config.json; "" is for folders that do not say, "*" for all.
        matches: globs of files; the first that is there is read.
        impl: `package.module:function`, called with `Files` and a dictionary of the keywords that are not about the
            Hub; it gives a tokenizer, or raises `Refusal`.
        when: versions that it works with, by distribution, as of `Patch.when`.
        needs: packages that it needs, with the versions; where one is missing, transformers goes on alone.
        unless: globs of files; where one is there, the folder is left to transformers.
        reason: what it is better at, in one sentence.
        upstream: a link.
    """

    id: str
    model_types: tuple[str, ...]
    matches: tuple[str, ...]
    impl: str
    reason: str
    upstream: str
    when: Mapping[str, Range] = field(default_factory=dict)
    needs: Mapping[str, Range] = field(default_factory=dict)
    unless: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "when", MappingProxyType(dict(self.when)))
        object.__setattr__(self, "needs", MappingProxyType(dict(self.needs)))

    def is_for(self, environment: Environment) -> bool:
        """Whether the installed versions are those that it works with."""
        return environment.unmet(self.when) is None

    def knows(self, model_type: str) -> bool:
        """Whether it is for models of this type."""
        return model_type in self.model_types or "*" in self.model_types

    def lacks(self, environment: Environment) -> str:
        """What is missing for it, with the way out; "" where nothing is."""
        name = environment.unmet(self.needs)
        if name is None:
            return ""
        version, install = environment.version(name), f"run: pip install '{name}{self.needs[name]}'"
        if version is None:
            return f"{name} is not installed; {install}"
        return f"it needs {name}{self.needs[name]}, and {version} is installed; {install}"

    def problems(self) -> list[str]:
        """What is wrong with the declaration, one sentence each."""
        found = [f"{name} is empty" for name in ("id", "matches", "reason", "upstream") if not getattr(self, name)]
        found += [] if ":" in self.impl else [f"impl {self.impl!r} is not 'package.module:function'"]
        for name in ("model_types", "matches", "unless"):
            if not isinstance(getattr(self, name), tuple):
                found.append(f"{name} {getattr(self, name)!r} is not a tuple of texts")
        return found + bad_ranges(self.when) + bad_ranges(self.needs)


@dataclass(frozen=True, slots=True)
class Choice:
    """Which reader a tokenizer has, and why.

    Attributes:
        backend: `plugin:id`; "transformers" where none was taken.
        reason: what it is better at; for transformers, nothing.
        refused: those that were looked at before it, `plugin:id` and why not.
    """

    backend: str
    reason: str = ""
    refused: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.backend}: {self.reason}" if self.reason else self.backend]
        return "\n".join([*lines, *(f"  not {name}: {why}" for name, why in self.refused)])


_choices: weakref.WeakKeyDictionary[Any, Choice] = weakref.WeakKeyDictionary()
_said: set[tuple[str, str]] = set()


def explain(tokenizer: Any) -> Choice | None:
    """Which backend reads for a tokenizer that `hfcompat.AutoTokenizer` has made, and why; None for any other."""
    return _choices.get(tokenizer)


def note(tokenizer: Any, choice: Choice) -> None:
    """Write down which backend a tokenizer has."""
    try:
        _choices[tokenizer] = choice
    except TypeError:  # somebody's own class, with neither a hash nor weak references
        _LOG.debug("nothing is noted on a %s", type(tokenizer).__name__)


class Files:
    """The files of a tokenizer, in a folder or on the Hub.

    Attributes:
        origin: the folder or the name on the Hub, as it was given.
        folder: the folder that has them; None for a name on the Hub.
    """

    def __init__(self, origin: Any, kwargs: Mapping[str, Any]) -> None:
        self.origin = origin
        self._hub = {name: kwargs[name] for name in _HUB if kwargs.get(name) is not None}
        folder = Path(origin, kwargs.get("subfolder") or "") if isinstance(origin, (str, os.PathLike)) else None
        self.folder = folder if folder is not None and folder.is_dir() else None
        self._names: list[str] | None = None

    @property
    def names(self) -> list[str]:
        """Names of the files beside each other, sorted. Asks the Hub, where the files are there."""
        if self._names is None:
            self._names = sorted(self._listed())
        return self._names

    def first(self, globs: tuple[str, ...]) -> str | None:
        """The name of the first file that one of the globs matches; of several for one glob, the last by name."""
        found = ([name for name in self.names if fnmatchcase(name, glob)] for glob in globs)
        return next((names[-1] for names in found if names), None)

    def locate(self, name: str) -> Path | None:
        """Where a file is, fetched where it must be; None where there is none."""
        if self.folder is not None:
            path = self.folder / name
            return path if path.is_file() else None
        cached_file = importlib.import_module("transformers.utils").cached_file
        quiet = {f"_raise_exceptions_for_{what}": False for what in ("missing_entries", "connection_errors")}
        try:
            found = cached_file(str(self.origin), name, **self._hub, **quiet)
        except (OSError, ValueError):  # no such repository, no name of one: transformers says what is wrong
            return None
        return Path(found) if found else None

    def document(self, name: str) -> dict[str, Any]:
        """A JSON file; empty where there is none, or it is no object."""
        path = self.locate(name)
        try:
            found = json.loads(path.read_text("utf-8")) if path else {}
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}

    def _listed(self) -> Iterator[str]:
        if self.folder is not None:
            yield from (entry.name for entry in os.scandir(self.folder) if entry.is_file())
            return
        inside = f"{self._hub['subfolder']}/" if self._hub.get("subfolder") else ""
        for name in self._in_repository():
            if name.startswith(inside) and "/" not in name[len(inside) :]:
                yield name[len(inside) :]

    def _in_repository(self) -> list[str]:
        hub = importlib.import_module("huggingface_hub")
        asked = {name: self._hub[name] for name in ("revision", "token") if name in self._hub}
        if not self._hub.get("local_files_only") and not hub.constants.HF_HUB_OFFLINE:
            try:
                return list(hub.list_repo_files(str(self.origin), **asked))
            except Exception as error:  # the network, a name that is none: transformers says what is wrong
                _LOG.debug("%s is not listed: %s", self.origin, error)
                return []
        for name in ("config.json", _CONFIG):
            found = self.locate(name)
            if found:
                root = found.parents[1] if self._hub.get("subfolder") else found.parent
                return [path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()]
        return []


_HUB = (
    "cache_dir",
    "force_download",
    "local_files_only",
    "proxies",
    "repo_type",
    "resume_download",
    "revision",
    "subfolder",
    "token",
)


def all_backends(environment: Environment) -> list[tuple[str, TokenizerBackend]]:
    """Those that are for the installed versions, by `plugin:id`, in the order in which they are asked.

    Raises:
        ValueError: one is badly declared.
    """
    offered = rows("hfcompat_tokenizers", TokenizerBackend, api.LEDGER.policy)
    return [(f"{plugin}:{row.id}", row) for plugin, row in offered if row.is_for(environment)]


def build(name: Any, kwargs: Mapping[str, Any], wanted: str | None = None) -> tuple[Any, Choice]:
    """The tokenizer of the first backend that takes it.

    Args:
        name: a folder, or a name on the Hub.
        kwargs: of `from_pretrained`.
        wanted: a glob on `plugin:id`, an id or a plugin's name: this one and no other, whatever the model type.

    Returns:
        None in the tokenizer's place: it is left to transformers.

    Raises:
        ValueError: no backend is called `wanted`.
        OSError: it finds no file of its own, or cannot read it.
        ImportError: it lacks a package.
    """
    if wanted == STOCK or (wanted is None and any(kwargs.get(word) is not None for word in _LEFT_TO_STOCK)):
        return None, Choice(STOCK, refused=(("*", "the caller has chosen a reader of transformers"),))
    environment = Environment()
    rows = all_backends(environment)
    files = Files(name, kwargs)
    if wanted is not None:
        return _asked_for(wanted, rows, files, kwargs, environment)
    model_type, mark = _said_of(files, kwargs)
    refused: list[tuple[str, str]] = []
    for key, row in rows:
        marked = key == mark
        if not marked and not row.knows(model_type):
            continue
        if files.folder is None and "*" in row.model_types and not marked:
            continue  # the Hub is asked for a list of files only where the model type says that it is worth it
        file = files.first(row.matches)
        if file is None:
            continue
        why = "" if marked else _why_not_here(row, files)
        lacking = why or row.lacks(environment)
        loud = not why
        if not lacking:
            try:
                return _loaded(row, files, kwargs), Choice(key, row.reason, tuple(refused))
            except Refusal as error:
                lacking, loud = str(error), False
            except Exception as error:
                if not is_harmless(error):
                    raise
                lacking = f"{type(error).__name__}: {error}"
        refused.append((key, lacking))
        _say(key, file, lacking, loud=loud)
    return None, Choice(STOCK, refused=tuple(refused))


def _asked_for(
    wanted: str,
    rows: list[tuple[str, TokenizerBackend]],
    files: Files,
    kwargs: Mapping[str, Any],
    environment: Environment,
) -> tuple[Any, Choice]:
    called = [(key, row) for key, row in rows if fnmatchcase(key, wanted) or wanted in (row.id, key.partition(":")[0])]
    if not called:
        names = ", ".join([STOCK, *(key for key, _ in rows)])
        raise ValueError(f"no tokenizer backend is called {wanted!r}; there are: {names}")
    for key, row in called:
        if files.first(row.matches):
            lacking = row.lacks(environment)
            if lacking:
                raise ImportError(f"tokenizer backend {key}: {lacking}")
            try:
                return _loaded(row, files, kwargs), Choice(key, f"asked for. {row.reason}")
            except Refusal as error:
                raise OSError(f"tokenizer backend {key} does not read {files.origin}: {error}") from error
    globs = ", ".join(glob for _, row in called for glob in row.matches)
    raise OSError(f"tokenizer backend {wanted!r} finds none of its files in {files.origin}: {globs}")


def _loaded(row: TokenizerBackend, files: Files, kwargs: Mapping[str, Any]) -> Any:
    module, _, function = row.impl.partition(":")
    gone = (*_HUB, *_NOT_OF_A_TOKENIZER)
    left = {name: value for name, value in kwargs.items() if name not in gone and not name.startswith("_")}
    return getattr(importlib.import_module(module), function)(files, row, left)


_NOT_OF_A_TOKENIZER = ("config", "use_fast", "trust_remote_code", "code_revision", "mistral_format")


def _said_of(files: Files, kwargs: Mapping[str, Any]) -> tuple[str, str]:
    """The model type, and the backend that has written the folder; nothing is built to find out."""
    model_type = families.model_type(kwargs.get("config")) or families.model_type(files.document("config.json"))
    mark = files.document(_CONFIG).get(_MARK) if files.folder is not None or model_type else None
    return model_type, mark if isinstance(mark, str) else ""


def _why_not_here(row: TokenizerBackend, files: Files) -> str:
    """What in the folder says that it is for transformers; "" where nothing does."""
    there = files.first(row.unless)
    if there:
        return f"{there} is there, and transformers reads it"
    code = files.document(_CONFIG).get("auto_map")
    own = isinstance(code, list) or (isinstance(code, dict) and bool(code.get("AutoTokenizer")))
    return "the folder brings a tokenizer of its own (auto_map)" if own else ""


def _say(key: str, file: str, why: str, *, loud: bool) -> None:
    if (key, why) in _said:
        return
    _said.add((key, why))
    _LOG.log(logging.WARNING if loud else logging.INFO, "tokenizer backend %s leaves %s alone: %s", key, file, why)
