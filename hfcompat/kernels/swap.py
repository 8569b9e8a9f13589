"""A swap: another implementation of a part of a model, what it needs, and what it promises.

Frozen data, as a patch is: a declaration can be read, linted and weighed without torch and the kernel behind it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any

from hfcompat.environment import Environment
from hfcompat.patch import Range, bad_ranges

__all__ = ["Situation", "Slot", "Swap"]


class Slot(enum.Enum):
    """Which part of a model a swap is for."""

    ATTENTION = "attention"  #: `attn_implementation`, chosen while the model is built
    SDPA = "sdpa"  #: backend of torch.nn.functional.scaled_dot_product_attention
    LAYERS = "layers"  #: norms, MLPs, rotary positions, and the head with its loss
    LOSS = "loss"  #: the head of a language model with its loss


@dataclass(frozen=True, slots=True)
class Situation:
    """Where a swap is to work.

    Attributes:
        environment: installed versions, by distribution.
        model_type: as in config.json; "" where it is not known.
        device: torch's name of the accelerator that is here: "cuda", "cpu" where there is none.
        capability: CUDA compute capability; None elsewhere.
        dtype: name of the dtype of the weights, "bfloat16"; None where it is not known yet.
    """

    environment: Environment
    model_type: str = ""
    device: str = "cpu"
    capability: tuple[int, int] | None = None
    dtype: str | None = None

    @classmethod
    def here(cls, model_type: str = "", dtype: Any = None) -> Situation:
        """This process. Imports torch. `dtype` is a torch.dtype, a name of one, or None."""
        import torch

        device, capability = "cpu", None
        if torch.cuda.is_available():
            device, capability = "cuda", torch.cuda.get_device_capability()
        elif torch.accelerator.is_available():
            device = torch.accelerator.current_accelerator().type
        named = None if dtype in (None, "auto") else str(dtype).removeprefix("torch.")
        return cls(Environment(), model_type, device, capability, named)


@dataclass(frozen=True, slots=True)
class Swap:
    """One row.

    Attributes:
        id: unique within the plugin. Of an attention it is the name that `attn_implementation` takes.
        slot: which part it is for.
        impl: `package.module:attribute`, resolved when it is taken: a function of the model and the keyword `config`,
            the options that the user gave, which swaps the part in this one model; the frame takes note of what it
            changes and takes that back. An attention that the runtime knows itself has none.
        when: versions that it works with, by distribution, as of `Patch.when`. All must match.
        models: globs on the model type; any where empty.
        devices: types of torch devices; any where empty.
        capability: CUDA compute capability that it needs at least.
        dtypes: names of the dtypes of weights that it computes with; any where empty.
        backward: whether it can be trained with.
        compiles: whether `torch.compile` can trace it.
        tolerance: largest difference to the stock implementation in float32, relative to the largest value.
        reason: what it is better at, in one sentence.
        upstream: a link to the implementation.
    """

    id: str
    slot: Slot
    reason: str
    upstream: str
    impl: str = ""
    when: Mapping[str, Range] = field(default_factory=dict)
    models: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    capability: tuple[int, int] | None = None
    dtypes: tuple[str, ...] = ()
    backward: bool = True
    compiles: bool = True
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "when", MappingProxyType(dict(self.when)))

    def refusal(self, situation: Situation) -> str:
        """Why it cannot be taken there, and the way out; "" where it can."""
        if self.models and not any(fnmatchcase(situation.model_type, glob) for glob in self.models):
            return f"not for model type {situation.model_type!r}"
        if self.devices and situation.device not in self.devices:
            return f"needs a {' or '.join(self.devices)} device; there is {situation.device} alone"
        if self.capability and situation.capability and situation.capability < self.capability:
            return (
                f"needs compute capability {_dotted(self.capability)}; this device has {_dotted(situation.capability)}"
            )
        if self.dtypes and situation.dtype and situation.dtype not in self.dtypes:
            return f"needs {' or '.join(self.dtypes)}; the weights are {situation.dtype}"
        name = situation.environment.unmet(self.when)
        if name is None:
            return ""
        version = situation.environment.version(name)
        if version is None:
            return f"{name} is not installed; run: pip install '{name}{self.when[name]}'"
        return f"needs {name}{self.when[name]}; {version} is installed"

    def problems(self) -> list[str]:
        """What is wrong with the declaration, one sentence each."""
        found = [f"{name} is empty" for name in ("id", "reason", "upstream") if not getattr(self, name)]
        if not isinstance(self.slot, Slot):
            found.append(f"slot {self.slot!r} is not one of {', '.join(str(slot) for slot in Slot)}")
        elif self.slot is not Slot.ATTENTION and ":" not in self.impl:
            found.append(f"impl {self.impl!r} is not 'package.module:attribute'")
        return found + bad_ranges(self.when)


def _dotted(capability: tuple[int, int]) -> str:
    return ".".join(map(str, capability))
