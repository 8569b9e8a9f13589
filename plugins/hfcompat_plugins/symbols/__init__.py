"""Names that moved or were removed, at every path that they could be imported from.

A row whose `impl` begins with `transformers` or `huggingface_hub` is an alias and has no code. Everything is served
when it is asked for; nothing here is imported before.
"""

from __future__ import annotations

from hfcompat_plugins.symbols.tables.auto_classes import AUTO_CLASSES
from hfcompat_plugins.symbols.tables.data import DATA
from hfcompat_plugins.symbols.tables.export import EXPORT
from hfcompat_plugins.symbols.tables.generation import GENERATION
from hfcompat_plugins.symbols.tables.hub import HUB
from hfcompat_plugins.symbols.tables.modeling import MODELING
from hfcompat_plugins.symbols.tables.pipelines import PIPELINES
from hfcompat_plugins.symbols.tables.stand_ins import STAND_INS
from hfcompat_plugins.symbols.tables.testing import TESTING
from hfcompat_plugins.symbols.tables.tokenizers import TOKENIZERS
from hfcompat_plugins.symbols.tables.training import TRAINING
from hfcompat_plugins.symbols.tables.utilities import ANSWERS, COPIES, UTILITIES

from hfcompat import Patch, hookimpl

PATCHES = [
    *AUTO_CLASSES,
    *UTILITIES,
    *TRAINING,
    *MODELING,
    *GENERATION,
    *PIPELINES,
    *DATA,
    *TOKENIZERS,
    *EXPORT,
    *TESTING,
    *STAND_INS,
    *HUB,
    *COPIES,
    *ANSWERS,
]


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES
