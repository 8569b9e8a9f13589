"""Inputs of any model, from its signature and its configuration."""

from __future__ import annotations

import inspect
from typing import Any

import torch
from spec import Family, Floats, Ids

LENGTH, PADDED = 13, 4


def cases_of(model: Any, family: Family) -> dict[str, dict[str, Any]]:
    """By name: "text", "media" beside it, or "main" where there is no text."""
    random = torch.Generator().manual_seed(1)
    if family.inputs is not None:
        return {"main": {name: _made(spec, random) for name, spec in family.inputs.items()}}
    names = inspect.signature(model.forward).parameters
    if "input_ids" not in names:
        main = _media(model.config, names, random)
        if "decoder_input_ids" in names and "ForRNNT" not in type(model).__name__:
            main["decoder_input_ids"] = _ids(model.config, (1, 5), random)
        return {"main": main}
    cases = {"text": _text(model, names, random)}
    media = family.media if family.media is not None else _patches(model.config, names)
    if media:
        made = {name: _made(spec, random) for name, spec in media.items()}
        cases["media"] = _with_media(model, names, made, family.tokens, random)
    return cases


def _patches(config: Any, names: Any) -> dict[str, Any]:
    """An image of 4 x 4 patches, where the model takes patches and their grid; else one of the size that it has."""
    vision = getattr(config, "vision_config", None)
    patch = getattr(vision, "patch_size", None)
    if vision is None or not isinstance(patch, int) or "pixel_values" not in names:
        return {}
    if "image_grid_thw" in names:
        channels = getattr(vision, "in_channels", None) or getattr(vision, "num_channels", None) or 3
        temporal = getattr(vision, "temporal_patch_size", None) or getattr(vision, "patch_temporal", None) or 1
        return {"pixel_values": Floats(16, channels * temporal * patch**2), "image_grid_thw": [[1, 4, 4]]}
    size = _image_size(vision)
    if size is None:
        return {}
    sizes = {"image_sizes": [list(size)]} if "image_sizes" in names else {}
    return {"pixel_values": Floats(1, 3, *size), **sizes}


def _made(spec: Any, random: torch.Generator) -> Any:
    if isinstance(spec, Floats):
        return torch.randn(spec.shape, generator=random)
    if isinstance(spec, Ids):
        return torch.randint(20, spec.below, spec.shape, generator=random)
    return torch.tensor(spec) if isinstance(spec, list) else spec


def _ids(config: Any, shape: tuple[int, ...], random: torch.Generator) -> torch.Tensor:
    text = config.get_text_config() if hasattr(config, "get_text_config") else config
    below = min(getattr(text, "vocab_size", None) or 512, 490)
    return torch.randint(min(20, below // 2), below, shape, generator=random)


def _text(model: Any, names: Any, random: torch.Generator) -> dict[str, Any]:
    config = model.config
    ids = _ids(config, (2, LENGTH), random)
    made: dict[str, Any] = {"input_ids": ids}
    if "attention_mask" in names:
        mask = torch.ones_like(ids)
        mask[0, slice(0, PADDED) if model.can_generate() else slice(-PADDED, None)] = 0
        made["attention_mask"] = mask
        pad = getattr(config.get_text_config(), "pad_token_id", None)
        made["input_ids"] = ids.masked_fill(mask == 0, pad if isinstance(pad, int) and 0 <= pad < 490 else 0)
    if getattr(config, "is_encoder_decoder", False):
        made["decoder_input_ids"] = ids[:, :5].clone()
    return made


def _media(config: Any, names: Any, random: torch.Generator) -> dict[str, Any]:
    if "pixel_values" in names:
        size = next((s for s in map(_image_size, (config, *_parts(config))) if s), (64, 64))
        return {"pixel_values": torch.randn(1, 3, *size, generator=random)}
    if "input_features" in names:
        bins = next((b for b in (_bins(part) for part in (config, *_parts(config))) if b), 80)
        return {"input_features": torch.randn(1, 100, bins, generator=random)}
    if "input_values" in names:
        return {"input_values": torch.randn(1, 3200, generator=random)}
    raise LookupError(f"inputs of {type(config).__name__}? It takes {', '.join(names)}")


def _parts(config: Any) -> list[Any]:
    return [part for name in getattr(config, "sub_configs", {}) if (part := getattr(config, name, None)) is not None]


def _image_size(config: Any) -> tuple[int, int] | None:
    size = getattr(config, "image_size", None)
    return tuple(size) if isinstance(size, (list, tuple)) else (size, size) if size else None


def _bins(config: Any) -> int | None:
    return getattr(config, "num_mel_bins", None)


def _with_media(model: Any, names: Any, media: dict[str, Any], tokens: Any, random: torch.Generator) -> dict[str, Any]:
    config = model.config
    sound = any(name in media for name in ("input_features", "input_values", "audio_input_ids"))
    kind = "audio" if sound else "video" if "pixel_values_videos" in media else "image"
    if tokens:
        token, count = getattr(config, tokens[0]), tokens[1]
    else:
        parts = [(part, name) for part in (config, config.get_text_config()) for name in ("token_id", "token_index")]
        tokens_said = [getattr(part, f"{kind}_{name}", None) for part, name in parts]
        token = next((value for value in tokens_said if isinstance(value, int)), None)
        if token is None:
            raise LookupError(f"which token stands for an {kind}? {type(config).__name__} does not say")
        count = _features(getattr(getattr(model, "model", model), f"get_{kind}_features"), media)
    ids = _ids(config, (1, count + 7), random)
    ids[0, 2 : 2 + count] = token
    made = {"input_ids": ids, "attention_mask": torch.ones_like(ids), **media}
    if "mm_token_type_ids" in names:
        made["mm_token_type_ids"] = (ids == token).int()
    if getattr(config, "is_encoder_decoder", False):
        made["decoder_input_ids"] = ids[:, -5:].clone()
    return made


def _features(get: Any, media: dict[str, Any]) -> int:
    """How many rows the model makes of them: as many tokens are to stand in the text."""
    taken = inspect.signature(get).parameters
    with torch.no_grad():
        said = get(**{name: value for name, value in media.items() if name in taken or "kwargs" in taken})
    rows = getattr(said, "pooler_output", said)
    if isinstance(rows, (tuple, list)):
        rows = torch.cat([row.reshape(-1, row.shape[-1]) for row in rows])
    return rows.reshape(-1, rows.shape[-1]).shape[0]
