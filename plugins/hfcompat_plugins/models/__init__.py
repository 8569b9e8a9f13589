"""Names that the modules of model families had, at the paths that they were imported from.

A row whose `impl` begins with `transformers` or `torch` is an alias and has no code. Everything is served when it is
asked for; nothing here is imported before.
"""

from __future__ import annotations

from hfcompat_plugins.models.tables.attention import ATTENTION
from hfcompat_plugins.models.tables.calls import CALLS
from hfcompat_plugins.models.tables.documentation import DOCUMENTATION
from hfcompat_plugins.models.tables.layers import LAYERS, OUTPUTS
from hfcompat_plugins.models.tables.others import OTHERS
from hfcompat_plugins.models.tables.tokenizers import TOKENIZERS_AND_PROCESSORS

from hfcompat import Patch, hookimpl

PATCHES = [
    *TOKENIZERS_AND_PROCESSORS,
    *ATTENTION,
    *LAYERS,
    *OUTPUTS,
    *DOCUMENTATION,
    *OTHERS,
    *CALLS,
]


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES
