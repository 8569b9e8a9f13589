"""The contract between the host and its plugins; first and third parties enter by the same door.

A plugin is a module behind an entry point of the group `hfcompat`; the entry point's name is the plugin's
name. It declares, the host edits. Declarations import neither torch nor transformers.

Hook implementations may take fewer arguments than the specification, so arguments can be added later.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pluggy

from hfcompat.patch import Patch

if TYPE_CHECKING:
    from hfcompat.auto.families import Backport
    from hfcompat.auto.tokenizer_backends import TokenizerBackend
    from hfcompat.checkpoints.rule import Rule
    from hfcompat.environment import Environment
    from hfcompat.kernels.swap import Swap

PROJECT = "hfcompat"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def hfcompat_patches(environment: Environment) -> Iterable[Patch]:  # type: ignore[empty-body]
    """Patches that this plugin offers.

    Args:
        environment: installed versions, by distribution; for a plugin whose rows are made from what is there.
            Most plugins need no argument: every row says for itself which versions need it.
    """


@hookspec
def hfcompat_rules(environment: Environment) -> Iterable[Rule]:  # type: ignore[empty-body]
    """Rules on checkpoints that this plugin knows: what some readers do not understand, and how it is said to them."""


@hookspec
def hfcompat_families() -> Iterable[tuple[str, dict[str, Any]]]:  # type: ignore[empty-body]
    """Model types that versions of transformers know, and defaults of their configurations.

    Pairs of a model type and its history: `"in"` lists the versions that have it; other keys are those of config.json,
    with the default by the version that brought it. The pair `("", [versions])` names the versions that were looked at.
    """


@hookspec
def hfcompat_swaps(environment: Environment) -> Iterable[Swap]:  # type: ignore[empty-body]
    """Other implementations of parts of models, the best first; a user asks for them when a model is loaded."""


@hookspec
def hfcompat_backports(environment: Environment) -> Iterable[Backport]:  # type: ignore[empty-body]
    """Families of models that this plugin brings to versions of transformers that lack them."""


@hookspec
def hfcompat_tokenizers(environment: Environment) -> Iterable[TokenizerBackend]:  # type: ignore[empty-body]
    """Other readers of tokenizer files, the best first; asked when `hfcompat.AutoTokenizer` loads a tokenizer."""
