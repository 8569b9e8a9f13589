"""A model is saved so that every reader understands it, by one process or by all that hold a part of it."""

from __future__ import annotations

import contextlib
import errno
import functools
import inspect
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hfcompat.checkpoints import documents, writing
from hfcompat.checkpoints.converting import draft_for
from hfcompat.checkpoints.draft import Draft, Edited
from hfcompat.checkpoints.errors import CheckpointError
from hfcompat.checkpoints.folder import Folder
from hfcompat.checkpoints.locking import locked
from hfcompat.checkpoints.rule import Rule
from hfcompat.checkpoints.rules import all_rules
from hfcompat.checkpoints.targets import TARGETS

__all__ = ["Checkpointer", "Saved", "beside", "known_rules", "publish", "save", "save_own"]


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint that is saved, or is being saved.

    Attributes:
        path: the folder.
        dialect: whose words it is in.
    """

    path: Path
    dialect: str
    _end: Callable[[], None] | None = field(default=None, repr=False, compare=False)

    def wait(self) -> Path:
        """Wait until the folder is there; every rank that saved must ask.

        Raises:
            CheckpointError: it could not be written, by whichever rank; nothing is there then.
        """
        if self._end:
            self._end()
        return self.path


@dataclass(frozen=True, slots=True)
class Checkpointer:
    """How models are to be saved, for `model.save_pretrained(path, checkpointer=...)`; attributes are as of `save`."""

    dialect: str = "dual"
    consolidated: bool = True
    asynchronous: bool = False

    def save(self, model: Any, path: Path | str, *, max_shard_size: int | str = "5GB", tokenizer: Any = None) -> Saved:
        """As the function `save`."""
        return save(
            model,
            path,
            dialect=self.dialect,
            max_shard_size=max_shard_size,
            consolidated=self.consolidated,
            asynchronous=self.asynchronous,
            tokenizer=tokenizer,
        )


def save(
    model: Any,
    path: Path | str,
    *,
    dialect: str = "dual",
    max_shard_size: int | str = "5GB",
    consolidated: bool = True,
    asynchronous: bool = False,
    tokenizer: Any = None,
) -> Saved:
    """Save a model in the words of the readers that are asked for. The folder appears when all of it is there.

    A model with DTensors, of FSDP2 or tensor parallelism, is saved by all ranks of the default process group, which all
    call this with the same arguments and see one file system. They write through `torch.distributed.checkpoint`: each
    rank takes its share of the files, and holds no more than these in its own memory. Any other model is whole in each
    process, so one of them calls this.

    Args:
        model: a PreTrainedModel, or a torch module with a `config` that has `save_pretrained` or `to_dict`.
        path: a folder that does not exist, or is empty.
        dialect: "4.57", "5.23", or "dual" for both at once.
        max_shard_size: bytes of a file, as a number or like "5GB"; a larger tensor has a file of its own.
        consolidated: files have whole tensors, as `from_pretrained` reads them. If False, each rank of a model with
            DTensors writes what it holds, in files that `torch.distributed.checkpoint` alone reads
            (HuggingFaceStorageReader), and `max_shard_size` counts for nothing. Only what the runtime converts when it
            saves, as experts of 5.x, is sent between ranks.
        asynchronous: return when all tensors are copied to the memory of the host; a thread writes them, and `wait` of
            the result ends it. The control messages of the ranks go through a gloo group of their own. The default
            group needs a CPU backend too ("cpu:gloo,cuda:nccl").
        tokenizer: tokenizer or processor, saved into the same folder.

    Raises:
        ValueError: there is no such dialect.
        CheckpointError: the folder exists and is not empty, somebody else writes it, or it cannot be written, be it by
            another rank; nothing is there then.
        UnrepresentableError: these readers have no words for the model.
    """
    if dialect not in TARGETS:
        raise ValueError(f"there is no dialect {dialect!r}; there are {', '.join(TARGETS)}")
    from hfcompat.checkpoints import ranks

    goal = Path(os.path.abspath(path))
    model = _unwrapped(model)
    if asynchronous or ranks.shares(model):
        end = ranks.save(model, goal, dialect, max_shard_size, consolidated, asynchronous, tokenizer)
        return Saved(goal, dialect, end)
    with beside(goal) as work:
        save_own(model, work / "own", tokenizer, max_shard_size=max_shard_size)
        draft, _ = draft_for(Folder(work / "own"), dialect, known_rules())
        publish(_written(draft, work), goal)
    return Saved(goal, dialect)


@functools.cache
def known_rules() -> tuple[Rule, ...]:
    """The rules, found once in a process: those who save do so again and again."""
    return tuple(all_rules())


def _written(draft: Draft, work: Path) -> Path:
    """The folder that a draft describes: its own with other texts, or one with other tensors."""
    stored = {name: found for shard in draft.folder.shards for name, found in shard.tensors.items()}
    if draft.tensors != {name: Edited(found) for name, found in stored.items()}:
        return writing.write(draft, work / "files")
    texts = {name: documents.text_of(document) for name, document in draft.documents.items()} | draft.texts
    for name, text in texts.items():
        draft.folder.locate(name).write_text(text, encoding="utf-8", newline="\n")
    return draft.folder.path


def _unwrapped(model: Any) -> Any:
    """The model in what torch.compile and DistributedDataParallel make of it."""
    from torch.nn.parallel import DistributedDataParallel

    model = getattr(model, "_orig_mod", model)
    return model.module if isinstance(model, DistributedDataParallel) else model


def save_own(model: Any, folder: Path, tokenizer: Any = None, **options: Any) -> None:
    """Have the model save itself in the words of the runtime, with those of the options that it knows."""
    own = getattr(model, "save_pretrained", None)
    if own is not None:
        known = inspect.signature(own).parameters
        own(folder, **{name: value for name, value in options.items() if name in known})
    else:
        _save_module(model, folder, **options)
    if tokenizer is not None:
        tokenizer.save_pretrained(folder)


def _save_module(model: Any, folder: Path, state_dict: Any = None, max_shard_size: Any = "5GB", **_: Any) -> None:
    from huggingface_hub import save_torch_state_dict

    config: Any = getattr(model, "config", None)
    if not hasattr(config, "save_pretrained") and not hasattr(config, "to_dict"):
        raise CheckpointError(folder, f"{type(model).__name__} has no config with save_pretrained or to_dict")
    folder.mkdir(parents=True)
    state = model.state_dict() if state_dict is None else state_dict
    save_torch_state_dict(state, folder, max_shard_size=max_shard_size)
    if hasattr(config, "save_pretrained"):
        config.save_pretrained(folder)
    else:
        (folder / "config.json").write_text(json.dumps(config.to_dict(), indent=2) + "\n", encoding="utf-8")


@contextlib.contextmanager
def beside(goal: Path) -> Iterator[Path]:
    """A folder beside the goal for what is not finished, which goes in the end; what a killed run left goes first.

    Raises:
        CheckpointError: the goal exists and is not empty, somebody else writes it, or the system refuses.
    """
    work = goal.with_name(f".{goal.name}.hfcompat-saving")
    with _faults(goal):
        _refuse(goal)
        goal.parent.mkdir(parents=True, exist_ok=True)
        with locked(work):
            if os.path.lexists(work):
                shutil.rmtree(work)
            work.mkdir()
            try:
                yield work
            finally:
                shutil.rmtree(work, ignore_errors=True)


def publish(files: Path, goal: Path) -> None:
    """Give a finished folder its name."""
    _refuse(goal)
    if goal.is_dir():
        goal.rmdir()
    files.rename(goal)


def _refuse(goal: Path) -> None:
    if os.path.lexists(goal) and not (goal.is_dir() and not goal.is_symlink() and not any(goal.iterdir())):
        raise CheckpointError(goal, "it exists already and is not empty, and nothing is ever written over")


@contextlib.contextmanager
def _faults(goal: Path) -> Iterator[None]:
    """What the system refuses, as the fault of the checkpoint."""
    from safetensors import SafetensorError

    try:
        yield
    except (OSError, SafetensorError) as error:
        room = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise CheckpointError(goal, f"it cannot be written: {error}{'. Make room for it' if room else ''}") from error
