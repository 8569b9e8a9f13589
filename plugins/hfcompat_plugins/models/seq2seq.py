"""The attention classes of encoders, decoders and encoder-decoders without rotary embeddings, one a backend:
`BartSdpaAttention`, `WhisperFlashAttention2`, `Wav2Vec2SdpaAttention` and their kin.

They are made when they are asked for, from the runtime's own class of the family, with the call and the answer of
transformers 4.49: three values, the last of them the keys and values (a tuple, or a Cache for Whisper).
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

import torch
from hfcompat_plugins.models.attention import flash_attention, require_flash_attention
from torch import nn

__all__ = ["FAMILIES"]

Answer = tuple[torch.Tensor, torch.Tensor | None, Any]


class Seq2SeqAttention:
    """Goes in front of a runtime's attention class, whose projections it uses; `_attend` is the backend."""

    def forward(
        self: Any,
        hidden_states: torch.Tensor,
        key_value_states: torch.Tensor | None = None,
        past_key_value: Any = None,
        attention_mask: torch.Tensor | None = None,
        layer_head_mask: torch.Tensor | None = None,
        output_attentions: bool = False,
        cache_position: torch.Tensor | None = None,
    ) -> Answer:
        """Attend to the tokens themselves and those before them, or to the states of an encoder.

        Args:
            hidden_states: (batch, length, features).
            key_value_states: (batch, keys, features), of an encoder: then this is cross-attention.
            past_key_value: keys and values so far, each (batch, heads, keys, features of a head), or an
                EncoderDecoderCache, which is updated.
            attention_mask: (batch, 1, length, keys), added to the scores; (batch, keys) for flash attention.
            layer_head_mask: (heads,), multiplied with the weights.

        Returns:
            The output (batch, length, features), the weights (batch, heads, length, keys) or None, and the keys and
            values: a tuple where the layer is a decoder's, else what came.
        """
        query = self._heads(self.q_proj(hidden_states))
        if hasattr(past_key_value, "self_attention_cache"):
            key, value, past_key_value = self._with_cache(
                hidden_states, key_value_states, past_key_value, cache_position
            )
        else:
            key, value = self._with_tuple(hidden_states, key_value_states, past_key_value)
            if self.is_decoder:
                past_key_value = (key, value)
        output, weights = self._attend(query, key, value, attention_mask, layer_head_mask, output_attentions)
        output = self.out_proj(output.transpose(1, 2).reshape(*hidden_states.shape[:-1], self.embed_dim))
        return output, weights, past_key_value

    def _heads(self: Any, states: torch.Tensor) -> torch.Tensor:
        return states.view(*states.shape[:-1], -1, self.head_dim).transpose(1, 2).contiguous()

    def _projected(self: Any, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self._heads(self.k_proj(states)), self._heads(self.v_proj(states))

    def _with_tuple(self: Any, states: torch.Tensor, encoder_states: Any, past: Any) -> Any:
        if encoder_states is None:
            key, value = self._projected(states)
            return (key, value) if past is None else (torch.cat((past[0], key), 2), torch.cat((past[1], value), 2))
        if past is not None and past[0].shape[2] == encoder_states.shape[1]:
            return past[0], past[1]
        return self._projected(encoder_states)

    def _with_cache(self: Any, states: torch.Tensor, encoder_states: Any, past: Any, position: Any) -> Any:
        if encoder_states is None:
            own = past.self_attention_cache
            return *own.update(*self._projected(states), self.layer_idx, {"cache_position": position}), own
        cross, known = past.cross_attention_cache, past.is_updated.get(self.layer_idx)
        past.is_updated[self.layer_idx] = True
        if known and hasattr(cross, "layers"):
            return cross.layers[self.layer_idx].keys, cross.layers[self.layer_idx].values, cross
        if known:
            return cross.key_cache[self.layer_idx], cross.value_cache[self.layer_idx], cross
        return *cross.update(*self._projected(encoder_states), self.layer_idx, {"cache_position": None}), cross


class Sdpa(Seq2SeqAttention):
    """`torch.nn.functional.scaled_dot_product_attention`; weights are worked out by hand when they are asked for."""

    def _attend(
        self: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None,
        head_mask: torch.Tensor | None,
        output_attentions: bool,
    ) -> tuple[torch.Tensor, torch.Tensor | None]:
        dropout = self.dropout if self.training else 0.0
        if mask is not None:
            mask = mask[:, :, :, : key.shape[-2]]
        if output_attentions or head_mask is not None:
            scores = query * self.scaling @ key.transpose(2, 3)
            weights = nn.functional.softmax(scores if mask is None else scores + mask, dim=-1)
            if head_mask is not None:
                weights = weights * head_mask.view(1, -1, 1, 1)
            output = nn.functional.dropout(weights, p=dropout, training=self.training) @ value
            return output, weights if output_attentions else None
        causal = True if self.is_causal and mask is None and query.shape[2] > 1 else False  # noqa: SIM210
        return nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, dropout_p=dropout, is_causal=causal
        ), None


class Flash(Seq2SeqAttention):
    """flash-attn 2, without head masks and weights; ImportError when it is made where flash-attn is missing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        require_flash_attention(type(self).__name__)
        super().__init__(*args, **kwargs)

    def _attend(
        self: Any,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        mask: torch.Tensor | None,
        head_mask: torch.Tensor | None,
        output_attentions: bool,
    ) -> tuple[torch.Tensor, None]:
        if output_attentions:
            raise ValueError(f"{type(self).__name__} has no weights to give; load the model with 'eager' attention.")
        dropout = self.dropout if self.training else 0.0
        return flash_attention(self, query, key, value, mask, dropout, self.scaling).transpose(1, 2), None


FAMILIES = {
    "bart": "Bart",
    "biogpt": "BioGpt",
    "data2vec_audio": "Data2VecAudio",
    "hubert": "Hubert",
    "m2m_100": "M2M100",
    "mbart": "MBart",
    "musicgen": "Musicgen",
    "musicgen_melody": "MusicgenMelody",
    "sew": "SEW",
    "unispeech": "UniSpeech",
    "unispeech_sat": "UniSpeechSat",
    "wav2vec2": "Wav2Vec2",
    "whisper": "Whisper",
}
"""By name of the family: how its classes begin."""

_BACKENDS: dict[str, type[Seq2SeqAttention]] = {"SdpaAttention": Sdpa, "FlashAttention2": Flash}


def __getattr__(name: str) -> Any:
    for family, prefix in FAMILIES.items():
        for backend in _BACKENDS:
            if name == prefix + backend:
                return _attention_class(family, backend)
        if name == f"{family.upper().replace('M2M_100', 'M2M100')}_ATTENTION_CLASSES":
            return _classes(family)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def _native(family: str) -> Any:
    package = "data2vec" if family == "data2vec_audio" else family
    module = importlib.import_module(f"transformers.models.{package}.modeling_{family}")
    return getattr(module, f"{FAMILIES[family]}Attention")


@cache
def _attention_class(family: str, backend: str) -> type:
    members = {"__module__": __name__, "__doc__": f"See `{_BACKENDS[backend].__name__}`."}
    return type(FAMILIES[family] + backend, (_BACKENDS[backend], _native(family)), members)


@cache
def _classes(family: str) -> dict[str, type]:
    classes = {"eager": _native(family), "sdpa": _attention_class(family, "SdpaAttention")}
    if family != "biogpt":
        classes["flash_attention_2"] = _attention_class(family, "FlashAttention2")
    return classes
