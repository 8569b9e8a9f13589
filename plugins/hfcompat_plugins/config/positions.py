"""Arguments of transformers' own configurations by position, which dataclasses do not take: in the order of 4.57."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_ENCODER = (
    "hidden_size num_hidden_layers num_attention_heads intermediate_size hidden_act hidden_dropout_prob "
    "attention_probs_dropout_prob "
)
_BERT = (
    "vocab_size " + _ENCODER + "max_position_embeddings type_vocab_size initializer_range layer_norm_eps pad_token_id"
)
_DECODER = "vocab_size hidden_size intermediate_size num_hidden_layers num_attention_heads num_key_value_heads "
_REST = "hidden_act max_position_embeddings initializer_range rms_norm_eps use_cache "


def _in_order(names: str) -> Callable[[Any], Any]:
    order = names.split()

    def factory(original: Any) -> Any:
        def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
            if not args or len(args) > len(order):
                original(self, *args, **kwargs)
                return
            given = dict(zip(order, args, strict=False))
            twice = next((name for name in given if name in kwargs), None)
            if twice is not None:
                raise TypeError(f"{type(self).__name__}() got multiple values for argument {twice!r}")
            original(self, **given, **kwargs)

        return __init__

    return factory


bert = _in_order(_BERT)
roberta = _in_order(_BERT + " bos_token_id eos_token_id")
vit = _in_order(
    _ENCODER + "initializer_range layer_norm_eps image_size patch_size num_channels qkv_bias encoder_stride"
)
llama = _in_order(_DECODER + _REST + "pad_token_id bos_token_id eos_token_id pretraining_tp tie_word_embeddings")
mistral = _in_order(_DECODER + "head_dim " + _REST + "pad_token_id bos_token_id eos_token_id tie_word_embeddings")
qwen2 = _in_order(_DECODER + _REST + "tie_word_embeddings")
gpt2 = _in_order(
    "vocab_size n_positions n_embd n_layer n_head n_inner activation_function resid_pdrop embd_pdrop attn_pdrop "
    "layer_norm_epsilon initializer_range summary_type summary_use_proj summary_activation summary_proj_to_labels "
    "summary_first_dropout scale_attn_weights use_cache bos_token_id eos_token_id"
)
t5 = _in_order(
    "vocab_size d_model d_kv d_ff num_layers num_decoder_layers num_heads relative_attention_num_buckets "
    "relative_attention_max_distance dropout_rate layer_norm_epsilon initializer_factor feed_forward_proj "
    "is_encoder_decoder use_cache pad_token_id eos_token_id classifier_dropout"
)
bart = _in_order(
    "vocab_size max_position_embeddings encoder_layers encoder_ffn_dim encoder_attention_heads decoder_layers "
    "decoder_ffn_dim decoder_attention_heads encoder_layerdrop decoder_layerdrop activation_function d_model dropout "
    "attention_dropout activation_dropout init_std classifier_dropout scale_embedding use_cache num_labels "
    "pad_token_id bos_token_id eos_token_id is_encoder_decoder decoder_start_token_id forced_eos_token_id"
)
opt = _in_order(
    "vocab_size hidden_size num_hidden_layers ffn_dim max_position_embeddings do_layer_norm_before "
    "_remove_final_layer_norm word_embed_proj_dim dropout attention_dropout num_attention_heads activation_function "
    "layerdrop init_std use_cache pad_token_id bos_token_id eos_token_id"
)
distilbert = _in_order(
    "vocab_size max_position_embeddings sinusoidal_pos_embds n_layers n_heads dim hidden_dim dropout attention_dropout "
    "activation initializer_range qa_dropout seq_classif_dropout pad_token_id"
)
