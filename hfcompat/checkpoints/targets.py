"""Who reads a checkpoint: versions of transformers, what is meant by a target, and tools that read for themselves."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

__all__ = ["TARGETS", "Reader", "reader"]

FOUR, FIVE = Version("4.57.6"), Version("5.23.0")

TARGETS = {"4.57": (Version("4.49.0"), FOUR), "5.23": (Version("5.0.0"), Version("5.12.1"), FIVE)}
TARGETS["dual"] = (*TARGETS["4.57"], *TARGETS["5.23"])
"""The readers that a checkpoint is written for, by the name of the target."""

_LAST = ".99"
_FIRST = Version("4.49.0.dev0")
"""Rules say nothing of what earlier versions read."""

# Tools with loaders of their own, by their sources: the version of transformers whose words they look for, from each
# version of theirs on. https://github.com/vllm-project/vllm, https://github.com/sgl-project/sglang
_TOOLS = {
    "vllm": {"0.0": FOUR, "0.33": FIVE},
    "sglang": {"0.0": FOUR, "0.5.23": FIVE},
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads a checkpoint.

    Attributes:
        name: as it was asked for.
        transformers: the version whose words it looks for.
    """

    name: str
    transformers: Version

    @property
    def reads_as(self) -> str:
        """That version as one says it: "4.57" is its last patch, whichever that is."""
        return str(self.transformers).removesuffix(_LAST)


def reader(name: str) -> Reader:
    """The reader that a name stands for: "4.57", "5.23.0", "vllm-0.11".

    Raises:
        ValueError: no such reader is known.
    """
    tool, _, version = name.rpartition("-")
    try:
        wanted = Version(version)
    except InvalidVersion:
        wanted = None
    if wanted is None or (tool and tool not in _TOOLS):
        known = ", ".join(f"{tool}-X.Y" for tool in _TOOLS)
        raise ValueError(f"there is no reader {name!r}; known are versions of transformers such as 4.57, and {known}")
    if not tool:
        if wanted < _FIRST:
            raise ValueError(f"what transformers {wanted} reads is not known; name 4.49 or a later version")
        return Reader(name, _newest(wanted))
    since = max((Version(first) for first in _TOOLS[tool] if Version(first) <= wanted), default=Version("0.0"))
    return Reader(name, next(read for first, read in _TOOLS[tool].items() if Version(first) == since))


def _newest(version: Version) -> Version:
    """A minor release that is named without a patch number stands for its last patch."""
    return Version(f"{version}{_LAST}") if len(version.release) == 2 else version
