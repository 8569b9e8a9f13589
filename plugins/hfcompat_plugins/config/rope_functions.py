"""Functions of `modeling_rope_utils` that are gone."""

from __future__ import annotations

import sys
from typing import Any

import torch


def default_rope_parameters(
    config: Any = None,
    device: Any = None,
    seq_len: int | None = None,
    layer_type: str | None = None,
    **rope_kwargs: Any,
) -> tuple[torch.Tensor, float]:
    """Inverse frequencies of plain RoPE, [rotated size / 2], and the attention factor 1.0.

    Args:
        config: with rope_theta or rope_parameters, and the sizes of the heads. Or none: `base` and `dim` instead.
        layer_type: whose parameters to take, where they differ by layer.

    Raises:
        ValueError: both `config` and `rope_kwargs` are given.
    """
    own = None if torch.compiler.is_compiling() else _computed_by_the_module()
    if own is not None:
        return own(config)  # type: ignore[no-any-return]
    if rope_kwargs:
        if config is not None:
            raise ValueError(f"either `config` or {', '.join(sorted(rope_kwargs))}, not both")
        base, size = rope_kwargs["base"], rope_kwargs["dim"]
    else:
        base, share = _settings(config, layer_type)
        head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
        size = int(head * share)
    positions = torch.arange(0, size, 2, dtype=torch.int64).to(device=device, dtype=torch.float)
    return 1.0 / (base ** (positions / size)), 1.0


def _computed_by_the_module() -> Any:
    """What a rotary embedding that is being initialised has itself; what is registered would be asked in its place."""
    caller = sys._getframe(2)
    if caller.f_code.co_name != "_init_weights" or caller.f_globals.get("__name__") != "transformers.modeling_utils":
        return None
    return getattr(caller.f_locals["module"], "compute_default_rope_parameters", None)


def _settings(config: Any, layer_type: str | None) -> tuple[float, float]:
    """rope_theta and partial_rotary_factor."""
    parameters = getattr(config, "rope_parameters", None) or {}
    if layer_type is not None:
        parameters = parameters[layer_type]
    elif parameters and all(isinstance(value, dict) for value in parameters.values()):
        parameters = parameters.get("full_attention", next(iter(parameters.values())))
    base, share = vars(config).get("rope_theta"), vars(config).get("partial_rotary_factor")
    base = parameters.get("rope_theta", config.default_theta) if base is None else base
    share = parameters.get("partial_rotary_factor") if share is None else share
    return base, 1.0 if share is None else share
