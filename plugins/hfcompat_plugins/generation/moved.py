"""Does this call of `generate` ask for a search that the runtime would fetch from the Hub?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_ASKED = ("constraints", "force_words_ids", "num_beam_groups", "penalty_alpha")


def moved_mode(model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[..., Any] | None:
    """The search for what a call of `generate` asks for, when the runtime would fetch it; None for all other calls."""
    if kwargs.get("custom_generate") is not None or kwargs.get("trust_remote_code"):
        return None
    config = args[1] if len(args) > 1 else kwargs.get("generation_config")
    sources = (kwargs, config, getattr(model, "generation_config", None))
    if not any(_found(source, name) for source in sources for name in _ASKED):
        return None
    from transformers.generation import utils

    asked = {name: _first(sources, name) for name in (*_ASKED, "num_beams", "do_sample", "top_k")}
    mode = _mode(asked)
    if mode is None or not _is_moved(utils, mode):
        return None
    from hfcompat_plugins.generation import modes

    return modes.custom_generate(mode, kwargs.get("streamer"))


def _is_moved(utils: Any, mode: str) -> bool:
    places = getattr(utils, "GENERATION_MODES_MAPPING", None)
    if places is None:  # up to 4.56
        return not hasattr(utils.GenerationMixin, f"_{mode}")
    return any(key.value == mode and "/" in place for key, place in places.items())


def _mode(asked: dict[str, Any]) -> str | None:
    if asked["constraints"] is not None or asked["force_words_ids"] is not None:
        return "constrained_beam_search"
    if (asked["num_beams"] or 1) > 1:
        return "group_beam_search" if (asked["num_beam_groups"] or 1) > 1 else None
    top_k = 50 if asked["top_k"] is None else asked["top_k"]
    if not asked["do_sample"] and top_k > 1 and (asked["penalty_alpha"] or 0) > 0:
        return "contrastive_search"
    return None


def _found(source: Any, name: str) -> bool:
    value = source.get(name) if isinstance(source, dict) else getattr(source, name, None)
    if value is None:
        return False
    if name == "num_beam_groups":
        return bool(value > 1)
    return bool(value > 0) if name == "penalty_alpha" else True


def _first(sources: tuple[Any, ...], name: str) -> Any:
    for source in sources:
        value = source.get(name) if isinstance(source, dict) else getattr(source, name, None)
        if value is not None:
            return value
    return None
