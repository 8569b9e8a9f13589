"""What readers make of a checkpoint, told from its headers: a rule that would change something is one they need."""

from __future__ import annotations

import enum
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hfcompat.checkpoints import families, rules
from hfcompat.checkpoints.draft import Draft
from hfcompat.checkpoints.errors import PickleError, UnrepresentableError
from hfcompat.checkpoints.folder import Folder
from hfcompat.checkpoints.rule import Harm, Part, Rule
from hfcompat.checkpoints.targets import Reader, reader

__all__ = ["READERS", "Finding", "Inspection", "Outcome", "Verdict", "inspect"]

READERS = ("4.49", "4.57", "5.0", "5.12", "5.23")


class Outcome(enum.Enum):
    """What a reader does with a checkpoint."""

    RIGHT = "right"
    WRONG = "wrong"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # remote code decides, or a pickle does


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a reader does not understand."""

    rule: str
    file: str
    place: str
    reads: Any
    meant: Any
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one reader does, and why."""

    reader: Reader
    outcome: Outcome
    findings: tuple[Finding, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Inspection:
    """What readers make of a checkpoint.

    Attributes:
        path: the folder.
        writer: the version of transformers that wrote it, as it says; None where it does not.
        verdicts: one for each reader that was asked for.
    """

    path: Path
    writer: str | None
    verdicts: tuple[Verdict, ...]

    @property
    def ok(self) -> bool:
        """Whether every reader reads it right, or may."""
        return all(verdict.outcome in (Outcome.RIGHT, Outcome.UNKNOWN) for verdict in self.verdicts)

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "path": str(self.path),
            "writer": self.writer,
            "verdicts": [
                {
                    "reader": verdict.reader.name,
                    "reads_as": verdict.reader.reads_as,
                    "outcome": verdict.outcome.value,
                    "why": verdict.why,
                    "findings": [
                        {name: getattr(finding, name) for name in Finding.__slots__} for finding in verdict.findings
                    ],
                }
                for verdict in self.verdicts
            ],
        }

    def to_json(self) -> str:
        """The same as text."""
        return json.dumps(self.to_dict(), indent=2, default=str)

    def text(self) -> str:
        """A paragraph for each reader."""
        lines = [f"{self.path}: written by transformers {self.writer or 'of an unknown version'}"]
        for verdict in self.verdicts:
            lines.append(
                f"{verdict.reader.name:12s} {verdict.outcome.value}{f': {verdict.why}' if verdict.why else ''}"
            )
            for finding in verdict.findings:
                place = f"{finding.file}: {finding.place}" if finding.place else finding.file
                lines.append(f"  {place}: reads {_short(finding.reads)}, means {_short(finding.meant)}")
                lines.append(f"    {finding.reason} ({finding.rule})")
        return "\n".join(lines)


def _short(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def inspect(
    path: Path | str,
    readers: Iterable[str] = READERS,
    *,
    known: Iterable[Rule] | None = None,
    base: Path | str | None = None,
) -> Inspection:
    """What each reader makes of a checkpoint. Neither torch nor transformers is imported.

    No tensor is read, but those of an adapter on fused experts: whether it is two for each expert, they alone tell.

    Args:
        path: a folder with a model, a tokenizer, a processor, an adapter, or some of them.
        readers: versions of transformers ("4.57", "5.23.0"), and tools ("vllm-0.11").
        base: as of `convert`.

    Raises:
        CheckpointError: the checkpoint is damaged.
        ValueError: a reader is not known.
    """
    folder = Folder(path)
    rows = list(rules.all_rules() if known is None else known)
    verdicts = tuple(_judge(folder, reader(name), rows, Path(base) if base else None) for name in readers)
    config = Draft(folder).config
    return Inspection(Path(path), config.get("transformers_version"), verdicts)


def _judge(folder: Folder, who: Reader, rows: list[Rule], base: Path | None) -> Verdict:
    draft = Draft(folder, (who.transformers,), base)
    config = draft.config
    if config.get("auto_map"):
        return Verdict(who, Outcome.UNKNOWN, why="it comes with code of its own, which decides")
    if config and not families.knows(who.transformers, draft.model_type):
        return Verdict(who, Outcome.REFUSED, why=f"it has no model type {draft.model_type!r}")
    needed = [row for row in rows if row.is_for(who.transformers)]
    before, otherwise = draft.state(), rules.computed_otherwise(draft, needed)
    changes: list[rules.Change] = []
    closed = ""
    try:
        for row in needed:
            try:
                changes += rules.apply(draft, [row])
            except PickleError:  # of the tensors, nothing can be said
                closed = f"its weights are in {folder.pickles[0]}, a pickle, which is not opened"
        changes = rules.net(draft, changes, before)
    except UnrepresentableError as error:
        return Verdict(who, Outcome.WRONG, why=str(error))
    misread = [
        change for change in changes if change.rule.harm is not Harm.NONE and not _by_default(who, draft, change)
    ]
    harms = {change.rule.harm for change in misread} | {rule.harm for rule in otherwise}
    outcome = Outcome.REFUSED if Harm.REFUSED in harms else Outcome.WRONG if harms else Outcome.RIGHT
    if closed and outcome is Outcome.RIGHT:
        outcome = Outcome.UNKNOWN
    found = tuple(Finding(c.rule.id, c.file, c.place, c.before, c.after, c.rule.reason) for c in misread)
    return Verdict(who, outcome, found, why=" ".join([*(rule.reason for rule in otherwise), *filter(None, [closed])]))


def _by_default(who: Reader, draft: Draft, change: rules.Change) -> bool:
    """Whether the reader takes for granted what the rule had to say."""
    if change.rule.part is not Part.CONFIG or change.before is not None:
        return False
    section: Any = draft.config
    *path, key = change.place.split(".")
    for name in path:
        section = section.get(name, {}) if isinstance(section, dict) else {}
    if not isinstance(section, dict) or key not in section:  # a null that had to go
        return False
    return bool(families.default(who.transformers, str(section.get("model_type")), key) == change.after)
