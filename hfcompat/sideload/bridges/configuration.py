"""Configurations under the runtime's Auto classes."""

from __future__ import annotations

from typing import Any

from hfcompat.sideload.bridges.identity import both, of_runtime

__all__ = ["base"]


_UNSAID = dict.fromkeys(("_commit_hash", "prefix", "task_specific_params", "tokenizer_class"))
"""What the runtime's pipelines and AutoTokenizer read from every configuration, and 5.x no longer has."""


def base(theirs: Any) -> Any:
    """`PreTrainedConfig`, which leaves `dtype` to whoever builds a model, as the runtime's Auto classes expect."""

    def from_dict(cls: Any, /, config_dict: Any, **kwargs: Any) -> Any:
        # 5.x writes an infinite number as an object; its own reader of config.json undoes that, the runtime's does not.
        found = super(made, cls).from_dict(theirs._decode_special_floats(config_dict), **kwargs)
        if isinstance(found, tuple):
            found[1].update({name: kwargs[name] for name in ("dtype", "torch_dtype") if name in kwargs})
        return found

    from_dict.__doc__ = theirs.from_dict.__doc__
    body = {**_UNSAID, "from_dict": classmethod(from_dict)}
    made = both(theirs, of_runtime("configuration_utils", "PretrainedConfig"), body)
    return made
