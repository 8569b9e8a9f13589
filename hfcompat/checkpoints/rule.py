"""A rule says what readers of one range do not understand in a checkpoint, and how it is said to them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from functools import cache

from packaging.version import InvalidVersion, Version

from hfcompat.patch import as_range

__all__ = ["Harm", "Part", "Rule"]


class Harm(enum.Enum):
    """What becomes of a checkpoint that a reader does not understand."""

    NONE = "none"  # it is understood, in the words of others
    WRONG = "wrong"  # it loads, and answers wrongly
    REFUSED = "refused"  # it raises


class Part(enum.Enum):
    """What of a checkpoint a rule is about."""

    CONFIG = "config.json"
    GENERATION = "generation_config.json"
    TENSORS = "*.safetensors"
    TOKENIZER = "tokenizer_config.json"
    PROCESSOR = "processor_config.json"
    ADAPTER = "adapter_config.json"
    CODE = "code of the reader"  # these readers compute otherwise, and nothing that can be written changes that


@cache
def _is_in(versions: str, version: Version) -> bool:
    return bool(as_range(versions).contains(version, prereleases=True))


@dataclass(frozen=True, slots=True)
class Rule:
    """One row.

    Attributes:
        id: unique in its plugin; `plugin:id` is its full name.
        part: what it is about. A rule of CONFIG is asked once for each section (config.json itself, text_config,
            vision_config and so on); every other one is asked once. One of CODE changes nothing: inspect alone asks it.
        readers: versions of transformers that need it, as of `Patch.when`: ">=4.49.0.dev0,<5.0.0.dev0".
        harm: what these readers do without it.
        impl: "module:function". It takes a `Draft`, and before it the section where part is CONFIG, and says things in
            the words of these readers, beside the words of others. It must be idempotent. That of CODE takes a `Draft`,
            and answers whether the checkpoint is one of those that they compute otherwise.
        writers: versions of transformers whose checkpoints need it, where what a checkpoint says does not tell; others,
            and those that do not say who wrote them, are left as they are. Empty where it does tell.
        families: model types of the section, or of the checkpoint, that it is for; all where empty.
        replaces: keys of the section that only other readers read; they go when it is written for these readers alone.
        reason: what these readers do, in one sentence.
        upstream: a link.
    """

    id: str
    part: Part
    readers: str
    harm: Harm
    impl: str
    reason: str
    upstream: str
    writers: str = ""
    families: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()

    def is_for(self, reader: Version) -> bool:
        """Whether a version of transformers needs it."""
        return _is_in(self.readers, reader)

    def is_of(self, writer: str | None) -> bool:
        """Whether checkpoints of a writer, which is the `transformers_version` in config.json, may need it."""
        if not self.writers:
            return True
        try:
            return _is_in(self.writers, Version(str(writer)))
        except InvalidVersion:
            return False

    def problems(self) -> list[str]:
        """What is wrong with the declaration."""
        found = [f"{name} is empty" for name in ("id", "impl", "reason", "upstream") if not getattr(self, name)]
        found += [] if ":" in self.impl else [f"impl {self.impl!r} is no module:function"]
        for name in ("readers", "writers"):
            try:
                as_range(getattr(self, name))
            except ValueError as error:
                found.append(f"{name} {getattr(self, name)!r}: {error}")
        return found
