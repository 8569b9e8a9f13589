"""Calls of transformers' own models with head masks, by position and with pruned heads, and what came out.

The weights depend on the parameters' names only, so every version builds the same model.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
import transformers
from causal_cases import static
from modeling_cases import digest, fill
from transformers import (
    AlbertConfig,
    AlbertModel,
    BartConfig,
    BartModel,
    BertConfig,
    BertForMaskedLM,
    BertModel,
    DistilBertConfig,
    DistilBertModel,
    GPT2Config,
    GPT2LMHeadModel,
    GPT2Model,
    LlamaConfig,
    LlamaModel,
    T5Config,
    T5EncoderModel,
    T5Model,
)

IDS = torch.tensor([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]])
PADDED = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 0, 0]])
TYPES = torch.tensor([[0, 0, 0, 1, 1], [0, 1, 1, 1, 1]])
PLACES = torch.tensor([[2, 3, 4, 5, 6], [0, 1, 2, 3, 4]])
ONE = torch.tensor([1.0, 0.0])
LAYERS = torch.tensor([[1.0, 0.0], [0.5, 1.0]])
OTHER = torch.tensor([[0.0, 1.0], [1.0, 0.25]])

_BERT = {
    "vocab_size": 12,
    "hidden_size": 8,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 12,
    "max_position_embeddings": 16,
}
_GPT2 = {
    "vocab_size": 12,
    "n_embd": 8,
    "n_layer": 2,
    "n_head": 2,
    "n_positions": 16,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
_T5 = {
    "vocab_size": 12,
    "d_model": 8,
    "d_kv": 4,
    "d_ff": 12,
    "num_layers": 2,
    "num_heads": 2,
    "decoder_start_token_id": 0,
}
_BART = {
    "vocab_size": 12,
    "d_model": 8,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 2,
    "decoder_attention_heads": 2,
    "encoder_ffn_dim": 12,
    "decoder_ffn_dim": 12,
    "max_position_embeddings": 16,
}


_LLAMA = {
    "vocab_size": 12,
    "hidden_size": 8,
    "intermediate_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 16,
}


def bert(cls: Any = BertModel, **config: Any) -> Any:
    return fill(cls(BertConfig(**_BERT, **config)))


def gpt2(cls: Any = GPT2Model, **config: Any) -> Any:
    return fill(cls(GPT2Config(**_GPT2, **config)))


def t5(cls: Any = T5Model, **config: Any) -> Any:
    return fill(cls(T5Config(**_T5, **config)))


def bart() -> Any:
    return fill(BartModel(BartConfig(**_BART)))


def albert() -> Any:
    return fill(AlbertModel(AlbertConfig(**_BERT, embedding_size=6, attn_implementation="eager")))


def distilbert() -> Any:
    config = {"vocab_size": 12, "dim": 8, "n_layers": 2, "n_heads": 2, "hidden_dim": 12, "max_position_embeddings": 16}
    return fill(DistilBertModel(DistilBertConfig(**config)))


def eager(model: Any) -> Any:
    """4.57 itself forgot head masks where attention was not eager."""
    for module in model.modules():
        if hasattr(module, "config"):
            module.config._attn_implementation = "eager"
    return model


def _pruned(model: Any, heads: dict[int, list[int]]) -> Any:
    model.prune_heads(heads)
    return model.eval()


def _attentions(output: Any) -> torch.Tensor:
    return torch.cat([layer.sum(-1) for layer in output.attentions], -1)


def _gradient(model: Any) -> torch.Tensor:
    mask = torch.ones(2, 2, requires_grad=True)
    with torch.enable_grad():
        model(IDS, head_mask=mask).last_hidden_state.square().sum().backward()
    return mask.grad


# What 4.57 answers, by name.
MASKED: dict[str, Callable[[], torch.Tensor]] = {
    "bert heads": lambda: eager(bert())(IDS, PADDED, head_mask=ONE).last_hidden_state,
    "bert layers": lambda: eager(bert())(IDS, PADDED, head_mask=LAYERS).last_hidden_state,
    "bert by position": lambda: eager(bert())(IDS, PADDED, TYPES, PLACES, LAYERS).last_hidden_state,
    "bert mlm": lambda: eager(bert(BertForMaskedLM))(IDS, head_mask=LAYERS).logits,
    "bert tuple": lambda: eager(bert())(IDS, head_mask=LAYERS, return_dict=False)[0],
    "bert attentions": lambda: _attentions(eager(bert())(IDS, head_mask=LAYERS, output_attentions=True)),
    "bert attentions tuple": lambda: eager(bert())(IDS, head_mask=LAYERS, output_attentions=True, return_dict=False)[2][
        1
    ].sum(-1),
    "bert gradient": lambda: _gradient(eager(bert())),
    "bert decoder": lambda: (
        eager(bert(is_decoder=True, add_cross_attention=True))(
            IDS, encoder_hidden_states=torch.linspace(-1, 1, 2 * 3 * 8).view(2, 3, 8), head_mask=LAYERS
        ).last_hidden_state
    ),
    "albert": lambda: eager(albert())(IDS, head_mask=LAYERS).last_hidden_state,
    "distilbert": lambda: eager(distilbert())(IDS, head_mask=LAYERS).last_hidden_state,
    "distilbert by position": lambda: eager(distilbert())(IDS, PADDED, LAYERS).last_hidden_state,
    "gpt2": lambda: eager(gpt2())(IDS, head_mask=LAYERS).last_hidden_state,
    "gpt2 lm": lambda: eager(gpt2(GPT2LMHeadModel))(IDS, head_mask=LAYERS, attention_mask=PADDED).logits,
    "t5 encoder": lambda: eager(t5(T5EncoderModel))(IDS, head_mask=LAYERS).last_hidden_state,
    "t5 encoder by position": lambda: eager(t5(T5EncoderModel))(IDS, PADDED, LAYERS).last_hidden_state,
    "t5 three": lambda: (
        eager(t5())(
            input_ids=IDS,
            decoder_input_ids=IDS,
            head_mask=LAYERS,
            decoder_head_mask=OTHER,
            cross_attn_head_mask=OTHER.flip(0),
        ).last_hidden_state
    ),
    "t5 by position": lambda: eager(t5())(IDS, PADDED, IDS, PADDED, LAYERS, OTHER, OTHER.flip(0)).last_hidden_state,
    "bart three": lambda: (
        eager(bart())(
            input_ids=IDS, head_mask=LAYERS, decoder_head_mask=OTHER, cross_attn_head_mask=OTHER.flip(0)
        ).last_hidden_state
    ),
    "bart encoder only": lambda: eager(bart())(input_ids=IDS, head_mask=LAYERS).last_hidden_state,
    "bart by position": lambda: eager(bart())(IDS, PADDED, IDS, None, LAYERS).last_hidden_state,
}

PRUNED: dict[str, Callable[[], torch.Tensor]] = {
    "bert": lambda: _pruned(bert(), {0: [1], 1: [0]})(IDS, PADDED).last_hidden_state,
    "bert mlm": lambda: _pruned(bert(BertForMaskedLM), {1: [1]})(IDS).logits,
    "bert twice": lambda: _pruned(_pruned(bert(), {0: [1]}), {0: [1], 1: [0]})(IDS).last_hidden_state,
    "albert": lambda: _pruned(albert(), {0: [1]})(IDS).last_hidden_state,
    "distilbert": lambda: _pruned(distilbert(), {0: [0]})(IDS).last_hidden_state,
    "gpt2": lambda: _pruned(gpt2(), {0: [0], 1: [1]})(IDS).last_hidden_state,
    "gpt2 lm": lambda: _pruned(gpt2(GPT2LMHeadModel), {1: [0]})(IDS, attention_mask=PADDED).logits,
}


# Families whose attentions prune themselves: class of the model, and of its config.
_LAYERWISE = {
    "albert": "Albert", "bert": "Bert", "bert_generation": "BertGeneration", "camembert": "Camembert", "electra": "Electra",
    "ernie": "Ernie", "layoutlm": "LayoutLM", "megatron_bert": "MegatronBert", "roberta": "Roberta",
    "roberta_prelayernorm": "RobertaPreLayerNorm", "xlm_roberta": "XLMRoberta", "gpt2": "GPT2",
}  # fmt: skip


def _attention_pruned(family: str) -> torch.Tensor:
    """One attention after another is asked for what it has pruned, and to prune; twice, the second time in vain."""
    prefix = _LAYERWISE[family]
    name = f"{prefix}Encoder" if family == "bert_generation" else f"{prefix}Model"
    sizes = _GPT2 if family == "gpt2" else _BERT | {"pad_token_id": 0, "embedding_size": 6 if family == "albert" else 8}
    config = getattr(transformers, f"{prefix}Config")(**sizes, attn_implementation="eager")
    model = fill(getattr(transformers, name)(config))
    attentions = [module for module in model.modules() if type(module).__name__ == f"{prefix}Attention"]
    assert len(attentions) == (1 if family == "albert" else 2)
    for attention, heads in zip(attentions, ([1], [0]), strict=False):
        assert attention.pruned_heads == set()
        attention.prune_heads([])
        for _ in range(2):
            attention.prune_heads(heads)
            assert attention.pruned_heads == set(heads)
    return model(IDS, attention_mask=PADDED).last_hidden_state


PRUNED |= {f"attention of {family}": partial(_attention_pruned, family) for family in _LAYERWISE}


def _rewound() -> torch.Tensor:
    """A static cache is written over from the third token on."""
    config = LlamaConfig(**_LLAMA)
    model, cache = fill(LlamaModel(config)), static(config, 8)
    model(IDS, past_key_values=cache, use_cache=True, cache_position=torch.arange(5))
    return model(IDS[:, :2], past_key_values=cache, use_cache=True, cache_position=torch.arange(2, 4)).last_hidden_state


# By position, without a head mask.
CALLED: dict[str, Callable[[], torch.Tensor]] = {
    "bert embeddings": lambda: (
        bert()(None, PADDED, TYPES, PLACES, None, torch.linspace(-1, 1, 80).view(2, 5, 8)).last_hidden_state
    ),
    "gpt2": lambda: gpt2()(IDS, None, None, PADDED, TYPES, PLACES).last_hidden_state,
    "cache_position": lambda: gpt2()(IDS, cache_position=torch.arange(3, 8)).last_hidden_state,
    "cache_position that says nothing": lambda: bert(is_decoder=True)(IDS, cache_position=torch.arange(3, 8))[0],
    "cache_position of a static cache": _rewound,
    "bert attentions": lambda: _attentions(bert()(IDS, PADDED, output_attentions=True)),
    "bert attentions are the last": lambda: bert()(IDS, PADDED, output_attentions=True)[-1][1].sum(-1),
    "bert attentions are the last of a tuple": lambda: bert()(IDS, PADDED, output_attentions=True, return_dict=False)[
        -1
    ][1].sum(-1),
    "bert attentions by config": lambda: _attentions(bert(output_attentions=True)(IDS, PADDED)),
}


def answers(cases: dict[str, Callable[[], torch.Tensor]]) -> dict[str, list[float]]:
    with torch.no_grad():
        return {name: digest(case()) for name, case in cases.items()}
