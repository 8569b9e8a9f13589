"""A checkpoint in the words of other readers."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from hfcompat.checkpoints import rules
from hfcompat.checkpoints.draft import Draft
from hfcompat.checkpoints.errors import CheckpointError
from hfcompat.checkpoints.folder import Folder
from hfcompat.checkpoints.rule import Part, Rule
from hfcompat.checkpoints.targets import TARGETS

__all__ = ["Conversion", "convert", "draft_for"]


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of a checkpoint.

    Attributes:
        path: where the result is.
        to: the target.
        changes: what each rule changed; empty where the target's readers understood all of it.
        left: files with other weights, which are as they were where names or layouts of tensors have changed: variants
            (model.fp16.safetensors), folders in the folder, pickles beside safetensors.
    """

    path: Path
    to: str
    changes: tuple[rules.Change, ...]
    left: tuple[str, ...] = ()

    def text(self) -> str:
        """A line for each rule that changed something."""
        counts: dict[str, list[rules.Change]] = {}
        for change in self.changes:
            counts.setdefault(change.rule.id, []).append(change)
        lines = [f"{self.path}: written for {self.to}"]
        for name, changes in counts.items():
            places = ", ".join(dict.fromkeys(change.place or change.file for change in changes[:4]))
            lines.append(f"  {name:28s} {places}{f' and {len(changes) - 4} more' if len(changes) > 4 else ''}")
        lines += [] if counts else ["  nothing had to be said in other words"]
        lines += [f"  {name} has other weights, and is as it was: convert it by itself" for name in self.left]
        return "\n".join(lines)


def draft_for(
    folder: Folder, to: str, known: Iterable[Rule] | None = None, base: Path | None = None
) -> tuple[Draft, list[rules.Change]]:
    """What a checkpoint looks like to the readers of a target: "4.57", "5.23" or "dual".

    Raises:
        ValueError: there is no such target.
        UnrepresentableError: these readers have no words for it.
    """
    if to not in TARGETS:
        raise ValueError(f"there is no target {to!r}; there are {', '.join(TARGETS)}")
    draft = Draft(folder, TARGETS[to], base)
    wanted = [rule for rule in (rules.all_rules() if known is None else known) if any(map(rule.is_for, draft.readers))]
    before = draft.state()
    changes = list(rules.apply(draft, wanted))
    if to != "dual":
        for_all = [rule for rule in wanted if all(map(rule.is_for, draft.readers))]
        _drop(draft, [rule for rule in for_all if rule.part is Part.CONFIG and rule.replaces])
        changes += rules.apply(draft, (rule for rule in wanted if rule not in for_all))  # what some of them still read
        if "transformers_version" in draft.config:
            draft.config["transformers_version"] = str(TARGETS[to][-1])
    return draft, rules.net(draft, changes, before)


def _drop(draft: Draft, for_all: list[Rule]) -> None:
    """Take away what only other readers read, where these have words of their own for it."""
    theirs = {key for rule in for_all for key in rule.replaces}
    for section in draft.sections():
        of_section = [rule for rule in for_all if not rule.families or section.get("model_type") in rule.families]
        alone = {key: value for key, value in section.items() if key in theirs or key == "model_type"}
        said = [rule for rule in of_section if (words := rules.words(draft, rule, alone)) and words <= section.keys()]
        for key in {key for rule in said for key in rule.replaces}:
            section.pop(key, None)


def convert(
    source: Path | str,
    destination: Path | str,
    *,
    to: str = "dual",
    progress: Callable[[int, int], None] | None = None,
    in_place: bool = False,
    backup: Path | str | None = None,
    base: Path | str | None = None,
    allow_pickle: bool = False,
) -> Conversion:
    """Write a checkpoint in the words of other readers; files that need no change are linked, or copied.

    Args:
        source: folder with model, tokenizer, processor, adapter, or some of them. It is never changed.
        destination: folder that is made; it is there when all of it is there.
        to: "4.57", "5.23", or "dual" for both at once.
        progress: told the bytes of weights that are written, and those that will be.
        in_place: put the result in the place of the source, which moves to `backup`.
        base: folder with the model that an adapter is for, where adapter_config.json does not say of which kind it is.
        allow_pickle: open weights in pickles, as torch reads them with weights_only, and write them as safetensors.

    Raises:
        CheckpointError: the source is damaged, or the destination is there already or cannot be written.
        PickleError: the tensors of a pickle are needed, and it is not allowed to open it.
        UnrepresentableError: these readers have no words for it.
    """
    from hfcompat.checkpoints import pickles, writing

    folder, goal, model = Folder(source), Path(os.path.abspath(destination)), Path(base) if base else None
    if not (allow_pickle and folder.pickled):
        draft, changes = draft_for(folder, to, base=model)
        saved = Path(backup) if backup else None
        path = writing.write(draft, goal, in_place=in_place, backup=saved, progress=progress)
        return Conversion(path, to, tuple(changes), _left(draft))
    if in_place or goal.parent.resolve().is_relative_to(folder.root):
        raise CheckpointError(folder.path, "its weights become other files; name another folder for the result")
    writing.refuse(goal)
    with pickles.unpickled(folder, goal) as plain:
        draft, changes = draft_for(plain, to, base=model)
        return Conversion(writing.write(draft, goal, progress=progress), to, tuple(changes), _left(draft))


def _left(draft: Draft) -> tuple[str, ...]:
    """See `Conversion.left`."""
    if "tensors" not in draft.__dict__ or draft.tensors == Draft(draft.folder).tensors:
        return ()
    read = {shard.path for shard in draft.folder.shards}
    others = (name for name in draft.folder.files if draft.folder.path / name not in read)
    return tuple(name for name in others if _WEIGHTS.fullmatch(name.rpartition("/")[2]))


_WEIGHTS = re.compile(r"(adapter_|pytorch_)?model[.-].*(safetensors|bin)")
