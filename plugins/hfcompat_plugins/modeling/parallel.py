"""`parallelize()`, by which GPT-2, GPT-J and T5 laid their blocks on several devices up to 4.57."""

from __future__ import annotations

from typing import Any


def parallelize(self: Any, device_map: dict[int, list[int]] | None = None) -> None:
    """Raises NotImplementedError: the forwards of 5.x move nothing from one device to the next."""
    raise NotImplementedError(
        f"{type(self).__name__}.parallelize() is gone since transformers 5.0. Load the model with "
        "from_pretrained(..., device_map='balanced'), or spread it by accelerate.dispatch_model()."
    )


def deparallelize(self: Any) -> None:
    """Moves the whole model to the CPU."""
    self.to("cpu")
