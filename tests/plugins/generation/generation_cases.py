"""What is generated, case by case; `record.py` writes down what the version says that the code was written for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from generation_models import (
    HookedLM,
    ImageLlama,
    PositionedLlama,
    StateLM,
    TupleLM,
    filled,
    llama,
    seq2seq,
    tiny,
)

IDS = torch.tensor([[5, 6, 7, 8, 9], [11, 30, 41, 3, 17]])
PADDED = torch.tensor([[0, 0, 7, 8, 9], [11, 30, 41, 3, 17]])
MASK = torch.tensor([[0, 0, 1, 1, 1], [1, 1, 1, 1, 1]])


@dataclass(frozen=True)
class Case:
    name: str
    recorded_on: str
    call: Callable[[], Any]


CASES: dict[str, Case] = {}


def case(recorded_on: str) -> Any:
    def add(call: Any) -> Any:
        name = call.__name__.replace("_", "-")
        CASES[name] = Case(name, recorded_on, call)
        return call

    return add


def plain(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return [round(float(x), 4) for x in value.flatten()] if value.is_floating_point() else value.tolist()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def summary(output: Any) -> Any:
    """Sequences, and sums of what came with them."""
    found: dict[str, Any] = {"sequences": output.sequences}
    for name in ("scores", "hidden_states", "attentions", "decoder_hidden_states"):
        steps = getattr(output, name, None)
        if steps:
            last = steps[-1] if isinstance(steps[-1], torch.Tensor) else steps[-1][-1]
            kept = last[last > -1e8]
            found[name] = [len(steps), list(last.shape), round(float(kept.double().abs().sum()), 3)]
    if getattr(output, "sequences_scores", None) is not None:
        found["sequences_scores"] = output.sequences_scores
    return found


def drawn(model: Any, *args: Any, **kwargs: Any) -> Any:
    torch.manual_seed(3)
    return model.generate(*args, do_sample=True, **kwargs)


@case("4.36.2")
def tuples_greedy() -> Any:
    return tiny(TupleLM).generate(IDS, max_new_tokens=8, do_sample=False)


@case("4.36.2")
def tuples_padded() -> Any:
    return tiny(TupleLM).generate(PADDED, attention_mask=MASK, max_new_tokens=8, do_sample=False)


@case("4.36.2")
def tuples_without_cache() -> Any:
    return tiny(TupleLM).generate(IDS, max_new_tokens=8, do_sample=False, use_cache=False)


@case("4.36.2")
def tuples_drawn() -> Any:
    return drawn(tiny(TupleLM), IDS, max_new_tokens=8, top_k=9, temperature=0.8, num_return_sequences=2)


@case("4.36.2")
def tuples_beams() -> Any:
    return tiny(TupleLM).generate(IDS, max_new_tokens=8, num_beams=3, num_return_sequences=2, do_sample=False)


@case("4.36.2")
def tuples_returned() -> Any:
    more = {"output_scores": True, "output_hidden_states": True, "output_attentions": True}
    output = tiny(TupleLM).generate(IDS, max_new_tokens=4, do_sample=False, return_dict_in_generate=True, **more)
    kinds = [type(output.past_key_values).__name__, type(output.past_key_values[0]).__name__]
    return {**summary(output), "cache": [*kinds, list(output.past_key_values[0][0].shape)]}


@case("4.47.1")
def tuples_embeds() -> Any:
    model = tiny(TupleLM)
    embeds = model.get_input_embeddings()(IDS)
    return model.generate(inputs_embeds=embeds, max_new_tokens=6, do_sample=False)


@case("4.36.2")
def tuples_continued() -> Any:
    model = tiny(TupleLM)
    with torch.no_grad():
        past = model(IDS[:, :4], attention_mask=torch.ones(2, 4, dtype=torch.long), use_cache=True).past_key_values
    return model.generate(IDS, past_key_values=past, max_new_tokens=6, do_sample=False)


@case("4.36.2")
def tuples_can_generate() -> Any:
    class Headless(TupleLM):
        pass

    model = tiny(TupleLM)
    return [TupleLM.can_generate(), Headless.can_generate(), model.generation_config.eos_token_id]


@case("4.36.2")
def hooks_of_old_greedy() -> Any:
    return tiny(HookedLM).generate(IDS, max_new_tokens=8, do_sample=False)


@case("4.36.2")
def hooks_of_old_beams() -> Any:
    return tiny(HookedLM).generate(IDS, max_new_tokens=8, num_beams=3, do_sample=False)


@case("4.36.2")
def state_greedy() -> Any:
    return tiny(StateLM).generate(IDS, max_new_tokens=8, do_sample=False)


@case("4.36.2")
def state_without_cache() -> Any:
    return tiny(StateLM).generate(IDS, max_new_tokens=8, do_sample=False, use_cache=False)


@case("4.36.2")
def encoder_decoder_greedy() -> Any:
    return seq2seq().generate(PADDED, attention_mask=MASK, max_new_tokens=8, do_sample=False)


@case("4.36.2")
def encoder_decoder_beams() -> Any:
    return seq2seq().generate(IDS, max_new_tokens=8, num_beams=3, num_return_sequences=2, do_sample=False)


def image() -> Any:
    return torch.linspace(-1, 1, 48).reshape(2, 24)


@case("4.47.1")
def base_image_greedy() -> Any:
    return llama(ImageLlama).generate(IDS, pixel_values=image(), max_new_tokens=8, do_sample=False)


@case("4.47.1")
def base_image_padded_beams() -> Any:
    given = {"attention_mask": MASK, "pixel_values": image()}
    return llama(ImageLlama).generate(PADDED, **given, max_new_tokens=8, num_beams=3, do_sample=False)


@case("4.47.1")
def positions_greedy() -> Any:
    return llama(PositionedLlama).generate(PADDED, attention_mask=MASK, max_new_tokens=8, do_sample=False)


@case("4.47.1")
def positions_without_cache() -> Any:
    return llama(PositionedLlama).generate(IDS, max_new_tokens=8, do_sample=False, use_cache=False)


# The search methods that were public.


def criteria(length: int) -> Any:
    from transformers import MaxLengthCriteria, StoppingCriteriaList

    return StoppingCriteriaList([MaxLengthCriteria(max_length=length)])


def processors(*given: Any) -> Any:
    from transformers import LogitsProcessorList

    return LogitsProcessorList(given)


@case("4.36.2")
def method_greedy_search() -> Any:
    from transformers import MinLengthLogitsProcessor

    output = llama().greedy_search(
        IDS,
        logits_processor=processors(MinLengthLogitsProcessor(12, eos_token_id=2)),
        stopping_criteria=criteria(13),
        return_dict_in_generate=True,
        output_scores=True,
        output_hidden_states=True,
    )
    return summary(output)


@case("4.36.2")
def method_greedy_search_of_tuples() -> Any:
    return tiny(TupleLM).greedy_search(IDS, attention_mask=torch.ones_like(IDS), stopping_criteria=criteria(12))


@case("4.36.2")
def method_sample() -> Any:
    from transformers import TemperatureLogitsWarper, TopKLogitsWarper

    torch.manual_seed(5)
    warpers = processors(TopKLogitsWarper(7), TemperatureLogitsWarper(0.7))
    return llama().sample(IDS, logits_warper=warpers, stopping_criteria=criteria(13), pad_token_id=0, eos_token_id=2)


def scorer(**more: Any) -> Any:
    from transformers import BeamSearchScorer

    return BeamSearchScorer(**{"batch_size": 2, "num_beams": 4, "device": torch.device("cpu"), **more})


@case("4.36.2")
def method_beam_search() -> Any:
    output = llama().beam_search(
        IDS.repeat_interleave(4, 0),
        scorer(num_beam_hyps_to_keep=2),
        stopping_criteria=criteria(13),
        return_dict_in_generate=True,
        output_scores=True,
    )
    return {**summary(output), "beam_indices": output.beam_indices}


@case("4.36.2")
def method_beam_search_of_tuples() -> Any:
    ids = IDS.repeat_interleave(4, 0)
    return tiny(TupleLM).beam_search(ids, scorer(), attention_mask=torch.ones_like(ids), stopping_criteria=criteria(12))


@case("4.36.2")
def method_beam_sample() -> Any:
    from transformers import TopKLogitsWarper

    torch.manual_seed(7)
    warpers = processors(TopKLogitsWarper(11))
    ids = IDS.repeat_interleave(4, 0)
    return llama().beam_sample(ids, scorer(), logits_warper=warpers, stopping_criteria=criteria(13))


@case("4.36.2")
def method_group_beam_search() -> Any:
    from transformers import HammingDiversityLogitsProcessor

    diverse = HammingDiversityLogitsProcessor(1.5, num_beams=4, num_beam_groups=2)
    ids = IDS.repeat_interleave(4, 0)
    output = llama().group_beam_search(
        ids,
        scorer(num_beam_groups=2, num_beam_hyps_to_keep=3),
        logits_processor=processors(diverse),
        stopping_criteria=criteria(12),
        return_dict_in_generate=True,
        output_scores=True,
    )
    return summary(output)


@case("4.36.2")
def method_constrained_beam_search() -> Any:
    from transformers import ConstrainedBeamSearchScorer, PhrasalConstraint

    found = ConstrainedBeamSearchScorer(
        batch_size=2, num_beams=4, device=torch.device("cpu"), constraints=[PhrasalConstraint([33, 21])]
    )
    return llama().constrained_beam_search(IDS.repeat_interleave(4, 0), found, stopping_criteria=criteria(13))


@case("4.36.2")
def method_contrastive_search() -> Any:
    ids = torch.ones_like(IDS)
    return llama().contrastive_search(
        IDS, attention_mask=ids, top_k=4, penalty_alpha=0.6, stopping_criteria=criteria(13)
    )


@case("4.36.2")
def method_assisted_decoding() -> Any:
    model = llama()
    return model.assisted_decoding(IDS[:1], assistant_model=llama(), stopping_criteria=criteria(12))


# Modes of `generate` that are fetched from the Hub now.


@case("4.49.0")
def mode_groups() -> Any:
    output = llama().generate(
        IDS,
        num_beams=4,
        num_beam_groups=2,
        diversity_penalty=1.5,
        num_return_sequences=3,
        max_new_tokens=8,
        do_sample=False,
        return_dict_in_generate=True,
        output_scores=True,
    )
    return summary(output)


@case("4.49.0")
def mode_forced_words() -> Any:
    words = [[33, 21], [[14], [40, 41]]]
    return llama().generate(IDS, num_beams=4, force_words_ids=words, max_new_tokens=9, do_sample=False)


@case("4.49.0")
def mode_constraints() -> Any:
    from transformers import DisjunctiveConstraint

    held = [DisjunctiveConstraint([[14, 15], [40]])]
    return tiny(TupleLM).generate(
        PADDED,
        attention_mask=MASK,
        num_beams=3,
        constraints=held,
        max_new_tokens=8,
        num_return_sequences=2,
        do_sample=False,
    )


@case("4.49.0")
def mode_contrastive() -> Any:
    output = llama().generate(
        PADDED,
        attention_mask=MASK,
        penalty_alpha=0.6,
        top_k=4,
        max_new_tokens=8,
        do_sample=False,
        return_dict_in_generate=True,
        output_scores=True,
        output_hidden_states=True,
    )
    return summary(output)


@case("4.49.0")
def mode_contrastive_of_tuples() -> Any:
    return tiny(TupleLM).generate(IDS, penalty_alpha=0.6, top_k=4, max_new_tokens=8, do_sample=False)


@case("4.49.0")
def mode_contrastive_encoder_decoder() -> Any:
    import transformers

    config = transformers.T5Config(
        vocab_size=48, d_model=24, d_kv=8, d_ff=32, num_layers=2, num_heads=3, decoder_start_token_id=0
    )
    model = filled(transformers.T5ForConditionalGeneration(config))
    return model.generate(IDS, penalty_alpha=0.6, top_k=4, max_new_tokens=8, do_sample=False)


# Loops of somebody's own.


@case("4.44.2")
def loop_of_ones_own() -> Any:
    """As text-to-speech packages write it: processors, warpers, and the hooks of the mixin by hand."""
    from transformers import GenerationConfig

    model = llama()
    config = GenerationConfig(do_sample=True, temperature=0.5, top_k=6, pad_token_id=0, eos_token_id=2)
    model._prepare_special_tokens(config, True, device=IDS.device)
    given = model._get_logits_processor(
        generation_config=config,
        input_ids_seq_length=5,
        encoder_input_ids=IDS,
        prefix_allowed_tokens_fn=None,
        logits_processor=processors(),
    )
    warpers = model._get_logits_warper(config, device=IDS.device)
    ids, kwargs = IDS, {"attention_mask": torch.ones_like(IDS), "use_cache": True}
    kwargs = model._get_initial_cache_position(ids, kwargs)
    scores = []
    with torch.no_grad():
        for _ in range(5):
            inputs = model.prepare_inputs_for_generation(ids, **kwargs)
            seen = inputs["input_ids"].shape[1]
            outputs = model(**inputs, return_dict=True)
            found = warpers(ids, given(ids, outputs.logits[:, -1]))
            scores.append([seen, round(float(found[found > -1e8].abs().sum()), 3)])
            ids = torch.cat((ids, found.argmax(-1)[:, None]), dim=-1)
            kwargs = model._update_model_kwargs_for_generation(outputs, kwargs, is_encoder_decoder=False)
    return [ids, scores]


@case("4.44.2")
def warpers_of_ones_own() -> Any:
    """As packages that constrain what is sampled have it: `_get_logits_warper` is overridden, in a class or in one model."""
    from transformers import LlamaForCausalLM

    lists = []

    class Warped(LlamaForCausalLM):
        def _get_logits_warper(self, generation_config: Any, device: Any = None) -> Any:
            found = super()._get_logits_warper(generation_config, device)
            lists.append([type(one).__name__ for one in found])
            found.insert(0, forbidding)
            return found

    def forbidding(ids: Any, scores: Any) -> Any:
        """Leaves one token for each row, by what came before."""
        only = torch.full_like(scores, -float("inf"))
        return only.scatter(1, (ids.sum(1, keepdim=True) * 7) % 16 + 32, 1.0)

    of_a_class, of_a_model, untouched = Warped(llama().config), llama(), llama()
    of_a_class.load_state_dict(of_a_model.state_dict())
    stock = of_a_model._get_logits_warper

    def replaced(generation_config: Any, device: Any) -> Any:
        return processors(forbidding, *stock(generation_config, device=device))

    of_a_model._get_logits_warper = replaced
    given = dict(do_sample=True, top_k=9, temperature=0.7, max_new_tokens=5, pad_token_id=0, eos_token_id=2)
    found = [model.eval().generate(IDS, **given) for model in (of_a_class, of_a_model)]
    greedy = of_a_class.generate(IDS, max_new_tokens=5, pad_token_id=0, eos_token_id=2)
    same = untouched.generate(IDS, max_new_tokens=5, pad_token_id=0, eos_token_id=2)
    return [*found, torch.equal(greedy, same), lists]


@case("4.36.2")
def loop_by_hand() -> Any:
    """Greedy decoding of 4.36, that leaves it to the model to find out which tokens are new."""
    model, ids, kwargs = llama(), IDS, {"attention_mask": torch.ones_like(IDS), "use_cache": True}
    with torch.no_grad():
        for _ in range(6):
            outputs = model(**model.prepare_inputs_for_generation(ids, **kwargs), return_dict=True)
            ids = torch.cat((ids, outputs.logits[:, -1].argmax(-1)[:, None]), dim=-1)
            kwargs = model._update_model_kwargs_for_generation(outputs, kwargs, False, False)
    return [ids, kwargs["attention_mask"].shape[1]]


@case("4.36.2")
def loop_updates_with_the_old_argument() -> Any:
    model = tiny(TupleLM)
    kwargs = {"attention_mask": torch.ones_like(IDS)}
    with torch.no_grad():
        outputs = model(IDS, attention_mask=kwargs["attention_mask"], use_cache=True)
    by_position = model._update_model_kwargs_for_generation(outputs, dict(kwargs), False, False)
    by_name = model._update_model_kwargs_for_generation(outputs, dict(kwargs), standardize_cache_format=False)
    return [by_position["attention_mask"], by_name["attention_mask"], len(by_name["past_key_values"])]


@case("4.36.2")
def past_extracted() -> Any:
    model = tiny(TupleLM)
    with torch.no_grad():
        outputs = model(IDS, attention_mask=torch.ones_like(IDS), use_cache=True)
    past = model._extract_past_from_model_output(outputs, standardize_cache_format=False)
    return [len(past), list(past[0][0].shape)]


def families() -> dict[str, Any]:
    """One model of each way to reorder a cache."""
    import transformers

    bert = {"vocab_size": 48, "hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "is_decoder": True}
    bart = {"vocab_size": 48, "d_model": 24, "encoder_layers": 2, "decoder_layers": 2, "max_position_embeddings": 64}
    heads = {"encoder_attention_heads": 3, "decoder_attention_heads": 3, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32}
    t5 = {"vocab_size": 48, "d_model": 24, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 3}
    gpt2 = {"vocab_size": 48, "n_embd": 24, "n_layer": 2, "n_head": 3, "n_positions": 64}
    made = {
        "bert": transformers.BertLMHeadModel(transformers.BertConfig(**bert, intermediate_size=32)),
        "bart": transformers.BartForConditionalGeneration(transformers.BartConfig(**bart, **heads)),
        "t5": transformers.T5ForConditionalGeneration(transformers.T5Config(**t5, decoder_start_token_id=0)),
        "gpt2": transformers.GPT2LMHeadModel(transformers.GPT2Config(**gpt2)),
    }
    return {name: filled(model) for name, model in made.items()}


@case("4.49.0")
def caches_reordered() -> Any:
    """Of four states a layer, though not all these models have so many."""
    from transformers import BartForConditionalGeneration, DynamicCache, GPT2LMHeadModel

    states = torch.arange(96.0).reshape(2, 4, 3, 1, 4, 1).unbind(0)
    past, rows = tuple(tuple(layer.unbind(0)) for layer in states), torch.tensor([2, 0, 0])
    found = {name: model._reorder_cache(past, rows) for name, model in families().items()}
    cache = DynamicCache()
    cache.update(past[0][0], past[0][1], 0)
    found["of the class"] = [cls._reorder_cache(past, rows) for cls in (BartForConditionalGeneration, GPT2LMHeadModel)]
    found["of a cache"] = families()["gpt2"]._reorder_cache(cache, rows)
    return [found, past[0][0][:, 0, :, 0], cache.key_cache[0][:, 0, :, 0]]


@case("4.49.0")
def caches_reordered_for_the_time_being() -> Any:
    from transformers import DynamicCache

    past = tuple(tuple(layer.unbind(0)) for layer in torch.arange(48.0).reshape(2, 2, 3, 1, 4, 1).unbind(0))
    rows, cache = torch.tensor([2, 0, 0]), DynamicCache()
    cache.update(past[0][0], past[0][1], 0)
    tuples = [model._temporary_reorder_cache(past, rows) for model in (tiny(TupleLM), families()["bart"])]
    same = llama()._temporary_reorder_cache(cache, rows)
    return [tuples, same is cache, cache.key_cache[0], cache.value_cache[0]]


@case("4.49.0")
def model_class_validated() -> Any:
    import transformers
    from transformers.generation import GenerationMixin

    config = transformers.BertConfig(hidden_size=4, num_hidden_layers=1, num_attention_heads=1, intermediate_size=4)
    headless = transformers.BertModel(config)
    found = [model._validate_model_class() for model in (llama(), tiny(TupleLM), seq2seq())]
    try:
        GenerationMixin._validate_model_class(headless)
    except TypeError as error:
        return [found, "BertModel" in str(error)]
    return [found, "taken"]


@case("4.49.0")
def encoder_run_by_hand() -> Any:
    model = families()["bart"]
    config = model.generation_config
    kwargs = {"attention_mask": MASK, "decoder_input_ids": IDS, "use_cache": True}
    by_position = model._prepare_encoder_decoder_kwargs_for_generation(PADDED, dict(kwargs), "input_ids", config)
    by_name = model._prepare_encoder_decoder_kwargs_for_generation(
        inputs_tensor=PADDED, model_kwargs=dict(kwargs), model_input_name=None, generation_config=config
    )
    hidden = by_position["encoder_outputs"].last_hidden_state
    return [sorted(by_position), hidden[:, -1, :6], model(**by_name).logits[:, -1, :6]]


@case("4.36.2")
def encoder_run_by_hand_without_a_config() -> Any:
    own = seq2seq()._prepare_encoder_decoder_kwargs_for_generation(PADDED, {"attention_mask": MASK})
    bart = families()["bart"]._prepare_encoder_decoder_kwargs_for_generation(PADDED, {"attention_mask": MASK}, None)
    return [found["encoder_outputs"].last_hidden_state[:, -1, :6] for found in (own, bart)]


@case("4.36.2")
def parameters_in_the_model_config() -> Any:
    model = llama()
    model.config.num_beams = 3
    model.config.max_length = 11
    return model.generate(IDS, do_sample=False)


@case("4.36.2")
def stopped_by_a_bool() -> Any:
    from transformers import StoppingCriteria, StoppingCriteriaList

    class Enough(StoppingCriteria):
        def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> bool:
            return input_ids.shape[1] >= 8

    return llama().generate(IDS, max_new_tokens=20, do_sample=False, stopping_criteria=StoppingCriteriaList([Enough()]))


def _drafts() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Three drafted tokens, the logits of who drafted them, and of who judges: likely, unlikely, likely."""
    logits = torch.randn(1, 4, 8, generator=torch.Generator().manual_seed(3))
    ids = torch.tensor([[5, 2, 1, 4, 7]])
    drafts = logits[:, :3].scatter(-1, ids[:, 2:, None], 2.5)
    targets = torch.cat([drafts, logits[:, 3:]], 1)
    targets[0, 1, 4] = 1.5
    return ids, drafts, targets


@case("4.57.6")
def speculative_sampling() -> Any:
    """How loops of packages call it: the last argument says whether the draft ended."""
    from transformers.generation.utils import _speculative_sampling

    ids, drafts, targets = _drafts()
    found = []
    for ended in (False, True):
        for _ in range(6):
            torch.manual_seed(len(found))
            found.append(_speculative_sampling(ids, drafts, 3, targets, ended))
            torch.manual_seed(len(found))
            found.append(_speculative_sampling(ids, drafts, 3, targets, is_done_candidate=ended))
    return found
