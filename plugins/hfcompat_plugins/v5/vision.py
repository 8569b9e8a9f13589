"""`transformers.vision_utils`: positions, windows and interpolation of images of several sizes, one after another.

`grid_thw` is [images, 3]: frames, rows and columns of patches. Each function first looks into `kwargs`, where the
caller may have computed its answer before.
"""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins.v5.forwards import get_max_seqlen
from torch.nn import functional as F

__all__ = [
    "get_max_seqlen",
    "get_vision_attention_seqlens",
    "get_vision_cu_seqlens",
    "get_vision_interpolation_indices_and_weights",
    "get_vision_merged_shape",
    "get_vision_nearest_position_ids",
    "get_vision_position_ids",
    "get_vision_window_index",
]

_Given = dict[str, Any] | None


def _taken(kwargs: _Given, *names: str) -> Any:
    """What the caller has computed, all of it or None."""
    found = [None if kwargs is None else kwargs.pop(name, None) for name in names]
    if any(value is None for value in found):
        return None
    return found[0] if len(found) == 1 else tuple(found)


def get_vision_cu_seqlens(grid_thw: torch.Tensor, merge_temporal: bool = False, kwargs: _Given = None) -> torch.Tensor:
    """Where each frame (with `merge_temporal` each image) begins, and the end: [frames + 1]."""
    if (found := _taken(kwargs, "cu_seqlens")) is not None:
        return found  # type: ignore[no-any-return]
    area = grid_thw[:, 1] * grid_thw[:, 2]
    lengths = grid_thw[:, 0] * area if merge_temporal else area.repeat_interleave(grid_thw[:, 0])
    dtype = grid_thw.dtype if torch.jit.is_tracing() else torch.int32
    return F.pad(lengths.cumsum(0, dtype=dtype), (1, 0))


def get_vision_attention_seqlens(
    grid_thw: torch.Tensor, config: Any, merge_temporal: bool = False, kwargs: _Given = None
) -> tuple[torch.Tensor, int | None]:
    """`get_vision_cu_seqlens`, and the longest of them where flash attention wants it."""
    bounds = get_vision_cu_seqlens(grid_thw, merge_temporal, kwargs)
    return bounds, get_max_seqlen(bounds, config, kwargs)


def get_vision_position_ids(
    grid_thw: torch.Tensor, spatial_merge_size: Any, include_temporal: bool = False, kwargs: _Given = None
) -> torch.Tensor:
    """Row and column of each patch (with `include_temporal`, frame, row and column), block by block of those merged."""
    if (found := _taken(kwargs, "position_ids")) is not None:
        return found  # type: ignore[no-any-return]
    many = [spatial_merge_size] * len(grid_thw) if isinstance(spatial_merge_size, int) else spatial_merge_size.tolist()
    images = []
    for (frames, rows, columns), merge in zip(grid_thw.tolist(), many, strict=True):
        axes = [torch.arange(size, device=grid_thw.device) for size in (frames, rows, columns)]
        places = torch.stack(torch.meshgrid(*axes, indexing="ij"), dim=-1)
        blocks = places.unflatten(2, (-1, merge)).unflatten(1, (-1, merge)).transpose(2, 3)
        images.append(blocks.reshape(-1, 3)[:, 0 if include_temporal else 1 :])
    return torch.cat(images)


def get_vision_window_index(
    grid_thw: torch.Tensor, spatial_merge_size: int, window_size: int, patch_size: int, kwargs: _Given = None
) -> tuple[torch.Tensor, torch.Tensor]:
    """Merged patches in the order of windows, and where each window begins, in patches."""
    if (found := _taken(kwargs, "window_index", "cu_window_seqlens")) is not None:
        return found  # type: ignore[no-any-return]
    side, unit = window_size // spatial_merge_size // patch_size, spatial_merge_size**2
    order, bounds, begin = [], [0], 0
    for frames, rows, columns in grid_thw.tolist():
        high, wide = rows // spatial_merge_size, columns // spatial_merge_size
        index = torch.arange(frames * high * wide).view(frames, high, wide)
        padded = F.pad(index, (0, side - wide % side, 0, side - high % side), value=-1)
        windows = padded.unflatten(2, (-1, side)).unflatten(1, (-1, side)).transpose(2, 3).reshape(-1, side * side)
        lengths = (windows >= 0).sum(1)
        bounds += (lengths.cumsum(0) * unit + bounds[-1]).tolist()
        order.append(windows[windows >= 0] + begin)
        begin += frames * high * wide
    starts = torch.tensor(bounds, device=grid_thw.device, dtype=torch.int32)
    return torch.cat(order), torch.unique_consecutive(starts)


def _taps(
    index: torch.Tensor, size: torch.Tensor, side: int, mode: str, align_corners: bool, padding: str
) -> tuple[torch.Tensor, torch.Tensor]:
    """Along one axis: the points of the table that are mixed, and how much of each."""
    at = index.float()
    at = at * (side - 1) / (size - 1).clamp(min=1) if align_corners else (at + 0.5) * side / size - 0.5
    below = at.floor()
    if mode == "bilinear":
        steps = torch.arange(0, 2, device=index.device)
    elif mode == "bicubic":
        steps = torch.arange(-1, 3, device=index.device)
    else:
        raise ValueError(f"Unsupported interpolation mode {mode!r} (expected 'bilinear' or 'bicubic').")
    points = below.long()[:, None] + steps
    far = (at[:, None] - below[:, None] - steps).abs()
    if mode == "bilinear":
        weights = (1 - far).clamp(min=0)
    else:
        a = -0.75  # of torch's own bicubic interpolation
        inner = ((a + 2) * far - (a + 3)) * far * far + 1
        weights = torch.where(far <= 1, inner, ((a * far - 5 * a) * far + 8 * a) * far - 4 * a)
    if padding == "zeros":
        weights = weights * ((points >= 0) & (points < side))
    return points.clamp(0, side - 1), weights


def get_vision_interpolation_indices_and_weights(
    grid_thw: torch.Tensor,
    num_grid_per_side: int,
    mode: str = "bilinear",
    align_corners: bool = False,
    spatial_merge_size: int = 1,
    padding: str = "border",
    kwargs: _Given = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """For each patch, which entries of a square table of positions are mixed, and how: two of [patches, taps].

    Raises:
        ValueError: `mode` is neither "bilinear" nor "bicubic".
    """
    if (found := _taken(kwargs, "interp_indices", "interp_weights")) is not None:
        return found  # type: ignore[no-any-return]
    counts = grid_thw.prod(1)
    places = get_vision_position_ids(grid_thw, spatial_merge_size)
    heights, widths = (grid_thw[:, axis].repeat_interleave(counts) for axis in (1, 2))
    y, of_y = _taps(places[:, 0], heights, num_grid_per_side, mode, align_corners, padding)
    x, of_x = _taps(places[:, 1], widths, num_grid_per_side, mode, align_corners, padding)
    indices = y[:, :, None] * num_grid_per_side + x[:, None, :]
    return indices.flatten(1), (of_y[:, :, None] * of_x[:, None, :]).flatten(1)


def get_vision_nearest_position_ids(
    target_sizes: torch.Tensor, num_patches_per_side: int, kwargs: _Given = None
) -> torch.Tensor:
    """For each patch of images [images, 2] of rows and columns, the nearest entry of a square table of positions."""
    if (found := _taken(kwargs, "position_ids")) is not None:
        return found  # type: ignore[no-any-return]
    device = target_sizes.device
    bounds = torch.arange(1 / num_patches_per_side, 1.0, 1 / num_patches_per_side, device=device)

    def nearest(size: int) -> torch.Tensor:
        return torch.bucketize(torch.arange(size, device=device) / size, bounds, right=True)

    images = [
        nearest(rows)[:, None] * num_patches_per_side + nearest(columns) for rows, columns in target_sizes.tolist()
    ]
    return torch.cat([image.flatten() for image in images])


def get_vision_merged_shape(
    target_sizes: torch.Tensor, window_kernel_size: tuple[int, int], kwargs: _Given = None
) -> tuple[int, int]:
    """Rows and columns of the first image once windows are merged."""
    if (found := _taken(kwargs, "merged_shape")) is not None:
        return found  # type: ignore[no-any-return]
    rows, columns = target_sizes[0].tolist()
    return rows // window_kernel_size[0], columns // window_kernel_size[1]
