"""Private methods of `GenerationMixin` that packages with a loop of their own call."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins.generation.contract import Takes
from hfcompat_plugins.generation.positions import of_prompt
from hfcompat_plugins.generation.steps import select_rows


def _validate_model_class(self: Any) -> None:
    """Raises TypeError unless the model can generate."""
    if not self.can_generate():
        raise TypeError(f"{type(self).__name__} has no language model head, so it cannot generate.")


def _temporary_reorder_cache(self: Any, past_key_values: Any, beam_idx: torch.Tensor) -> Any:
    """The cache, whose row `i` goes on from what row `beam_idx[i]` was."""
    if hasattr(past_key_values, "reorder_cache"):
        past_key_values.reorder_cache(beam_idx)
        return past_key_values
    if hasattr(self, "_reorder_cache"):
        return self._reorder_cache(past_key_values, beam_idx)
    return select_rows(past_key_values, beam_idx)


def _extract_past_from_model_output(
    self: Any, outputs: Any, standardize_cache_format: bool | None = None
) -> tuple[str, Any] | Any:
    """The name of the cache and the cache, as from 4.42; the cache alone, when asked with the argument of before."""
    name = "past_key_values"
    past = None
    for found in ("past_key_values", "mems", "past_buckets_states", "cache_params"):
        if found in outputs:
            past = outputs[found]
            name = "cache_params" if found == "cache_params" else name
            break
    return (name, past) if standardize_cache_format is None else past


def _prepare_encoder_decoder_kwargs_for_generation(
    self: Any,
    inputs_tensor: torch.Tensor,
    model_kwargs: dict[str, Any],
    model_input_name: str | None = None,
    generation_config: Any = None,
) -> dict[str, Any]:
    """`model_kwargs`, with the `encoder_outputs` for `inputs_tensor`."""
    config = self.generation_config if generation_config is None else generation_config
    prepared: dict[str, Any] = self._prepare_text_encoder_decoder_kwargs_for_generation(
        inputs_tensor, model_kwargs, model_input_name, config
    )
    return prepared


def optional_generation_config(original: Any) -> Any:
    """`_prepare_encoder_decoder_kwargs_for_generation` up to 5.17, whose config was optional up to 4.40."""

    def _prepare_encoder_decoder_kwargs_for_generation(
        self: Any,
        inputs_tensor: torch.Tensor,
        model_kwargs: dict[str, Any],
        model_input_name: str | None = None,
        generation_config: Any = None,
    ) -> Any:
        config = self.generation_config if generation_config is None else generation_config
        return original(self, inputs_tensor, model_kwargs, model_input_name, config)

    return _prepare_encoder_decoder_kwargs_for_generation


def _get_initial_cache_position(self: Any, *args: Any) -> dict[str, Any]:
    """`model_kwargs` with the `cache_position` of the tokens that are not in the cache yet.

    Called with `(input_ids, model_kwargs)`, as up to 4.50, or with `(length, device, model_kwargs)`.
    """
    *prompt, model_kwargs = args
    length, device = (prompt[0].shape[1], prompt[0].device) if len(prompt) == 1 else prompt
    if model_kwargs.get("cache_position") is None:
        model_kwargs["cache_position"] = of_prompt(self.config, model_kwargs, length, device)
    return model_kwargs  # type: ignore[no-any-return]


def initial_positions_of_any_age(original: Any) -> Any:
    """`_get_initial_cache_position` from 4.51 to 5.3, called with the prompt itself as up to 4.50."""

    def _get_initial_cache_position(self: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs and "input_ids" in kwargs:
            args = (kwargs.pop("input_ids"), *args)
        if args and isinstance(args[0], torch.Tensor):
            args = (args[0].shape[1], args[0].device, *args[1:])
        return original(self, *args, **kwargs)

    return _get_initial_cache_position


def attention_mask_of_any_age(original: Any) -> Any:
    """`_prepare_attention_mask_for_generation`, called with the token ids themselves as up to 4.48."""

    def _prepare_attention_mask_for_generation(self: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        named = dict(zip(("pad_token_id", "eos_token_id"), args, strict=False)) | kwargs
        if "generation_config" in kwargs or (args and hasattr(args[0], "to_dict")):
            return original(self, inputs, *args, **kwargs)
        tokens = {f"_{name[:3]}_token_tensor": _tensor(named.get(name), inputs.device) for name in named}
        taken = Takes.of(original).names
        more = {"model_kwargs": {}} if "model_kwargs" in taken else {}
        return original(self, inputs, generation_config=_Tokens(**tokens), **more)

    return _prepare_attention_mask_for_generation


class _Tokens:
    """As much of a `GenerationConfig` as it takes to make a mask."""

    _pad_token_tensor: Any = None
    _eos_token_tensor: Any = None

    def __init__(self, **tokens: Any) -> None:
        vars(self).update(tokens)


def _tensor(tokens: Any, device: torch.device) -> Any:
    return None if tokens is None else torch.as_tensor(tokens, device=device)
