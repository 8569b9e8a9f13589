"""The rules of all plugins, and how a draft is put into the words of its readers."""

from __future__ import annotations

import copy
import importlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from hfcompat.checkpoints.draft import Draft, Edited, State
from hfcompat.checkpoints.errors import CheckpointError
from hfcompat.checkpoints.folder import Folder
from hfcompat.checkpoints.rule import Part, Rule
from hfcompat.plugins import rows

__all__ = ["Change", "all_rules", "apply", "apply_one", "computed_otherwise", "net", "words"]


@dataclass(frozen=True, slots=True)
class Change:
    """What a rule changed.

    Attributes:
        rule: the row.
        file: name of the file.
        place: dotted key in a JSON file, or name of a tensor.
        before: what was there; None where nothing was.
        after: what is there now; None where nothing is.
    """

    rule: Rule
    file: str
    place: str
    before: Any
    after: Any


def all_rules() -> list[Rule]:
    """Rules of every plugin that is installed, in the order of their declaration.

    Raises:
        ValueError: a rule is badly declared.
    """
    return [rule for _, rule in rows("hfcompat_rules", Rule)]


def apply(draft: Draft, rules: Iterable[Rule]) -> Iterator[Change]:
    """Have every rule write into the draft, and tell what each of them changed; nothing happens before it is asked."""
    before = draft.state()
    for rule in rules:
        if rule.part is Part.CODE or not _concerns(rule, draft):
            continue
        apply_one(draft, rule)
        after = draft.state(before)
        if after is not before:
            yield from (Change(rule, *change) for change in _differences(draft.folder, before, after))
            before = after


def apply_one(draft: Draft, rule: Rule) -> None:
    """Have one rule write into the draft.

    Raises:
        CheckpointError: a value is of a kind that the rule can make nothing of.
        UnrepresentableError: the readers have no words for it.
    """
    if not rule.is_of(draft.config.get("transformers_version")):
        return
    try:
        _write(draft, rule)
    except CheckpointError:
        raise
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise CheckpointError(
            draft.folder.path / rule.part.value if rule.part.value in draft.documents else draft.folder.path,
            f"it has a value that rule {rule.id} can make nothing of: {error}",
        ) from error


def _concerns(rule: Rule, draft: Draft) -> bool:
    """Whether a draft has a section of the families of a rule; what no rule looks at need not be compared."""
    return not rule.families or any(section.get("model_type") in rule.families for section in draft.sections())


def _write(draft: Draft, rule: Rule) -> None:
    impl = _resolved(rule)
    if rule.part is Part.CONFIG:
        for section in draft.sections():
            if not rule.families or section.get("model_type") in rule.families:
                impl(section, draft)
    elif not rule.families or draft.model_type in rule.families:
        impl(draft)


def words(draft: Draft, rule: Rule, section: dict[str, Any]) -> set[str]:
    """The keys in which a rule of CONFIG says what a section has, and which that does not have; it is not changed."""
    said = copy.deepcopy(section)
    _resolved(rule)(said, draft)
    return said.keys() - section.keys()


def net(draft: Draft, changes: Iterable[Change], before: State) -> list[Change]:
    """Those changes that are there in the end: what one rule wrote, a later one may have taken back."""
    places = {(file, place) for file, place, _, _ in _differences(draft.folder, before, draft.state())}

    def remains(file: str, place: str) -> bool:
        parts = place.split(".")
        return any((file, ".".join(parts[:count])) in places for count in range(len(parts), 0, -1))

    return [change for change in changes if remains(change.file, change.place)]


def computed_otherwise(draft: Draft, rules: Iterable[Rule]) -> list[Rule]:
    """Of rules on the code of readers, those that this checkpoint is an example of."""
    writer = draft.config.get("transformers_version")
    return [
        rule
        for rule in rules
        if rule.part is Part.CODE and _concerns(rule, draft) and rule.is_of(writer) and _resolved(rule)(draft)
    ]


def _resolved(rule: Rule) -> Any:
    module, _, name = rule.impl.partition(":")
    return getattr(importlib.import_module(module), name)


def _differences(folder: Folder, before: State, after: State) -> Iterator[tuple[str, str, Any, Any]]:
    for file, document in after.documents.items():
        if file in before.documents:
            yield from ((file, *found) for found in _in_documents(before.documents[file], document, ""))
        elif file not in folder.files:
            yield file, "", None, "written"
        elif document != folder.document(file):  # a large one, that was first read by this rule
            yield file, "", "as it was", "written"
    for file, text in after.texts.items():
        if text != before.texts.get(file):
            yield file, "", None, "written"
    yield from _in_tensors(before.tensors, after.tensors)


def _in_documents(before: Any, after: Any, path: str) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {**before, **after}:
            place = f"{path}.{key}" if path else key
            if key not in after or key not in before:
                yield place, before.get(key), after.get(key)
            else:
                yield from _in_documents(before[key], after[key], place)
    elif before != after or type(before) is not type(after):
        yield path, before, after


def _in_tensors(before: dict[str, Edited], after: dict[str, Edited]) -> Iterator[tuple[str, str, Any, Any]]:
    gone = [name for name in before if name not in after]
    for name, tensor in after.items():
        if name not in before:
            old = next((old for old in gone if before[old].stored is tensor.stored), None)
            yield tensor.stored.path.name, name, old, name
        elif before[name].swapped != tensor.swapped:
            yield tensor.stored.path.name, name, list(before[name].shape), list(tensor.shape)
        elif before[name].factor != tensor.factor:
            yield tensor.stored.path.name, name, "as it was", f"multiplied by {tensor.factor / before[name].factor:.6g}"
