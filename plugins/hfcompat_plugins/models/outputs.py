"""What vision-language models gave back up to transformers 5.22: an output with `rope_deltas`.

The classes are made when they are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from transformers import modeling_outputs

__all__ = ["MIXTURES", "MODELS"]

MODELS = (
    "CohereCompass Cosmos3Edge Cosmos3Omni Glm46V Glm4v GlmImage GlmOcr PaddleOCRVL Qwen2VL Qwen2_5OmniThinker"
    " Qwen2_5_VL Qwen3VL Qwen3_5"
).split()
"""How the classes of a family begin."""

MIXTURES = "Glm4vMoe Qwen3VLMoe Qwen3_5Moe Qwen4Exp".split()
"""As MODELS; these have experts, and what their routers say in the output."""


@cache
def __getattr__(name: str) -> Any:
    for ending, base in (
        ("CausalLMOutputWithPast", modeling_outputs.CausalLMOutputWithPast),
        ("ModelOutputWithPast", modeling_outputs.BaseModelOutputWithPast),
    ):
        family = name.removesuffix(ending)
        fields = ["rope_deltas"]
        if family == "Qwen3OmniMoeThinker":
            base = modeling_outputs.MoeCausalLMOutputWithPast
        elif family in MIXTURES:
            fields += ["router_logits", "aux_loss"] if ending.startswith("Causal") else ["router_logits"]
        elif family not in MODELS:
            continue
        members: dict[str, Any] = dict.fromkeys(fields)
        members |= {"__module__": __name__, "__annotations__": dict.fromkeys(fields, "Any")}
        members["__doc__"] = f"`{base.__name__}`, and {', '.join(fields)}: between positions and lengths (batch, 1)."
        return dataclass(type(name, (base,), members))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
