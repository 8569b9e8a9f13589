"""Decoders that make their masks as they did up to 4.52, and what the masks were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from transformers import (
    DynamicCache,
    Gemma2Config,
    Gemma2Model,
    LlamaConfig,
    LlamaModel,
    MistralConfig,
    MistralModel,
    OPTConfig,
    StaticCache,
)
from transformers.models.opt.modeling_opt import OPTDecoder

PADDED = torch.tensor([[1, 1, 1, 1, 1], [0, 0, 1, 1, 1]])
_SIZES = {
    "vocab_size": 8,
    "hidden_size": 8,
    "intermediate_size": 8,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 16,
}
_OPT = {"vocab_size": 8, "hidden_size": 8, "ffn_dim": 8, "num_hidden_layers": 1, "num_attention_heads": 2}


class OwnLlama(LlamaModel):
    """A subclass of somebody's, with the forward of 4.49 in it: this is what that forward asks for."""

    def mask(self, *args: Any, **kwargs: Any) -> Any:
        return self._update_causal_mask(*args, **kwargs)


class OwnMistral(MistralModel):
    mask = OwnLlama.mask


class OwnGemma2(Gemma2Model):
    mask = OwnLlama.mask


class OwnOPT(OPTDecoder):
    mask = OwnLlama.mask


def models(implementation: str) -> dict[str, Any]:
    made = {
        "llama": OwnLlama(LlamaConfig(**_SIZES)),
        "mistral": OwnMistral(MistralConfig(**_SIZES, sliding_window=2)),
        "gemma2": OwnGemma2(Gemma2Config(**_SIZES, head_dim=4, sliding_window=2)),
        "opt": OwnOPT(OPTConfig(**_OPT, word_embed_proj_dim=8, max_position_embeddings=16)),
    }
    for model in made.values():
        model.config._attn_implementation = implementation
    return made


def dynamic(seen: int) -> DynamicCache:
    cache = DynamicCache()
    if seen:
        cache.update(torch.zeros(2, 2, seen, 4), torch.zeros(2, 2, seen, 4), 0)
    return cache


def static(config: Any, length: int) -> Any:
    try:
        return StaticCache(config=config, max_cache_len=length)
    except TypeError:  # up to 4.55
        return StaticCache(config=config, max_batch_size=2, max_cache_len=length)


def ask(model: Any, queries: int, mask: Any, cache: Any, **more: Any) -> Any:
    seen = 0 if mask is None else mask.shape[-1] - queries
    return model.mask(mask, torch.zeros(2, queries, 8), torch.arange(seen, seen + queries), cache, **more)


# The static cache is another model's, without a window: such were all up to 4.53.
# On a model, of each of the four and of two implementations.
QUESTIONS: dict[str, Callable[[Any], Any]] = {
    "no mask": lambda model: ask(model, 4, None, None, output_attentions=False),
    "no mask, attentions": lambda model: ask(model, 4, None, None, output_attentions=True),
    "padding": lambda model: ask(model, 5, PADDED, dynamic(0), output_attentions=False),
    "one token after four": lambda model: ask(model, 1, PADDED, dynamic(4), output_attentions=False),
    "two tokens after three": lambda model: ask(model, 2, PADDED, dynamic(3), output_attentions=False),
    "given whole": lambda model: ask(model, 5, torch.eye(5).expand(2, 1, 5, 5), None, output_attentions=False),
    "static": lambda model: ask(model, 2, PADDED, static(LlamaConfig(**_SIZES), 7), output_attentions=False),
}


def closed(mask: Any) -> Any:
    """Where a mask is closed, as text of rows of 0 and 1; None for none."""
    if mask is None:
        return None
    return ["/".join("".join(str(int(x < -1e30)) for x in row) for row in sample[0]) for sample in mask]


def answers() -> dict[str, Any]:
    found = {}
    for implementation in ("eager", "sdpa"):
        for name, model in models(implementation).items():
            for question, asked in QUESTIONS.items():
                found[f"{name} {implementation} {question}"] = closed(asked(model))
    return found
