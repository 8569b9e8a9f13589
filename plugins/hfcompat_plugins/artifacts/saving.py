"""`model.save_pretrained(path, checkpointer=...)`."""

from __future__ import annotations

import inspect
from typing import Any

_SIZE = ("max_shard_size",)
# Their defaults say what a checkpointer does anyway, or what is nothing to it.
_MEANINGLESS = ("safe_serialization", "save_function", "token", "save_original_format", "save_peft_format")


def with_checkpointer(original: Any) -> Any:
    """A model is saved by who is asked to; without `checkpointer` it is as it was."""
    defaults = {p.name: p.default for p in inspect.signature(original).parameters.values()}

    def save_pretrained(self: Any, save_directory: Any, *args: Any, checkpointer: Any = None, **kwargs: Any) -> Any:
        if checkpointer is None:
            return original(self, save_directory, *args, **kwargs)
        names = [*defaults][2 : 2 + len(args)]
        given = dict(zip(names, args, strict=True)) | kwargs
        return _by(checkpointer, self, save_directory, {k: v for k, v in given.items() if v != defaults.get(k)})

    return save_pretrained


def _by(checkpointer: Any, model: Any, path: Any, given: dict[str, Any]) -> Any:
    """`given` are the other arguments, as far as they are not the default.

    Raises:
        TypeError: the checkpointer can make nothing of one.
    """
    from hfcompat.checkpoints import Checkpointer

    if isinstance(checkpointer, str):
        checkpointer = Checkpointer(checkpointer)
    main = given.pop("is_main_process", True)
    strange = sorted(given.keys() - {*_SIZE, *_MEANINGLESS})
    if given.get("safe_serialization") is False:
        strange.append("safe_serialization=False")
    if strange:
        raise TypeError(
            f"save_pretrained(checkpointer=...) does not take {', '.join(strange)}; save without a checkpointer, "
            "and run: hfcompat convert"
        )
    if not main and not _is_shared(model):
        return None
    return checkpointer.save(model, path, **{name: given[name] for name in _SIZE if name in given})


def _is_shared(model: Any) -> bool:
    from hfcompat.checkpoints import ranks

    return ranks.shares(model)
