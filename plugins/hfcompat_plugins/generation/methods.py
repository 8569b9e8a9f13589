"""The search methods that up to 4.40 were public, and up to 4.56 private: `model.greedy_search(...)` and kin.

Each takes the arguments of 4.36 to 4.40; those of 4.41 and newer give a `generation_config` instead of the single ones.
"""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins.generation import beams, contrastive
from hfcompat_plugins.generation.steps import search_config
from hfcompat_plugins.generation.views import is_view, view_of


class _Given:
    """The arguments that all searches have in common."""

    def __init__(
        self,
        model: Any,
        input_ids: torch.Tensor,
        logits_processor: Any,
        stopping_criteria: Any,
        logits_warper: Any = None,
        max_length: int | None = None,
        pad_token_id: Any = None,
        eos_token_id: Any = None,
        generation_config: Any = None,
        **flags: Any,
    ) -> None:
        from transformers.generation.logits_process import LogitsProcessorList
        from transformers.generation.stopping_criteria import EosTokenCriteria, MaxLengthCriteria, StoppingCriteriaList

        self.processors = LogitsProcessorList([*(logits_processor or ()), *(logits_warper or ())])
        self.criteria = StoppingCriteriaList(stopping_criteria or ())
        if max_length is not None and self.criteria.max_length is None:
            self.criteria.append(MaxLengthCriteria(max_length=max_length))
        ends = [criterion.eos_token_id for criterion in self.criteria if hasattr(criterion, "eos_token_id")]
        if eos_token_id is None and ends:
            eos_token_id = ends[0].tolist()
        self.config = search_config(
            model, generation_config, input_ids.device, pad_token_id=pad_token_id, eos_token_id=eos_token_id, **flags
        )
        if self.config._eos_token_tensor is not None:
            if not ends:
                self.criteria.append(EosTokenCriteria(eos_token_id=self.config._eos_token_tensor))
            if self.config._pad_token_tensor is None:
                self.config._pad_token_tensor = self.config._eos_token_tensor[0]


def greedy_search(
    self: Any,
    input_ids: torch.Tensor,
    logits_processor: Any = None,
    stopping_criteria: Any = None,
    max_length: int | None = None,
    pad_token_id: int | None = None,
    eos_token_id: Any = None,
    output_attentions: bool | None = None,
    output_hidden_states: bool | None = None,
    output_scores: bool | None = None,
    output_logits: bool | None = None,
    return_dict_in_generate: bool | None = None,
    synced_gpus: bool = False,
    streamer: Any = None,
    **model_kwargs: Any,
) -> Any:
    """The likeliest token, again and again, from `input_ids` (batch, tokens)."""
    given = _Given(
        self,
        input_ids,
        logits_processor,
        stopping_criteria,
        max_length=max_length,
        pad_token_id=pad_token_id,
        eos_token_id=eos_token_id,
        generation_config=model_kwargs.pop("generation_config", None),
        output_attentions=output_attentions,
        output_hidden_states=output_hidden_states,
        output_scores=output_scores,
        output_logits=output_logits,
        return_dict_in_generate=return_dict_in_generate,
        do_sample=False,
    )
    return _token_by_token(self, input_ids, given, synced_gpus, streamer, model_kwargs)


def sample(
    self: Any,
    input_ids: torch.Tensor,
    logits_processor: Any = None,
    stopping_criteria: Any = None,
    logits_warper: Any = None,
    max_length: int | None = None,
    pad_token_id: int | None = None,
    eos_token_id: Any = None,
    output_attentions: bool | None = None,
    output_hidden_states: bool | None = None,
    output_scores: bool | None = None,
    output_logits: bool | None = None,
    return_dict_in_generate: bool | None = None,
    synced_gpus: bool = False,
    streamer: Any = None,
    **model_kwargs: Any,
) -> Any:
    """A token drawn from the distribution that the processors, then the warpers, leave."""
    given = _Given(
        self,
        input_ids,
        logits_processor,
        stopping_criteria,
        logits_warper,
        max_length=max_length,
        pad_token_id=pad_token_id,
        eos_token_id=eos_token_id,
        generation_config=model_kwargs.pop("generation_config", None),
        output_attentions=output_attentions,
        output_hidden_states=output_hidden_states,
        output_scores=output_scores,
        output_logits=output_logits,
        return_dict_in_generate=return_dict_in_generate,
        do_sample=True,
    )
    return _token_by_token(self, input_ids, given, synced_gpus, streamer, model_kwargs)


def _token_by_token(
    model: Any, input_ids: torch.Tensor, given: _Given, synced_gpus: bool, streamer: Any, model_kwargs: dict[str, Any]
) -> Any:
    view = model if is_view(model) else view_of(model, model_kwargs.get("attention_mask"))
    if model_kwargs.get("use_cache") is None:
        model_kwargs["use_cache"] = given.config.use_cache is not False
    prepare = getattr(view, "_prepare_position_ids_for_generation", None)
    if prepare and not view.config.is_encoder_decoder and model_kwargs.get("position_ids") is None:
        model_kwargs["position_ids"] = prepare(input_ids, model_kwargs)
    for name in ("output_attentions", "output_hidden_states"):
        if getattr(given.config, name):
            model_kwargs[name] = True
    return view._sample(
        input_ids,
        logits_processor=given.processors,
        stopping_criteria=given.criteria,
        generation_config=given.config,
        synced_gpus=bool(synced_gpus),
        streamer=streamer,
        **model_kwargs,
    )


def _beam_method(name: str, doc: str, *, draws: bool, first_beam_only: bool, warper: bool) -> Any:
    def method(
        self: Any,
        input_ids: torch.Tensor,
        beam_scorer: Any = None,
        logits_processor: Any = None,
        stopping_criteria: Any = None,
        *positional: Any,
        **kwargs: Any,
    ) -> Any:
        names = (*(("logits_warper",) if warper else ()), *_BEAM_ARGUMENTS)
        kwargs.update(zip(names, positional, strict=False))
        scorer = kwargs.pop("constrained_beam_scorer", None) if beam_scorer is None else beam_scorer
        kwargs.pop("sequential", None)  # a way to save memory, of the same result
        synced_gpus = bool(kwargs.pop("synced_gpus", False))
        arguments = {name: kwargs.pop(name) for name in (*names, "generation_config") if name in kwargs}
        given = _Given(self, input_ids, logits_processor, stopping_criteria, **arguments)
        return beams.search(
            self,
            input_ids,
            scorer,
            given.processors,
            given.criteria,
            given.config,
            kwargs,
            sample=draws or (given.config.do_sample is True and "generation_config" in arguments),
            first_beam_only=first_beam_only,
            synced_gpus=synced_gpus,
        )

    method.__name__ = method.__qualname__ = name
    method.__doc__ = doc
    return method


_BEAM_ARGUMENTS = (
    "max_length",
    "pad_token_id",
    "eos_token_id",
    "output_attentions",
    "output_hidden_states",
    "output_scores",
    "output_logits",
    "return_dict_in_generate",
)

beam_search = _beam_method(
    "beam_search",
    "The likeliest sequences that `beam_scorer` finds; `input_ids` are (batch * beams, tokens).",
    draws=False,
    first_beam_only=True,
    warper=False,
)
beam_sample = _beam_method(
    "beam_sample",
    "Beam search whose continuations are drawn. All beams go on from the first step, as up to 4.40.",
    draws=True,
    first_beam_only=False,
    warper=True,
)
group_beam_search = _beam_method(
    "group_beam_search",
    "Beam search in groups that keep off one another's tokens.",
    draws=False,
    first_beam_only=True,
    warper=False,
)
constrained_beam_search = _beam_method(
    "constrained_beam_search",
    "Beam search for sequences that fulfil the constraints of `constrained_beam_scorer`.",
    draws=False,
    first_beam_only=True,
    warper=False,
)


def beam_search_of_any_age(original: Any) -> Any:
    """`GenerationMixin._beam_search` from 4.52, which no longer takes a beam scorer."""

    def _beam_search(self: Any, input_ids: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        if "beam_scorer" in kwargs or (args and hasattr(args[0], "finalize")):
            return beam_search(self, input_ids, *args, **kwargs)
        return original(self, input_ids, *args, **kwargs)

    return _beam_search


def sample_of_any_age(original: Any) -> Any:
    """`GenerationMixin._sample` from 4.41, which takes the arguments of 4.39 and 4.40 no longer."""

    def _sample(self: Any, input_ids: torch.Tensor, *args: Any, **kwargs: Any) -> Any:
        if "generation_config" in kwargs or len(args) > 2:
            return original(self, input_ids, *args, **kwargs)
        return sample(self, input_ids, *args, **kwargs)

    return _sample


def contrastive_search(
    self: Any,
    input_ids: torch.Tensor,
    top_k: int | None = 1,
    penalty_alpha: float | None = 0,
    logits_processor: Any = None,
    logits_warper: Any = None,
    stopping_criteria: Any = None,
    pad_token_id: int | None = None,
    eos_token_id: Any = None,
    output_attentions: bool | None = None,
    output_hidden_states: bool | None = None,
    output_scores: bool | None = None,
    output_logits: bool | None = None,
    return_dict_in_generate: bool | None = None,
    synced_gpus: bool = False,
    streamer: Any = None,
    sequential: bool | None = None,
    **model_kwargs: Any,
) -> Any:
    """Likely tokens that are unlike what is there; `sequential` saves memory and changes no result."""
    generation_config = model_kwargs.pop("generation_config", None)
    given = _Given(
        self,
        input_ids,
        logits_processor,
        stopping_criteria,
        logits_warper,
        pad_token_id=pad_token_id,
        eos_token_id=eos_token_id,
        generation_config=generation_config,
        output_attentions=output_attentions,
        output_hidden_states=output_hidden_states,
        output_scores=output_scores,
        output_logits=output_logits,
        return_dict_in_generate=return_dict_in_generate,
        **({} if generation_config is not None else {"top_k": top_k, "penalty_alpha": penalty_alpha}),
    )
    return contrastive.search(
        self,
        input_ids,
        given.processors,
        given.criteria,
        given.config,
        model_kwargs,
        synced_gpus=bool(synced_gpus),
        streamer=streamer,
    )


def assisted_decoding(
    self: Any,
    input_ids: torch.Tensor,
    assistant_model: Any = None,
    candidate_generator: Any = None,
    do_sample: bool = False,
    logits_processor: Any = None,
    logits_warper: Any = None,
    stopping_criteria: Any = None,
    pad_token_id: int | None = None,
    eos_token_id: Any = None,
    output_attentions: bool | None = None,
    output_hidden_states: bool | None = None,
    output_scores: bool | None = None,
    output_logits: bool | None = None,
    return_dict_in_generate: bool | None = None,
    synced_gpus: bool = False,
    streamer: Any = None,
    **model_kwargs: Any,
) -> Any:
    """Greedy or drawn tokens, checked several at a time against those that `assistant_model` proposes."""
    from transformers import GenerationConfig

    if assistant_model is None:
        assistant_model = getattr(candidate_generator, "assistant_model", None)
    given = _Given(
        self,
        input_ids,
        logits_processor,
        stopping_criteria,
        logits_warper,
        pad_token_id=pad_token_id,
        eos_token_id=eos_token_id,
    )
    flags = {
        "output_attentions": output_attentions,
        "output_hidden_states": output_hidden_states,
        "output_scores": output_scores,
        "output_logits": output_logits,
        "return_dict_in_generate": return_dict_in_generate,
        "pad_token_id": given.config.pad_token_id,
        "eos_token_id": given.config.eos_token_id,
        "max_length": given.criteria.max_length,
    }
    # `generate` makes those two of the config.
    own = [found for found in given.criteria if type(found).__name__ not in ("MaxLengthCriteria", "EosTokenCriteria")]
    neutral = {"top_k": 0, "top_p": 1.0, "temperature": 1.0} if do_sample else {}
    return self.generate(
        input_ids,
        generation_config=GenerationConfig(
            do_sample=do_sample, **neutral, **{name: value for name, value in flags.items() if value is not None}
        ),
        logits_processor=given.processors,
        stopping_criteria=type(given.criteria)(own),
        assistant_model=assistant_model,
        synced_gpus=synced_gpus,
        streamer=streamer,
        **model_kwargs,
    )
