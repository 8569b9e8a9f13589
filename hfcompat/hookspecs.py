"""The contract between the host and its plugins; first and third parties enter by the same door.

A plugin is a module behind an entry point of the group `hfcompat`; the entry point's name is the plugin's
name. It declares, the host edits. Declarations import neither torch nor transformers.

Hook implementations may take fewer arguments than the specification, so arguments can be added later.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

from hfcompat.patch import Patch

if TYPE_CHECKING:
    from hfcompat.environment import Environment

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
