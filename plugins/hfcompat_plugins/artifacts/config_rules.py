"""What else differs in config.json: names, nulls, numbers without a word in JSON, and who decides what is tied."""

from __future__ import annotations

from typing import Any

from hfcompat_plugins.artifacts.rope_rules import Section
from packaging.version import Version

from hfcompat.checkpoints.errors import UnrepresentableError

_WITH_TEXT = Version("4.52.0.dev0")
_NUMBERS = {"Infinity": float("inf"), "-Infinity": float("-inf")}

# The key of 4.x by the key of 5.x, family by family.
RENAMED = {
    "qwen3_moe": {"num_local_experts": "num_experts"},
    "qwen3_vl_moe_text": {"num_local_experts": "num_experts"},
    "qwen3_omni_moe_text": {"num_local_experts": "num_experts"},
    "qwen3_omni_moe_talker_text": {"num_local_experts": "num_experts"},
    "videomae": {"qv_bias": "qkv_bias"},
    "falcon_mamba": {"use_mambapy": "use_falcon_mambapy"},
    "vipllava": {"vision_feature_layer": "vision_feature_layers"},
}
_TOWERS = {"qwen2_vl_vision": "qwen2_vl", "qwen2_5_vl_vision": "qwen2_5_vl"}

# Types of layers that had another name before 5.13.
LAYERS = {
    "granitemoehybrid": {"layer_types": {"linear_attention": "mamba", "full_attention": "attention"}},
    "zamba": {"layers_block_type": {"linear_attention": "mamba"}},
    "zamba2": {"layers_block_type": {"linear_attention": "mamba"}},
}

DBRX = {
    "attn_config": ("model_type", "attn_pdrop", "clip_qkv", "kv_n_heads", "rope_theta"),
    "ffn_config": ("model_type", "ffn_act_fn", "ffn_hidden_size", "moe_num_experts", "moe_top_k", "moe_jitter_eps",
                   "moe_loss_weight", "moe_normalize_expert_weights"),
}  # fmt: skip

_EVERY = "global_attn_every_n_layers"


def numbers(section: Section, draft: Any) -> None:
    """`{"__float__": "Infinity"}`, as 5.x writes it, is a bare Infinity for every reader."""
    for name, value in section.items():
        section[name] = _number(value)


def _number(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"__float__"}:
        return _NUMBERS.get(value["__float__"], value)
    if isinstance(value, list):
        return [_number(item) for item in value]
    return value


def renamed(section: Section, draft: Any) -> None:
    """Keys that 4.x has under another name."""
    for new, old in RENAMED.get(str(section.get("model_type")), {}).items():
        if new in section:
            section[old] = section[new]


def renamed_back(section: Section, draft: Any) -> None:
    """Keys that 5.x has under another name."""
    for new, old in RENAMED.get(str(section.get("model_type")), {}).items():
        if old in section and new not in section:
            section[new] = section[old]


def every_n_layers(section: Section, draft: Any) -> None:
    """ModernBERT's `layer_types`, which 4.x makes from the distance between layers of full attention.

    Raises:
        UnrepresentableError: they are not at one distance, the first layer among them.
    """
    types = section.get("layer_types")
    if not isinstance(types, list) or not types:
        return
    full = [at for at, kind in enumerate(types) if kind == "full_attention"]
    said = section.get(_EVERY)
    if isinstance(said, int) and said > 0 and full == list(range(0, len(types), said)):
        return
    distance = full[1] - full[0] if len(full) > 1 else len(types)
    if full != list(range(0, len(types), distance)):
        raise UnrepresentableError(
            draft.folder.path / "config.json",
            f"its layer_types have full attention in layers {full} of {len(types)}, and transformers before 5.0 has it "
            "in the first and then at one distance; it cannot be written for these readers",
        )
    section[_EVERY] = distance


def local_attention(section: Section, draft: Any) -> None:
    """ModernBERT's decoder keeps half of `local_attention`, and some versions write that half alone."""
    half = section.get("sliding_window")
    if isinstance(half, int) and half > 0:
        section.setdefault("local_attention", 2 * half)


def old_layers(section: Section, draft: Any) -> None:
    """Types of layers, by the names that they had before 5.13; later readers know both."""
    for key, names in LAYERS.get(str(section.get("model_type")), {}).items():
        if isinstance(section.get(key), list):
            section[key] = [names.get(kind, kind) for kind in section[key]]


def sliding_pattern(section: Section, draft: Any) -> None:
    """`layer_types`, as the distance between layers of full attention."""
    types = section.get("layer_types")
    if not isinstance(types, list) or "full_attention" not in types:
        return
    distance = types.index("full_attention") + 1
    if all((kind == "full_attention") == ((at + 1) % distance == 0) for at, kind in enumerate(types)):
        section["sliding_window_pattern"] = distance


def types_of_layers(section: Section, draft: Any) -> None:
    """The distance between layers of full attention, as `layer_types`."""
    distance, layers = section.get("sliding_window_pattern"), section.get("num_hidden_layers")
    if isinstance(distance, int) and distance > 0 and isinstance(layers, int) and section.get("layer_types") is None:
        kinds = ("sliding_attention", "full_attention")
        section["layer_types"] = [kinds[(at + 1) % distance == 0] for at in range(layers)]


def parts_of_dbrx(section: Section, draft: Any) -> None:
    """The parts of DBRX with the keys that are theirs, since any other one is refused."""
    for part, keys in DBRX.items():
        if isinstance(section.get(part), dict):
            section[part] = {key: value for key, value in section[part].items() if key in keys}


def towers(section: Section, draft: Any) -> None:
    """Vision towers whose model type has a name of its own in 5.x."""
    kind = section.get("model_type")
    if kind in _TOWERS:
        section["model_type"] = _TOWERS[str(kind)]


def without_text_config(section: Section, draft: Any) -> None:
    """What the language model's section says, said by the outermost one, where no other reader wants it inside."""
    if isinstance(section.get("text_config"), dict) and all(reader < _WITH_TEXT for reader in draft.readers):
        inner = section.pop("text_config")
        section.update({key: value for key, value in inner.items() if key != "model_type"})


def dtype(section: Section, draft: Any) -> None:
    """`torch_dtype`, for readers up to 4.55."""
    if section.get("dtype") is not None:
        section["torch_dtype"] = section["dtype"]


def dtype_back(section: Section, draft: Any) -> None:
    """`dtype`, which was `torch_dtype`."""
    if section.get("torch_dtype") is not None:
        section.setdefault("dtype", section["torch_dtype"])


def scaled_outputs(section: Section, draft: Any) -> None:
    """T5 of 5.x always ties, and says by `scale_decoder_outputs` whether it was tied; 4.x takes one for the other."""
    if section.get("scale_decoder_outputs") is False:
        section["tie_word_embeddings"] = False


def head_tied_to_nothing(section: Section, draft: Any) -> None:
    """A head that 5.x ties to nothing, and 4.x to the embeddings, unless it is told not to."""
    if section is not draft.config or draft.tensors.keys().isdisjoint(("lm_head.weight", "lm_head.decoder.weight")):
        return
    if section["model_type"] == "pop2piano":
        section.setdefault("scale_decoder_outputs", section.get("tie_word_embeddings", True))
    section["tie_word_embeddings"] = False


def scaled_outputs_back(section: Section, draft: Any) -> None:
    """T5 that is not tied does not scale what the decoder gives."""
    if section.get("tie_word_embeddings") is False:
        section.setdefault("scale_decoder_outputs", False)


def tied(section: Section, draft: Any) -> None:
    """4.x ties as the language model's section says, 5.x as the outermost one; a head that is stored is not tied."""
    text = section.get("text_config")
    if not isinstance(text, dict) or section is not draft.config:
        return
    if any(name.endswith("lm_head.weight") for name in draft.tensors):
        if section.get("tie_word_embeddings") is not False and "tie_word_embeddings" in section:
            section["tie_word_embeddings"] = False
        text["tie_word_embeddings"] = False
    elif "tie_word_embeddings" in section:
        text["tie_word_embeddings"] = section["tie_word_embeddings"]


def tied_outside(section: Section, draft: Any) -> None:
    """What a language model's section says of its head, said by the outermost one too."""
    text = section.get("text_config")
    if isinstance(text, dict) and section is draft.config and "tie_word_embeddings" in text:
        stored = any(name.endswith("lm_head.weight") for name in draft.tensors)
        section.setdefault("tie_word_embeddings", bool(text["tie_word_embeddings"]) and not stored)


def tied_outside_by_the_file(section: Section, draft: Any) -> None:
    """That the head is tied, said by the outermost section, where 4.x wrote none."""
    if section is draft.config and not any(name.endswith("lm_head.weight") for name in draft.tensors):
        section.setdefault("tie_word_embeddings", True)


def tied_by_the_file(section: Section, draft: Any) -> None:
    """Whether the head is tied, where it is left to a default that changed: it is, when the file has none."""
    if any(name.endswith("embeddings.weight") for name in draft.tensors):
        section.setdefault("tie_word_embeddings", "lm_head.weight" not in draft.tensors)


def tied_without_a_head(section: Section, draft: Any) -> None:
    """The same, said where the file has no head."""
    if "lm_head.weight" not in draft.tensors:
        tied_by_the_file(section, draft)


def unscaled_outputs_of_mt5(section: Section, draft: Any) -> None:
    """mT5 of 5.x is always tied and never scales what the decoder gives; in 4.x that is one with a head of its own."""
    section["tie_word_embeddings"] = False


def rate_of_frames(section: Section, draft: Any) -> None:
    """Mimi's `frame_rate`, which later versions keep under another name, or make from other numbers."""
    if section.get("_frame_rate") is not None:
        section["frame_rate"] = section["_frame_rate"]


def backbones(section: Section, draft: Any) -> None:
    """DETR and its kin with the configuration of a backbone: 4.x wants to be told that it is none of timm's."""
    backbone = section.get("backbone_config")
    if not isinstance(backbone, dict):
        return
    timm = backbone.get("model_type") == "timm_backbone" and section is draft.config  # an inner one has no backbone
    section["use_timm_backbone"] = timm
    section.setdefault("use_pretrained_backbone", False)
    if not timm:
        section["use_pretrained_backbone"] = False


def nulls(section: Section, draft: Any) -> None:
    """Keys that are null where 5.x wants a value; without the key it takes its default."""
    for name in ("dilation", "use_pretrained_backbone", "backbone_kwargs"):
        if name in section and section[name] is None:
            del section[name]


def text_of_fuyu_outside(section: Section, draft: Any) -> None:
    """What Fuyu's language model is, said by the outermost section, where 4.x looks for it."""
    text = section.get("text_config")
    if isinstance(text, dict):
        for key, value in text.items():
            if key != "model_type":
                section.setdefault(key, value)


def codebooks_of_csm(section: Section, draft: Any) -> None:
    """CSM says of its codebooks alone that they are tied, since its head never is."""
    if section.get("tie_word_embeddings"):
        section["tie_word_embeddings"] = False


def heads_apart(section: Section, draft: Any) -> None:
    """That each layer of the decoder has heads of its own, as it always has in versions without these words."""
    for key in ("decoder_bbox_embed_share", "decoder_cls_embed_share"):
        section.setdefault(key, False)


def head_of_bridgetower(section: Section, draft: Any) -> None:
    """Whether BridgeTower's head is tied, which 4.x asks the language model's section: it is, unless it is stored."""
    if "mlm_score.bias" in draft.tensors and "mlm_score.decoder.weight" not in draft.tensors:
        section["tie_word_embeddings"] = True


def attention_of_keypoints(section: Section, draft: Any) -> None:
    """LightGlue's detector without the kind of its attention, which 4.x says itself."""
    detector = section.get("keypoint_detector_config")
    if isinstance(detector, dict):
        for key in ("attn_implementation", "_attn_implementation"):
            detector.pop(key, None)
