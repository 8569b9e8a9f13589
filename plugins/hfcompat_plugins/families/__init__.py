"""Families that go wrong in training, or under FSDP2, whatever version their code was written for."""

from __future__ import annotations

from hfcompat import Kind, Patch, hookimpl

_HERE = "hfcompat_plugins.families"
_TREE = "https://github.com/huggingface/transformers/blob/"
_PULL = "https://github.com/huggingface/transformers/pull/"


def _wrap(id: str, target: str, impl: str, reason: str, upstream: str, span: str, **more: str) -> Patch:
    return Patch(
        id=id,
        target=target,
        kind=Kind.WRAP,
        impl=f"{_HERE}.{impl}",
        when={"transformers": span, **more},
        reason=reason,
        upstream=upstream,
        behavioural="dialect" in more,
    )


_GEMMA3N = "transformers.models.gemma3n.modeling_gemma3n:Gemma3nText"
_GEMMA4 = "transformers.models.gemma4.modeling_gemma4:Gemma4Text"
_APART = "Without a cache (use_cache=False, gradient checkpointing, training up to 4.57) layers that share keys and values compute their own, which no checkpoint was trained for."
_COPIED = "Under FSDP2 with a MixedPrecisionPolicy each layer gets a copy of shared_kv_states, and the layers that share keys and values raise KeyError."

# Numbers of transformers' own classes: the two rows act together, and where they are asked for.
SHARED = [
    _wrap("gemma3n.shared-keys.model", f"{_GEMMA3N}Model.forward", "sharing:lending", _APART, _PULL + "45312",
          ">=4.53.0.dev0,<5.6.0.dev0", dialect=">=5.6.0.dev0"),
    _wrap("gemma3n.shared-keys.attention", f"{_GEMMA3N}Attention.forward", "sharing:borrowing", _APART, _PULL + "45312",
          ">=4.53.0.dev0,<5.6.0.dev0", dialect=">=5.6.0.dev0"),
]  # fmt: skip

SHARDED = [
    _wrap("gemma3n.one-shared-dict", f"{_GEMMA3N}DecoderLayer.__call__", "sharing:uncopied", _COPIED,
          _TREE + "v5.9.0/src/transformers/models/gemma3n/modeling_gemma3n.py", ">=5.6.0.dev0,<5.9.0.dev0"),
    _wrap("gemma4.one-shared-dict", f"{_GEMMA4}DecoderLayer.__call__", "sharing:uncopied", _COPIED,
          _TREE + "v5.9.0/src/transformers/models/gemma4/modeling_gemma4.py", ">=5.5.0.dev0,<5.9.0.dev0"),
]  # fmt: skip

# T5, LongT5, Pix2Struct and Pop2Piano take apex's class for their own, up to 5.7, where apex is installed.
NORMS = [
    _wrap("apex.rms-norm", "apex.normalization:FusedRMSNorm.forward", "norms:forward",
          "T5 and kin take apex's FusedRMSNorm where it is installed: RuntimeError in bfloat16, or where weights are of another dtype than what comes in.",
          _PULL + "26226", ">=4.49.0.dev0,<5.8.0.dev0", apex=">=0.1.dev0"),
]  # fmt: skip

# An error of 5.x, whose numbers are those of its own checkpoints too: it is mended for code of 4.x, or where that is asked for.
ROUTED = [
    _wrap("nllb-moe.experts", "transformers.models.nllb_moe.modeling_nllb_moe:NllbMoeExperts.forward", "routing:by_the_router",
          "Every token goes to the first two experts of a layer, whichever the router names: its mask is taken for an index.",
          _TREE + "v5.0.0/src/transformers/models/nllb_moe/modeling_nllb_moe.py", ">=5.0.0.dev0,<5.24", dialect="<5.0.dev0"),
]  # fmt: skip

PATCHES = [*SHARED, *SHARDED, *NORMS, *ROUTED]


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES
