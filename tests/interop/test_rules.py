"""Rules on config.json and on tensors, each by what it writes; headers alone, neither torch nor transformers."""

from __future__ import annotations

import copy
import json
import math
import os
import random
from pathlib import Path
from typing import Any

import pytest
from hfcompat_plugins.artifacts.tables.code import CODE_RULES
from hfcompat_plugins.artifacts.tables.configs import CONFIG_RULES
from hfcompat_plugins.artifacts.tables.tensors import TENSOR_RULES

from hfcompat.checkpoints import CheckpointError, Outcome, UnrepresentableError, inspect, rules
from hfcompat.checkpoints.converting import draft_for
from hfcompat.checkpoints.draft import Draft
from hfcompat.checkpoints.folder import Folder
from hfcompat.checkpoints.shards import header_of

ROWS = [*CONFIG_RULES, *TENSOR_RULES, *CODE_RULES]
BY_ID = {rule.id: rule for rule in ROWS}
GENERATED = int(os.environ.get("HFCOMPAT_GENERATED", "400"))

FOUR, FIVE = {"transformers_version": "4.57.6"}, {"transformers_version": "5.23.0"}
TOWER = {"model_type": "clip_vision_model"}


def written(path: Path, config: dict[str, Any], tensors: dict[str, tuple[int, ...]] | None = None) -> Folder:
    """A checkpoint with tensors of bytes that are zero."""
    path.mkdir(exist_ok=True)
    (path / "config.json").write_text(json.dumps(config))
    if tensors is not None:
        sizes = {name: 4 * math.prod(shape) for name, shape in tensors.items()}
        header = header_of([(name, "F32", shape, sizes[name]) for name, shape in tensors.items()], {"format": "pt"})
        (path / "model.safetensors").write_bytes(header + bytes(sum(sizes.values())))
    return Folder(path)


def rope(**keys: Any) -> dict[str, Any]:
    return {"rope_parameters": {"rope_type": "default", "rope_theta": 5.0, **keys}}


BOTH = {
    "full_attention": {"rope_type": "default", "rope_theta": 5.0},
    "sliding_attention": {"rope_type": "default", "rope_theta": 7.0},
}
LINEAR = {"rope_scaling": {"type": "linear", "factor": 4.0}}
SAME = {kind: {"rope_type": "default", "rope_theta": 5.0} for kind in BOTH}

# Beside them is a file with these tensors.
CONFIGS_BESIDE = ("backbone.embeddings.weight", "mlm_score.bias", "lm_head.decoder.weight")

# For each rule on config.json: a configuration, and what it says afterwards (None where the key is gone).
CONFIGS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "numbers": ({"model_type": "mamba2", "time_step_limit": [0.0, {"__float__": "Infinity"}]}, {"time_step_limit": [0.0, math.inf]}),
    "numbers-that-are-not-read": ({"model_type": "bamba", "time_step_limit": [0.0, {"__float__": "Infinity"}]}, {"time_step_limit": [0.0, math.inf]}),
    "rope": ({"model_type": "llama", **rope(rope_type="linear", factor=2.0)}, {"rope_theta": 5.0, "rope_scaling": {"rope_type": "linear", "factor": 2.0}}),
    "rope-by-layer": ({"model_type": "gemma3_text", "rope_parameters": BOTH}, {"rope_theta": 5.0, "rope_local_base_freq": 7.0, "rope_scaling": None}),
    "rope-of-three-axes": ({"model_type": "qwen2_vl_text", **rope(mrope_section=[2, 3, 3])}, {"rope_theta": 5.0, "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]}}),
    "rope-of-dbrx": ({"model_type": "dbrx", "attn_config": {}, **rope()}, {"attn_config": {"rope_theta": 5.0}}),
    "rope-of-sam2-video": ({"model_type": "sam2_video", **rope(rope_type="axial")}, {"memory_attention_rope_theta": 5}),
    "rope-part-of-phi3": ({"model_type": "phi3", **rope(partial_rotary_factor=0.5)}, {"partial_rotary_factor": 0.5}),
    "rope-part-of-gpt-neox": ({"model_type": "gpt_neox", **rope(partial_rotary_factor=0.5)}, {"rotary_pct": 0.5}),
    "rope-of-olmo3-for-all": ({"model_type": "olmo3", "transformers_version": "5.12.1", **rope()}, {"rope_parameters": {"rope_type": "default", "rope_theta": 5.0, **SAME}}),
    "experts": ({"model_type": "qwen3_moe", "num_local_experts": 4}, {"num_experts": 4}),
    "bias-of-videomae": ({"model_type": "videomae", "qv_bias": False}, {"qkv_bias": False}),
    "mambapy": ({"model_type": "falcon_mamba", "use_mambapy": True}, {"use_falcon_mambapy": True}),
    "features-of-vipllava": ({"model_type": "vipllava", "vision_feature_layer": [-1]}, {"vision_feature_layers": [-1]}),
    "every-n-layers": ({"model_type": "modernbert", "layer_types": ["full_attention", "sliding_attention"] * 2}, {"global_attn_every_n_layers": 2}),
    "local-attention": ({"model_type": "modernbert-decoder", "sliding_window": 4}, {"local_attention": 8}),
    "old-names-of-layers": ({"model_type": "granitemoehybrid", "layer_types": ["linear_attention", "full_attention"]}, {"layer_types": ["mamba", "attention"]}),
    "sliding-pattern": ({"model_type": "cohere2", "layer_types": ["sliding_attention", "full_attention"] * 2}, {"sliding_window_pattern": 2}),
    "parts-of-dbrx": ({"model_type": "dbrx", "ffn_config": {"moe_top_k": 2, "hidden_size": 64}}, {"ffn_config": {"moe_top_k": 2}}),
    "towers": ({"model_type": "qwen2_vl_vision"}, {"model_type": "qwen2_vl"}),
    "dtype": ({"model_type": "llama", "dtype": "bfloat16"}, {"torch_dtype": "bfloat16"}),
    "text-of-qwen2-vl": ({"model_type": "qwen2_vl", "text_config": {"model_type": "qwen2_vl_text", "hidden_size": 8}}, {"text_config": None, "hidden_size": 8, "model_type": "qwen2_vl"}),
    "scaled-outputs": ({"model_type": "t5", "scale_decoder_outputs": False, "tie_word_embeddings": True}, {"tie_word_embeddings": False}),
    "scaled-outputs-of-longt5": ({"model_type": "longt5", "scale_decoder_outputs": False, "tie_word_embeddings": True}, {"tie_word_embeddings": False}),
    "outputs-of-mt5": ({"model_type": "mt5", "tie_word_embeddings": True, **FIVE}, {"tie_word_embeddings": False}),
    "head-tied-to-nothing": ({"model_type": "pop2piano", **FIVE}, {"tie_word_embeddings": False, "scale_decoder_outputs": True}),
    "tied": ({"model_type": "llava", "tie_word_embeddings": True, "text_config": {}, **FIVE}, {"text_config": {"tie_word_embeddings": True}}),
    "rate-of-mimi": ({"model_type": "mimi", "_frame_rate": 50}, {"frame_rate": 50}),
    "backbones": ({"model_type": "detr", "backbone_config": {"model_type": "resnet"}}, {"use_timm_backbone": False, "use_pretrained_backbone": False}),
    "tied-by-the-file": ({"model_type": "mamba"}, {"tie_word_embeddings": True}),
    "no-head-of-mamba": ({"model_type": "mamba"}, {"tie_word_embeddings": True}),
    "tied-by-the-file-as-before": ({"model_type": "mamba"}, {"tie_word_embeddings": True}),
    "tied-outside-by-the-file": ({"model_type": "got_ocr2", "text_config": {}, **FOUR}, {"tie_word_embeddings": True}),
    "tied-outside": ({"model_type": "qwen2_vl", "text_config": {"tie_word_embeddings": True}}, {"tie_word_embeddings": True}),
    "rope-of-dbrx-outside": ({"model_type": "dbrx", "attn_config": {"rope_theta": 5.0}}, rope()),
    "rope-of-olmo3": ({"model_type": "olmo3", "rope_theta": 5.0}, {"rope_parameters": SAME}),
    "rope-of-olmo3-in-one": ({"model_type": "olmo3", "rope_parameters": SAME}, {"rope_parameters": {"rope_type": "default", "rope_theta": 5.0, **SAME}}),
    "rope-of-modernbert-decoder": ({"model_type": "modernbert-decoder", "global_rope_theta": 5.0, "local_rope_theta": 7.0}, {"rope_parameters": SAME}),
    "types-of-layers": ({"model_type": "cohere2", "sliding_window_pattern": 2, "num_hidden_layers": 4}, {"layer_types": ["sliding_attention", "full_attention"] * 2}),
    "rope-axial": ({"model_type": "pixtral", **rope(rope_type="axial")}, rope()),
    "rope-in-one-place": ({"model_type": "llama", "rope_theta": 5.0, "rope_scaling": {"type": "linear", "factor": 2.0}}, rope(rope_type="linear", factor=2.0)),
    "rope-by-layer-in-one-place": ({"model_type": "modernbert", "global_rope_theta": 5.0, "local_rope_theta": 7.0}, {"rope_parameters": BOTH}),
    "experts-by-the-new-name": ({"model_type": "qwen3_moe", "num_experts": 4}, {"num_local_experts": 4}),
    "scaled-outputs-of-t5": ({"model_type": "t5", "tie_word_embeddings": False}, {"scale_decoder_outputs": False}),
    "scaled-outputs-by-name": ({"model_type": "umt5", "tie_word_embeddings": False}, {"scale_decoder_outputs": False}),
    "dtype-by-the-new-name": ({"model_type": "llama", "torch_dtype": "bfloat16"}, {"dtype": "bfloat16"}),
    "nulls": ({"model_type": "detr", "dilation": None, "backbone_kwargs": None}, {"dilation": None, "backbone_kwargs": None}),
    "text-of-fuyu": ({"model_type": "fuyu", "text_config": {"model_type": "persimmon", "hidden_size": 8}, **FIVE}, {"hidden_size": 8, "model_type": "fuyu"}),
    "codebooks-of-csm": ({"model_type": "csm", "tie_word_embeddings": True}, {"tie_word_embeddings": False}),
    "attention-of-keypoints": ({"model_type": "lightglue", "keypoint_detector_config": {"model_type": "superpoint", "attn_implementation": "eager"}},
                               {"keypoint_detector_config": {"model_type": "superpoint"}}),
    "heads-apart": ({"model_type": "mm-grounding-dino", **FOUR}, {"decoder_bbox_embed_share": False, "decoder_cls_embed_share": False}),
    "head-of-bridgetower": ({"model_type": "bridgetower", "tie_word_embeddings": False}, {"tie_word_embeddings": True}),
}  # fmt: skip

# For each rule on tensors: the model type, its tensors, and theirs afterwards.
EXPERTS = {"text_config": {"hidden_size": 8, "moe_intermediate_size": 6}}
TENSORS: dict[str, tuple[dict[str, Any], dict[str, tuple[int, ...]], dict[str, tuple[int, ...]]]] = {
    "tower-of-composite": ({"model_type": "llava", "vision_config": TOWER}, {"vision_tower.a": (1,), "model.video_tower.a": (1,), "lm_head.weight": (1,)},
                           {"vision_tower.vision_model.a": (1,), "model.video_tower.vision_model.a": (1,), "lm_head.weight": (1,)}),
    "lone-tower": (TOWER, {"a": (1,)}, {"vision_model.a": (1,)}),
    "experts-by-input": ({"model_type": "qwen3_vl_moe", **EXPERTS}, {"x.experts.gate_up_proj": (2, 12, 8), "x.experts.down_proj": (2, 8, 6)},
                         {"x.experts.gate_up_proj": (2, 8, 12), "x.experts.down_proj": (2, 6, 8)}),
    "head-of-t5": ({"model_type": "t5", "tie_word_embeddings": False}, {"shared.weight": (2, 2)}, {"shared.weight": (2, 2), "lm_head.weight": (2, 2)}),
    "experts-by-output": ({"model_type": "qwen3_vl_moe", **EXPERTS}, {"x.experts.gate_up_proj": (2, 8, 12), "x.experts.down_proj": (2, 6, 8)},
                          {"x.experts.gate_up_proj": (2, 12, 8), "x.experts.down_proj": (2, 8, 6)}),
    "square-experts-by-output": ({"model_type": "qwen3_vl_moe", **FOUR, "hidden_size": 12, "moe_intermediate_size": 6}, {"x.experts.gate_up_proj": (2, 12, 12)},
                                 {"x.experts.gate_up_proj": (2, 12, 12)}),
    "text-of-qwen2-audio": ({"model_type": "qwen2_audio"}, {"language_model.model.model.a": (1,), "language_model.lm_head.weight": (1,)},
                            {"language_model.model.a": (1,), "language_model.lm_head.weight": (1,)}),
    "no-stars": ({"model_type": "esm"}, {"esm.layer.*.inv_freq": (1,), "esm.layer.0.a": (1,)}, {"esm.layer.0.a": (1,)}),
    "outputs-of-mt5-of-4": ({"model_type": "mt5", **FOUR, "tie_word_embeddings": True}, {"decoder.final_layer_norm.weight": (2,)},
                            {"decoder.final_layer_norm.weight": (2,)}),
    "embeddings-of-longt5-before-4.50": ({"model_type": "longt5"}, {"shared.weight": (2, 2)}, {"shared.weight": (2, 2)}),
    "embeddings-of-longt5": ({"model_type": "longt5", "tie_word_embeddings": False}, {"shared.weight": (2, 2)},
                             dict.fromkeys(("shared.weight", "lm_head.weight", "encoder.embed_tokens.weight", "decoder.embed_tokens.weight"), (2, 2))),
    "bias-of-roberta": ({"model_type": "roberta"}, {"lm_head.bias": (3,)}, {"lm_head.bias": (3,), "lm_head.decoder.bias": (3,)}),
    "biases-of-videomae": ({"model_type": "videomae"}, {"l.attention.attention.query.bias": (2,), "l.attention.attention.key.bias": (2,)},
                           {"l.attention.attention.query.bias": (2,), "l.attention.attention.key.bias": (2,), "l.attention.attention.q_bias": (2,)}),
    "biases-of-videomae-before-5.5": ({"model_type": "videomae"}, {"l.attention.attention.value.bias": (2,)},
                                      {"l.attention.attention.value.bias": (2,), "l.attention.attention.v_bias": (2,)}),
    "biases-of-videomae-by-projection": ({"model_type": "videomae"}, {"l.attention.attention.q_bias": (2,), "l.attention.attention.v_bias": (2,)},
                                         {f"l.attention.attention.{name}": (2,) for name in ("q_bias", "v_bias", "query.bias", "key.bias", "value.bias")}),
    "positions-of-prompts": ({"model_type": "sam2"}, {"shared_image_embedding.positional_embedding": (2, 4)},
                             dict.fromkeys(("shared_image_embedding.positional_embedding", "prompt_encoder.shared_embedding.positional_embedding"), (2, 4))),
    "heads-of-rt-detr-v2": ({"model_type": "rt_detr_v2", "transformers_version": "5.0.0", "decoder_layers": 2}, {"bbox_embed.0.layers.0.weight": (2,)},
                            dict.fromkeys(("bbox_embed.0.layers.0.weight", "model.decoder.bbox_embed.0.layers.0.weight", "model.decoder.bbox_embed.1.layers.0.weight"), (2,))),
    "text-of-gemma3n": ({"model_type": "gemma3n_text"}, {"model.language_model.a": (1,), "model.per_layer_model.language_model_projection.weight": (2,)},
                        {"model.a": (1,), "model.per_layer_model_projection.weight": (2,)}),
    "layers-of-altclip": ({"model_type": "altclip"}, {"vision_model.encoder.layer.0.a": (1,), "text_model.roberta.encoder.layer.0.a": (1,)},
                          {"vision_model.encoder.layers.0.a": (1,), "text_model.roberta.encoder.layer.0.a": (1,)}),
    "decoder-of-vit-mae": ({"model_type": "vit_mae"}, {"decoder.decoder_encoder.layer.0.a": (1,), "vit.encoder.layer.0.a": (1,)},
                           {"decoder.decoder_layers.0.a": (1,), "vit.encoder.layer.0.a": (1,)}),
    "encoder-of-vit-msn": ({"model_type": "vit_msn"}, {"encoder.layer.0.a": (1,), "classifier.weight": (1,)}, {"vit.encoder.layer.0.a": (1,), "classifier.weight": (1,)}),
    "model-of-colqwen2": ({"model_type": "colqwen2"}, {"vlm.visual.a": (1,), "vlm.language_model.a": (1,), "vlm.model.visual.b": (1,)},
                          {"vlm.model.visual.a": (1,), "vlm.model.language_model.a": (1,), "vlm.model.visual.b": (1,)}),
    "model-of-shieldgemma2": ({"model_type": "shieldgemma2"}, {"model.model.language_model.model.embed_tokens.weight": (2, 2)},
                              dict.fromkeys(("model.language_model.model.embed_tokens.weight", "model.lm_head.weight"), (2, 2))),
    "biases-of-heads": ({"model_type": "vilt"}, {"mlm_score.decoder.bias": (2,), "a.b.decoder.bias": (2,)},
                        dict.fromkeys(("mlm_score.decoder.bias", "mlm_score.bias", "a.b.decoder.bias"), (2,))),
    "bias-of-vilt": ({"model_type": "vilt"}, {"mlm_score.bias": (2,)}, dict.fromkeys(("mlm_score.decoder.bias", "mlm_score.bias"), (2,))),
    "head-of-luke": ({"model_type": "luke"}, {"lm_head.bias": (2,), "luke.embeddings.word_embeddings.weight": (2, 4)},
                     {"lm_head.bias": (2,), "lm_head.decoder.bias": (2,), "luke.embeddings.word_embeddings.weight": (2, 4), "lm_head.decoder.weight": (2, 4)}),
    "head-of-luke-apart": ({"model_type": "luke"}, {"lm_head.decoder.bias": (2,), "lm_head.decoder.weight": (2, 4), "luke.entity_embeddings.entity_embeddings.weight": (3, 4)},
                           {"lm_head.bias": (2,), "lm_head.decoder.bias": (2,), "lm_head.decoder.weight": (2, 4), "luke.entity_embeddings.entity_embeddings.weight": (3, 4),
                            "entity_predictions.decoder.weight": (3, 4)}),
    "head-of-pop2piano": ({"model_type": "pop2piano"}, {"shared.weight": (2, 4)}, dict.fromkeys(("shared.weight", "lm_head.weight"), (2, 4))),
    "head-of-pop2piano-apart": ({"model_type": "pop2piano", **FIVE}, {"lm_head.weight": (2, 4), "decoder.final_layer_norm.weight": (4,)},
                                {"lm_head.weight": (2, 4), "decoder.final_layer_norm.weight": (4,)}),
    "heads-of-grounding-dino": ({"model_type": "mm-grounding-dino", "decoder_layers": 3}, {"class_embed.0.bias": (1,), "model.decoder.class_embed.2.bias": (1,)},
                                dict.fromkeys(("class_embed.0.bias", "class_embed.1.bias", "model.decoder.class_embed.2.bias"), (1,))),
    "no-bias-of-reformer": ({"model_type": "reformer", **FIVE}, {"lm_head.bias": (2,), "lm_head.decoder.weight": (2, 4)}, {"lm_head.decoder.weight": (2, 4)}),
}  # fmt: skip


def test_every_rule_has_an_example() -> None:
    assert {rule.id for rule in CONFIG_RULES} == set(CONFIGS)
    assert {rule.id for rule in TENSOR_RULES} == set(TENSORS)


@pytest.mark.parametrize("name", CONFIGS)
def test_a_rule_says_in_config_what_its_readers_read(name: str, tmp_path: Path) -> None:
    config, expected = CONFIGS[name]
    draft = Draft(written(tmp_path, config, dict.fromkeys(CONFIGS_BESIDE, (2,))))
    rules.apply_one(draft, BY_ID[name])
    assert {key: draft.config.get(key) for key in expected} == expected
    assert set(config) - set(draft.config) <= {key for key, value in expected.items() if value is None}
    assert list(rules.apply(draft, [BY_ID[name]])) == [], "it is not idempotent"


@pytest.mark.parametrize("name", TENSORS)
def test_a_rule_names_and_lays_out_tensors_as_its_readers_do(name: str, tmp_path: Path) -> None:
    config, before, after = TENSORS[name]
    draft = Draft(written(tmp_path, config, before))
    rules.apply_one(draft, BY_ID[name])
    assert {new: tensor.shape for new, tensor in draft.tensors.items()} == after
    assert list(rules.apply(draft, [BY_ID[name]])) == [], "it is not idempotent"


@pytest.mark.parametrize("name", CONFIGS)
def test_dual_is_idempotent(name: str, tmp_path: Path) -> None:
    once, _ = draft_for(written(tmp_path / "a", CONFIGS[name][0], {"backbone.embeddings.weight": (2, 2)}), "dual", ROWS)
    twice, changes = draft_for(
        written(tmp_path / "b", once.config, {"backbone.embeddings.weight": (2, 2)}), "dual", ROWS
    )
    assert twice.config == once.config
    assert changes == []


@pytest.mark.parametrize(
    ("config", "to"),
    [
        ({"model_type": "olmo3", **FIVE, "rope_parameters": BOTH}, "4.57"),
        ({"model_type": "modernbert-decoder", **FIVE, "rope_parameters": BOTH}, "dual"),
        *[({"model_type": family, **FIVE, "rope_parameters": {kind: {**SAME[kind], "rope_type": "linear", "factor": 2.0} for kind in SAME}}, "dual")
          for family in ("olmo3", "gemma3_text", "gemma3n_text")],
        ({"model_type": "modernbert", **FIVE, "rope_parameters": {**SAME, "full_attention": {"rope_type": "linear", "rope_theta": 5.0, "factor": 2.0}}}, "4.57"),
        *[({"model_type": "modernbert", **FIVE, "layer_types": [f"{kind}_attention" for kind in kinds], "global_attn_every_n_layers": said}, "dual")
          for kinds in (["sliding", "full"] * 2, ["sliding"] * 3, ["full", "sliding", "full", "full"]) for said in (None, 3)],
    ],
)  # fmt: skip
def test_what_has_no_words_is_refused(config: dict[str, Any], to: str, tmp_path: Path) -> None:
    with pytest.raises(UnrepresentableError, match=r"config\.json"):
        draft_for(written(tmp_path, config), to, ROWS)
    verdict = inspect(tmp_path, ["4.57"], known=ROWS).verdicts[0]
    assert (verdict.outcome, "cannot be written for these readers" in verdict.why) == (Outcome.WRONG, True)


@pytest.mark.parametrize(
    ("kinds", "outcome"),
    [("ssfssf", Outcome.RIGHT), ("sssfs", Outcome.RIGHT), ("fssf", Outcome.WRONG), ("ssss", Outcome.WRONG)],
)
def test_layers_of_cohere2_that_4_49_cannot_have(kinds: str, outcome: Outcome, tmp_path: Path) -> None:
    types = [{"s": "sliding_attention", "f": "full_attention"}[kind] for kind in kinds]
    pattern = types.index("full_attention") + 1 if "f" in kinds else 4
    config = {"model_type": "cohere2", "layer_types": types, "sliding_window_pattern": pattern}
    found = inspect(written(tmp_path, config).path, ["4.49", "4.57"], known=ROWS)
    assert [verdict.outcome for verdict in found.verdicts] == [outcome, Outcome.RIGHT]


@pytest.mark.parametrize(("layers", "said", "meant"), [(4, 3, 2), (4, None, 2), (4, 2, 2), (1, 3, 3), (1, None, 1)])
def test_the_distance_of_full_attention_is_that_of_the_layers(
    layers: int, said: int | None, meant: int, tmp_path: Path
) -> None:
    """5.0 writes its default beside layer_types, whatever these are."""
    types = ["full_attention", "sliding_attention"] * 2
    config = {"model_type": "modernbert", "layer_types": types[:layers], "global_attn_every_n_layers": said}
    assert draft_for(written(tmp_path, config), "dual", ROWS)[0].config["global_attn_every_n_layers"] == meant


def test_all_layers_of_modernbert_are_scaled_alike(tmp_path: Path) -> None:
    config = {"model_type": "modernbert", "global_rope_theta": 5.0, "local_rope_theta": 7.0, **LINEAR}
    found = draft_for(written(tmp_path, config), "dual", ROWS)[0].config
    assert found["rope_scaling"] == LINEAR["rope_scaling"]
    assert {kind: rope["factor"] for kind, rope in found["rope_parameters"].items()} == dict.fromkeys(BOTH, 4.0)


@pytest.mark.parametrize(
    "section",
    [
        {"model_type": "llama", **LINEAR},  # Vicuna 1.5 16k
        {"model_type": "gemma3_text", "rope_scaling": {"rope_type": "linear", "factor": 8.0}},  # Gemma 3
        {"model_type": "olmo3", **LINEAR},
        {"model_type": "phi", "partial_rotary_factor": 0.4},
        {"model_type": "gpt_neox", "rotary_pct": 1.0},
        {"model_type": "modernbert", "global_rope_theta": 8.0},
        {"rope_theta": 5.0, **LINEAR},  # a section of a composite that does not say what it is
    ],
    ids=lambda section: section.get("model_type", "none"),
)
def test_words_that_no_others_stand_for_are_not_taken_away(section: dict[str, Any], tmp_path: Path) -> None:
    draft, changes = draft_for(written(tmp_path, {"model_type": "llava", "text_config": section}), "5.23", ROWS)
    assert draft.config["text_config"] == section
    assert changes == []


@pytest.mark.parametrize(("head", "factor"), [("MT5ForConditionalGeneration", 0.25), ("MT5Model", 1.0)])
def test_a_tied_mt5_of_4_has_its_scale_in_the_last_norm(head: str, factor: float, tmp_path: Path) -> None:
    """Which 4.x has in its code, where there is a head."""
    config = {"model_type": "mt5", **FOUR, "tie_word_embeddings": True, "architectures": [head], "d_model": 16}
    folder = written(tmp_path, config, {"shared.weight": (2, 16), "decoder.final_layer_norm.weight": (16,)})
    draft, changes = draft_for(folder, "dual", ROWS)
    assert draft.tensors["decoder.final_layer_norm.weight"].factor == factor
    assert draft.config["tie_word_embeddings"] is (factor == 1)
    assert ("lm_head.weight" in draft.tensors) is (factor != 1)
    assert any(change.rule.id == "outputs-of-mt5-of-4" for change in changes) is (factor != 1)


@pytest.mark.parametrize(("writer", "to"), [(FIVE, "4.57"), (FOUR, "5.23")], ids=["of 5.x", "of 4.x"])
def test_a_square_expert_is_turned_for_one_generation_only(writer: dict[str, str], to: str, tmp_path: Path) -> None:
    config = {"model_type": "qwen3_vl_moe", **writer, "text_config": {"hidden_size": 12, "moe_intermediate_size": 6}}
    folder = written(tmp_path, config, {"x.experts.gate_up_proj": (2, 12, 12)})
    for target, swapped in ((to, (1, 2)), ("4.57" if to == "5.23" else "5.23", None)):
        draft, _ = draft_for(folder, target, ROWS)
        assert draft.tensors["x.experts.gate_up_proj"].swapped == swapped
    with pytest.raises(UnrepresentableError, match="square"):
        draft_for(folder, "dual", ROWS)


@pytest.mark.parametrize(
    ("model", "readers"),
    [
        ({"model_type": "bamba", **FOUR}, {"4.57.6": "right", "5.12.1": "wrong", "5.23.0": "right"}),
        ({"model_type": "gemma2", **FOUR}, {"4.57.6": "right", "5.12.1": "right", "5.23.0": "wrong"}),
        ({"model_type": "gemma2", "attn_logit_softcapping": None, **FOUR}, {"5.23.0": "right"}),
        ({"model_type": "llama", "rope_scaling": {"rope_type": "yarn", "original_max_position_embeddings": 16, "factor": 2.0}, "rope_theta": 5.0, **FOUR},
         {"4.49.0": "wrong", "4.57.6": "right"}),
        ({"model_type": "qwen2_vl", "text_config": {"model_type": "qwen2_vl_text"}, **FOUR}, {"4.49.0": "refused", "4.57.6": "right"}),
        ({"model_type": "dbrx", "attn_config": {"rope_theta": 5.0}, **FOUR}, {"4.57.6": "right", "5.12.1": "refused", "5.23.0": "wrong"}),
        ({"model_type": "t5gemma", **FIVE}, {"4.57.6": "wrong", "5.12.1": "wrong"}),
        ({"model_type": "t5gemma", "encoder": {"layer_types": ["full_attention"], "attn_logit_softcapping": None}, "decoder": {"attn_logit_softcapping": None}, **FIVE},
         {"4.57.6": "right", "5.12.1": "right"}),
        ({"model_type": "mimi", **FOUR}, {"5.0.0": "right", "5.23.0": "wrong"}),
        ({"model_type": "nllb-moe", **FOUR}, {"4.49.0": "right", "5.23.0": "wrong"}),
        ({"model_type": "nllb-moe", "encoder_sparse_step": 0, "decoder_sparse_step": 0, **FOUR}, {"5.23.0": "right"}),
        ({"model_type": "kosmos-2", **FOUR}, {"4.49.0": "wrong", "4.57.6": "right", "5.12.1": "wrong", "5.23.0": "wrong"}),
        ({"model_type": "sam2_video", **FOUR}, {"4.57.6": "right", "5.0.0": "refused", "5.23.0": "right"}),
        ({"model_type": "rt_detr_v2", **FOUR}, {"4.57.6": "right", "5.0.0": "wrong", "5.23.0": "right"}),
        ({"model_type": "biogpt", "tie_word_embeddings": True, **FOUR}, {"4.49.0": "right", "5.0.0": "wrong", "5.23.0": "wrong"}),
        ({"model_type": "colpali", **FIVE}, {"4.57.6": "wrong", "5.12.1": "right"}),
        ({"model_type": "cpmant", **FIVE}, {"4.57.6": "refused", "5.23.0": "right"}),
        ({"model_type": "cpmant", **FOUR}, {"4.57.6": "right", "5.12.1": "right", "5.23.0": "wrong"}),
        ({"model_type": "deit", "architectures": ["DeiTForMaskedImageModeling"], **FOUR}, {"5.0.0": "right", "5.12.1": "wrong"}),
        ({"model_type": "deit", "architectures": ["DeiTForImageClassification"], **FOUR}, {"5.12.1": "right"}),
        ({"model_type": "idefics", **FIVE, **rope()}, {"4.57.6": "wrong", "5.23.0": "right"}),
        ({"model_type": "idefics", **FIVE, **rope(rope_theta=10000.0), "rope_theta": 10000.0}, {"4.57.6": "right"}),
        ({"model_type": "longcat_flash", **FOUR}, {"4.57.6": "right", "5.23.0": "refused"}),
        ({"model_type": "longcat_flash", "zero_expert_num": 0, **FOUR}, {"5.23.0": "right"}),
        ({"model_type": "llama", **FIVE, **rope()}, {"4.57.6": "wrong", "5.0.0": "right"}),
        ({"model_type": "llama", **FIVE, **rope(rope_theta=10000.0)}, {"4.57.6": "right"}),
        ({"model_type": "mamba2", **FIVE, "time_step_limit": [0.0, {"__float__": "Infinity"}]}, {"4.57.6": "refused", "5.23.0": "right"}),
        ({"model_type": "no_such_family", **FIVE}, {"5.23.0": "refused"}),
        ({"model_type": "llama", "auto_map": {"AutoConfig": "own.Config"}}, {"5.23.0": "unknown"}),
    ],
)  # fmt: skip
def test_inspect_says_what_readers_do(model: dict[str, Any], readers: dict[str, str], tmp_path: Path) -> None:
    written(tmp_path, model, {"lm_head.weight": (2, 2)})
    found = {verdict.reader.name: verdict.outcome for verdict in inspect(tmp_path, readers, known=ROWS).verdicts}
    assert found == {name: Outcome(word) for name, word in readers.items()}


@pytest.mark.parametrize(
    ("family", "said", "factor"),
    [({"scale_decoder_outputs": True}, False, 0.25), ({"scale_decoder_outputs": False}, False, 1.0)],
)
def test_the_last_norm_of_pop2piano_scales_for_both(
    family: dict[str, Any], said: bool, factor: float, tmp_path: Path
) -> None:
    """Which the head, tied to nothing in 5.x, would else have lost in 4.x."""
    config = {"model_type": "pop2piano", "d_model": 16, "tie_word_embeddings": True, **family, **FIVE}
    draft = Draft(written(tmp_path, config, {"lm_head.weight": (2, 16), "decoder.final_layer_norm.weight": (16,)}))
    rules.apply_one(draft, BY_ID["head-of-pop2piano-apart"])
    rules.apply_one(draft, BY_ID["head-of-pop2piano-apart"])
    assert draft.tensors["decoder.final_layer_norm.weight"].factor == factor
    assert draft.config["tie_word_embeddings"] is draft.config["scale_decoder_outputs"] is said


def test_inspect_sees_the_bias_of_reformer(tmp_path: Path) -> None:
    """Which 4.x adds and 5.x does not."""
    for config, wrong in ((FOUR, "5.23.0"), (FIVE, "4.57.6")):
        written(tmp_path / wrong, {"model_type": "reformer", **config}, {"lm_head.bias": (2,)})
        found = {v.reader.name: v.outcome for v in inspect(tmp_path / wrong, ["4.57.6", "5.23.0"], known=ROWS).verdicts}
        assert {name for name, outcome in found.items() if outcome is Outcome.WRONG} == {wrong}


# ---------------------------------------------------------------------------------------------- generated configurations
PLAIN = ("llama", "mistral", "qwen2", "phi", "glm4", "stablelm", "cohere2", "granite", "gpt_neox", "phi3", "nemotron")
LAYERED = ("gemma3_text", "gemma3n_text", "modernbert", "olmo3")


def scaling_of(chance: random.Random) -> dict[str, Any]:
    kind = chance.choice(["default", "linear", "dynamic", "yarn", "llama3", "longrope"])
    if kind == "default":
        return {}
    found: dict[str, Any] = {"rope_type": kind, "factor": chance.choice([2.0, 4.0, 8.0])}
    if kind in ("yarn", "llama3"):
        found["original_max_position_embeddings"] = chance.choice([16, 4096])
    if kind == "longrope":
        found = {
            "rope_type": kind,
            "short_factor": [1.0, 1.5],
            "long_factor": [2.0, 2.5],
            "original_max_position_embeddings": 16,
        }
    return found


def generated(chance: random.Random) -> dict[str, Any]:
    """A configuration as 5.23 writes it, of what 4.57 can say too."""
    family = chance.choice(PLAIN + LAYERED)
    theta = chance.choice([1e4, 5e5, 54321.0, 1e6])
    config: dict[str, Any] = {
        "model_type": family,
        "transformers_version": "5.23.0",
        "hidden_size": chance.choice([64, 128]),
    }
    if family in LAYERED:
        local = theta if family == "olmo3" else chance.choice([777.0, 1e4])
        scaling = {} if family == "modernbert" else scaling_of(chance)
        full = {"rope_type": "default", **scaling, "rope_theta": theta}
        config["rope_parameters"] = {
            "full_attention": full,
            "sliding_attention": {"rope_type": "default", "rope_theta": local},
        }
    else:
        scaling = scaling_of(chance)
        if scaling.get("rope_type") == "longrope" and family == "phi3":
            config["original_max_position_embeddings"] = 16
        config["rope_parameters"] = {"rope_type": "default", **scaling, "rope_theta": theta}
        if chance.random() < 0.5:
            config["rope_parameters"]["partial_rotary_factor"] = chance.choice([0.25, 0.5])
    if chance.random() < 0.7:
        config["dtype"] = chance.choice(["bfloat16", "float16", "float32"])
    if chance.random() < 0.5:
        config["tie_word_embeddings"] = chance.random() < 0.5
    if chance.random() < 0.2:
        config.pop("tie_word_embeddings", None)  # the outermost section decides
        config = {"model_type": "llava", "transformers_version": "5.23.0", "tie_word_embeddings": False, "text_config": config, "vision_config": {"model_type": "clip_vision_model"}}  # fmt: skip
    return config


def spoilt(chance: random.Random, config: dict[str, Any]) -> dict[str, Any]:
    """The same with something in it that nobody wrote on purpose."""
    config = copy.deepcopy(config)
    key = chance.choice(
        [*config, "rope_scaling", "layer_types", "text_config", "rope_theta", "num_experts", "backbone_config"]
    )
    config[key] = chance.choice(
        [None, [], {}, "x", -1, 1e308, True, {"rope_type": None}, [None], {"full_attention": 3}, {"type": ["x"]}]
    )
    return config


def test_there_and_back_is_the_identity_on_generated_configs(tmp_path: Path) -> None:
    chance = random.Random(20261124)
    for _ in range(GENERATED):
        config = generated(chance)
        four, _ = draft_for(written(tmp_path, config), "4.57", ROWS)
        assert "rope_parameters" not in json.dumps(four.config), config
        back, _ = draft_for(written(tmp_path, four.config), "5.23", ROWS)
        for section, now in zip(_sections(config), _sections(back.config), strict=True):
            assert _holds(now, section), config


def test_generated_nonsense_is_refused_in_our_words_or_converted(tmp_path: Path) -> None:
    chance = random.Random(4)
    for _ in range(GENERATED // 8):
        config = spoilt(chance, generated(chance))
        for to in ("4.57", "5.23", "dual"):
            try:
                draft_for(written(tmp_path, config), to, ROWS)
            except CheckpointError:
                continue
            except Exception as error:
                pytest.fail(f"{to}: {config}: {error!r}")
        try:
            inspect(tmp_path, ["4.57.6", "5.23.0"], known=ROWS)
        except CheckpointError:
            continue


def _holds(now: Any, said: Any) -> bool:
    """Whether all that was said is still there, as it was."""
    if isinstance(said, dict):
        return isinstance(now, dict) and all(key in now and _holds(now[key], value) for key, value in said.items())
    return bool(now == said)


def _sections(config: dict[str, Any]) -> list[dict[str, Any]]:
    return [config["text_config"], {"model_type": config["model_type"]}] if "text_config" in config else [config]


@pytest.mark.parametrize("name", ["4.40", "4.48.3", "0"])
def test_of_readers_before_4_49_nothing_is_said(name: str, tmp_path: Path) -> None:
    folder = written(tmp_path, {"model_type": "llama", **rope(), **FIVE}).path
    with pytest.raises(ValueError, match=f"what transformers {name} reads is not known; name 4.49 or a later"):
        inspect(folder, ["4.57", name], known=ROWS)


def test_a_reader_is_called_as_it_was_asked_for(tmp_path: Path) -> None:
    folder = written(tmp_path, {"model_type": "llama"}).path
    found = inspect(folder, ["4.57", "4.57.6", "vllm-0.11"], known=ROWS).to_dict()
    assert [verdict["reads_as"] for verdict in found["verdicts"]] == ["4.57", "4.57.6", "4.57.6"]
