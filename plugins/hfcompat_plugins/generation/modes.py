"""Modes of `generate` that moved to repositories on the Hub: constraints, groups of beams, contrastive search."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from hfcompat_plugins.generation import beams, contrastive


def custom_generate(mode: str, streamer: Any) -> Callable[..., Any]:
    """What `generate` is to call for `mode`; it hands no streamer to what it is given."""
    search = {
        "constrained_beam_search": _constrained,
        "contrastive_search": _contrastive,
        "group_beam_search": _groups,
    }[mode]

    def custom_generate(
        model: Any,
        input_ids: torch.Tensor,
        logits_processor: Any,
        stopping_criteria: Any,
        generation_config: Any,
        synced_gpus: bool = False,
        **model_kwargs: Any,
    ) -> Any:
        model_kwargs.pop("streamer", None)
        return search(
            model,
            input_ids,
            logits_processor,
            stopping_criteria,
            generation_config,
            model_kwargs,
            synced_gpus,
            streamer,
        )

    return custom_generate


def _contrastive(
    model: Any, ids: Any, processors: Any, criteria: Any, config: Any, kwargs: Any, synced: bool, streamer: Any
) -> Any:
    if not kwargs.get("use_cache", True):
        raise ValueError("Contrastive search needs `use_cache=True`.")
    return contrastive.search(model, ids, processors, criteria, config, kwargs, synced_gpus=synced, streamer=streamer)


def _groups(
    model: Any, ids: Any, processors: Any, criteria: Any, config: Any, kwargs: Any, synced: bool, streamer: Any
) -> Any:
    from hfcompat_plugins.symbols.beam_search import BeamSearchScorer

    _refuse_streamer(streamer)
    groups, width = config.num_beam_groups, config.num_beams
    if config.do_sample:
        raise ValueError("Groups of beams are not sampled: `do_sample` must be False.")
    if groups > width or width % groups:
        raise ValueError(f"`num_beams` (={width}) must be a multiple of `num_beam_groups` (={groups}).")
    if config.diversity_penalty:
        from hfcompat_plugins.generation.diversity import HammingDiversityLogitsProcessor

        diversity = HammingDiversityLogitsProcessor(config.diversity_penalty, width, groups)
        if not any(type(processor).__name__ == type(diversity).__name__ for processor in processors):
            processors.insert(_after_guidance(processors), diversity)
    scorer = BeamSearchScorer(num_beam_groups=groups, **_scoring(ids, criteria, config))
    return beams.search(model, ids, scorer, processors, criteria, config, kwargs, synced_gpus=synced)


def _constrained(
    model: Any, ids: Any, processors: Any, criteria: Any, config: Any, kwargs: Any, synced: bool, streamer: Any
) -> Any:
    from hfcompat_plugins.symbols.beam_search import ConstrainedBeamSearchScorer

    _refuse_streamer(streamer)
    if config.num_beams <= 1:
        raise ValueError("`num_beams` must be greater than 1 for generation under constraints.")
    if config.do_sample:
        raise ValueError("Generation under constraints is not sampled: `do_sample` must be False.")
    if (config.num_beam_groups or 1) != 1:
        raise ValueError("Groups of beams cannot be under constraints: `num_beam_groups` must be 1.")
    scorer = ConstrainedBeamSearchScorer(constraints=_constraints(config), **_scoring(ids, criteria, config))
    return beams.search(model, ids, scorer, processors, criteria, config, kwargs, synced_gpus=synced)


def _scoring(ids: torch.Tensor, criteria: Any, config: Any) -> dict[str, Any]:
    if config.num_return_sequences > config.num_beams:
        raise ValueError("`num_return_sequences` has to be smaller or equal to `num_beams`.")
    return {
        "batch_size": ids.shape[0] // config.num_beams,
        "num_beams": config.num_beams,
        "device": ids.device,
        "length_penalty": config.length_penalty,
        "do_early_stopping": config.early_stopping,
        "num_beam_hyps_to_keep": config.num_return_sequences,
        "max_length": criteria.max_length,
    }


def _constraints(config: Any) -> list[Any]:
    """The constraints that were given, and those that `force_words_ids` stands for.

    Raises:
        ValueError: unless that is a list of lists of token ids, or of lists of such lists (one of which must occur).
    """
    from hfcompat_plugins.symbols.beam_constraints import DisjunctiveConstraint, PhrasalConstraint

    constraints = list(config.constraints or ())
    words = config.force_words_ids
    if words is None:
        return constraints
    if not isinstance(words, list) or not words:
        raise ValueError(f"`force_words_ids` must be a list that is not empty, but is {words}.")
    for ids in words:
        nested = isinstance(ids, list) and bool(ids) and isinstance(ids[0], list)
        constraints.append(DisjunctiveConstraint(ids) if nested else PhrasalConstraint(ids))
    return constraints


def _after_guidance(processors: Any) -> int:
    first = ("UnbatchedClassifierFreeGuidanceLogitsProcessor", "SequenceBiasLogitsProcessor")
    return sum(type(processor).__name__ in first for processor in processors[:2])


def _refuse_streamer(streamer: Any) -> None:
    if streamer is not None:
        raise ValueError("A streamer cannot follow several beams.")
