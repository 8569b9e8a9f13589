"""Which stages of a backbone are put out, by name and by index: `transformers.utils.backbone_utils`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["get_aligned_output_features_output_indices", "verify_out_features_out_indices"]


def verify_out_features_out_indices(out_features: Any, out_indices: Any, stage_names: Sequence[str] | None) -> None:
    """Raises ValueError unless each is None or a list of different stages in order, and both name the same stages.

    Args:
        out_features: names out of `stage_names`.
        out_indices: indices into `stage_names`; negative ones count from the end.
    """
    if stage_names is None:
        raise ValueError("A backbone of transformers needs stage_names")
    stages = list(stage_names)
    if out_features is not None:
        _verify("out_features", out_features, [stages.index(f) if f in stages else None for f in out_features], stages)
    if out_indices is not None:
        _verify("out_indices", out_indices, [i % len(stages) if i < 0 else i for i in out_indices], stages)
    if out_features is not None and out_indices is not None:
        if len(out_features) != len(out_indices):
            raise ValueError(f"out_features {out_features} and out_indices {out_indices} differ in length")
        if out_features != [stages[index] for index in out_indices]:
            raise ValueError(f"out_features {out_features} and out_indices {out_indices} are not the same stages")


def _verify(name: str, given: Any, positions: list[int | None], stages: list[str]) -> None:
    if not isinstance(given, list):
        raise ValueError(f"{name} is a list, not {type(given)}")
    known = [position for position in positions if position is not None and position < len(stages)]
    if len(known) != len(positions):
        raise ValueError(f"{name} {given} is not all among the stages {stages}")
    if len(set(known)) != len(known):
        raise ValueError(f"{name} {given} names a stage more than once")
    if known != sorted(known):
        raise ValueError(f"{name} {given} is not in the order of the stages {stages}")


def get_aligned_output_features_output_indices(
    out_features: list[str] | None, out_indices: Sequence[int] | None, stage_names: Sequence[str]
) -> tuple[list[str], list[int]]:
    """Both, where one is given or both are; the last stage when none is.

    Raises:
        ValueError: as `verify_out_features_out_indices`.
    """
    indices = None if out_indices is None else list(out_indices)
    verify_out_features_out_indices(out_features, indices, stage_names)
    stages = list(stage_names)
    if out_features is None:
        indices = [len(stages) - 1] if indices is None else indices
        return [stages[index] for index in indices], indices
    return out_features, [stages.index(feature) for feature in out_features] if indices is None else indices
