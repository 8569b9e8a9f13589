"""Classes that are the wheel's in all they do, and the runtime's to `isinstance`."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["both", "config", "generation_config", "model", "output"]


def both(theirs: type, runtime: type, body: dict[str, Any] | None = None) -> type:
    """A class with the name of `theirs` that derives from it and from `runtime`.

    The runtime's class must not come between the wheel's class and *its* bases: `super().__init__()` there means
    `nn.Module`. So the runtime's stands behind a class that gives every name that both know back to the wheel's bases;
    only names that the wheel does not know are answered by the runtime.

    Args:
        theirs: a class of the wheel.
        runtime: the class of the runtime that it is to be an instance of.
        body: attributes of the new class.
    """
    behind = type(runtime.__name__, (runtime,), {"__module__": __name__, "__init_subclass__": classmethod(_quiet)})
    made = type(theirs)(theirs.__name__, (theirs, behind), {"__module__": theirs.__module__, **(body or {})})
    later = [cls for cls in made.__mro__[made.__mro__.index(behind) :] if cls in theirs.__mro__]
    for name in {name for cls in runtime.__mro__ if cls not in theirs.__mro__ for name in vars(cls)} - _OWN:
        for cls in later:
            if name in vars(cls):
                setattr(behind, name, vars(cls)[name])
                break
    return made


_OWN = set("__annotations__ __dict__ __doc__ __init_subclass__ __module__ __qualname__ __slots__ __weakref__".split())
"""What each class has for itself."""


def _quiet(cls: Any, /, **kwargs: Any) -> None:
    """The wheel's own `__init_subclass__` has run; the runtime's is for classes that are built its way."""


def _runtime(module: str, name: str) -> type:
    found: type = getattr(importlib.import_module(f"transformers.{module}"), name)
    return found


def config(theirs: Any) -> type:
    """`PreTrainedConfig`, which leaves `dtype` to whoever builds a model of it, as the runtime's Auto classes expect."""

    def from_dict(cls: Any, config_dict: Any, **kwargs: Any) -> Any:
        found = super(made, cls).from_dict(config_dict, **kwargs)
        if isinstance(found, tuple):
            found[1].update({name: kwargs[name] for name in ("dtype", "torch_dtype") if name in kwargs})
        return found

    from_dict.__doc__ = theirs.from_dict.__doc__
    runtime = _runtime("configuration_utils", "PretrainedConfig")
    made: Any = both(theirs, runtime, {"from_dict": classmethod(from_dict)})
    return made  # type: ignore[no-any-return]


def output(theirs: type) -> type:
    """`ModelOutput`."""
    return both(theirs, _runtime("utils.generic", "ModelOutput"))


def generation_config(theirs: type) -> type:
    """`GenerationConfig`."""
    return both(theirs, _runtime("generation.configuration_utils", "GenerationConfig"))


def model(theirs: Any) -> type:
    """`PreTrainedModel`, whose weights have the dtype that the runtime's users expect when they name none."""

    def from_pretrained(cls: Any, pretrained_model_name_or_path: Any, *model_args: Any, **kwargs: Any) -> Any:
        if kwargs.get("dtype") is None and kwargs.get("torch_dtype") is None:
            kwargs["dtype"] = importlib.import_module("torch").get_default_dtype()
        return super(made, cls).from_pretrained(pretrained_model_name_or_path, *model_args, **kwargs)

    from_pretrained.__doc__ = theirs.from_pretrained.__doc__
    body = {"from_pretrained": classmethod(from_pretrained)}
    made: Any = both(theirs, _runtime("modeling_utils", "PreTrainedModel"), body)
    return made  # type: ignore[no-any-return]
