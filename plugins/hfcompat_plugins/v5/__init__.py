"""Names that 5.x has and 4.x has not: what code written for 5.x imports, calls and declares.

A row is a name, the versions that lack it, and what it is served from. Nothing that works on 4.x changes; what code of
5.x expects of calls that 4.x has too is in `BEHAVIOURS`, for those who name the dialect.
"""

from __future__ import annotations

from hfcompat_plugins.v5.tables.behaviours import BEHAVIOURS
from hfcompat_plugins.v5.tables.calls import CALLS
from hfcompat_plugins.v5.tables.modules import MODULES
from hfcompat_plugins.v5.tables.names import NAMES

from hfcompat import Patch, hookimpl

PATCHES = [*MODULES, *NAMES, *CALLS, *BEHAVIOURS]


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES
