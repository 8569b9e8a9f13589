"""Weights: names and layouts that one generation of readers does not expect."""

from __future__ import annotations

from hfcompat_plugins.artifacts.tables import FIVE, FOUR, GUIDE, HERE, TREE

from hfcompat.checkpoints.rule import Harm, Part, Rule


def _rule(
    id: str,
    readers: str,
    harm: Harm,
    impl: str,
    reason: str,
    families: tuple[str, ...],
    upstream: str = GUIDE,
    *,
    writers: str = "",
) -> Rule:
    return Rule(id, Part.TENSORS, readers, harm, f"{HERE}{impl}", reason, upstream, writers, families)


# CLIP's and SigLIP's vision models had their weights in an inner one.
_INNER = ">=4.49.0.dev0,<5.6.0.dev0"

TENSOR_RULES = [
    _rule("tower-of-composite", _INNER, Harm.WRONG, "tensor_rules:tower_of_composite",
          "The vision tower's weights have no `vision_model.` in their names: the tower is made at random.", (),
          TREE + "v5.6.0/src/transformers/conversion_mapping.py"),
    _rule("lone-tower", _INNER, Harm.WRONG, "tensor_rules:lone_tower",
          "The weights have no `vision_model.` in their names: the model is made at random.",
          ("clip_vision_model", "siglip_vision_model", "siglip2_vision_model"),
          TREE + "v5.6.0/src/transformers/conversion_mapping.py"),
    _rule("experts-by-input", FOUR, Harm.WRONG, "tensor_rules:experts_by_input",
          "Experts are (experts, in, out); those of 5.x are (experts, out, in).", ("qwen3_vl_moe", "qwen3_vl_moe_text")),
    _rule("experts-by-output", ">=5.0.0.dev0,<5.1.0.dev0", Harm.REFUSED, "tensor_rules:experts_by_output",
          "Experts that are (experts, in, out) are taken apart the wrong way round.", ("qwen3_vl_moe", "qwen3_vl_moe_text"),
          TREE + "v5.0.0/src/transformers/conversion_mapping.py"),
    _rule("square-experts-by-output", FIVE, Harm.WRONG, "tensor_rules:square_experts_by_output",
          "Experts that are (experts, in, out) are told by their shape, and those that are square stay as they are.",
          ("qwen3_vl_moe", "qwen3_vl_moe_text"), TREE + "v5.23.0/src/transformers/core_model_loading.py", writers="<5.0.0.dev0"),
    _rule("outputs-of-mt5-of-4", FIVE, Harm.WRONG, "tensor_rules:scaled_outputs_of_mt5",
          "What the decoder gives is not scaled, as it is in a tied mT5 of 4.x.", ("mt5",),
          TREE + "v5.0.0/src/transformers/models/mt5/modeling_mt5.py", writers="<5.0.0.dev0"),
    _rule("text-of-qwen2-audio", ">=4.49.0.dev0,<5.5.0.dev0", Harm.WRONG, "tensor_rules:text_of_qwen2_audio",
          "5.12 writes `model.` twice in the names of the language model: it is made at random.", ("qwen2_audio", "voxtral"),
          TREE + "v5.12.1/src/transformers/conversion_mapping.py"),
    _rule("no-stars", ">=5.0.0.dev0,<5.1.0.dev0", Harm.REFUSED, "tensor_rules:no_stars",
          "5.12 and 5.23 write a table of sines under a name with a star, at which 5.0 raises TypeError.", ("esm",),
          TREE + "v5.12.1/src/transformers/conversion_mapping.py"),
    _rule("head-of-t5", FOUR, Harm.WRONG, "tensor_rules:head_of_t5",
          "A head that is not tied is looked for in the file: it is made at random.", ("t5", "mt5", "umt5", "longt5"),
          TREE + "v5.23.0/src/transformers/models/t5/configuration_t5.py"),
    _rule("embeddings-of-longt5", ">=5.0.0.dev0,<5.23.0.dev0", Harm.WRONG, "tensor_rules:embeddings_of_longt5",
          "Where the head is not tied, the embeddings of encoder and decoder are not either: they are made at random.", ("longt5",),
          TREE + "v5.12.1/src/transformers/models/longt5/modeling_longt5.py"),
    _rule("embeddings-of-longt5-before-4.50", ">=4.49.0.dev0,<4.50.0.dev0", Harm.WRONG, "tensor_rules:embeddings_of_longt5",
          "Where the head is not tied, the embeddings of encoder and decoder are not either: they are made at random.", ("longt5",),
          TREE + "v4.49.0/src/transformers/models/longt5/modeling_longt5.py"),
    _rule("bias-of-roberta", ">=4.49.0.dev0,<4.50.0.dev0", Harm.WRONG, "tensor_rules:bias_of_roberta",
          "The head's bias is that of its decoder, which the file does not name: it is zero.",
          ("roberta", "xlm-roberta", "camembert", "albert", "xmod"), TREE + "v4.49.0/src/transformers/models/roberta/modeling_roberta.py"),
    _rule("biases-of-videomae", FOUR, Harm.WRONG, "tensor_rules:biases_of_videomae",
          "Biases of query and value have names of their own: they are made at random.", ("videomae",),
          TREE + "v4.57.6/src/transformers/models/videomae/modeling_videomae.py"),
    _rule("biases-of-videomae-before-5.5", ">=5.0.0.dev0,<5.5.0.dev0", Harm.WRONG, "tensor_rules:biases_of_videomae",
          "Biases of query and value have names of their own: they are made at random.", ("videomae",),
          TREE + "v5.4.0/src/transformers/models/videomae/modeling_videomae.py"),
    _rule("biases-of-videomae-by-projection", ">=5.5.0.dev0,<5.18.0.dev0", Harm.WRONG,
          "tensor_rules:biases_of_videomae_by_projection",
          "q_bias and v_bias are not read: the biases are made at random.", ("videomae",),
          TREE + "v5.12.1/src/transformers/models/videomae/modeling_videomae.py"),
    _rule("positions-of-prompts", FIVE, Harm.WRONG, "tensor_rules:positions_of_prompts",
          "The positions of prompts are looked for beside those of images, which 4.x writes once for both: they are made at random.",
          ("sam2", "sam2_video", "edgetam", "edgetam_video"), TREE + "v5.0.0/src/transformers/models/sam2_video/modeling_sam2_video.py"),
    _rule("heads-of-rt-detr-v2", ">=4.49.0.dev0,!=5.0.*", Harm.WRONG, "tensor_rules:heads_of_rt_detr_v2",
          "5.0 has one head for all layers of the decoder, and writes it where nobody else looks: they are made at random.", ("rt_detr_v2",),
          TREE + "v5.0.0/src/transformers/models/rt_detr_v2/modeling_rt_detr_v2.py", writers="==5.0.*"),
    _rule("text-of-gemma3n", ">=5.10.0.dev0", Harm.WRONG, "tensor_rules:text_of_gemma3n",
          "A weight whose name starts with model.language_model. is renamed wrongly: it is made at random.",
          ("gemma3n_text",), TREE + "v5.10.0/src/transformers/conversion_mapping.py"),
]  # fmt: skip
