"""Checkpoints of the other generation are read as they are: rules are applied in memory, or to a copy of the weights.

config.json is put into the words of the runtime after it was read, and before a configuration is made of it. Weights
whose names or layouts differ are written once, as this runtime expects them, to a cache beside that of huggingface_hub.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from hfcompat_plugins.artifacts.tables.code import ATTENTION, CODE_RULES, MENDED
from hfcompat_plugins.artifacts.tables.configs import CONFIG_RULES
from hfcompat_plugins.artifacts.tables.tensors import TENSOR_RULES
from packaging.version import Version

from hfcompat import report, sideload
from hfcompat.checkpoints import documents
from hfcompat.checkpoints.draft import Draft, Edited
from hfcompat.checkpoints.errors import CheckpointError, UnrepresentableError
from hfcompat.checkpoints.folder import Folder
from hfcompat.checkpoints.rule import Harm, Rule
from hfcompat.checkpoints.rules import apply_one, computed_otherwise
from hfcompat.environment import Environment
from hfcompat.patch import Status

_LOG = logging.getLogger("hfcompat")


@functools.cache
def _runtime() -> Version:
    return cast(Version, Environment().transformers)  # no patch is installed where it is not known


class _Rules:
    """A table, looked up by families at every load: most of its rules are of others."""

    def __init__(self, table: Iterable[Rule]) -> None:
        self.rules = [rule for rule in table if rule.harm is not Harm.NONE]
        self.places: dict[str, list[int]] = {}
        for place, rule in enumerate(self.rules):
            for family in rule.families or (_ALL,):
                self.places.setdefault(family, []).append(place)

    def needed(self, draft: _Read) -> Iterator[Rule]:
        """Those that this runtime needs for a draft, each looked at in its turn, when those before it are applied."""
        runtime, last = _runtime(), -1
        while True:
            found = {place for family in draft.families for place in self.places.get(family, ()) if place > last}
            last = next((place for place in sorted(found) if self.rules[place].is_for(runtime)), -1)
            if last < 0:
                return
            yield self.rules[last]
            draft.__dict__.pop("families", None)


_ALL = ""
"""Of the rules that are for every family."""
_CODE, _CONFIG, _TENSORS = _Rules(CODE_RULES), _Rules(CONFIG_RULES), _Rules(TENSOR_RULES)


class _Read(Draft):
    """What is read by this runtime."""

    @cached_property
    def families(self) -> set[str]:
        """Until a rule is applied, which may change them."""
        return {_ALL, *(kind for section in self.sections() if isinstance(kind := section.get("model_type"), str))}


class _InMemory(_Read):
    """A config.json that was read by somebody else, and the headers of the weights beside it, if there are any."""

    def __init__(self, document: dict[str, Any], path: Any) -> None:
        self.documents, self.texts, self.readers = {"config.json": document}, {}, (_runtime(),)
        self.path = path

    @cached_property
    def folder(self) -> Any:  # type: ignore[override]  # rules ask where it is, to say what is wrong
        return SimpleNamespace(path=Path(self.path))

    @cached_property
    def tensors(self) -> dict[str, Edited]:
        try:
            shards = Folder(self.folder.path).shards
        except CheckpointError:  # whoever loads the weights says what is wrong with them
            return {}
        return {name: Edited(found) for shard in shards for name, found in shard.tensors.items()}


class _Untouched(_Read):
    """A checkpoint whose weights' headers are read when a rule asks for them, and remembered as they were then."""

    was: dict[str, Edited] | None = None

    @cached_property
    def tensors(self) -> dict[str, Edited]:
        found = super().tensors
        self.was = dict(found)
        return found


def config_in_own_words(original: Callable[..., Any]) -> Callable[..., Any]:
    """`PretrainedConfig._get_config_dict`, whose answer is what the runtime would have written, and reads."""

    def _get_config_dict(cls: Any, pretrained_model_name_or_path: Any, **kwargs: Any) -> Any:
        document, rest = original(cls, pretrained_model_name_or_path, **kwargs)
        if isinstance(document, dict) and not sideload.brought(document.get("model_type")):  # 5.x reads its own
            reword(document, pretrained_model_name_or_path)
        return document, rest

    return _get_config_dict


def reword(document: dict[str, Any], path: Any) -> None:
    """Say in a config.json what this runtime reads, beside what is there."""
    draft = _InMemory(document, path)
    _tell(draft, path)
    for rule in _CONFIG.needed(draft):
        try:
            apply_one(draft, rule)
        except UnrepresentableError as error:
            _LOG.warning("%s; what is loaded now gives other numbers", error)
        except CheckpointError as error:  # whoever makes a configuration of it says what is wrong
            _LOG.debug("left as it is: %s", error)


_told: set[tuple[str, str]] = set()


def _tell(draft: _Read, path: Any) -> None:
    """Warn once of what this runtime computes otherwise than the writer did, whatever config.json says."""
    for rule in computed_otherwise(draft, _CODE.needed(draft)):
        if rule.id not in ATTENTION and (rule.id, str(path)) not in _told and not _is_mended(rule):
            _told.add((rule.id, str(path)))
            writer = draft.config.get("transformers_version")
            _LOG.warning("%s, written by %s, in transformers %s: %s", path, writer, _runtime(), rule.reason)


def _is_mended(rule: Rule) -> bool:
    """Whether a patch is selected that has this runtime compute as others do."""
    key = MENDED.get(rule.id)
    selected = (Status.PENDING, Status.INSTALLED)
    return key is not None and any(found.key == key and found.status in selected for found in report().records)


def files_in_own_layout(original: Callable[..., Any]) -> Callable[..., Any]:
    """`_get_resolved_checkpoint_files`, which names files that have what the runtime expects."""

    def _get_resolved_checkpoint_files(*args: Any, **kwargs: Any) -> Any:
        files, sharded = original(*args, **kwargs)
        folder = _folder_of(files)
        rewritten = folder and _rewritten(folder)
        if not rewritten:
            return files, sharded
        new = Folder(rewritten)
        if sharded is not None:
            sharded = {**sharded, "weight_map": dict(new.index), "all_checkpoint_keys": list(new.index)}
        return [str(new.path / Path(file).name) for file in files], sharded

    return _get_resolved_checkpoint_files


def folder_in_own_layout(original: Callable[..., Any]) -> Callable[..., Any]:
    """`PreTrainedModel.from_pretrained` of a runtime that looks for its files in there; a folder's weights only."""

    def from_pretrained(cls: Any, pretrained_model_name_or_path: Any, *args: Any, **kwargs: Any) -> Any:
        path = pretrained_model_name_or_path
        plain = not (kwargs.get("subfolder") or kwargs.get("variant") or kwargs.get("state_dict"))
        if plain and isinstance(path, (str, Path)) and Path(path).is_dir():
            path = _rewritten(Path(path)) or path
        return original(cls, path, *args, **kwargs)

    return from_pretrained


def _folder_of(files: Any) -> Path | None:
    """Where files with weights are, if they are all of one folder that has a config.json."""
    if not files or not all(str(file).endswith(".safetensors") for file in files):
        return None
    folders = {Path(file).parent for file in files}
    folder = folders.pop()
    return folder if not folders and (folder / "config.json").is_file() else None


def _rewritten(path: Path) -> Path | None:
    """A copy of the checkpoint with its weights as this runtime expects them; None where they are so already."""
    try:
        config = _InMemory(documents.read(path / "config.json"), path)
        _put_config(config)
        if next(_TENSORS.needed(config), None) is None:  # as of most families: no other file need be looked at
            return None
        draft = _Untouched(Folder(path), (_runtime(),))
        _put_config(draft)
        for rule in _TENSORS.needed(draft):
            apply_one(draft, rule)
    except CheckpointError as error:
        _LOG.debug("left as it is: %s", error)
        return None
    if draft.was is None or (draft.tensors == draft.was and list(draft.tensors) == list(draft.was)):
        return None
    from huggingface_hub.constants import HF_HOME

    from hfcompat.checkpoints import writing

    destination = Path(HF_HOME) / "hfcompat" / "checkpoints" / _fingerprint(draft)
    if not destination.exists():
        destination.parent.mkdir(parents=True, exist_ok=True)
        _LOG.warning(
            "the weights of %s are written once more, as transformers %s has them: %s", path, _runtime(), destination
        )
        for name in list(draft.documents):
            if name != "config.json":
                del draft.documents[name]
        writing.write(draft, destination)
    return destination


def _put_config(draft: _Read) -> None:
    """Have config.json in the words of this runtime, since names of tensors go by what it says."""
    for rule in _CONFIG.needed(draft):
        with contextlib.suppress(CheckpointError):  # reword() tells of it
            apply_one(draft, rule)


def _fingerprint(draft: Draft) -> str:
    """Of the files that there are, and of what becomes of their tensors."""
    names = sorted({shard.path for shard in draft.folder.shards})
    stats = [(path.name, (stat := path.stat()).st_size, stat.st_mtime_ns) for path in names]
    said = f"{draft.folder.root} {stats} {draft.tensors} {_runtime()}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]
