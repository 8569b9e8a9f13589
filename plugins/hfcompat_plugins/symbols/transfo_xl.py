"""The configuration of Transformer-XL; the model and the tokenizer raise when they are used."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hfcompat_plugins.symbols.removed import removed_names
from transformers.configuration_utils import PretrainedConfig

__all__ = ["TransfoXLConfig"]

_CLASSES = (
    "TransfoXLModel", "TransfoXLLMHeadModel", "TransfoXLForSequenceClassification", "TransfoXLPreTrainedModel",
    "TransfoXLTokenizer", "TransfoXLCorpus", "AdaptiveEmbedding",
)  # fmt: skip

globals().update(
    removed_names(
        __name__,
        "Transformer-XL ended with transformers 4.57, and so did its tokenizer, which reads pickles; use another "
        "model, or install transformers<5.",
        classes=_CLASSES,
        functions=("load_tf_weights_in_transfo_xl",),
    )
)
__all__ += [*_CLASSES]


class TransfoXLConfig(PretrainedConfig):
    """Configuration of Transformer-XL; the defaults are those of transfo-xl-wt103."""

    model_type = "transfo-xl"
    keys_to_ignore_at_inference = ["mems"]  # noqa: RUF012
    attribute_map = {  # noqa: RUF012
        "n_token": "vocab_size",
        "hidden_size": "d_model",
        "num_attention_heads": "n_head",
        "num_hidden_layers": "n_layer",
    }

    def __init__(
        self,
        vocab_size: int = 267735,
        cutoffs: Sequence[int] = (20000, 40000, 200000),
        d_model: int = 1024,
        d_embed: int = 1024,
        n_head: int = 16,
        d_head: int = 64,
        d_inner: int = 4096,
        div_val: int = 4,
        pre_lnorm: bool = False,
        n_layer: int = 18,
        mem_len: int = 1600,
        clamp_len: int = 1000,
        same_length: bool = True,
        proj_share_all_but_first: bool = True,
        attn_type: int = 0,
        sample_softmax: int = -1,
        adaptive: bool = True,
        dropout: float = 0.1,
        dropatt: float = 0.0,
        untie_r: bool = True,
        init: str = "normal",
        init_range: float = 0.01,
        proj_init_std: float = 0.01,
        init_std: float = 0.02,
        layer_norm_epsilon: float = 1e-5,
        eos_token_id: int = 0,
        **kwargs: Any,
    ) -> None:
        self.vocab_size = vocab_size
        self.cutoffs = list(cutoffs)
        self.tie_projs = [False] + [bool(proj_share_all_but_first)] * len(self.cutoffs)
        self.d_model = d_model
        self.d_embed = d_embed
        self.d_head = d_head
        self.d_inner = d_inner
        self.div_val = div_val
        self.pre_lnorm = pre_lnorm
        self.n_layer = n_layer
        self.n_head = n_head
        self.mem_len = mem_len
        self.same_length = same_length
        self.attn_type = attn_type
        self.clamp_len = clamp_len
        self.sample_softmax = sample_softmax
        self.adaptive = adaptive
        self.dropout = dropout
        self.dropatt = dropatt
        self.untie_r = untie_r
        self.init = init
        self.init_range = init_range
        self.proj_init_std = proj_init_std
        self.init_std = init_std
        self.layer_norm_epsilon = layer_norm_epsilon
        super().__init__(eos_token_id=eos_token_id, **kwargs)

    @property
    def max_position_embeddings(self) -> int:
        """-1: the model has no limit. Setting it raises NotImplementedError."""
        return -1

    @max_position_embeddings.setter
    def max_position_embeddings(self, value: int) -> None:
        raise NotImplementedError(f"The model {self.model_type} has no sequence length limit.")
