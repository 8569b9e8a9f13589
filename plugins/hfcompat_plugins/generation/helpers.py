"""Private methods of `GenerationMixin` that packages with a loop of their own call."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins.generation.contract import Takes
from hfcompat_plugins.generation.positions import of_prompt
from hfcompat_plugins.generation.steps import select_rows

from hfcompat.origin import native_caller


def expanding_by_none(original: Any) -> Any:
    """`_expand_inputs_for_generation`, called with a number of sequences that nobody gave: one, as up to 4.57.

    Up to 5.17 it is static, and the number comes first; then it comes after `self`.
    """

    def _expand_inputs_for_generation(*args: Any, **kwargs: Any) -> Any:
        args = (*(1 if value is None else value for value in args[:2]), *args[2:])
        if kwargs.get("expand_size", 1) is None:
            kwargs["expand_size"] = 1
        return original(*args, **kwargs)

    return _expand_inputs_for_generation


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


# Whose `_reorder_cache` left the states of the encoder, the third and fourth of a layer, as they were.
_OF_ONE_SOURCE = {
    "bart", "big_bird", "bigbird_pegasus", "blenderbot", "blenderbot_small", "gpt_neox_japanese", "led", "marian",
    "mbart", "mvp", "pegasus", "pegasus_x", "plbart", "prophetnet", "rembert", "roformer", "seamless_m4t",
    "seamless_m4t_v2",
}  # fmt: skip


class ReorderCache:
    """`model._reorder_cache(states, rows)`, up to 4.53 a method or a static method of every family.

    transformers' own beam search asks for it to know models that are special; to that there is none.
    """

    def __get__(self, model: Any, owner: Any = None) -> Any:
        if native_caller():
            raise AttributeError(f"{owner.__name__!r} object has no attribute '_reorder_cache'")
        families = {base.__module__.split(".")[2] for base in owner.__mro__ if base.__module__.count(".") > 2}
        return _reordered_two if families & _OF_ONE_SOURCE else _reordered


reorder_cache = ReorderCache()


def _layers(states: Any) -> Any:
    return states.to_legacy_cache() if hasattr(states, "to_legacy_cache") else states


def _reordered(past_key_values: Any, beam_idx: torch.Tensor) -> Any:
    """Tuples of tuples, whose row `i` goes on from what row `beam_idx[i]` was; what is given stays as it is."""
    return select_rows(_layers(past_key_values), beam_idx)


def _reordered_two(past_key_values: Any, beam_idx: torch.Tensor) -> Any:
    """The same for the first two states of a layer; further ones are the same in all rows of one beam."""
    return tuple((*select_rows(layer[:2], beam_idx), *layer[2:]) for layer in _layers(past_key_values))


def reordering(original: Any) -> Any:
    """`GenerationMixin._reorder_cache` of 4.53, a method where GPT-2 had a static one: called on a class or a model."""

    def _reorder_cache(*args: Any, **kwargs: Any) -> Any:
        names = [name for name in ("past_key_values", "beam_idx") if name not in kwargs]
        return _reordered(**kwargs, **dict(zip(names, args[len(args) - len(names) :], strict=True)))

    return _reorder_cache


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
