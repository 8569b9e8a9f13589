"""Mistral's attention classes, one a backend."""

from hfcompat_plugins.symbols.attention import FlashAttention2, SdpaAttention
from transformers.models.mistral.modeling_mistral import MistralAttention, MistralRotaryEmbedding

__all__ = ["MISTRAL_ATTENTION_CLASSES", "MistralFlashAttention2", "MistralSdpaAttention"]


class MistralSdpaAttention(SdpaAttention, MistralAttention):
    """See `SdpaAttention`. The sliding window is in the mask, which the model makes."""

    _rotary = MistralRotaryEmbedding


class MistralFlashAttention2(FlashAttention2, MistralAttention):
    """See `FlashAttention2`."""

    _rotary = MistralRotaryEmbedding
    _sliding_window = "sliding_window"


MISTRAL_ATTENTION_CLASSES = {
    "eager": MistralAttention,
    "flash_attention_2": MistralFlashAttention2,
    "sdpa": MistralSdpaAttention,
}
