"""Maps from a device to its blocks, as the models with a `parallelize` method used them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

__all__ = ["assert_device_map", "get_device_map"]


def assert_device_map(device_map: Mapping[Any, Iterable[int]], num_blocks: int) -> None:
    """Raises ValueError unless each of the blocks 0 to `num_blocks - 1` is on exactly one device."""
    counts = Counter(block for blocks in device_map.values() for block in blocks)
    problems = {
        "are on more than one device": [block for block, count in counts.items() if count > 1],
        "are on no device": [block for block in range(num_blocks) if block not in counts],
        f"are none of the model's {num_blocks}": [block for block in counts if not 0 <= block < num_blocks],
    }
    for problem, blocks in problems.items():
        if blocks:
            raise ValueError(f"In the device_map, these attention blocks {problem}: {blocks}")


def get_device_map(n_layers: int, devices: Sequence[Any]) -> dict[Any, list[int]]:
    """Layers in order, the same number for each of `devices` (the last may get fewer, or none at all)."""
    share = -(-n_layers // len(devices))
    blocks = [list(range(start, min(start + share, n_layers))) for start in range(0, n_layers, share)]
    return dict(zip(devices, blocks, strict=False))
