"""The attention classes of decoders with rotary embeddings, one a backend: `LlamaSdpaAttention` and its kin.

They are made when they are asked for, from the runtime's own class of the family and `VersionFourAttention`.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

import torch
from hfcompat_plugins.models.attention import FlashAttention2, SdpaAttention, VersionFourAttention

__all__ = ["FAMILIES"]


class _Windowed(VersionFourAttention):
    """The window of the config is that of every layer."""

    def _window(self: Any) -> int | None:
        return getattr(self.config, "sliding_window", None)


class _WindowedByLayer(VersionFourAttention):
    """The layer knows its window."""

    def _window(self: Any) -> int | None:
        return getattr(self, "sliding_window", None)


class _Capped(_WindowedByLayer):
    """Gemma 2: scores are capped, though never by sdpa, which cannot."""

    def _capped(self: Any, scores: torch.Tensor) -> torch.Tensor:
        cap = self.config.attn_logit_softcapping
        return scores if cap is None else torch.tanh(scores / cap) * cap


class _Clipped(VersionFourAttention):
    """OLMo clips projections."""

    def _project(self: Any, states: torch.Tensor) -> Any:
        limit = self.config.clip_qkv
        parts = self.q_proj(states), self.k_proj(states), self.v_proj(states)
        return tuple(self._split(part if limit is None else part.clamp(-limit, limit)) for part in parts)


class _NormedWhole(VersionFourAttention):
    """OLMo 2 normalises queries and keys before it splits them into heads."""

    def _project(self: Any, states: torch.Tensor) -> Any:
        query, key = self.q_norm(self.q_proj(states)), self.k_norm(self.k_proj(states))
        return self._split(query), self._split(key), self._split(self.v_proj(states))


class _NormedWholeClipped(VersionFourAttention):
    """OLMoE does both."""

    def _project(self: Any, states: torch.Tensor) -> Any:
        limit = self.config.clip_qkv
        parts = self.q_norm(self.q_proj(states)), self.k_norm(self.k_proj(states)), self.v_proj(states)
        return tuple(self._split(part if limit is None else part.clamp(-limit, limit)) for part in parts)


class _NormedHeads(VersionFourAttention):
    """Cohere normalises the queries and keys of each head, where its config says so."""

    def _project(self: Any, states: torch.Tensor) -> Any:
        query, key, value = super()._project(states)
        if self.use_qk_norm:
            query = self.q_norm(query.transpose(1, 2)).transpose(1, 2)
            key = self.k_norm(key.transpose(1, 2)).transpose(1, 2)
        return query, key, value


class _Partial(VersionFourAttention):
    """Only the first features of a head are rotated; queries and keys may be normalised."""

    def _project(self: Any, states: torch.Tensor) -> Any:
        query, key, value = super()._project(states)
        if getattr(self, "qk_layernorm", False):
            query, key = self.q_layernorm(query), self.k_layernorm(key)
        return query, key, value

    def _rotate(self: Any, query: torch.Tensor, key: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> Any:
        size = cos.shape[-1]
        first, second = super()._rotate(query[..., :size], key[..., :size], cos, sin)
        return torch.cat((first, query[..., size:]), -1), torch.cat((second, key[..., size:]), -1)


class _Phi(_Partial):
    def _merge(self: Any, states: torch.Tensor) -> torch.Tensor:
        return self.dense(states)


class _Phi3(_Windowed):
    """One projection makes query, key and value."""

    def _project(self: Any, states: torch.Tensor) -> Any:
        sizes = [heads * self.head_dim for heads in (self.num_heads, *[self.num_key_value_heads] * 2)]
        return tuple(self._split(part) for part in self.qkv_proj(states).split(sizes, dim=-1))


class _DroppedOut(_Windowed):
    """Starcoder 2 has a dropout behind the output projection."""

    def _merge(self: Any, states: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.dropout(self.o_proj(states), p=self.residual_dropout, training=self.training)


FAMILIES: dict[str, tuple[str, type[VersionFourAttention]]] = {
    "cohere": ("Cohere", _NormedHeads),
    "gemma": ("Gemma", VersionFourAttention),
    "gemma2": ("Gemma2", _Capped),
    "glm": ("Glm", VersionFourAttention),
    "granite": ("Granite", VersionFourAttention),
    "granitemoe": ("GraniteMoe", VersionFourAttention),
    "granitemoeshared": ("GraniteMoeShared", VersionFourAttention),
    "llama": ("Llama", VersionFourAttention),
    "mistral": ("Mistral", _Windowed),
    "mixtral": ("Mixtral", _Windowed),
    "olmo": ("Olmo", _Clipped),
    "olmo2": ("Olmo2", _NormedWhole),
    "olmoe": ("Olmoe", _NormedWholeClipped),
    "phi": ("Phi", _Phi),
    "phi3": ("Phi3", _Phi3),
    "qwen2": ("Qwen2", _WindowedByLayer),
    "qwen2_moe": ("Qwen2Moe", _WindowedByLayer),
    "stablelm": ("StableLm", _Partial),
    "starcoder2": ("Starcoder2", _DroppedOut),
}
"""By name of the family: how its classes begin, and what is peculiar to it."""

_BACKENDS: dict[str, type[VersionFourAttention]] = {
    "SdpaAttention": SdpaAttention,
    "FlashAttention2": FlashAttention2,
}


def __getattr__(name: str) -> Any:
    for family, (prefix, _) in FAMILIES.items():
        for backend in _BACKENDS:
            if name == prefix + backend:
                return _attention_class(family, backend)
        if name == f"{prefix.upper()}_ATTENTION_CLASSES":
            return _classes(family)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _native(family: str) -> Any:
    return importlib.import_module(f"transformers.models.{family}.modeling_{family}")


@cache
def _attention_class(family: str, backend: str) -> type:
    module, (prefix, peculiar) = _native(family), FAMILIES[family]
    members = {
        "__module__": __name__,
        "__doc__": f"See `{backend}`.",
        "_rotary": getattr(module, f"{prefix}RotaryEmbedding"),
        "_apply_rotary": staticmethod(module.apply_rotary_pos_emb),
    }
    kind, native = _BACKENDS[backend], getattr(module, f"{prefix}Attention")
    # A family's peculiarities come before the defaults that the backend inherits.
    bases = (kind, native) if peculiar is VersionFourAttention else (peculiar, kind, native)
    return type(prefix + backend, bases, members)


@cache
def _classes(family: str) -> dict[str, type]:
    return {
        "eager": getattr(_native(family), f"{FAMILIES[family][0]}Attention"),
        "flash_attention_2": _attention_class(family, "FlashAttention2"),
        "sdpa": _attention_class(family, "SdpaAttention"),
    }
