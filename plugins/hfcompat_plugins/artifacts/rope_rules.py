"""Rotary embeddings: `rope_parameters`, as 5.x writes and reads it, and what 4.x has in its place.

Each function takes a section of config.json, and says there what its readers read. Where the section has their words
already, these stay as they are, so that a checkpoint in both dialects is not touched.
"""

from __future__ import annotations

import copy
from typing import Any

from hfcompat_plugins.artifacts.rope_families import LAYERED, MROPE, USUAL, WORDS

from hfcompat.checkpoints.errors import UnrepresentableError

Section = dict[str, Any]

KINDS = ("full_attention", "sliding_attention")

# The families whose layers all have one scaling in 4.x; in others those of sliding attention have none.
_ALL_SCALED = "modernbert"

# Phi3's reader takes these of a longrope, and refuses any other key.
_LONGROPE = ("type", "short_factor", "long_factor")


def flat(section: Section, draft: Any) -> None:
    """`rope_parameters` of all layers, for 4.x: theta, the rotated part, and `rope_scaling` with the rest."""
    said = section.get("rope_parameters")
    if isinstance(said, dict) and not _layered(said) and "mrope_section" not in said:
        _flatten(section, said)


def sectioned(section: Section, draft: Any) -> None:
    """The same of a rope of three axes, whose readers in 4.x look into `rope_scaling` unasked."""
    said = section.get("rope_parameters")
    if isinstance(said, dict) and not _layered(said) and "mrope_section" in said:
        _flatten(section, said)


def _flatten(section: Section, said: Section) -> None:
    family = str(section.get("model_type"))
    theta, part = WORDS.get(family, USUAL)
    for key, word in (("rope_theta", theta), ("partial_rotary_factor", part)):
        if key in said:
            section[word] = said[key]
    scaling = _scaling(said)
    if family == "phi3" and scaling.get("rope_type", scaling.get("type")) == "longrope":
        if "original_max_position_embeddings" in scaling:
            section.setdefault("original_max_position_embeddings", scaling["original_max_position_embeddings"])
        scaling = {key: scaling[key] for key in _LONGROPE if key in scaling} | {"type": "longrope"}
    elif family in MROPE and "mrope_section" in scaling and scaling.get("rope_type", "default") == "default":
        scaling = {
            "type": "mrope",
            **{key: value for key, value in scaling.items() if key not in ("rope_type", "type")},
        }
    if not scaling:
        if section.get("rope_scaling") is not None or theta == "rope_theta":
            section["rope_scaling"] = None
    elif _renamed(section.get("rope_scaling")) != _renamed(scaling):
        section["rope_scaling"] = scaling


def part_beside(section: Section, draft: Any) -> None:
    """The rotated part beside `rope_parameters` too, for the first of 5.x, which put a default in its place there."""
    said = section.get("rope_parameters")
    part = said.get("partial_rotary_factor") if isinstance(said, dict) else None
    if part is not None:
        section[WORDS.get(str(section.get("model_type")), USUAL)[1]] = part


def of_memory(section: Section, draft: Any) -> None:
    """The theta of SAM 2's memory of a video; a whole one has no point, with which some versions refuse it."""
    flat(section, draft)
    word = WORDS["sam2_video"][0]
    theta = section.get(word)
    if isinstance(theta, float) and theta.is_integer():
        section[word] = int(theta)


def axial(section: Section, draft: Any) -> None:
    """The rope of vision towers, whose type has had a name since 5.17; a later reader takes "default" for it too."""
    said = section.get("rope_parameters")
    if isinstance(said, dict) and said.get("rope_type") == "axial":
        said["rope_type"] = "default"


def layered(section: Section, draft: Any) -> None:
    """`rope_parameters` by type of layer, for 4.x.

    Raises:
        UnrepresentableError: 4.x has one word where the types of layers differ, or none.
    """
    said = section.get("rope_parameters")
    if not isinstance(said, dict) or not _layered(said):
        return
    family = str(section.get("model_type"))
    if family in LAYERED:
        _check_scaling(family, said, draft)
    words = LAYERED.get(family, LAYERED["gemma3_text"])
    thetas: dict[str, Any] = {}
    for kind, word in words.items():
        parameters = said.get(kind) or {}
        theta = parameters.get("rope_theta")
        if theta is None:
            continue
        if thetas.setdefault(word, theta) != theta:
            raise UnrepresentableError(
                draft.folder.path / "config.json",
                f"{family} has rope_theta {thetas[word]} in one type of layer and {theta} in another, and transformers "
                "before 5.0 knows one for both; it cannot be written for these readers",
            )
    section.update(thetas)
    scaling = _scaling(said.get("full_attention") or {})
    if not scaling or _renamed(section.get("rope_scaling")) != _renamed(scaling):
        section["rope_scaling"] = scaling or None


def _check_scaling(family: str, said: Section, draft: Any) -> None:
    """4.x scales layers of sliding attention never, and in ModernBERT as all others."""
    full, sliding = (_scaling(said.get(kind) or {}) for kind in KINDS)
    if sliding.get("rope_type", sliding.get("type", "default")) == "default":
        sliding = {}
    if sliding != (full if family.startswith(_ALL_SCALED) else {}):
        kind = "scaled" if sliding else "not scaled as others are"
        raise UnrepresentableError(
            draft.folder.path / "config.json",
            f"its layers of sliding attention have a rope that is {kind}, which transformers before 5.0 never does in "
            f"{family}; it cannot be written for these readers",
        )


def decoder_of_modernbert(section: Section, draft: Any) -> None:
    """One theta for both types of layers, as 4.x has it in its code, where it says two."""
    if section.get("local_rope_theta") != section.get("global_rope_theta"):
        gathered(section, draft)


def olmo3_in_both(section: Section, draft: Any) -> None:
    """One theta of 4.x, said for both types of layers, since 5.x gives it to the first of them alone."""
    theta = section.get("rope_theta")
    if "rope_parameters" in section or theta is None:
        return
    section["rope_parameters"] = {
        "full_attention": {"rope_type": "default", **_renamed(section.get("rope_scaling")), "rope_theta": theta},
        "sliding_attention": {"rope_type": "default", "rope_theta": theta},
    }


def olmo3_of_one(section: Section, draft: Any) -> None:
    """What 5.0 to 5.12 wrote for all layers, by type of layer; what they have by type of layer is not read by them."""
    said = section.get("rope_parameters")
    if isinstance(said, dict) and "rope_theta" in said:
        one = {key: value for key, value in said.items() if key not in KINDS}
        section["rope_parameters"] = {**one, **{kind: dict(one) for kind in KINDS}}


def olmo3_for_all(section: Section, draft: Any) -> None:
    """What olmo3 has for layers of full attention, beside it for all of them, where 5.0 to 5.12 look for it."""
    said = section.get("rope_parameters")
    if isinstance(said, dict) and _layered(said):
        section["rope_parameters"] = {**(said.get("full_attention") or {}), **said}


def dbrx(section: Section, draft: Any) -> None:
    """DBRX's theta in the part of attention, where 4.x reads it."""
    said, attention = section.get("rope_parameters"), section.get("attn_config")
    if isinstance(attention, dict) and isinstance(said, dict) and "rope_theta" in said:
        attention["rope_theta"] = said["rope_theta"]


def dbrx_back(section: Section, draft: Any) -> None:
    """DBRX's theta beside the part of attention, where 5.x reads it."""
    attention = section.get("attn_config")
    if isinstance(attention, dict) and "rope_theta" in attention and "rope_parameters" not in section:
        section["rope_parameters"] = {"rope_type": "default", "rope_theta": attention["rope_theta"]}


def gathered(section: Section, draft: Any) -> None:
    """What 4.x has of the rope, as the `rope_parameters` of 5.x."""
    family = str(section.get("model_type"))
    if "rope_parameters" in section or family in ("olmo3", "dbrx", "sam2_video") or not section.get("model_type"):
        return  # a section of no model type is a part of another one's, and SAM 2 has a type of rope that is its own
    if family in LAYERED:
        _gather_layers(section, LAYERED[family])
        return
    theta, part = WORDS.get(family, USUAL)
    if section.get(theta) is None:
        return
    parameters = {"rope_type": "default", **_renamed(section.get("rope_scaling"))}
    parameters["rope_theta"] = section[theta]
    if section.get(part) is not None:
        parameters["partial_rotary_factor"] = section[part]
    if parameters["rope_type"] == "longrope" and "original_max_position_embeddings" in section:
        parameters.setdefault("original_max_position_embeddings", section["original_max_position_embeddings"])
    section["rope_parameters"] = parameters


def _gather_layers(section: Section, words: dict[str, str]) -> None:
    if any(section.get(word) is None for word in words.values()):
        return
    section["rope_parameters"] = {
        kind: {"rope_type": "default", "rope_theta": section[word]} for kind, word in words.items()
    }
    for kind in KINDS if str(section["model_type"]).startswith(_ALL_SCALED) else KINDS[:1]:
        section["rope_parameters"][kind].update(_renamed(section.get("rope_scaling")))


def _layered(said: Section) -> bool:
    return any(kind in said for kind in KINDS)


def _scaling(said: Section) -> Section:
    """What is left for `rope_scaling`; empty where it says nothing."""
    rest = {key: copy.deepcopy(value) for key, value in said.items() if key not in USUAL}
    plain = rest.get("rope_type", "default") in ("default", "axial") and set(rest) <= {"rope_type", "type"}
    return {} if plain else rest


def _renamed(scaling: Section | None) -> Section:
    """`rope_scaling` with its type under the newer of its two names; "mrope" is no type in 5.x."""
    found = copy.deepcopy(scaling) if isinstance(scaling, dict) else {}
    kind = found.pop("type", None)
    if kind is not None:
        found.setdefault("rope_type", "default" if kind == "mrope" else kind)
    return found
