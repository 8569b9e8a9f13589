"""How families of 4.x call what 5.x keeps in `rope_parameters`."""

from __future__ import annotations

# Keys of 4.x: for the theta, and for the part of a head that is rotated.
USUAL = ("rope_theta", "partial_rotary_factor")
WORDS = {
    "gpt_neox": ("rotary_emb_base", "rotary_pct"),
    "gpt_neox_japanese": ("rotary_emb_base", "rotary_pct"),
    "sam2_video": ("memory_attention_rope_theta", USUAL[1]),
}

# Keys of 4.x for the theta, by the type of the layer.
LAYERED = {
    "gemma3_text": {"full_attention": "rope_theta", "sliding_attention": "rope_local_base_freq"},
    "gemma3n_text": {"full_attention": "rope_theta", "sliding_attention": "rope_local_base_freq"},
    "modernbert": {"full_attention": "global_rope_theta", "sliding_attention": "local_rope_theta"},
    "modernbert-decoder": {"full_attention": "global_rope_theta", "sliding_attention": "global_rope_theta"},
    "olmo3": {"full_attention": "rope_theta", "sliding_attention": "rope_theta"},
}

# Families whose rope of three axes has the type "mrope" in 4.x.
MROPE = ("qwen2_vl", "qwen2_vl_text", "qwen2_5_vl", "qwen2_5_vl_text")
