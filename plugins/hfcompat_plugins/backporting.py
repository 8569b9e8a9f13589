"""What backported families share: constructors with other parts, attention after the projections, sums over experts."""

from __future__ import annotations

import functools
import importlib
import types
from typing import Any

import torch
from torch import nn
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

__all__ = ["attend", "built_with", "mixed", "register", "takes_rope_parameters"]


def built_with(base: type, **parts: type) -> Any:
    """The constructor of `base`, with other classes under the names that it calls them by."""
    init: Any = base.__init__
    made = types.FunctionType(
        init.__code__, {**init.__globals__, **parts}, init.__name__, init.__defaults__, init.__closure__
    )
    made.__kwdefaults__ = init.__kwdefaults__
    return made


def attend(
    layer: Any,
    eager: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    caches: tuple[Any, Any],
    cache_kwargs: dict[str, Any],
    **kwargs: Any,
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """From rotated heads of shape (batch, heads, length, size) to what the layer gives, by the attention in use.

    `eager` is `eager_attention_forward` of the family that the layer descends from. `caches` is the cache under its
    new name and under its old one; an empty cache is false, and yet it is one.
    """
    cache = next((cache for cache in caches if cache is not None), None)
    if cache is not None:
        key, value = cache.update(key, value, layer.layer_idx, cache_kwargs)
    name = layer.config._attn_implementation
    attention = eager if name == "eager" else ALL_ATTENTION_FUNCTIONS[name]
    dropout = layer.attention_dropout if layer.training else 0.0
    answer, weights = attention(
        layer, query, key, value, attention_mask, dropout=dropout, scaling=layer.scaling, **kwargs
    )
    return layer.o_proj(answer.flatten(2).contiguous()), weights


def mixed(experts: nn.ModuleList, tokens: torch.Tensor, chosen: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """The sum of what the chosen experts make of each token.

    Args:
        tokens: (count, size).
        chosen: (count, k), which experts.
        weights: (count, k), of their answers.
    """
    total = torch.zeros_like(tokens, dtype=torch.promote_types(weights.dtype, torch.float32))
    for at in chosen.unique().tolist():
        token, place = torch.where(chosen == at)
        answer = experts[at](tokens[token]) * weights[token, place, None]
        total.index_add_(0, token, answer.to(total.dtype))
    return total.to(tokens.dtype)


def register(config: Any, **models: type) -> None:
    """Make a family known to the Auto classes of the runtime: `register(Config, AutoModel=Model, ...)`."""
    auto: Any = importlib.import_module("transformers")
    auto.AutoConfig.register(config.model_type, config)
    auto.AutoTokenizer.register(config, fast_tokenizer_class=auto.PreTrainedTokenizerFast)
    for name, model in models.items():
        getattr(auto, name).register(config, model)


def takes_rope_parameters(config: Any) -> Any:
    """Let a configuration of 4.x take `rope_parameters` of 5.x; it keeps, and saves, its own words for them."""
    init = config.__init__

    @functools.wraps(init)
    def __init__(self: Any, *args: Any, rope_parameters: dict[str, Any] | None = None, **kwargs: Any) -> None:
        said = dict(rope_parameters or {})
        for name in ("rope_theta", "partial_rotary_factor"):
            if name in said:
                kwargs.setdefault(name, said.pop(name))
        if said.get("rope_type", said.get("type", "default")) != "default":
            kwargs.setdefault("rope_scaling", said)
        init(self, *args, **kwargs)

    config.__init__ = __init__
    return config
