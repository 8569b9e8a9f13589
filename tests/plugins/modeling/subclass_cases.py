"""Models as programs made them for 4.44 to 4.47: layers of their own, past the `__init__` of the model whose `forward` they inherit.

`attention` chooses the class of the layers' attention, as the tables of that time did. What they compute is recorded on 4.47.
"""

from __future__ import annotations

import importlib
from typing import Any

import torch
from modeling_cases import fill
from torch import nn

FAMILIES = {"llama": "Llama", "mistral": "Mistral", "gemma": "Gemma"}
CASES = [(family, attention) for family in FAMILIES for attention in ("eager", "sdpa")]
SIZES = dict(
    vocab_size=32, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4,
    num_key_value_heads=2, head_dim=4, max_position_embeddings=32, pad_token_id=0,
)  # fmt: skip
IDS = torch.tensor([[5, 6, 7, 8, 9, 10], [0, 0, 11, 12, 13, 14]])
SEEN = (IDS != 0).long()


def build(family: str, attention: str) -> nn.Module:
    """A decoder whose tokens see all others that are no padding."""
    import transformers

    prefix = FAMILIES[family]
    home = importlib.import_module(f"transformers.models.{family}.modeling_{family}")
    Model, Layer, Norm = (getattr(home, f"{prefix}{part}") for part in ("Model", "DecoderLayer", "RMSNorm"))
    Attention = getattr(home, f"{prefix}{'Attention' if attention == 'eager' else 'SdpaAttention'}")

    class OwnLayer(Layer):
        def __init__(self, config: Any, layer_idx: int) -> None:
            nn.Module.__init__(self)
            self.hidden_size = config.hidden_size
            self.self_attn = Attention(config=config, layer_idx=layer_idx)
            self.mlp = getattr(home, f"{prefix}MLP")(config)
            self.input_layernorm = Norm(config.hidden_size, eps=config.rms_norm_eps)
            self.post_attention_layernorm = Norm(config.hidden_size, eps=config.rms_norm_eps)

    class BothWays(Model):
        def __init__(self, config: Any) -> None:
            getattr(home, f"{prefix}PreTrainedModel").__init__(self, config)
            self.padding_idx, self.vocab_size = config.pad_token_id, config.vocab_size
            self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size, self.padding_idx)
            self.layers = nn.ModuleList([OwnLayer(config, i) for i in range(config.num_hidden_layers)])
            self.norm = Norm(config.hidden_size, eps=config.rms_norm_eps)
            if family == "llama":  # the others' attention turned by itself
                self.rotary_emb = home.LlamaRotaryEmbedding(config=config)
            self.gradient_checkpointing = False
            self._attn_implementation = config._attn_implementation
            self.post_init()

        def _update_causal_mask(
            self,
            attention_mask: Any,
            input_tensor: Any,
            cache_position: Any,
            past_key_values: Any,
            use_cache: Any = None,
            output_attentions: Any = None,
        ) -> Any:
            if attention_mask is None:
                return None
            hidden = (attention_mask[:, None, None, :] == 0).expand(-1, 1, input_tensor.shape[1], -1)
            none = torch.zeros(hidden.shape, dtype=input_tensor.dtype, device=input_tensor.device)
            return none.masked_fill(hidden, torch.finfo(none.dtype).min)

    config = getattr(transformers, f"{prefix}Config")(**SIZES)
    config._attn_implementation = attention
    return fill(BothWays(config))


def answers() -> dict[str, list[float]]:
    """The states of each token that is no padding, summed."""
    return {" ".join(case): computed(build(*case)) for case in CASES}


def computed(call: Any) -> list[float]:
    with torch.no_grad():
        return call(input_ids=IDS, attention_mask=SEEN).last_hidden_state[SEEN.bool()].sum(-1).tolist()
