"""Liger: fused Triton kernels for norms, MLPs, rotary positions, and the head of a language model with its loss."""

from __future__ import annotations

import os

from hfcompat import hookimpl
from hfcompat.kernels import Slot, Swap

# Model types that a release brings, beyond those of the one before; what a runtime lacks, nobody can load there.
_0_6 = (
    "exaone4 falcon_h1 gemma gemma2 gemma3 gemma3_text glm4 glm4v glm4v_moe gpt_oss granite hunyuan_v1_dense hunyuan_v1_moe"
    " internvl llama llama4 llama4_text llava mistral mixtral mllama mllama_text_model olmo2 olmo3 paligemma phi3 qwen2"
    " qwen2_5_vl qwen2_5_vl_text qwen2_vl qwen2_vl_text qwen3 qwen3_moe qwen3_next qwen3_vl qwen3_vl_moe qwen3_vl_moe_text"
    " qwen3_vl_text smollm3 smolvlm"
).split()
_0_8 = [*_0_6, *"gemma4_text ministral nemotron pixtral qwen3_5 qwen3_5_moe qwen3_5_moe_text qwen3_5_text".split()]
_0_8_5 = [*_0_8, *"deepseek_v2 deepseek_v3 deepseek_v4 gemma4 muse_glimmer".split()]

# In these, 0.6.5 looks for modules where 4.49 does not have them: it raises, or swaps nothing without a word.
_0_6_ON_4_49 = [one for one in _0_6 if one not in ("llava", "mllama", "paligemma", "qwen2_5_vl", "qwen2_vl")]

# transformers, the releases of Liger that work with it, and what they know. Liger's own limits are ImportErrors at run
# time: 0.7 refuses transformers before 4.52, 0.8.5 before 5.0; 0.6 breaks experts on 5.x.
_PAIRS = (
    (">=4.49,<4.52.0.dev0", ">=0.6.5,<0.7", _0_6_ON_4_49),
    (">=4.52.0.dev0,<5.0.0.dev0", ">=0.6.5,<0.8.5", _0_8),
    (">=5.0.0.dev0,<5.24", ">=0.7,<0.9", _0_8_5),
)

# Triton has kernels for a CPU only in its interpreter: a forward would stop with "0 active drivers".
_DEVICES = ("cuda", "xpu", "npu") + (("cpu",) if os.environ.get("TRITON_INTERPRET") == "1" else ())


@hookimpl
def hfcompat_swaps() -> list[Swap]:
    return [
        Swap(
            "liger",
            Slot.LAYERS,
            impl="hfcompat_plugins.liger.swapping:swap",
            when={"transformers": transformers, "liger-kernel": liger},
            models=tuple(models),
            devices=_DEVICES,
            tolerance=1e-5,
            reason="Norms, MLPs and rotary positions run in one kernel each, and the logits of a batch never exist.",
            upstream="https://github.com/linkedin/Liger-Kernel",
        )
        for transformers, liger, models in _PAIRS
    ]
