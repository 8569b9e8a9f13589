"""`transformers.utils.type_validators`: fields of configurations that look at their values."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from huggingface_hub.dataclasses import as_validated_field
from transformers.activations import ACT2FN

__all__ = [
    "activation_fn_key",
    "device_validator",
    "image_size_validator",
    "interval",
    "is_divisible_by",
    "padding_validator",
    "positive_any_number",
    "positive_int",
    "positive_int_field",
    "probability",
    "resampling_validator",
    "tensor_type_validator",
    "truncation_validator",
    "video_metadata_validator",
]


def _check(holds: bool, wanted: str, value: Any) -> None:
    if not holds:
        raise ValueError(f"Value must be {wanted}, got {value}.")


def positive_any_number(value: Any = None) -> None:
    """Raises ValueError for what is no number from 0 on."""
    _check(
        value is None or (isinstance(value, (int, float)) and value >= 0),
        "a positive integer or floating number",
        value,
    )


def positive_int(value: Any = None) -> None:
    """Raises ValueError for what is no integer from 0 on."""
    _check(value is None or (isinstance(value, int) and value >= 0), "a positive integer", value)


@as_validated_field
def positive_int_field(value: Any = None) -> None:
    """A field for integers from 1 on."""
    _check(value is None or (isinstance(value, int) and value > 0), "a positive integer", value)


@as_validated_field
def probability(value: float) -> None:
    """A field for numbers from 0 to 1."""
    _check(0 <= value <= 1, "a probability between 0.0 and 1.0", value)


def interval(
    min: float | None = None, max: float | None = None, exclude_min: bool = False, exclude_max: bool = False
) -> Callable[..., Any]:
    """A field for numbers between bounds, either of which may be excluded."""
    bounds = []
    if min is not None:
        bounds.append(f"greater {'than' if exclude_min else 'or equal to'} {min}")
    if max is not None:
        bounds.append(f"smaller {'than' if exclude_max else 'or equal to'} {max}")

    @as_validated_field
    def within(value: float) -> None:
        above = min is None or (min < value if exclude_min else min <= value)
        below = max is None or (value < max if exclude_max else value <= max)
        _check(above and below, " and ".join(bounds), value)

    return within


def is_divisible_by(divisor: float) -> Callable[..., Any]:
    """A field for multiples."""

    @as_validated_field
    def divisible(value: float) -> None:
        _check(value % divisor == 0, f"divisible by {divisor}", value)

    return divisible


@as_validated_field
def activation_fn_key(value: str) -> None:
    """A field for names of activation functions."""
    _check(value in ACT2FN, f"one of {list(ACT2FN)}", value)


def _one_of(kinds: Any, names: Sequence[str]) -> Callable[[Any], None]:
    def validator(value: Any = None) -> None:
        _check(
            value is None or (isinstance(value, kinds) and (not isinstance(value, str) or value in names)),
            f"one of {names}",
            value,
        )

    return validator


def padding_validator(value: Any = None) -> None:
    """Raises ValueError for what names no padding."""
    from transformers.utils import PaddingStrategy

    _one_of((bool, str, PaddingStrategy), ("longest", "max_length", "do_not_pad"))(value)


def truncation_validator(value: Any = None) -> None:
    """Raises ValueError for what names no truncation."""
    from transformers.tokenization_utils_base import TruncationStrategy

    _one_of((bool, str, TruncationStrategy), ("only_first", "only_second", "longest_first", "do_not_truncate"))(value)


def tensor_type_validator(value: Any = None) -> None:
    """Raises ValueError for what names no kind of tensor."""
    _one_of(str, ("pt", "np", "mlx"))(value)


_SIZES = frozenset("height width longest_edge shortest_edge max_height max_width min_pixels max_pixels".split())
_OF_VIDEOS = frozenset("total_num_frames fps width height duration video_backend frames_indices".split())
_DEVICES = ("cpu", "cuda", "xla", "xpu", "mps", "meta")


def image_size_validator(value: Any = None) -> None:
    """Raises ValueError for a dictionary with keys that are no sizes."""
    _check(not isinstance(value, dict) or _SIZES.issuperset(value), f"a dict with keys {sorted(_SIZES)}", value)


def device_validator(value: Any = None) -> None:
    """Raises ValueError for what is no device."""
    import torch

    if value is None:
        return
    name = str(value) if isinstance(value, torch.device) else value
    known = isinstance(name, str) and name.split(":")[0] in _DEVICES
    _check(known or (isinstance(name, int) and name >= 0), f"a device, one of {_DEVICES} or its number", value)


def resampling_validator(value: Any = None) -> None:
    """Raises ValueError for what is no way to resample an image."""
    from transformers.image_utils import PILImageResampling

    numbered = isinstance(value, int) and value in range(6)
    _check(
        value is None or numbered or isinstance(value, PILImageResampling),
        "an integer below 6 or a PIL.Image.Resampling",
        value,
    )


def video_metadata_validator(value: Any = None) -> None:
    """Raises ValueError for dictionaries with keys that are nothing of a video."""
    if isinstance(value, dict):
        _check(_OF_VIDEOS.issuperset(value), f"a dict with keys {sorted(_OF_VIDEOS)}", sorted(value))
    elif isinstance(value, (list, tuple)):
        for item in value:
            video_metadata_validator(item)
