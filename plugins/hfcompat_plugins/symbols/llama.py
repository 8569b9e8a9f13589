"""Llama's attention classes, one a backend."""

from hfcompat_plugins.symbols.attention import FlashAttention2, SdpaAttention
from transformers.models.llama.modeling_llama import LlamaAttention, LlamaRotaryEmbedding

__all__ = ["LLAMA_ATTENTION_CLASSES", "LlamaFlashAttention2", "LlamaSdpaAttention"]


class LlamaSdpaAttention(SdpaAttention, LlamaAttention):
    """See `SdpaAttention`."""

    _rotary = LlamaRotaryEmbedding


class LlamaFlashAttention2(FlashAttention2, LlamaAttention):
    """See `FlashAttention2`."""

    _rotary = LlamaRotaryEmbedding


LLAMA_ATTENTION_CLASSES = {
    "eager": LlamaAttention,
    "flash_attention_2": LlamaFlashAttention2,
    "sdpa": LlamaSdpaAttention,
}
