"""Checkpoints, tokenizers and processors between 4.x and 5.x: what one generation of readers does not find in the other's.

Nothing here imports torch or transformers. families.json is written by tests/interop/record_families.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from hfcompat_plugins.artifacts.tables.reading import READING
from hfcompat_plugins.artifacts.tables.saving import SAVING

from hfcompat import Patch, hookimpl

if TYPE_CHECKING:
    from hfcompat.checkpoints.rule import Rule

PATCHES = [*READING, *SAVING]


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES


@hookimpl
def hfcompat_rules() -> list[Rule]:
    from hfcompat_plugins.artifacts.tables.adapters import ADAPTER_RULES
    from hfcompat_plugins.artifacts.tables.code import CODE_RULES
    from hfcompat_plugins.artifacts.tables.configs import CONFIG_RULES  # not for apply(), which needs no rules
    from hfcompat_plugins.artifacts.tables.processors import PROCESSOR_RULES
    from hfcompat_plugins.artifacts.tables.tensors import TENSOR_RULES
    from hfcompat_plugins.artifacts.tables.tokenizers import GENERATION_RULES, TOKENIZER_RULES

    of_the_model = [*CONFIG_RULES, *TENSOR_RULES, *GENERATION_RULES, *CODE_RULES]
    return [*of_the_model, *TOKENIZER_RULES, *PROCESSOR_RULES, *ADAPTER_RULES]


@hookimpl
def hfcompat_families() -> Iterable[tuple[str, Any]]:
    table: dict[str, Any] = json.loads((files(__name__) / "families.json").read_text())
    return table.items()
