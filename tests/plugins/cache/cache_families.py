"""Tiny random models of families that came to caches at different times, and tuples for them to go on from."""

from __future__ import annotations

import functools
from typing import Any

import torch
import transformers

IDS = torch.tensor([[5, 6, 7, 8, 9, 10], [11, 4, 3, 12, 5, 7]])
SOURCE = torch.tensor([[9, 8, 7], [3, 4, 5]])
_DECODER = dict(vocab_size=32, pad_token_id=0, bos_token_id=1, eos_token_id=2, max_position_embeddings=32)
_LLAMA = dict(
    **_DECODER, hidden_size=16, intermediate_size=16, num_hidden_layers=2, num_attention_heads=4, num_key_value_heads=2
)

FAMILIES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "llama": ("LlamaForCausalLM", "LlamaConfig", _LLAMA),
    "mistral": ("MistralForCausalLM", "MistralConfig", {**_LLAMA, "sliding_window": 4}),
    "qwen2": ("Qwen2ForCausalLM", "Qwen2Config", _LLAMA),
    "gemma": ("GemmaForCausalLM", "GemmaConfig", {**_LLAMA, "head_dim": 4}),
    "starcoder2": ("Starcoder2ForCausalLM", "Starcoder2Config", _LLAMA),
    "phi": ("PhiForCausalLM", "PhiConfig", _LLAMA),
    "gpt_neox": (
        "GPTNeoXForCausalLM", "GPTNeoXConfig",
        {**_DECODER, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4},
    ),
    "gptj": ("GPTJForCausalLM", "GPTJConfig", dict(vocab_size=32, n_positions=32, n_embd=16, n_layer=2, n_head=4, rotary_dim=4)),
    "gpt2": ("GPT2LMHeadModel", "GPT2Config", dict(vocab_size=32, n_positions=32, n_embd=16, n_layer=2, n_head=4)),
    "opt": (
        "OPTForCausalLM", "OPTConfig",
        {**_DECODER, "hidden_size": 16, "ffn_dim": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "word_embed_proj_dim": 16},
    ),
    "bloom": ("BloomForCausalLM", "BloomConfig", dict(vocab_size=32, hidden_size=16, n_layer=2, n_head=4)),
    "bert": (
        "BertLMHeadModel", "BertConfig",
        {**_DECODER, "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2, "num_attention_heads": 4, "is_decoder": True},
    ),
    "t5": (
        "T5ForConditionalGeneration", "T5Config",
        dict(vocab_size=32, d_model=16, d_kv=4, d_ff=16, num_layers=2, num_heads=4, decoder_start_token_id=0),
    ),
    "bart": (
        "BartForConditionalGeneration", "BartConfig",
        {**_DECODER, "d_model": 16, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4, "decoder_attention_heads": 4,
         "encoder_ffn_dim": 16, "decoder_ffn_dim": 16, "decoder_start_token_id": 2, "forced_eos_token_id": None},
    ),
    "marian": (
        "MarianMTModel", "MarianConfig",
        {**_DECODER, "d_model": 16, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4, "decoder_attention_heads": 4,
         "encoder_ffn_dim": 16, "decoder_ffn_dim": 16, "decoder_start_token_id": 0, "forced_eos_token_id": None},
    ),
}  # fmt: skip


@functools.cache
def model(family: str) -> Any:
    name, config, settings = FAMILIES[family]
    torch.manual_seed(0)
    return getattr(transformers, name)(getattr(transformers, config)(**settings)).eval()


def is_encoder_decoder(family: str) -> bool:
    return bool(model(family).config.is_encoder_decoder)


@torch.no_grad()
def forward(family: str, start: int, stop: int, **kwargs: Any) -> Any:
    """The model's output for the tokens from `start` to `stop`."""
    ids = IDS[:, start:stop]
    if is_encoder_decoder(family):
        return model(family)(input_ids=SOURCE, decoder_input_ids=ids, **kwargs)
    return model(family)(ids, **kwargs)


def tuples(past: Any) -> tuple[tuple[torch.Tensor, ...], ...]:
    """Whatever the runtime's past is, as tuples of tuples, without the help of hfcompat."""
    if isinstance(past, tuple):
        return tuple(tuple(layer) for layer in past)
    if hasattr(past, "self_attention_cache"):
        own, cross = tuples(past.self_attention_cache), tuples(past.cross_attention_cache)
        filled = len(cross) > 0 and cross[0][0] is not None and len(cross[0][0]) > 0
        return tuple(a + b for a, b in zip(own, cross, strict=True)) if filled else own
    if hasattr(past, "layers"):
        return tuple((layer.keys, layer.values) for layer in past.layers)
    return tuple(zip(past.key_cache, past.value_cache, strict=True))


@functools.cache
def reference(family: str) -> tuple[Any, Any, Any]:
    """Tuples of the first four tokens as a v4 program has them; logits of the last two, with a cache and without."""
    whole = forward(family, 0, 6, use_cache=False).logits[:, 4:]
    first = forward(family, 0, 4, use_cache=True, past_key_values=cache_if_taken(family))
    states = tuple(tuple(state.clone() for state in layer) for layer in tuples(first.past_key_values))
    cached = forward(family, 4, 6, past_key_values=first.past_key_values, use_cache=True).logits
    return states, cached, whole


def cache_if_taken(family: str) -> Any:
    """An empty cache that keeps every token, as in v4; None where the model works on tuples itself."""
    if getattr(model(family), "_supports_cache_class", True) is False:
        return None
    dynamic = transformers.DynamicCache()
    return (
        transformers.EncoderDecoderCache(dynamic, transformers.DynamicCache())
        if is_encoder_decoder(family)
        else dynamic
    )
