"""Losses of language models in chunks, where the logits of a batch never exist; pure torch, on every device."""

from __future__ import annotations

from hfcompat_plugins.losses.heads import HEADS

from hfcompat import hookimpl
from hfcompat.kernels import Slot, Swap


@hookimpl
def hfcompat_swaps() -> list[Swap]:
    return [
        Swap(
            "chunked-loss",
            Slot.LOSS,
            impl="hfcompat_plugins.losses.chunked:swap",
            when={"transformers": ">=4.49,<5.24", "torch": ">=2.4"},
            models=tuple(HEADS),
            dtypes=("float64", "float32", "bfloat16", "float16"),
            tolerance=1e-5,
            reason="Loss and gradients of the head in one pass over chunks: a tenth of the memory of logits and loss.",
            upstream="https://github.com/huggingface/transformers/blob/v5.0.0/src/transformers/loss/loss_utils.py",
        )
    ]
