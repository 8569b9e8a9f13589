"""Who reads or writes an attribute of a configuration, behind the machinery of attributes."""

from __future__ import annotations

import sys
from typing import Any

_MACHINERY = frozenset(("__getattribute__", "__getattr__", "__setattr__", "__strict_setattr__", "update"))
_WHERE = ("transformers.configuration_utils", "transformers.integrations.heterogeneity", "huggingface_hub.dataclasses")


def asked_by_transformers() -> bool:
    """Whether the statement that asks, or assigns, stands in transformers. Reads frames: for host-side code only."""
    frame: Any = sys._getframe(2)  # past whoever of us asks this
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        ours = name.startswith("hfcompat_plugins.config")
        if not ours and not (frame.f_code.co_name in _MACHINERY and name.startswith(_WHERE)):
            return bool(name == "transformers" or name.startswith("transformers."))
        frame = frame.f_back
    return False
