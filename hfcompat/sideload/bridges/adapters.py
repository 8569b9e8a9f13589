"""Adapters of peft, which looks at the runtime for what it has."""

from __future__ import annotations

from typing import Any

from hfcompat.sideload.bridges.identity import both, of_runtime

__all__ = ["mixin"]


def mixin(theirs: Any) -> Any:
    """`PeftAdapterMixin` of the runtime: the wheel's asks peft for what it has only beside 5.x."""
    ours = of_runtime("integrations.peft", "PeftAdapterMixin")

    def load_adapter(self: Any, *args: Any, load_config: Any = None, **kwargs: Any) -> Any:
        return ours.load_adapter(self, *args, **kwargs)

    load_adapter.__doc__ = ours.load_adapter.__doc__
    taken = {name: value for name, value in vars(ours).items() if not name.startswith("__")}
    return both(theirs, ours, {**taken, "load_adapter": load_adapter})
