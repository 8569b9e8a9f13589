"""Properties of `PretrainedConfig` that answer otherwise than they did, or cannot be asked in a compiled forward."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins.config.callers import asked_by_transformers

from hfcompat.origin import is_native


def use_return_dict(original: Any) -> Any:
    """`use_return_dict`: false for torchscript, in a class from elsewhere. The warning is kept out of graphs."""

    def use_return_dict(self: Any) -> Any:
        if not is_native(type(self)):
            return self.return_dict and not self.torchscript
        return self.return_dict if torch.compiler.is_compiling() else original.fget(self)

    return property(use_return_dict, original.fset, original.fdel, original.__doc__)


def torch_dtype(original: Any) -> Any:
    """`torch_dtype`, whose warning no graph can hold."""

    def torch_dtype(self: Any) -> Any:
        return self.dtype if torch.compiler.is_compiling() else original.fget(self)

    return property(torch_dtype, original.fset, original.fdel, original.__doc__)


class _Composition:
    """False, unless a class from elsewhere says `is_composition`. One that says the newer name comes before it.

    Some of transformers' own, such as Mistral3Config up to 5.12, still say the old name, and nobody listens.
    """

    def __get__(self, config: Any, owner: Any = None) -> bool:
        says = next((cls for cls in owner.__mro__ if "is_composition" in vars(cls)), object)
        return not is_native(says) and bool(getattr(says, "is_composition", False))


has_no_defaults_at_init = _Composition()
"""Up to 4.51 `is_composition`."""


def eager_unless_said(original: Any) -> Any:
    """`_attn_implementation`, which up to 4.53 was "eager" where nothing had been chosen."""

    def _attn_implementation(self: Any) -> Any:
        chosen = original.fget(self)
        if chosen is None and (torch.compiler.is_compiling() or not asked_by_transformers()):
            return "eager"
        return chosen

    return property(_attn_implementation, original.fset, original.fdel, original.__doc__)
