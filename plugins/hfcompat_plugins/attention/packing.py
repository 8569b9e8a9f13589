"""Several sequences in one row that the runtime takes for one."""

from __future__ import annotations

import functools
import inspect
import warnings
from typing import Any

import torch

_LOOKS = 16
"""Forwards that are looked at in one process: on a GPU a look waits for it."""

_left = _LOOKS


def saying_when_packed(original: Any) -> Any:
    """`_preprocess_mask_arguments`, which finds sequences by their positions where there is no mask and no cache."""
    bind = functools.partial(_named, tuple(inspect.signature(original).parameters))

    def _preprocess_mask_arguments(*args: Any, **kwargs: Any) -> Any:
        if not torch.compiler.is_compiling() and _left:  # in this order: a graph must not depend on the count
            _look(**bind(args, kwargs))
        return original(*args, **kwargs)

    return _preprocess_mask_arguments


def _named(names: tuple[str, ...], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    return {**dict(zip(names, args, strict=False)), **kwargs}


def _look(config: Any, attention_mask: Any, past_key_values: Any = None, position_ids: Any = None, **_: Any) -> None:
    global _left
    mask, positions = attention_mask, position_ids
    if not _can_be_read(positions) or positions.dim() != 2 or positions.shape[-1] < 2:
        return
    if (mask is None and past_key_values is None) or "flash" in str(config._attn_implementation):
        return  # the runtime looks by itself
    if mask is not None and not (_can_be_read(mask) and mask.dim() == 2 and _fits(mask, positions)):
        return
    _left -= 1
    again = positions[:, 1:] < positions[:, :-1]
    if mask is not None:
        seen = mask[:, -positions.shape[-1] :].to(positions.device).bool()
        again = again & seen[:, 1:] & seen[:, :-1]
    if again.any():
        _left = 0
        warnings.warn(
            "Positions begin again within a row, and with an attention mask or a cache transformers does not tell such "
            "sequences apart: they see each other. Give attention_mask=hfcompat.kernels.packed_mask(position_ids).",
            stacklevel=4,
        )


def _fits(mask: torch.Tensor, positions: torch.Tensor) -> bool:
    """A shorter mask is padded by the runtime, and what does not broadcast is for the runtime to say."""
    rows = {mask.shape[0], positions.shape[0]}
    return mask.shape[1] >= positions.shape[1] and (len(rows) == 1 or 1 in rows)


def _can_be_read(tensor: Any) -> bool:
    """Whether it holds numbers now: none that is traced, captured or on meta does."""
    if type(tensor) is not torch.Tensor or tensor.is_meta or torch.jit.is_tracing():
        return False
    if torch._C._functorch.is_functorch_wrapped_tensor(tensor):
        return False
    return not (tensor.is_cuda and torch.cuda.is_current_stream_capturing())
