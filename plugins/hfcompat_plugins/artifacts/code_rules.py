"""Whether a checkpoint is one that some readers compute otherwise; nothing that is written in it changes that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def always(draft: Any) -> bool:
    """Every checkpoint of these families."""
    return True


def stretched_by_yarn(draft: Any) -> bool:
    """A yarn that says how long the model was before."""
    return any(
        rope.get("rope_type", rope.get("type")) == "yarn" and "original_max_position_embeddings" in rope
        for rope in _ropes(draft)
    )


def scaled(draft: Any) -> bool:
    """A rope that is scaled."""
    return any(rope.get("rope_type", rope.get("type", "default")) != "default" for rope in _ropes(draft))


def stretched_by_alpha(draft: Any) -> bool:
    """A rope with `alpha`."""
    return any("alpha" in rope for rope in _ropes(draft))


def rotated_in_part(draft: Any) -> bool:
    """A rope of a part of each head."""
    parts = [section.get(key) for section in draft.sections() for key in ("rotary_pct", "partial_rotary_factor")]
    parts += [rope.get("partial_rotary_factor") for rope in _ropes(draft)]
    return any(part not in (None, 1, 1.0) for part in parts)


def capped(draft: Any) -> bool:
    """Attention's scores are capped, as they are where nothing else is said."""
    halves = [draft.config[half] for half in ("encoder", "decoder") if isinstance(draft.config.get(half), dict)]
    return any(section.get("attn_logit_softcapping", 50.0) is not None for section in halves or [draft.config])


def encodes_in_windows(draft: Any) -> bool:
    """An encoder with layers of sliding attention, as every other one is where nothing else is said."""
    encoder = draft.config.get("encoder")
    types = encoder.get("layer_types") if isinstance(encoder, dict) else None
    return types is None or "sliding_attention" in types


def has_layers_at_no_distance(draft: Any) -> bool:
    """Layers of full attention that are not every n-th one."""
    types = draft.config.get("layer_types")
    if not isinstance(types, list) or not types:
        return False
    full = [at for at, kind in enumerate(types, 1) if kind == "full_attention"]
    return not full or full != list(range(full[0], len(types) + 1, full[0]))


def has_experts(draft: Any) -> bool:
    """NLLB with layers of experts: every `encoder_sparse_step`-th one, or every fourth."""
    return any(draft.config.get(f"{half}_sparse_step", 4) for half in ("encoder", "decoder"))


def shares_keys(draft: Any) -> bool:
    """Gemma 3n whose last layers share keys and values, as 15 of them do where nothing else is said."""
    texts = [section for section in draft.sections() if section.get("model_type") == "gemma3n_text"]
    return any(section.get("num_kv_shared_layers", 15) for section in texts or [draft.config])


def reconstructs_pixels(draft: Any) -> bool:
    """A model that is asked for the pixels of patches that were masked."""
    return any(str(name).endswith("ForMaskedImageModeling") for name in draft.config.get("architectures") or ())


def has_a_bias(draft: Any) -> bool:
    """A head with a bias."""
    return "lm_head.bias" in draft.tensors


def has_experts_of_nothing(draft: Any) -> bool:
    """LongCat-Flash with experts that give back what they are given, as 256 of them do where nothing else is said."""
    return bool(draft.config.get("zero_expert_num", 256))


def turns_otherwise(draft: Any) -> bool:
    """A theta that is not 10000."""
    return any(rope.get("rope_theta", 10000.0) != 10000.0 for rope in _ropes(draft))


def _ropes(draft: Any) -> Iterator[dict[str, Any]]:
    for section in draft.sections():
        for key in ("rope_parameters", "rope_scaling"):
            said = section.get(key)
            if isinstance(said, dict):
                yield said
                yield from (value for value in said.values() if isinstance(value, dict))
