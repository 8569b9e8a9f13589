"""A configuration of any family made tiny: the default one, with every size that is a size replaced."""

from __future__ import annotations

import re
from typing import Any

SIZES = {
    "hidden_size|d_model|embed_dim|n_embd|dim|embedding_size|projection_dim|hidden_dim|output_dim|proj_size|d_inner": 64,
    r"(out|text|vision|fc|adapter|encoder|decoder|linear_out)_hidden_size|hidden_size_per_layer_input": 64,
    "(attention|emb|embedding|text|decoder|encoder|fc|channels)_dim|linear_out_size|embed_dim_per_layer": 64,
    ".*(intermediate_size|ffn_dim|ffn_hidden_size|mlp_dim|d_ff|intermediate_dim|dim_feedforward)": 64,
    "(en|de)?(coder_)?(num_)?(attention_heads|heads)|n_heads?|num_(en|de)coder_attention_heads": 4,
    "(num_swa|swa_num|num_linear)_attention_heads|index_n_heads|linear_num_value_heads": 4,
    "(swa_|encoder_|decoder_)?num_key_value_heads|num_global_key_value_heads|linear_num_key_heads": 2,
    "((swa|global|linear|index|kda|mamba|qk_nope|v|swa_v|qk|linear_key|linear_value)_)?head_dim|mamba_d_head": 16,
    "audio_hidden_size|condition_dim|adapter_(in|out)_dim|adapter_input_size|(moe|backbone)_hidden_size": 64,
    "projector_hidden_size|fpn_hidden_size|memory_(attention|encoder)_hidden_size|(mask_downsampler|memory_fuser)_embed_dim": 64,
    "attention_head_size|[qko]v?_lora_rank": 16,
    "qk_rope_head_dim": 8,
    "(en|de)?(coder_)?(num_)?(hidden_)?layers|n_layers?|depth|num_(en|de)coder_layers": 4,
    "(moe_)?(n|num)_?(routed|local)?_experts": 8,
    "(moe_)?num_experts_per_tok(en)?|moe_top_?k|moe_k|top_k_experts|experts_per_token": 2,
    "n_group|topk_group|num_expert_group|moe_n_group": 1,
    "(text_)?vocab_size(_per_layer_input)?": 512,
    "num_queries": 20,
    "sliding_window|local_attention": 8,
    "num_filters": 4,
    "num_nextn_predict_layers|mtp_num_hidden_layers|num_mtp_layers": 0,
}
NOT_SAID = (
    "stage_names",
    "out_features",
    "transformers_version",
    "architectures",
    "_name_or_path",
    "torch_dtype",
    "dtype",
    "num_labels",
)
NO_CONFIG = ("id2label", "label2id", "rope_parameters", "rope_scaling", "per_layer_config")
TIES = (("num_key_value_heads", "num_attention_heads"), ("num_key_value_heads", "num_heads"))


def tiny(said: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """What to build the configuration from.

    Args:
        said: `to_dict()` of the default configuration.
        changes: by dotted name, what is not to be found out; `...` takes the key away.
    """
    made = _shrunk(said, {})
    for name, value in changes.items():
        *path, last = name.split(".")
        at = made
        for key in path:
            at = at.setdefault(key, {}) if not isinstance(at.get(key), dict) else at[key]
        if value is ...:
            at.pop(last, None)
        else:
            at[last] = value
    return made


def _shrunk(said: dict[str, Any], tokens: dict[int, int]) -> dict[str, Any]:
    made = {str(key): _value(str(key), value, tokens) for key, value in said.items() if key not in NOT_SAID}
    for few, many in TIES:
        if said.get(few) and said.get(few) == said.get(many):
            made[few] = made[many]
    long, short = said.get("num_hidden_layers"), made.get("num_hidden_layers")
    if long and short and long != short:
        for key, value in made.items():
            if isinstance(value, list) and len(value) == long:
                made[key] = _layers(value, short)
        if isinstance(made.get("per_layer_config"), dict):
            layers = {at: value for at, value in made["per_layer_config"].items() if int(at) < short}
            made["per_layer_config"] = {at: _shrunk(value, tokens) for at, value in layers.items()}
        if isinstance(made.get("out_indices"), list) and max(made["out_indices"]) > short:
            made["out_indices"] = list(range(short + 1 - len(made["out_indices"]), short + 1))
    if said.get("qk_rope_head_dim") and said.get("head_dim") == said["qk_rope_head_dim"]:
        made["head_dim"] = made["qk_rope_head_dim"]
    for key in ("rope_parameters", "rope_scaling"):
        if isinstance(made.get(key), dict):
            made[key] = _rope(made[key], made)
    return made


def _value(key: str, value: Any, tokens: dict[int, int]) -> Any:
    if isinstance(value, dict):
        return _shrunk(value, tokens) if key not in NO_CONFIG else dict(value)
    if key.endswith(("_id", "_token_index", "_ids", "_patch_id")):
        if isinstance(value, list):
            return [_value(key, each, tokens) for each in value]
        big = isinstance(value, int) and value >= 500
        return tokens.setdefault(value, 500 + len(tokens) % 12) if big else value
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value:
        return next((min(value, size) for name, size in SIZES.items() if re.fullmatch(name, key)), value)
    return value


def _layers(kinds: list[Any], count: int) -> list[Any]:
    """As many as asked, in order, with every kind that there is among them."""
    first = {str(kind): at for at, kind in reversed(list(enumerate(kinds)))}
    chosen = sorted(first.values())[:count]
    chosen += [at for at in range(len(kinds)) if at not in chosen][: count - len(chosen)]
    return [kinds[at] for at in sorted(chosen)]


def _rope(rope: dict[str, Any], config: dict[str, Any]) -> dict[str, Any]:
    sections = rope.get("mrope_section")
    if not sections:
        return rope
    size = config.get("head_dim") or (config.get("hidden_size") or 64) // (config.get("num_attention_heads") or 4)
    half = int(size * (rope.get("partial_rotary_factor") or config.get("partial_rotary_factor") or 1)) // 2
    part = half // 4
    return {
        **rope,
        "mrope_section": [half - 2 * part, part, part]
        if len(sections) == 3
        else [half // len(sections)] * len(sections),
    }
