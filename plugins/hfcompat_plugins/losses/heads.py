"""What the heads of language models do between the last hidden state and the loss, by model type."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["HEADS", "Head"]


@dataclass(frozen=True, slots=True)
class Head:
    """A linear head, and what comes after it.

    Attributes:
        times: attribute of the model by which logits are multiplied.
        over: attribute of the configuration by which they are divided.
        softcap: attribute of the configuration at which they are capped; None in it is no cap.
        routed: whether the routers' auxiliary loss is added when `output_router_logits` is set.
    """

    times: str = ""
    over: str = ""
    softcap: str = ""
    routed: bool = False


_PLAIN = (
    "apertus arcee bitnet deepseek_v2 deepseek_v3 dots1 ernie4_5 exaone4 gemma glm glm4 glm4_moe helium"
    " hunyuan_v1_dense llama ministral mistral nemotron olmo olmo2 olmo3 persimmon phi phi3 qwen2 qwen3 seed_oss"
    " smollm3 stablelm starcoder2"
)
_ROUTED = "ernie4_5_moe gpt_oss jamba minimax mixtral olmoe phimoe qwen2_moe qwen3_moe qwen3_next"

HEADS = {
    **dict.fromkeys(_PLAIN.split(), Head()),
    **dict.fromkeys(_ROUTED.split(), Head(routed=True)),
    **dict.fromkeys(["cohere", "cohere2"], Head(times="logit_scale")),
    **dict.fromkeys(["gemma2", "gemma3_text"], Head(softcap="final_logit_softcapping")),
    "granite": Head(over="logits_scaling"),
    **dict.fromkeys(["granitemoe", "granitemoeshared"], Head(over="logits_scaling", routed=True)),
}
