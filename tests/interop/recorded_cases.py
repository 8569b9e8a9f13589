"""Checkpoints of a few KB that are kept in `recorded/`, by the version that wrote them, with the logits that it gave."""

from __future__ import annotations

from typing import Any

import torch
import transformers

FIVE = int(transformers.__version__.split(".")[0]) >= 5
THETA = 54321.0
SIZES = dict(
    vocab_size=32,
    hidden_size=16,
    intermediate_size=24,
    num_hidden_layers=1,
    num_attention_heads=2,
    max_position_embeddings=64,
    pad_token_id=0,
)
IDS = torch.arange(5, 29)[None]


def rope(theta: str = "rope_theta", part: str = "partial_rotary_factor", share: float | None = None) -> dict[str, Any]:
    """The rope in the words of this version; `share` is the part of a head that is rotated."""
    if FIVE:
        said = {"rope_type": "default", "rope_theta": THETA}
        return {"rope_parameters": said | ({"partial_rotary_factor": share} if share else {})}
    return {theta: THETA} | ({part: share} if share else {})


def llama() -> Any:
    return transformers.LlamaForCausalLM(transformers.LlamaConfig(**SIZES, num_key_value_heads=2, **rope()))


def gpt_neox() -> Any:
    words = rope("rotary_emb_base", "rotary_pct", 0.5)
    return transformers.GPTNeoXForCausalLM(transformers.GPTNeoXConfig(**SIZES, **words))


def phi() -> Any:
    return transformers.PhiForCausalLM(transformers.PhiConfig(**SIZES, num_key_value_heads=2, **rope(share=1.0)))


def llava() -> Any:
    tower = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
    return transformers.LlavaForConditionalGeneration(
        transformers.LlavaConfig(
            text_config=transformers.LlamaConfig(**SIZES, num_key_value_heads=2, **rope()),
            vision_config=transformers.CLIPVisionConfig(**tower, image_size=16, patch_size=8),
            image_token_index=31,
        )
    )


T5 = dict(vocab_size=32, d_model=16, d_kv=8, d_ff=24, num_layers=1, num_heads=2, decoder_start_token_id=0)


def t5() -> Any:
    return transformers.T5ForConditionalGeneration(transformers.T5Config(**T5, tie_word_embeddings=False))


def mt5() -> Any:
    return transformers.MT5ForConditionalGeneration(transformers.MT5Config(**T5, tie_word_embeddings=True))


CASES = {case.__name__: case for case in (llama, gpt_neox, phi, llava, t5, mt5)}


def inputs(name: str) -> dict[str, torch.Tensor]:
    if name in ("t5", "mt5"):
        return {"input_ids": IDS, "decoder_input_ids": IDS[:, :4]}
    if name != "llava":
        return {"input_ids": IDS}
    ids = IDS.clone()
    ids[0, 2:6] = 31
    return {"input_ids": ids.clamp(max=31), "pixel_values": torch.linspace(-1, 1, 3 * 16 * 16).view(1, 3, 16, 16)}


def logits(model: Any, name: str) -> list[float]:
    """Those of the last token, in float32."""
    with torch.no_grad():
        return [float(value) for value in model.eval()(**inputs(name)).logits[0, -1].float()]
