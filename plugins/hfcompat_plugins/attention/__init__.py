"""Attention: the implementations that versions of transformers know by name, and sequences that see each other."""

from __future__ import annotations

from hfcompat import Kind, Patch, hookimpl
from hfcompat.kernels import Slot, Swap

_DOCS = "https://huggingface.co/docs/transformers/attention_interface"
_FLASH = "https://github.com/Dao-AILab/flash-attention"
_FLEX = "https://pytorch.org/docs/stable/nn.attention.flex_attention.html"
_SDPA = "https://pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html"

_HALF = ("float16", "bfloat16")


def _flash(version: int, capability: tuple[int, int], reason: str, **when: str) -> Swap:
    needs = {name.replace("_", "-"): span for name, span in when.items()}
    return Swap(id=f"flash_attention_{version}", slot=Slot.ATTENTION, when=needs, devices=("cuda",), capability=capability,
                dtypes=_HALF, tolerance=1e-2, reason=reason, upstream=_FLASH)  # fmt: skip


# The best first: what "auto" goes through.
ATTENTION = [
    _flash(4, (9, 0), "The fastest on Hopper and Blackwell.", transformers=">=5.4.0.dev0", flash_attn_4=">=4.0.0b1"),
    _flash(3, (8, 0), "The fastest on Hopper where FlashAttention 4 is not at hand.", transformers=">=4.53.0.dev0", flash_attn_3=">=3.0.0b1"),
    _flash(2, (8, 0), "Fast from Ampere on; takes packed sequences without a mask.", transformers=">=4.49.0.dev0,<5.4.0.dev0", flash_attn=">=2.1.0"),
    _flash(2, (8, 0), "Fast from Ampere on; takes packed sequences without a mask.", transformers=">=5.4.0.dev0", flash_attn=">=2.3.3"),
    Swap(id="sdpa", slot=Slot.ATTENTION, when={"transformers": ">=4.49.0.dev0"}, tolerance=1e-5,
         reason="Comes with torch; chooses among flash, memory-efficient, cuDNN and math by itself.", upstream=_SDPA),
    Swap(id="flex_attention", slot=Slot.ATTENTION, when={"transformers": ">=4.49.0.dev0", "torch": ">=2.5.0"}, devices=("cuda",), tolerance=1e-5,
         reason="Compiled from the mask: for models that have neither flash attention nor sdpa.", upstream=_FLEX),
    Swap(id="eager", slot=Slot.ATTENTION, when={"transformers": ">=4.49.0.dev0"},
         reason="Plain torch; every model has it, and it gives the weights.", upstream=_DOCS),
]  # fmt: skip

PATCHES = [
    Patch(
        id="packed-sequences",
        target="transformers.masking_utils:_preprocess_mask_arguments",
        kind=Kind.WRAP,
        impl="hfcompat_plugins.attention.packing:saying_when_packed",
        when={"transformers": ">=4.53.0.dev0,<5.24"},
        after=("modeling:masks-of-three-dimensions",),
        reason="Sequences in one row, told apart by position_ids, see each other in silence where there is a mask or a cache: a warning.",
        upstream="https://github.com/huggingface/transformers/blob/v4.53.0/src/transformers/masking_utils.py",
    ),
]


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES


@hookimpl
def hfcompat_swaps() -> list[Swap]:
    return ATTENTION
