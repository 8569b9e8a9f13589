"""One forward pass after another, on every runtime: what the search methods of transformers 4 are made of."""

from __future__ import annotations

import copy
from typing import Any

import torch
from hfcompat_plugins.generation.contract import Takes
from hfcompat_plugins.generation.views import is_view, view_of

CACHE_NAMES = ("past_key_values", "cache_params", "state", "mems", "past_buckets_states")


class Steps:
    """A model that is asked for the next token again and again.

    Args:
        model: the model, or a view of it.
        config: a `GenerationConfig` that `search_config` has prepared.
        model_kwargs: what `prepare_inputs_for_generation` is given besides the tokens.
        hidden_states: ask for hidden states, whether or not they are returned.
    """

    def __init__(self, model: Any, config: Any, model_kwargs: dict[str, Any], hidden_states: bool = False) -> None:
        self.model = model if is_view(model) else view_of(model, model_kwargs.get("attention_mask"))
        self.config = config
        self.kwargs = dict(model_kwargs)
        self.kwargs.setdefault("use_cache", config.use_cache is not False)
        self.is_encoder_decoder = bool(self.model.config.is_encoder_decoder)
        self._outputs = {
            name: True
            for name, wanted in (
                ("output_attentions", config.output_attentions),
                ("output_hidden_states", config.output_hidden_states or hidden_states),
            )
            if wanted
        }
        self._started = False

    def __call__(self, input_ids: torch.Tensor) -> Any:
        """The output for `input_ids` (batch, tokens so far); only what is new is computed, where there is a cache."""
        outputs = self._next(input_ids) if self._started else self._first(input_ids)
        self._started = True
        self.kwargs = self.model._update_model_kwargs_for_generation(
            outputs, self.kwargs, is_encoder_decoder=self.is_encoder_decoder
        )
        return outputs

    def _first(self, input_ids: torch.Tensor) -> Any:
        model, kwargs = self.model, self.kwargs
        self._position(input_ids)
        if hasattr(model, "_prefill"):
            kwargs.update(self._outputs)
            outputs = model._prefill(input_ids, self.config, kwargs)
            for name in self._outputs:
                kwargs.pop(name, None)
            return outputs
        by_ids = "input_ids" in Takes.of(model._get_initial_cache_position).names
        prompt = (input_ids,) if by_ids else (input_ids.shape[1], input_ids.device)
        self.kwargs = model._get_initial_cache_position(*prompt, kwargs)
        inputs = model.prepare_inputs_for_generation(input_ids, **self.kwargs)
        return model(**{**inputs, **self._outputs}, return_dict=True)

    def _next(self, input_ids: torch.Tensor) -> Any:
        kwargs = dict(self.kwargs)
        if says_what_is_new():
            kwargs["next_sequence_length"] = 1 if kwargs["use_cache"] and self.cache_name else None
        inputs = self.model.prepare_inputs_for_generation(input_ids, **kwargs)
        return self.model(**{**inputs, **self._outputs}, return_dict=True)

    def _position(self, input_ids: torch.Tensor) -> None:
        prepare = getattr(self.model, "_prepare_position_ids_for_generation", None)
        takes = "position_ids" in Takes.of(self.model.forward).names
        if prepare and takes and not self.is_encoder_decoder and self.kwargs.get("position_ids") is None:
            self.kwargs["position_ids"] = prepare(input_ids, self.kwargs)

    @property
    def cache_name(self) -> str | None:
        return next((name for name in CACHE_NAMES if self.kwargs.get(name) is not None), None)

    @property
    def cache(self) -> Any:
        return self.kwargs[self.cache_name] if self.cache_name else None

    @cache.setter
    def cache(self, cache: Any) -> None:
        assert self.cache_name is not None
        self.kwargs[self.cache_name] = cache

    def reorder(self, rows: torch.Tensor) -> None:
        """Let row `i` of the cache go on from what row `rows[i]` was."""
        cache = self.cache
        if cache is None:
            return
        if hasattr(cache, "reorder_cache"):
            cache.reorder_cache(rows)
        elif hasattr(self.model, "_reorder_cache"):
            self.cache = self.model._reorder_cache(cache, rows)
        else:
            self.cache = select_rows(cache, rows)


def says_what_is_new() -> bool:
    """Whether `prepare_inputs_for_generation` of this runtime is told how many tokens are new (from 5.3)."""
    from transformers.generation.utils import GenerationMixin

    return "next_sequence_length" in Takes.of(GenerationMixin.prepare_inputs_for_generation).names


def select_rows(states: Any, rows: torch.Tensor) -> Any:
    """Rows of a cache, or of tensors nested in tuples, the batch being the first axis."""
    if hasattr(states, "batch_select_indices"):
        states.batch_select_indices(rows)
        return states
    if isinstance(states, torch.Tensor):
        return states.index_select(0, rows.to(states.device))
    return None if states is None else tuple(select_rows(state, rows) for state in states)


def repeat_rows(states: Any, times: int) -> Any:
    """Each row of a cache, or of tensors nested in tuples, `times` times."""
    if hasattr(states, "batch_repeat_interleave"):
        states.batch_repeat_interleave(times)
        return states
    if isinstance(states, torch.Tensor):
        return states.repeat_interleave(times, dim=0)
    return None if states is None else tuple(repeat_rows(state, times) for state in states)


def search_config(
    model: Any,
    generation_config: Any,
    device: torch.device,
    pad_token_id: Any = None,
    eos_token_id: Any = None,
    **flags: Any,
) -> Any:
    """A `GenerationConfig` of its own for one search, complete and with its tokens as tensors.

    Args:
        generation_config: the one that `generate` prepared; None for the model's.
        flags: attributes to set, where they are not None.
    """
    if generation_config is not None and hasattr(generation_config, "_eos_token_tensor"):
        return generation_config
    config = copy.deepcopy(model.generation_config if generation_config is None else generation_config)
    defaults = getattr(config, "_get_default_generation_params", None)
    if defaults is not None:  # from 5.0, where what nobody set is None
        config.update(**defaults(), defaults_only=True)
    for name, value in {"pad_token_id": pad_token_id, "eos_token_id": eos_token_id, **flags}.items():
        if value is not None:
            setattr(config, name, value)
    config._eos_token_tensor = _tokens(config.eos_token_id, device)
    config._pad_token_tensor = _token(config.pad_token_id, device)
    config._bos_token_tensor = _token(config.bos_token_id, device)
    config._decoder_start_token_tensor = _token(config.decoder_start_token_id, device)
    return config


def _token(token: Any, device: torch.device) -> Any:
    return None if token is None else torch.as_tensor(token, dtype=torch.long, device=device)


def _tokens(tokens: Any, device: torch.device) -> Any:
    found = _token(tokens, device)
    return found[None] if found is not None and found.ndim == 0 else found
