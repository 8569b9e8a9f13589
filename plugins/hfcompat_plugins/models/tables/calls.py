"""Calls that raise, or whose cache is swallowed, on classes that are still there."""

from __future__ import annotations

from hfcompat_plugins.models.tables import member
from hfcompat_plugins.rows import PULL, SOURCE, row_id

# How the classes of decoders with rotary embeddings begin.
_PREFIX = {
    "cohere": "Cohere",
    "falcon": "Falcon",
    "gemma": "Gemma",
    "gemma2": "Gemma2",
    "granite": "Granite",
    "llama": "Llama",
    "mistral": "Mistral",
    "mixtral": "Mixtral",
    "olmo": "Olmo",
    "olmo2": "Olmo2",
    "persimmon": "Persimmon",
    "phi": "Phi",
    "phi3": "Phi3",
    "qwen2": "Qwen2",
    "qwen2_moe": "Qwen2Moe",
    "stablelm": "StableLm",
    "starcoder2": "Starcoder2",
}

CALLS = [
    *(
        member(
            f"{_PREFIX[family]}Attention.{name}",
            family,
            to=f"attention_calls:{name}",
            since="4.48",
            reason="Subclasses and adapters ask a layer for its {name}, and stop with AttributeError.",
            upstream=f"{PULL}35235",
        )
        for family in "cohere gemma gemma2 granite llama mistral mixtral olmo olmo2 phi phi3 qwen2 starcoder2".split()
        for name in ("hidden_size", "max_position_embeddings", "num_heads", "num_key_value_heads", "rope_theta")
    ),
    *(
        member(
            f"{_PREFIX[family]}Attention.__init__",
            family,
            to="attention_calls:without_layer_idx",
            since="4.48",
            reason="A layer that is made without its number raises TypeError.",
            upstream=f"{PULL}35235",
        )
        for family in "gemma gemma2 llama mistral mixtral phi qwen2".split()
    ),
    *(
        member(
            f"{_PREFIX[family]}Attention.forward",
            family,
            to="attention_calls:attending_in_old_words",
            since="4.48",
            reason="A call with position_ids alone raises TypeError, and past_key_value is swallowed: no token is kept.",
            upstream=f"{PULL}35235",
        )
        for family in "cohere gemma gemma2 llama mistral mixtral phi3 qwen2 starcoder2".split()
    ),
    *(
        member(
            f"{_PREFIX[family]}DecoderLayer.forward",
            family,
            to="attention_calls:layer_in_old_words",
            since=since,
            reason="past_key_value is swallowed, and layer(...)[0] is the first row of a batch, not the states.",
            upstream=f"{SOURCE}4.53.3/src/transformers/models/{family}/modeling_{family}.py",
        )
        for since, families in {
            "4.56": "cohere gemma llama mistral mixtral phi3 qwen2 starcoder2",
            "5.0": "gemma2",
        }.items()
        for family in families.split()
    ),
    *(
        member(
            f"{_PREFIX[family]}RotaryEmbedding.{name}",
            family,
            to=f"rotary_calls:{code}",
            since="4.48",
            reason=reason,
            upstream=f"{PULL}35235",
        )
        for family in "falcon gemma gemma2 llama mistral mixtral persimmon phi phi3 qwen2 qwen2_moe stablelm starcoder2".split()
        for name, code, reason in (
            ("__init__", "made_by_size", "One that is made by its size, or with a device, raises TypeError."),
            ("forward", "called_by_length", "A call with the length of a sequence raises TypeError."),
            ("_set_cos_sin_cache", "_set_cos_sin_cache", "Subclasses that were written for 4.36 and 4.37 call it."),
        )
    ),
    *(
        member(
            f"{cls}.transpose_for_scores",
            family,
            to="constructors:transpose_for_scores",
            since="4.54",
            reason="Forwards that replace the layer's call it, and stop with AttributeError.",
            upstream=f"{SOURCE}4.53.3/src/transformers/models/{family}/modeling_{family}.py",
        )
        for family, cls in {
            "albert": "AlbertAttention",
            "bert": "BertSelfAttention",
            "bert_generation": "BertGenerationSelfAttention",
            "camembert": "CamembertSelfAttention",
            "electra": "ElectraSelfAttention",
            "roberta": "RobertaSelfAttention",
            "xlm_roberta": "XLMRobertaSelfAttention",
        }.items()
    ),
    *(
        member(
            f"{cls}.require_contiguous_qkv",
            family,
            to="bert:require_contiguous_qkv",
            since="4.56",
            before="5.0",
            reason="Forwards that replace the layer's ask for it, and stop with AttributeError.",
            upstream=f"{SOURCE}4.55.4/src/transformers/models/{family}/modeling_{family}.py",
        )
        for family, cls in {
            "albert": "AlbertSdpaAttention",
            "bert": "BertSdpaSelfAttention",
            "camembert": "CamembertSdpaSelfAttention",
            "distilbert": "DistilBertSdpaAttention",
            "roberta": "RobertaSdpaSelfAttention",
            "xlm_roberta": "XLMRobertaSdpaSelfAttention",
            "xlm_roberta_xl": "XLMRobertaXLSdpaSelfAttention",
        }.items()
    ),
    *(
        row
        for family, prefix in {
            "bert": "Bert",
            "bert_generation": "BertGeneration",
            "electra": "Electra",
            "roberta": "Roberta",
            "xlm_roberta": "XLMRoberta",
        }.items()
        for row in (
            member(
                f"{prefix}Attention.forward",
                family,
                to="foreign_attention:calling_a_foreign_self",
                since="4.54",
                reason="Self-attention of somebody's own inside it is called by names that it does not take: TypeError.",
                upstream=f"{SOURCE}4.52.4/src/transformers/models/{family}/modeling_{family}.py",
                after=tuple(
                    f"modeling:{row_id(family)}.{prefix.lower()}attention.{name}"
                    for name in ("swallows", "past-key-value")
                ),
            ),
            member(
                f"{prefix}SelfAttention.position_embedding_type",
                family,
                to="foreign_attention:position_embedding_type",
                since="5.0",
                reason="Forwards that replace the layer's ask for its {name}, and stop with AttributeError.",
                upstream=f"{SOURCE}4.57.6/src/transformers/models/{family}/modeling_{family}.py",
            ),
        )
    ),
    *(
        member(
            f"{cls}.__init__",
            family,
            to=f"constructors:{code}",
            since="5.0",
            reason="A stack that is given the embeddings that it shares raises TypeError.",
            upstream=f"{SOURCE}4.57.6/src/transformers/models/{family}/modeling_{family}.py",
        )
        for code, families in {
            "stack_with_embeddings": {"mt5": "MT5Stack", "t5": "T5Stack", "umt5": "UMT5Stack"},
            "coder_with_embeddings": {"bart": "BartEncoder BartDecoder", "mbart": "MBartEncoder MBartDecoder"},
        }.items()
        for family, classes in families.items()
        for cls in classes.split()
    ),
]
