"""Images as tensors: tiles, patches and outputs."""

from __future__ import annotations

from typing import Any

import torch
from transformers.feature_extraction_utils import BatchFeature
from transformers.image_utils import ChannelDimension

__all__ = [
    "SemanticSegmentationPostProcessorOutput",
    "divide_to_patches",
    "get_max_height_width",
    "safe_squeeze",
    "split_to_tiles",
]


class SemanticSegmentationPostProcessorOutput(BatchFeature):
    """Of one image: `segmentation` [height, width], and where they were asked for, `segmentation_scores`."""

    segmentation: torch.Tensor
    segmentation_scores: torch.Tensor | None


def safe_squeeze(tensor: Any, axis: int | None = None) -> Any:
    """Without the axis, or all axes, of length 1; where the axis is longer, as it is."""
    if axis is None:
        return tensor.squeeze()
    try:
        return tensor.squeeze(axis=axis)
    except ValueError:  # numpy; torch leaves a longer axis alone by itself
        return tensor


def divide_to_patches(image: Any, patch_size: int | tuple[int, int]) -> list[Any]:
    """Patches of [..., height, width], row by row; those at the edges may be smaller."""
    high, wide = (patch_size, patch_size) if isinstance(patch_size, int) else patch_size
    height, width = image.shape[-2:]
    return [image[..., y : y + high, x : x + wide] for y in range(0, height, high) for x in range(0, width, wide)]


def split_to_tiles(images: torch.Tensor, num_tiles_height: int, num_tiles_width: int) -> torch.Tensor:
    """[batch, channels, height, width] to [batch, tiles, channels, height of a tile, width of a tile]."""
    rows = images.unflatten(3, (num_tiles_width, -1)).unflatten(2, (num_tiles_height, -1))
    return rows.permute(0, 2, 4, 1, 3, 5).flatten(1, 2).contiguous()


def get_max_height_width(images: Any, input_data_format: Any = ChannelDimension.FIRST) -> tuple[int, int]:
    """The greatest height and the greatest width.

    Raises:
        ValueError: the channels are neither first nor last.
    """
    if input_data_format not in (ChannelDimension.FIRST, ChannelDimension.LAST):
        raise ValueError(f"Invalid channel dimension format: {input_data_format}")
    first = 1 if input_data_format == ChannelDimension.FIRST else 0
    return tuple(max(image.shape[axis] for image in images) for axis in (first, first + 1))  # type: ignore[return-value]
