"""Families that some readers compute otherwise than others, whatever a checkpoint says."""

from __future__ import annotations

from hfcompat_plugins.artifacts.tables import HERE, TREE

from hfcompat.checkpoints.rule import Harm, Part, Rule


def _row(
    id: str,
    readers: str,
    reason: str,
    families: tuple[str, ...],
    upstream: str,
    *,
    impl: str = "always",
    harm: Harm = Harm.WRONG,
    writers: str = "",
) -> Rule:
    impl = f"{HERE}code_rules:{impl}"
    return Rule(id, Part.CODE, readers, harm, impl, reason, TREE + upstream, writers=writers, families=families)


def _since(
    version: str, id: str, reason: str, families: tuple[str, ...], upstream: str, impl: str = "always"
) -> list[Rule]:
    """Two rows: readers before a version of writers since, and the other way round."""
    before, since = f">=4.49.0.dev0,<{version}.dev0", f">={version}.dev0"
    return [
        _row(f"{id}-before", before, reason, families, upstream, impl=impl, writers=since),
        _row(f"{id}-since", since, reason, families, upstream, impl=impl, writers=f"<{version}.dev0"),
    ]


def _between(
    since: str, until: str, id: str, inside: str, outside: str, families: tuple[str, ...], upstream: str
) -> list[Rule]:
    """Four rows: readers from one version on to another, of what is written before or after, and the other way round."""
    within, before, after = f">={since}.dev0,<{until}.dev0", f">=4.49.0.dev0,<{since}.dev0", f">={until}.dev0"
    return [
        _row(f"{id}-inside", within, inside, families, upstream, writers=f"<{since}.dev0"),
        _row(f"{id}-inside-again", within, inside, families, upstream, writers=after),
        _row(f"{id}-outside", before, outside, families, upstream, writers=within),
        _row(f"{id}-outside-again", after, outside, families, upstream, writers=within),
    ]


CODE_RULES = [
    *_since("4.51.0", "yarn", "Before 4.51 a yarn is stretched from max_position_embeddings, whatever it says of its original length.", (),
            "v4.51.0/src/transformers/modeling_rope_utils.py", impl="stretched_by_yarn"),
    *_between("4.50.0", "5.0.0", "positions-of-patches", "Patches whose edge meets that of a position are put into the one before it.",
              "The writer, of 4.x, put patches whose edge meets that of a position into the one before it.", ("smolvlm", "idefics3"),
              "v5.0.0/src/transformers/models/smolvlm/modeling_smolvlm.py"),
    _row("recurrent-gemma-of-5-0", ">=5.0.0.dev0,<5.1.0.dev0", "5.0 does not read back what it saved itself, measured; the cause is not known.",
         ("recurrent_gemma",), "v5.0.0/src/transformers/models/recurrent_gemma/modeling_recurrent_gemma.py"),
    _row("activation-of-apertus", ">=4.56.0.dev0,<5.0.0.dev0", "The parameters of the activation are rounded to bfloat16.", ("apertus",),
         "v4.57.6/src/transformers/activations.py"),
    _row("apertus-on-meta", ">=5.0.0.dev0,<5.1.0.dev0", "The activation has numbers that cannot be loaded.", ("apertus",),
         "v5.0.0/src/transformers/activations.py", harm=Harm.REFUSED),
    *_between("5.0.0", "5.15.0", "heads-of-bamba", "All of a head is rotated, where half of it should be.",
              "Half of a head is rotated, where the writer rotated all of it.", ("bamba",), "v5.15.0/src/transformers/models/bamba/modeling_bamba.py"),
    *_between("5.0.0", "5.1.0", "norms-of-phimoe", "Norms have no bias in 5.0, and experts have other names.", "The norms of the writer, 5.0, had no bias.",
              ("phimoe",), "v5.0.0/src/transformers/models/phimoe/modeling_phimoe.py"),
    *_between("5.0.0", "5.13.0", "experts-of-switch", "5.0 and 5.12 answer otherwise than 4.57 and 5.23, all measured; the cause is not known.",
              "The writer, of 5.0 to 5.12, answers otherwise than 4.57 and 5.23, all measured; the cause is not known.",
              ("switch_transformers",), "v5.12.1/src/transformers/models/switch_transformers/modeling_switch_transformers.py"),
    _row("alpha-of-hunyuan", ">=5.0.0.dev0,<5.1.0.dev0", "The theta that alpha makes is lost while weights are loaded.",
         ("hunyuan_v1_dense", "hunyuan_v1_moe"), "v5.1.0/src/transformers/models/hunyuan_v1_dense/modeling_hunyuan_v1_dense.py",
         impl="stretched_by_alpha", writers="!=5.0.*"),
    _row("alpha-of-hunyuan-lost", ">=4.56.0.dev0,!=5.0.*", "The writer had lost the theta that alpha makes.",
         ("hunyuan_v1_dense", "hunyuan_v1_moe"), "v5.1.0/src/transformers/models/hunyuan_v1_dense/modeling_hunyuan_v1_dense.py",
         impl="stretched_by_alpha", writers="==5.0.*"),
    _row("part-of-gpt-neox-japanese", ">=5.0.0.dev0,<5.18.0.dev0", "The part of a head that is not rotated has no room.", ("gpt_neox_japanese",),
         "v5.18.0/src/transformers/models/gpt_neox_japanese/modeling_gpt_neox_japanese.py", impl="rotated_in_part", harm=Harm.REFUSED),
    _row("router-of-dbrx", ">=5.0.0.dev0,<5.15.0.dev0", "The router takes the width of the experts for that of the model.", ("dbrx",),
         "v5.15.0/src/transformers/models/dbrx/modeling_dbrx.py", harm=Harm.REFUSED),
    *_since("5.13.0", "zamba2", "Without mamba-ssm, versions before 5.13 sum the states of chunks along the wrong axis, which tells from the second chunk on.", ("zamba2",),
            "v5.13.0/src/transformers/models/zamba2/modeling_zamba2.py"),
    _row("shared-layers-of-zamba2", ">=5.0.0.dev0,<5.1.0.dev0", "Loading raises ValueError about the keys of tied weights.", ("zamba2",),
         "v5.0.0/src/transformers/models/zamba2/modeling_zamba2.py", harm=Harm.REFUSED),
    *_since("5.21.0", "softcap-of-gemma2", "Before 5.21 the default attention, sdpa, leaves attn_logit_softcapping out; with attn_implementation='eager' all do the same.",
            ("gemma2",), "v5.21.0/src/transformers/integrations/sdpa_attention.py", impl="capped"),
    *_since("5.21.0", "softcap-of-t5gemma", "Before 5.21 the default attention, sdpa, leaves attn_logit_softcapping out; with attn_implementation='eager' all do the same.",
            ("t5gemma",), "v5.21.0/src/transformers/models/t5gemma/modeling_t5gemma.py", impl="capped"),
    *_since("5.4.0", "window-of-t5gemma", "Since 5.4 layers of sliding attention in the encoder see one token more to each side.",
            ("t5gemma",), "v5.4.0/src/transformers/masking_utils.py", impl="encodes_in_windows"),
    *_since("5.3.0", "window-of-mimi", "Before 5.3 all positions before one are seen, and since then the last sliding_window of them.",
            ("mimi",), "v5.3.0/src/transformers/models/mimi/modeling_mimi.py"),
    *_since("5.0.0", "experts-of-nllb-moe", "Since 5.0 tokens go to the first two experts of a layer, whichever the router names.", ("nllb-moe",),
            "v5.0.0/src/transformers/models/nllb_moe/modeling_nllb_moe.py", impl="has_experts"),
    *_between("4.52.0", "5.23.0", "latents-of-kosmos-2",
              "With sdpa, the default attention, an image's latents see those before them alone; with attn_implementation='eager' all do the same.",
              "The writer's default attention, sdpa, had an image's latents see those before them alone; with attn_implementation='eager' all do the same.",
              ("kosmos-2",), "v5.23.0/src/transformers/models/kosmos2/modeling_kosmos2.py"),
    _row("padding-of-kosmos-2", ">=5.0.0.dev0,<5.23.0.dev0", "The row of the padding token is zeroed after loading, and with it that of the head, which is tied.",
         ("kosmos-2",), "v5.12.1/src/transformers/models/kosmos2/modeling_kosmos2.py"),
    _row("positions-of-sam2-video", ">=5.0.0.dev0,<5.1.0.dev0", "What its vision encoder gives has no fpn_position_embeddings, and the forward raises AttributeError.",
         ("sam2_video",), "v5.0.0/src/transformers/models/sam2_video/modeling_sam2_video.py", harm=Harm.REFUSED),
    _row("one-head-of-rt-detr-v2", ">=5.0.0.dev0,<5.1.0.dev0", "All layers of the decoder have one head, that of the first, and it is looked for under another name.",
         ("rt_detr_v2",), "v5.0.0/src/transformers/models/rt_detr_v2/modeling_rt_detr_v2.py", writers="!=5.0.*"),
    *_since("5.5.0", "window-of-recurrent-gemma", "Up to 5.0 all tokens before one are seen, and since 5.5 the last attention_window_size of them.",
            ("recurrent_gemma",), "v5.5.0/src/transformers/models/recurrent_gemma/modeling_recurrent_gemma.py"),
    _row("scaled-rope-of-olmo3", ">=5.0.0.dev0,<5.13.0.dev0", "A rope that is scaled is scaled in layers of sliding attention too.", ("olmo3",),
         "v5.13.0/src/transformers/models/olmo3/configuration_olmo3.py", impl="scaled", writers="<5.0.0.dev0"),
    _row("scaled-rope-of-olmo3-again", ">=5.0.0.dev0,<5.13.0.dev0", "A rope that is scaled is scaled in layers of sliding attention too.", ("olmo3",),
         "v5.13.0/src/transformers/models/olmo3/configuration_olmo3.py", impl="scaled", writers=">=5.13.0.dev0"),
    _row("experts-of-qwen3-vl-apart", ">=4.57.0.dev0,!=5.0.*", "5.0 wrote the experts of Qwen3-VL-MoE one by one and the wrong way round, and nobody else reads them.",
         ("qwen3_vl_moe",), "v5.0.0/src/transformers/conversion_mapping.py", writers="==5.0.*"),
    *_since("5.9.0", "patches-of-deit", "Before 5.9 the pixels are made of all tokens but the first and the last, and since then of the patches.",
            ("deit",), "v5.9.0/src/transformers/models/deit/modeling_deit.py", impl="reconstructs_pixels"),
    _row("head-of-cpmant-before", ">=4.49.0.dev0,<5.16.0.dev0", "The head, which is tied to all embeddings, is for those of prompts too.", ("cpmant",),
         "v5.16.0/src/transformers/models/cpmant/modeling_cpmant.py", harm=Harm.REFUSED, writers=">=5.16.0.dev0"),
    _row("head-of-cpmant-since", ">=5.16.0.dev0", "The head is tied to nothing, and has no rows for prompts: it is made at random.", ("cpmant",),
         "v5.16.0/src/transformers/models/cpmant/modeling_cpmant.py", writers="<5.16.0.dev0"),
    _row("bias-of-reformer-stored", ">=4.49.0.dev0,<5.0.0.dev0", "The bias of the head is added, which 5.x stores and does not add.", ("reformer",),
         "v5.0.0/src/transformers/models/reformer/modeling_reformer.py", impl="has_a_bias", writers=">=5.0.0.dev0"),
    _row("bias-of-reformer", ">=5.0.0.dev0", "The bias of the head is not added.", ("reformer",),
         "v5.0.0/src/transformers/models/reformer/modeling_reformer.py", impl="has_a_bias", writers="<5.0.0.dev0"),
    *_since("5.0.0", "padding-of-biogpt", "Since 5.0 positions count the padding on the left of a row, which answers otherwise than the row without it.",
            ("biogpt",), "v5.0.0/src/transformers/models/biogpt/modeling_biogpt.py"),
    *_since("5.9.0", "tokens-of-colpali", "Before 5.9 every token of a text without an image sees all others, and since then those before it.",
            ("colpali",), "v5.9.0/src/transformers/models/paligemma/modeling_paligemma.py"),
    _row("experts-of-longcat-flash", ">=5.0.0.dev0", "Experts that compute nothing are looked for in the file, and the others have another shape.", ("longcat_flash",),
         "v5.0.0/src/transformers/models/longcat_flash/modeling_longcat_flash.py", impl="has_experts_of_nothing", harm=Harm.REFUSED, writers="<5.0.0.dev0"),
    _row("theta-of-towers", ">=4.49.0.dev0,<5.17.0.dev0", "Theta is 10000, whatever is said.", ("idefics", "mlcd_vision_model"),
         "v5.17.0/src/transformers/models/idefics/modeling_idefics.py", impl="turns_otherwise"),
    _row("layers-of-cohere2", ">=4.49.0.dev0,<4.53.0.dev0", "Every n-th layer attends to everything, whatever layer_types say.", ("cohere2",),
         "v4.52.4/src/transformers/models/cohere2/configuration_cohere2.py", impl="has_layers_at_no_distance"),
    _row("keys-of-gemma3n", ">=4.53.0.dev0,<5.6.0.dev0",
         "Without a cache (use_cache=False, gradient checkpointing, training up to 4.57) layers that share keys and values compute their own; apply(enable='families:gemma3n.shared-keys*') has them share.",
         ("gemma3n", "gemma3n_text"), "v5.6.0/src/transformers/models/gemma3n/modeling_gemma3n.py", impl="shares_keys"),
]  # fmt: skip

MENDED = {
    "keys-of-gemma3n": "families:gemma3n.shared-keys.model",
    "experts-of-nllb-moe-since": "families:nllb-moe.experts",
    "bias-of-reformer-stored": "artifacts:weights",
}
"""Rows that a patch makes untrue, where it was asked for."""

ATTENTION = ("softcap-of-gemma2-before", "softcap-of-gemma2-since")
"""Rows on a default of attention: it is known when there is a model, and that is when one hears of it."""
