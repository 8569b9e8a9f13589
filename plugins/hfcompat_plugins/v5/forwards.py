"""What forwards of 5.x are decorated with, and call."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import Any

import torch
from torch import nn
from transformers.utils import logging
from transformers.utils.import_utils import is_torchdynamo_compiling

_LOGGER = logging.get_logger("transformers.utils.generic")

_STRATEGIES = ("default", "full")
_FROM_CONFIG = ("use_cache", "vision_feature_layer", "vision_feature_select_strategy", "vision_aspect_ratio")


def merge_with_config_defaults(func: Any) -> Any:
    """Decorator of a forward: some of its arguments are those of the configuration, where the caller says nothing.

    Raises:
        ValueError: when called, for a `vision_feature_select_strategy` that is unknown.
    """
    code = func.__code__
    own = code.co_varnames[1 : code.co_argcount]
    places = {name: own.index(name) for name in _FROM_CONFIG if name in own}

    @wraps(func)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        for name in _FROM_CONFIG:
            place = places.get(name, len(args))
            value = args[place] if place < len(args) else kwargs.get(name)
            if value is None:
                value = getattr(self.config, name, None)
            if value is None:
                continue
            if name == "use_cache" and value and self.training and getattr(self, "gradient_checkpointing", False):
                if not is_torchdynamo_compiling():
                    _LOGGER.warning_once(
                        "`use_cache=True` is incompatible with gradient checkpointing: it is set to False."
                    )
                value = False
            if name == "vision_feature_select_strategy" and value not in _STRATEGIES:
                raise ValueError(f"unknown feature strategy {value!r}; please select from {list(_STRATEGIES)}")
            if place < len(args):
                args = (*args[:place], value, *args[place + 1 :])
            else:
                kwargs[name] = value
        config = self.config
        causal = kwargs.get("is_causal", getattr(config, "is_causal", None))
        if causal is None:
            return func(self, *args, **kwargs)
        # Masks look at the configuration, attention at the keyword.
        there, before = hasattr(config, "is_causal"), getattr(config, "is_causal", None)
        config.is_causal = kwargs["is_causal"] = causal
        try:
            return func(self, *args, **kwargs)
        finally:
            if there:
                config.is_causal = before
            else:
                del config.is_causal

    return wrapper


def slice_logits_to_keep(hidden_states: torch.Tensor, logits_to_keep: int | torch.Tensor) -> torch.Tensor:
    """The positions of [batch, length, size] whose logits are wanted.

    Args:
        logits_to_keep: the last so many (0: all); or positions, the same in each row, [kept]; or of each row,
            [batch, kept]; or a mask [batch, length], which gives [kept in all, size].
    """
    if isinstance(logits_to_keep, int):
        return hidden_states[:, slice(-logits_to_keep, None), :]
    if logits_to_keep.ndim == 2 and logits_to_keep.dtype == torch.bool:
        return hidden_states[logits_to_keep]
    if logits_to_keep.ndim == 2:
        return torch.take_along_dim(hidden_states, logits_to_keep[..., None], dim=1)
    return hidden_states[:, logits_to_keep, :]


def maybe_autocast(
    device_type: str, dtype: torch.dtype | None = None, enabled: bool = True, cache_enabled: bool | None = None
) -> Any:
    """`torch.autocast`, where there is something to switch on or off: it cannot be entered on the meta device."""
    if device_type == "meta" or not (enabled or torch.is_autocast_enabled(device_type)):
        return nullcontext()
    return torch.autocast(device_type, dtype=dtype, enabled=enabled, cache_enabled=cache_enabled)


def is_flash_attention_requested(
    config: Any = None, requested_attention_implementation: str | None = None, version: int | list[int] | None = None
) -> bool:
    """Whether an attention implementation is a kind of flash attention (of one of the versions).

    Raises:
        ValueError: both a configuration and a name are given.
    """
    if config is not None and requested_attention_implementation is not None:
        raise ValueError("give either the config or the name of the attention implementation, not both")
    name = requested_attention_implementation if config is None else config._attn_implementation
    if name is None or "flash" not in name:
        return False
    versions = [version] if isinstance(version, int) else version
    return versions is None or any(re.match(f".*flash.*{number}", name) for number in versions)


def get_max_seqlen(
    cu_seqlens: torch.Tensor, config: Any, kwargs: dict[str, Any] | None = None, kwarg_name: str = "max_seqlen"
) -> int | None:
    """The longest of packed sequences, which flash attention wants to know; taken out of `kwargs` where it is there."""
    given = None if kwargs is None else kwargs.pop(kwarg_name, None)
    if given is not None or not is_flash_attention_requested(config):
        return given
    return (cu_seqlens[1:] - cu_seqlens[:-1]).max().item()  # type: ignore[no-any-return]


_MODALITIES = ("audio", "image", "video")
_VARLEN = ("cu_seq_lens_q", "cu_seq_lens_k", "max_length_q", "max_length_k")


def accepts_precomputed_kwargs(modality: str) -> Callable[[Any], Any]:
    """Decorator of a function of one modality: keywords with its prefix lose it, those of the others are dropped."""
    import inspect

    prefix, others = f"{modality}_", tuple(f"{other}_" for other in _MODALITIES if other != modality)

    def decorate(func: Any) -> Any:
        own = frozenset(inspect.signature(func).parameters)

        @wraps(func)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            meant = {}
            for name, value in kwargs.items():
                if name.startswith(others) or (name in _VARLEN and name not in own):
                    continue
                meant[name if name in own else name.removeprefix(prefix)] = value
            return func(*args, **meant)

        return wrapper

    return decorate


def is_tracing(tensor: Any = None) -> bool:
    """Whether what runs is being traced, so that it must not branch on values of tensors."""
    if torch.compiler.is_compiling() or torch.jit.is_tracing():
        return True
    if torch.cuda.is_available() and torch.cuda.is_current_stream_capturing():
        return True
    return isinstance(tensor, (torch.fx.Proxy, torch._subclasses.FakeTensor))


def torch_compilable_check(cond: Any, msg: Any, error_type: type[Exception] = ValueError) -> None:
    """Raise `error_type` unless `cond` (of a tensor: all of it) holds; while tracing, a fact that the graph may use.

    Args:
        cond: a bool, a tensor of bools, or a function that gives one.
        msg: what to say, or a function that gives it.
    """
    import os

    if os.getenv("TRANSFORMERS_DISABLE_TORCH_CHECK", "0") == "1":
        return
    if is_tracing():
        if isinstance(cond, torch.Tensor):
            torch._check_tensor_all(cond)
        else:
            torch._check(cond)
        return
    holds = cond() if callable(cond) else cond
    holds = bool(holds.all()) if isinstance(holds, torch.Tensor) else holds
    if not holds:
        raise error_type(msg() if callable(msg) else msg)


def force_accelerate_hooks(child_module_names: str | list[str]) -> Callable[[Any], Any]:
    """Decorator of a forward that uses weights of its parts without calling them: accelerate puts them in place."""
    names = [child_module_names] if isinstance(child_module_names, str) else child_module_names

    def decorate(forward: Any) -> Any:
        @wraps(forward)
        def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
            parts = [(part, getattr(part, "_hf_hook", None)) for part in (getattr(self, name) for name in names)]
            hooked = [(part, hook) for part, hook in parts if hook is not None]
            for part, hook in hooked:
                hook.pre_forward(part)
            output = forward(self, *args, **kwargs)
            for part, hook in reversed(hooked):
                hook.post_forward(part, ())
            return output

        return wrapper

    return decorate


# ------------------------------------------------------------------------------------------ kernels


def use_kernelized_func(module_names: Any) -> Callable[[Any], Any]:
    """Decorator of a class whose forward calls functions that have kernels; there are none here, so the class stays."""
    return lambda cls: cls


def use_kernel_func_from_hub_with_fallback(
    func_name: str, package: str, internal_path: str | None = None
) -> Callable[[Any], Any]:
    """Decorator of a reference implementation, which is what runs.

    Raises:
        ValueError: when called with packed sequences, which the reference does not keep apart.
    """

    def decorate(func: Any) -> Any:
        import inspect

        own = frozenset(inspect.signature(func).parameters)

        @wraps(func)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if kwargs.get("cu_seqlens") is not None or kwargs.get("seq_idx") is not None:
                raise ValueError(
                    f"`{func_name}` can't keep packed sequences apart; pad them, or use transformers 5.17 or later"
                )
            return func(*args, **{name: value for name, value in kwargs.items() if name in own})

        return wrapper

    return decorate


def _silu_like_gate(self: Any, gate_up_out: torch.Tensor) -> torch.Tensor:
    """[..., 2 * size] to [..., size]."""
    gate, up = gate_up_out.chunk(2, dim=-1)
    return self.act_fn(gate) * up  # type: ignore[no-any-return]


_EXPERTS = (None, "eager", "batched_mm", "grouped_mm")


def use_experts_implementation(
    experts_class: type[nn.Module] | None = None,
    *,
    experts_interface: Any = None,
    is_concatenated: bool = True,
    is_transposed: bool = False,
    has_bias: bool = False,
    has_gate: bool = True,
    has_post_expert_norm: bool = False,
) -> Any:
    """Decorator of a class of fused experts. Its own forward is what runs; others are faster ways to the same numbers.

    Raises:
        KeyError: in a forward, where the configuration asks for an implementation that is none.
    """
    marks = {
        "has_gate": has_gate,
        "has_bias": has_bias,
        "has_post_expert_norm": has_post_expert_norm,
        "is_transposed": is_transposed,
        "is_concatenated": is_concatenated,
        "_is_expert_parallel": False,
    }

    def decorate(cls: Any) -> Any:
        build, run = cls.__init__, cls.forward

        @functools.wraps(build)
        def __init__(self: Any, config: Any, *args: Any, **kwargs: Any) -> None:
            build(self, config, *args, **kwargs)
            self.config = config
            for name, value in marks.items():
                setattr(self, name, value)

        @functools.wraps(run)
        def forward(self: Any, *args: Any, **kwargs: Any) -> Any:
            wanted = getattr(self.config, "_experts_implementation", None)
            if wanted not in _EXPERTS:
                raise KeyError(
                    f"`{wanted}` is not a valid experts implementation; one of: {', '.join(map(str, _EXPERTS))}"
                )
            return run(self, *args, **kwargs)

        if not hasattr(cls, "_apply_gate"):
            cls._apply_gate = _silu_like_gate
        cls.__init__, cls.forward = __init__, forward
        return cls

    return decorate if experts_class is None else decorate(experts_class)


def get_target_dtype(query: torch.Tensor, module: Any) -> torch.dtype | None:
    """What flash attention casts a float32 query to; None where it is not float32."""
    if query.dtype != torch.float32:
        return None
    kind = query.device.type
    if torch.is_autocast_enabled(kind):
        return torch.get_autocast_dtype(kind)
    if hasattr(module.config, "_is_quantized"):
        return module.config.dtype  # type: ignore[no-any-return]
    return next(part for part in module.modules() if isinstance(part, nn.Linear)).weight.dtype
