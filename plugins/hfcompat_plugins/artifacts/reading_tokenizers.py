"""Tokenizers and processors of the other generation are read as they are: their files are reworded beside them.

A tokenizer reads its files itself, by their paths. What the rules change is written to a folder that is gone once the
tokenizer is made; everything else is read where it lies.
"""

from __future__ import annotations

import inspect
import json
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import deepcopy
from functools import cache
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hfcompat_plugins.artifacts import tokenizer_rules
from hfcompat_plugins.artifacts.tables.tokenizers import TOKENIZER_RULES
from hfcompat_plugins.artifacts.tokenizer_rules import CONFIG, FILE, PIPELINE, TEKKEN, pipeline_of
from packaging.version import Version

from hfcompat.checkpoints import documents
from hfcompat.checkpoints.draft import Draft
from hfcompat.checkpoints.errors import CheckpointError
from hfcompat.checkpoints.rule import Part, Rule
from hfcompat.checkpoints.rules import apply_one
from hfcompat.origin import is_native

_LOG = logging.getLogger("hfcompat")
_ELSEWHERE = ("pipeline-of-the-file", "tekken")  # done to what is loaded; done before a class is looked for
_HUB = ("cache_dir", "force_download", "local_files_only", "proxies", "revision", "subfolder", "token")


@cache
def _needed() -> tuple[Rule, ...]:
    runtime = Version(version("transformers"))
    rows = (rule for rule in TOKENIZER_RULES if rule.part is not Part.CODE and rule.id not in _ELSEWHERE)
    return tuple(rule for rule in rows if rule.is_for(runtime))


class _Files:
    """The files of a tokenizer, wherever they are."""

    def __init__(self, paths: dict[str, Path]) -> None:
        self.paths, self.files, self.path = paths, sorted(paths), next(iter(paths.values()), Path()).parent

    def locate(self, name: str) -> Path:
        return self.paths[name]

    def document(self, name: str) -> dict[str, Any] | None:
        return documents.read(self.paths[name]) if name in self.paths else None


def files_in_own_words(original: Callable[..., Any]) -> Callable[..., Any]:
    """`_from_pretrained` of a tokenizer class, which reads what this runtime would have written."""

    def _from_pretrained(cls: Any, resolved_vocab_files: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        file = resolved_vocab_files.get("tokenizer_file")
        asked = bool(file) and is_native(cls) and _asks_for_another(cls, resolved_vocab_files, kwargs)
        with _reworded(cls, resolved_vocab_files) as files:
            tokenizer = original(cls, files, *args, **kwargs)
        if file and is_native(cls) and hasattr(cls, "convert_to_native_format") and not asked:
            _take_pipeline(tokenizer, file)
        return tokenizer

    return _from_pretrained


_BUILDING = (
    "add_prefix_space",
    "do_lower_case",
    "keep_accents",
    "legacy",
    "remove_space",
    "strip_accents",
    "tokenize_chinese_chars",
    "trim_offsets",
)
"""Keywords by which classes build their pipelines."""


def _asks_for_another(cls: Any, resolved: dict[str, Any], kwargs: dict[str, Any]) -> bool:
    """Whether a caller wants another pipeline than that of the file, by a keyword that says what nothing else does."""
    if "fix_mistral_regex" in kwargs:
        return True
    given = {name: kwargs[name] for name in _BUILDING if name in kwargs}
    if not given:
        return False
    path = resolved.get("tokenizer_config_file")
    said = json.loads(Path(path).read_text(encoding="utf-8")) if path else {}
    known = inspect.signature(cls.__init__).parameters
    return any(name in known and said.get(name, known[name].default) != value for name, value in given.items())


@contextmanager
def _reworded(cls: Any, resolved: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The files of a tokenizer by what they are for, some of them in other words."""
    config = resolved.get("tokenizer_config_file")
    draft = _draft(Path(config).parent, resolved) if config else None
    if draft is None:
        yield resolved
        return
    before = deepcopy(draft.documents)
    fast = any(base.__name__ == "PreTrainedTokenizerFast" for base in cls.__mro__)
    for rule in _needed():
        if rule.id != "vocabulary-files" or not fast:
            apply_one(draft, rule)
    _keep(cls, before.get(CONFIG), draft.documents.get(CONFIG))
    ids = {Path(path).name: id for id, path in resolved.items() if path}
    ids |= {name: id for id, name in cls.vocab_files_names.items()}
    with TemporaryDirectory(prefix="hfcompat-") as folder:
        new = dict(resolved)
        for name, document in draft.documents.items():
            if name in ids and before.get(name) != document and not _only_read(name, draft):
                new[ids[name]] = _written(Path(folder, name), documents.text_of(document))
        for name, text in draft.texts.items():
            if name in ids:
                new[ids[name]] = _written(Path(folder, name), text)
        yield new


_BARE = ("TokenizersBackend", "PreTrainedTokenizerFast")
"""What stands for classes that a runtime has not, or no longer."""


def _keep(cls: Any, before: dict[str, Any] | None, config: dict[str, Any] | None) -> None:
    """Take back what rules say for any reader: what is no news to this class, and what is of another one."""
    if before is None or config is None:
        return
    known = {base.__name__.removesuffix("Fast") for base in cls.__mro__}
    named = {str(document.get("tokenizer_class")).removesuffix("Fast") for document in (before, config)}
    of_another = known.isdisjoint(named) and cls.__name__ not in _BARE
    for name in ("padding_side", "model_input_names"):
        if name not in before and name in config and (of_another or config[name] == getattr(cls, name)):
            del config[name]
    path = before.get("vocab_file")
    if "vocab_file" not in config and isinstance(path, str) and Path(path).is_file():
        config["vocab_file"] = path


def _draft(folder: Path, resolved: dict[str, Any]) -> Draft | None:
    found = {path.name: path for path in folder.iterdir() if path.is_file()}
    found |= {f"{path.parent.name}/{path.name}": path for path in folder.glob("additional_chat_templates/*.jinja")}
    found |= {Path(path).name: Path(path) for path in resolved.values() if path}
    try:
        return Draft(_Files(found))  # type: ignore[arg-type]
    except CheckpointError as error:  # whoever reads it says what is wrong with it
        _LOG.debug("left as it is: %s", error)
        return None


def _only_read(name: str, draft: Draft) -> bool:
    """Whether rules have looked at a file, and not changed it."""
    return name == FILE and name in draft.folder.files


def _written(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def _take_pipeline(tokenizer: Any, file: str) -> None:
    """Give a tokenizer the pipeline of its tokenizer.json, where its class has built another one."""
    backend = getattr(tokenizer, "_tokenizer", None)
    if backend is None or not any("__init__" in vars(base) for base in _family(type(tokenizer))):
        return
    from tokenizers import Tokenizer

    said = Tokenizer.from_file(file)
    wanted, built = (pipeline_of(_without_vocabulary(one)) for one in (said, backend))
    for part in PIPELINE:
        if wanted[part] != built[part]:
            setattr(backend, part, getattr(said, part))


def _family(cls: Any) -> Iterator[type]:
    return (base for base in cls.__mro__ if base.__module__.startswith("transformers.models."))


def _without_vocabulary(tokenizer: Any) -> dict[str, Any]:
    return json.loads(tokenizer.to_str())  # type: ignore[no-any-return]


def class_in_own_words(original: Callable[..., Any]) -> Callable[..., Any]:
    """`get_tokenizer_config`, by which AutoTokenizer looks for a class: one that 4.x has."""

    def get_tokenizer_config(*args: Any, **kwargs: Any) -> Any:
        config = original(*args, **kwargs)
        if config:
            draft = Draft(_Files({FILE: Path(FILE)}))  # type: ignore[arg-type]
            draft.documents[CONFIG] = config
            tokenizer_rules.plain_class(draft)
        return config

    return get_tokenizer_config


def of_tekken(original: Callable[..., Any]) -> Callable[..., Any]:
    """`AutoTokenizer.from_pretrained`, for folders with tekken.json and no other file of a tokenizer."""

    def from_pretrained(cls: Any, pretrained_model_name_or_path: Any, *args: Any, **kwargs: Any) -> Any:
        path = Path(str(pretrained_model_name_or_path))
        if path.is_dir():
            alone = (path / TEKKEN).is_file() and not (path / FILE).exists() and not (path / CONFIG).exists()
            if not alone:
                return original(cls, pretrained_model_name_or_path, *args, **kwargs)
            with suppress(ValueError, OSError, LookupError, ImportError):
                found = original(cls, pretrained_model_name_or_path, *args, **kwargs)
                if type(found).__name__.startswith("MistralCommon") or _counts_special_tokens():
                    return found
            return _converted(path / TEKKEN)
        try:
            return original(cls, pretrained_model_name_or_path, *args, **kwargs)
        except (ValueError, OSError, ImportError):
            found = beside(pretrained_model_name_or_path, TEKKEN, kwargs)
            if found is None:
                raise
            return _converted(found)

    return from_pretrained


@cache
def _counts_special_tokens() -> bool:
    """Whether this runtime reads tekken.json right by itself, where it reads it."""
    return Version(version("transformers")) >= Version("5.15.0.dev0")


def _converted(path: Path) -> Any:
    from transformers import PreTrainedTokenizerFast

    draft = Draft(_Files({TEKKEN: path}))  # type: ignore[arg-type]
    tokenizer_rules.tekken(draft)
    with TemporaryDirectory(prefix="hfcompat-") as folder:
        for name in (FILE, CONFIG):
            _written(Path(folder, name), documents.text_of(draft.documents[name]))
        tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    tokenizer.name_or_path = tokenizer.init_kwargs["name_or_path"] = str(path.parent)
    return tokenizer


def beside(name: Any, file: str, kwargs: dict[str, Any]) -> Path | None:
    """A file of the same repository."""
    from transformers.utils import cached_file

    keywords = {key: kwargs[key] for key in _HUB if kwargs.get(key) is not None}
    quiet = ("missing_entries", "connection_errors", "gated_repo")
    found = cached_file(name, file, **keywords, **{f"_raise_exceptions_for_{what}": False for what in quiet})
    return Path(found) if found else None
