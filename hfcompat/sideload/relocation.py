"""How the wheel's own name becomes the name under which it is side-loaded, in its sources."""

from __future__ import annotations

import ast
import hashlib
import re
from dataclasses import dataclass

__all__ = ["ALIAS", "DIGEST", "RULES", "Rule", "public", "relocate"]

ALIAS = "hfcompat.sideload.v5"
"""The package that stands for the wheel's `transformers`."""

OUTSIDE = "hfcompat.sideload.outside"
"""Packages that the wheel uses in a newer version than the runtime does."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One substitution in the text of each module.

    Attributes:
        pattern: a regular expression; `^` matches at each line. It never crosses a line, so that line numbers stay.
        replacement: as of `re.sub`.
        reason: what would happen without it.
    """

    pattern: str
    replacement: str
    reason: str


RULES = (
    Rule(r"^(\s*)from transformers(?=[. ])", rf"\1from {ALIAS}",
         reason="An absolute import would give the runtime's module."),
    Rule(r"^(\s*)import transformers\.([\w.]+) as", rf"\1import {ALIAS}.\2 as",
         reason="The same, in the other form of the statement."),
    Rule(r"(?<=[\"'])transformers\.(?=[a-z\"'])", f"{ALIAS}.",
         reason="Modules that are named by a string: the Auto mappings, and checks of whose a class is."),
    Rule(r"(import_module\((?:\"[.\w]+\", )?|sys\.modules(?:\.get\(|\[))\"transformers\"", rf'\1"{ALIAS}"',
         reason="The Auto mappings and the lazy packages look names up at the top level."),
    Rule(r"(?<=[\"'])smart_apply(?=[\"'])", "smart_apply_of_5",
         reason="Both versions put a function of this name on `nn.Module`, with other arguments."),
    Rule(r"^(\s*)from huggingface_hub(?= )", rf"\1from {OUTSIDE}.hub",
         reason="huggingface_hub 0.x, which 4.x needs, lacks names of 1.x."),
    Rule(r"^(\s*)from huggingface_hub\.(dataclasses|utils)(?= )", rf"\1from {OUTSIDE}.hub_\2",
         reason="The same, for its submodules."),
)  # fmt: skip

_COMPILED = [(re.compile(rule.pattern, re.MULTILINE), rule.replacement) for rule in RULES]

DIGEST = hashlib.sha256(f"{RULES} homes".encode()).hexdigest()[:8]
"""Of the rules and of what is written beside: sources that were relocated by others are not taken for these."""

_CLASS = re.compile(r"^(?:class )?([A-Z]\w*)(?: =|[(:])", re.MULTILINE)
_PUBLIC = re.compile(r"^__all__ = (\[.*?\])", re.MULTILINE | re.DOTALL)


def public(name: str, source: str) -> list[str]:
    """Names that the top level of the wheel has from a module: of a family what is in `__all__`, else the classes."""
    if name.rpartition(".")[2].startswith(("dummy_", "modular_", "convert_")):  # what is not for use
        return []
    if name.rpartition(".")[2].startswith("modular_"):  # what the other files of a family are generated from
        return []
    if not name.startswith("models."):
        return _CLASS.findall(source)
    found = _PUBLIC.search(source)
    return [str(name) for name in ast.literal_eval(found[1])] if found else []


def relocate(source: str) -> str:
    """The text of a module of the wheel, as it is imported."""
    for pattern, replacement in _COMPILED:
        source = pattern.sub(replacement, source)
    return source
