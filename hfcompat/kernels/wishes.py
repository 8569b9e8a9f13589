"""What a user may ask for when a model is loaded, and how it is fulfilled."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hfcompat.kernels import books, sdpa
from hfcompat.kernels.attention import Wish
from hfcompat.kernels.swap import Situation, Slot
from hfcompat.kernels.taking import take_first

__all__ = ["Wishes", "fulfil", "swap_kernels"]


@dataclass(frozen=True, slots=True)
class Wishes:
    """The keywords that `from_pretrained` and `from_config` of hfcompat know beside those of transformers.

    Attributes:
        attn_implementation: a name, names to try in order, "auto", or a name for each sub-configuration.
        use_liger_kernel: swap layers, and the head with its loss, for Liger's, or for the best that works here.
        liger_kernel_config: options of Liger's apply function, such as {"rope": False}.
        use_sdpa_patching: hold the model to the backends of `sdpa_method`. Default: where `sdpa_method` is given.
        sdpa_method: backends of scaled_dot_product_attention, the best first: torch.nn.attention.SDPBackend or names.
    """

    attn_implementation: Wish = None
    use_liger_kernel: bool = False
    liger_kernel_config: Mapping[str, Any] = field(default_factory=dict)
    use_sdpa_patching: bool | None = None
    sdpa_method: Any = None

    @classmethod
    def of(cls, kwargs: dict[str, Any]) -> Wishes:
        """Takes its keywords out of `kwargs`."""
        names = [name for name in cls.__dataclass_fields__ if name in kwargs]
        return cls(**{name: value for name in names if (value := kwargs.pop(name)) is not None})


def swap_kernels(
    model: Any,
    *,
    use_liger_kernel: bool = False,
    liger_kernel_config: Mapping[str, Any] | None = None,
    use_sdpa_patching: bool | None = None,
    sdpa_method: Any = None,
) -> Any:
    """Swap kernels in one model, as `from_pretrained` of hfcompat does; `undo` takes it back.

    No other model is touched, made before or after. `hfcompat.report(model)` says what was taken or refused, and why.

    Args:
        model: a PreTrainedModel, or PEFT's wrapper of one.
        use_liger_kernel, liger_kernel_config, use_sdpa_patching, sdpa_method: see `Wishes`.

    Returns:
        The model.

    Raises:
        ValueError: `sdpa_method` names no backend.
    """
    wishes = Wishes(None, use_liger_kernel, liger_kernel_config or {}, use_sdpa_patching, sdpa_method)
    return fulfil(model, wishes)


def fulfil(model: Any, wishes: Wishes) -> Any:
    """All but attention, which a model is built with."""
    outer, model = model, books.inner(model)
    methods = wishes.sdpa_method
    is_held = wishes.use_sdpa_patching or (wishes.use_sdpa_patching is None and methods is not None)
    if is_held:
        sdpa.backends_of(methods)  # a bad one is said before anything is done
    if wishes.use_liger_kernel:
        situation = Situation.here(model.config.model_type, model.dtype)
        config = dict(wishes.liger_kernel_config)
        taken = None
        for slot in (Slot.LAYERS, Slot.LOSS):
            taken = taken or take_first(model, slot, situation, config)
        if taken is None or taken.slot is not Slot.LAYERS:
            refused = "; ".join(f"{a.swap}: {a.why}" for a in books.attempts(model) if a.slot is Slot.LAYERS)
            used = f"has {taken.id} alone" if taken else "is as it was"
            warnings.warn(f"{type(model).__name__} {used}; {refused or 'no plugin has other layers'}", stacklevel=4)
    if is_held:  # around the attention modules as they are now
        sdpa.hold(model, methods)
    return outer
