"""Generation parameters that people keep in the model's config, and the defaults of a `GenerationConfig`."""

from __future__ import annotations

import copy
from typing import Any

from hfcompat.origin import native_caller

DEFAULTS = {
    "max_length": 20,
    "min_length": 0,
    "early_stopping": False,
    "do_sample": False,
    "num_beams": 1,
    "use_cache": True,
    "temperature": 1.0,
    "top_k": 50,
    "top_p": 1.0,
    "typical_p": 1.0,
    "epsilon_cutoff": 0.0,
    "eta_cutoff": 0.0,
    "repetition_penalty": 1.0,
    "encoder_repetition_penalty": 1.0,
    "length_penalty": 1.0,
    "no_repeat_ngram_size": 0,
    "encoder_no_repeat_ngram_size": 0,
    "renormalize_logits": False,
    "remove_invalid_values": False,
    "token_healing": False,
    "num_return_sequences": 1,
    "output_attentions": False,
    "output_hidden_states": False,
    "output_scores": False,
    "return_dict_in_generate": False,
    "num_assistant_tokens": 20,
    "num_assistant_tokens_schedule": "constant",
    "assistant_confidence_threshold": 0.4,
    "num_beam_groups": 1,
    "diversity_penalty": 0.0,
    "is_assistant": False,
}
"""What 4.57 answers for an attribute of `GenerationConfig` that nobody set, where that is not None."""

_IN_MODEL_CONFIGS = frozenset(DEFAULTS) - {"use_cache", "output_attentions", "output_hidden_states", "is_assistant"} | {
    "bad_words_ids",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "exponential_decay_length_penalty",
    "suppress_tokens",
    "begin_suppress_tokens",
}


class Default:
    """An attribute of `GenerationConfig` that code of 4.57 may count on not to be None.

    transformers itself tells by None that nobody set it, and sees what is there. A data descriptor, so it is asked
    before the instance.
    """

    def __init__(self, name: str, default: Any) -> None:
        self.name = name
        self.default = default

    def __get__(self, config: Any, owner: type | None = None) -> Any:
        if config is None:
            raise AttributeError(self.name)
        try:
            value = vars(config)[self.name]
        except KeyError:
            raise AttributeError(f"{type(config).__name__!r} object has no attribute {self.name!r}") from None
        return self.default if value is None and not native_caller() else value

    def __set__(self, config: Any, value: Any) -> None:
        vars(config)[self.name] = value

    def __delete__(self, config: Any) -> None:
        try:
            del vars(config)[self.name]
        except KeyError:
            raise AttributeError(self.name) from None


globals().update({name: Default(name, default) for name, default in DEFAULTS.items()})


def heed_model_config(model: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Let generation parameters that were set in `model.config` count, as they did up to 4.57.

    They count when nobody touched `model.generation_config`, which was made from the config then.

    Args:
        args, kwargs: those of `generate`.
    """
    if not vars(model.config).keys() & _IN_MODEL_CONFIGS or len(args) > 1 or kwargs.get("generation_config"):
        return
    made = model.generation_config
    untouched = getattr(made, "_from_model_config", False) and made._original_object_hash == hash(made)
    if untouched and model.config._get_generation_parameters():
        anew = type(made).from_model_config(model.config)
        if anew != made:
            model.generation_config = anew
        if kwargs.get("max_new_tokens") is None and anew.max_length is not None:
            kwargs.setdefault("max_length", anew.max_length)  # 5.0 takes it for a default, and adds the prompt's length


def with_parameters_in_config(original: Any) -> Any:
    """`GenerationMixin._prepare_generation_config` from 5.0, which refuses a model whose config has parameters.

    From 5.15 the cache of `dynamic_full` is the default one; named, it would be refused beside an assistant's own.
    """

    def _prepare_generation_config(self: Any, generation_config: Any = None, *args: Any, **kwargs: Any) -> Any:
        if generation_config is None and self.config._get_generation_parameters():
            from transformers.generation.configuration_utils import GenerationConfig

            generation_config = GenerationConfig()
        prepared = original(self, generation_config, *args, **kwargs)
        if prepared[0].cache_implementation == "dynamic_full" and not _knows_dynamic_full():
            prepared[0].cache_implementation = None
        return prepared

    return _prepare_generation_config


def _knows_dynamic_full() -> bool:
    from transformers.generation import configuration_utils

    return "dynamic_full" in configuration_utils.ALL_CACHE_IMPLEMENTATIONS


def with_old_caches(original: Any) -> Any:
    """`GenerationConfig.validate` from 5.15, which no longer knows the cache of `dynamic_full`: the dynamic one."""

    def validate(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.cache_implementation != "dynamic_full":
            return original(self, *args, **kwargs)
        known = copy.copy(self)
        known.cache_implementation = "dynamic"
        return original(known, *args, **kwargs)

    return validate


def twenty_in_all(original: Any) -> Any:
    """`GenerationMixin._prepare_generated_length`: 20 tokens by default, prompt included, as up to 4.46."""

    def _prepare_generated_length(self: Any, generation_config: Any, *args: Any, **kwargs: Any) -> Any:
        before = generation_config.max_length
        prepared = original(self, generation_config, *args, **kwargs)
        by_default = kwargs.get("has_default_max_length") and prepared.max_new_tokens is None
        if by_default and before == DEFAULTS["max_length"] and prepared.max_length > before:
            prepared.max_length = before
        return prepared

    return _prepare_generated_length
