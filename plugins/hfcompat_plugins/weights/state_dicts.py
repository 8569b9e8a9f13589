"""State dicts of 4.x, whose names and shapes `from_pretrained` knows how to convert and `load_state_dict` does not."""

from __future__ import annotations

import copy
from typing import Any

import torch

from hfcompat.origin import is_native


def load_from_state_dict(original: Any) -> Any:
    """A native model, or one inside another module, that is given all its weights under names of 4.x."""

    def _load_from_state_dict(self: Any, state_dict: dict[str, Any], prefix: str, *args: Any, **kwargs: Any) -> None:
        if is_native(self):
            theirs = {name.removeprefix(prefix): value for name, value in state_dict.items() if name.startswith(prefix)}
            converted = _converted(self, theirs)
            if converted is not None:  # torch hands a copy of what it was given, to be changed by hooks
                for name in theirs:
                    del state_dict[prefix + name]
                state_dict.update({prefix + name: value for name, value in converted.items()})
        original(self, state_dict, prefix, *args, **kwargs)

    return _load_from_state_dict


def _converted(model: Any, theirs: dict[str, Any]) -> dict[str, Any] | None:
    """The weights under the model's own names; None where they fit already, or are not all there, or are too many."""
    own = model.state_dict().keys()
    if theirs.keys() <= own or not all(isinstance(value, torch.Tensor) for value in theirs.values()):
        return None
    from transformers.conversion_mapping import get_model_conversion_mapping
    from transformers.modeling_utils import LoadStateDictConfig

    with torch.device("meta"):
        twin = type(model)(copy.deepcopy(model.config))
    plan = LoadStateDictConfig(weight_mapping=get_model_conversion_mapping(twin))
    info = type(model)._load_pretrained_model(twin, theirs, None, plan)
    info = info[0] if isinstance(info, tuple) else info
    found = {name: value for name, value in twin.state_dict().items() if not value.is_meta}
    tied = twin.all_tied_weights_keys
    found |= {name: found[tied[name]] for name in own - found.keys() if tied.get(name) in found}
    return found if found.keys() == own and not info.unexpected_keys and not info.mismatched_keys else None
