"""What `PreTrainedModel` inherited from `GenerationMixin` up to 4.51, for classes that rely on it.

transformers' own classes name `GenerationMixin` among their bases. Here a name of it is answered to a class that
does not, when 4.51 would have let it generate: a class from elsewhere that has `prepare_inputs_for_generation`.
"""

from __future__ import annotations

from typing import Any

from hfcompat_plugins.generation.contract import PREPARE, foreign
from hfcompat_plugins.generation.views import view_of

from hfcompat.origin import is_native

NAMES = (
    "generate",
    "adjust_generation_fn",
    "compute_transition_scores",
    "heal_tokens",
    "greedy_search",
    "sample",
    "beam_search",
    "beam_sample",
    "group_beam_search",
    "constrained_beam_search",
    "contrastive_search",
    "assisted_decoding",
    "_assisted_decoding",
    "_beam_search",
    "_constrained_beam_search",
    "_contrastive_search",
    "_expand_inputs_for_generation",
    "_extract_past_from_model_output",
    "_get_cache",
    "_get_candidate_generator",
    "_get_initial_cache_position",
    "_get_logits_processor",
    "_get_logits_warper",
    "_get_stopping_criteria",
    "_group_beam_search",
    "_has_unfinished_sequences",
    "_maybe_initialize_input_ids_for_generation",
    "_merge_criteria_processor_list",
    "_prepare_attention_mask_for_generation",
    "_prepare_cache_for_generation",
    "_prepare_decoder_input_ids_for_generation",
    "_prepare_encoder_decoder_kwargs_for_generation",
    "_prepare_generated_length",
    "_prepare_generation_config",
    "_prepare_model_inputs",
    "_prepare_special_tokens",
    "_sample",
    "_supports_default_dynamic_cache",
    "_supports_logits_to_keep",
    "_temporary_reorder_cache",
    "_update_model_kwargs_for_generation",
    "_validate_generated_length",
    "_validate_model_class",
    "_validate_model_kwargs",
)


class Inherited:
    """A name of `GenerationMixin`. Has no `__set__`: what a model or a subclass defines comes before it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._home: Any = None  # the class that holds it, PreTrainedModel

    def __get__(self, model: Any, owner: Any = None) -> Any:
        name = self.name
        if self._home is None or self._home not in owner.__mro__:
            self._home = next(base for base in owner.__mro__ if vars(base).get(name) is self)
        try:
            return getattr(super(self._home, owner if model is None else model), name)
        except AttributeError:
            pass
        if not generates(owner):
            missing = repr(owner.__name__)
            kind = "type object" if model is None else "object"
            raise AttributeError(f"{kind} {missing} has no attribute {name!r}")
        from transformers.generation.utils import GenerationMixin

        found = getattr(GenerationMixin, name)
        if model is None:
            return found
        _configure(model)
        if name == "generate":
            return found.__get__(model, owner)
        return getattr(view_of(model), name)


def generates(cls: Any) -> bool:
    """Whether up to 4.51 a class from elsewhere could generate without naming `GenerationMixin`."""
    return not is_native(cls) and hasattr(cls, PREPARE)


def _configure(model: Any) -> None:
    if getattr(model, "generation_config", None) is None:
        from transformers import GenerationConfig

        model.generation_config = GenerationConfig.from_model_config(model.config)


def can_generate(original: Any) -> Any:
    """`PreTrainedModel.can_generate`: also a class from elsewhere that has the hook, or a `generate` of its own."""

    def inner(cls: Any) -> bool:
        if generates(cls) or (not is_native(cls) and foreign(cls, "generate")):
            return True
        return bool(original(cls))

    return inner


globals().update({name: Inherited(name) for name in NAMES})
