"""Generation: the contract between `generate` and models written for an older one."""

from __future__ import annotations

from hfcompat import Kind, Patch, hookimpl

_HERE = "hfcompat_plugins.generation"
_TESTED = "<5.24"
_MIXIN = "transformers.generation.utils:GenerationMixin"
_MODEL = "transformers.modeling_utils:PreTrainedModel"

_PULL = "https://github.com/huggingface/transformers/pull/"
_TREE = "https://github.com/huggingface/transformers/blob/"


def _row(
    kind: Kind,
    id: str,
    target: str,
    impl: str,
    since: str,
    reason: str,
    upstream: str,
    *,
    until: str | None = None,
    dialect: str | None = None,
    after: tuple[str, ...] = (),
) -> Patch:
    """A row whose code lies here. Not traced: generation is a loop in Python around the model's compiled forward."""
    span = f">={since}.dev0" + (f",<{until}.dev0" if until else "" if kind is Kind.ADD else f",{_TESTED}")
    when = {"transformers": span} | ({"dialect": f"<{dialect}.dev0"} if dialect else {})
    return Patch(
        id=id,
        target=target,
        kind=kind,
        impl=impl if impl.startswith("transformers.") else f"{_HERE}.{impl}",
        when=when,
        reason=reason,
        upstream=upstream,
        traced=False,
        behavioural=dialect is not None,
        after=after,
    )


def _add(id: str, target: str, impl: str, since: str, reason: str, upstream: str, **more: object) -> Patch:
    return _row(Kind.ADD, id, target, impl, since, reason, upstream, **more)  # type: ignore[arg-type]


def _wrap(id: str, target: str, impl: str, since: str, reason: str, upstream: str, **more: object) -> Patch:
    return _row(Kind.WRAP, id, target, impl, since, reason, upstream, **more)  # type: ignore[arg-type]


CONTRACT = [
    _wrap("generate", f"{_MIXIN}.generate", "views:generating", "4.49.0",
          "A model with its own prepare_inputs_for_generation is handed a cache, arguments and positions that it does not know.", _PULL + "44130"),
    _wrap("prepare-inputs", f"{_MIXIN}.prepare_inputs_for_generation", "views:as_v4", "4.49.0",
          "An override that hands on to the base without the arguments of 5.x gets the whole sequence again at every step.", _PULL + "44130"),
    _wrap("update-model-kwargs", f"{_MIXIN}._update_model_kwargs_for_generation", "views:updating_as_v4", "4.49.0",
          "standardize_cache_format, of 4.36 to 4.41, raises TypeError; given by position it is taken for a number of new tokens, and the mask stops growing.",
          _TREE + "v4.40.2/src/transformers/generation/utils.py"),
]  # fmt: skip

_V4 = _TREE + "v4.40.2/src/transformers/generation/utils.py"
_GROUPS = _PULL + "40495"  # 4.57: groups of beams move to a repository on the Hub
_CONSTRAINTS = _PULL + "40518"  # 4.57: constraints do

_SEARCHES = (
    "greedy_search",
    "sample",
    "beam_search",
    "beam_sample",
    "group_beam_search",
    "constrained_beam_search",
    "contrastive_search",
    "assisted_decoding",
)

METHODS = [
    *(_add(name.replace("_", "-"), f"{_MIXIN}.{name}", f"methods:{name}", "4.49.0",
           f"Packages that prepare generation by themselves call model.{name}(...), public up to 4.40, and stop with AttributeError.", _PULL + "29437")
      for name in _SEARCHES),
    _add("private.greedy-search", f"{_MIXIN}._greedy_search", "methods:greedy_search", "4.49.0",
         "Code of 4.39 and 4.40 calls model._greedy_search(...), and stops with AttributeError.", _V4),
    _add("private.beam-sample", f"{_MIXIN}._beam_sample", "methods:beam_sample", "4.49.0",
         "Code of 4.39 and 4.40 calls model._beam_sample(...), and stops with AttributeError.", _V4),
    _add("private.group-beam-search", f"{_MIXIN}._group_beam_search", "methods:group_beam_search", "4.57.0",
         "Code of 4.39 to 4.56 calls model._group_beam_search(...), and stops with AttributeError.", _GROUPS),
    _add("private.constrained-beam-search", f"{_MIXIN}._constrained_beam_search", "methods:constrained_beam_search", "4.57.0",
         "Code of 4.39 to 4.56 calls model._constrained_beam_search(...), and stops with AttributeError.", _CONSTRAINTS),
    _add("private.contrastive-search", f"{_MIXIN}._contrastive_search", "methods:contrastive_search", "4.56.0",
         "Code of 4.39 to 4.55 calls model._contrastive_search(...), and stops with AttributeError.", _PULL + "40428"),
    _wrap("private.beam-search", f"{_MIXIN}._beam_search", "methods:beam_search_of_any_age", "4.49.0",
          "model._beam_search(ids, beam_scorer, ...), of 4.39 to 4.51, raises TypeError: it takes no beam scorer.", _PULL + "35802"),
    _wrap("private.sample", f"{_MIXIN}._sample", "methods:sample_of_any_age", "4.49.0",
          "model._sample(ids, logits_warper=..., max_length=...), of 4.39 and 4.40, raises TypeError: it wants a generation_config.", _V4),
]  # fmt: skip

_DIVERSITY = "HammingDiversityLogitsProcessor"

HELPERS = [
    _add("get-logits-warper", f"{_MIXIN}._get_logits_warper", "processors:_get_logits_warper", "4.49.0",
         "Packages with a sampling loop of their own ask for _get_logits_warper, and stop with AttributeError.", _PULL + "32626"),
    _wrap("get-logits-processor", f"{_MIXIN}._get_logits_processor", "processors:remembering_warpers", "4.49.0",
          "Packages that ask for processors and warpers, as up to 4.44, would apply the warpers twice; a _get_logits_warper of one's own is not asked.", _PULL + "32626"),
    _add("validate-model-class", f"{_MIXIN}._validate_model_class", "helpers:_validate_model_class", "4.52.0",
         "Packages that override generate call _validate_model_class first, and stop with AttributeError.", _TREE + "v4.51.3/src/transformers/generation/utils.py"),
    _add("temporary-reorder-cache", f"{_MIXIN}._temporary_reorder_cache", "helpers:_temporary_reorder_cache", "4.54.0",
         "Beam search of packages reorders caches with _temporary_reorder_cache, and stops with AttributeError.", _TREE + "v4.53.3/src/transformers/generation/utils.py"),
    _add("reorder-cache", f"{_MIXIN}._reorder_cache", "helpers:reorder_cache", "4.54.0",
         "Beam search of packages reorders tuples with model._reorder_cache, and stops with AttributeError.", _TREE + "v4.53.3/src/transformers/models/bart/modeling_bart.py"),
    _wrap("reorder-cache-by-the-base", f"{_MIXIN}._reorder_cache", "helpers:reordering", "4.53.0",
          "GPT2LMHeadModel has no _reorder_cache of its own, and that of the base raises NotImplementedError.",
          _TREE + "v4.52.4/src/transformers/models/gpt2/modeling_gpt2.py", until="4.54.0"),
    _add("extract-past", f"{_MIXIN}._extract_past_from_model_output", "helpers:_extract_past_from_model_output", "4.49.0",
         "Overrides of _update_model_kwargs_for_generation call _extract_past_from_model_output, and stop with AttributeError.", _TREE + "v4.48.3/src/transformers/generation/utils.py"),
    _add("encoder-decoder-kwargs", f"{_MIXIN}._prepare_encoder_decoder_kwargs_for_generation", "helpers:_prepare_encoder_decoder_kwargs_for_generation", "5.18.0",
         "Packages that run an encoder before a loop of their own call it by this name, and stop with AttributeError.", _TREE + "v5.17.0/src/transformers/generation/utils.py"),
    _wrap("encoder-decoder-kwargs-optional", f"{_MIXIN}._prepare_encoder_decoder_kwargs_for_generation", "helpers:optional_generation_config", "4.49.0",
          "Called without a generation_config, as up to 4.40, it raises TypeError.", _V4, until="5.18.0"),
    _add("initial-cache-position", f"{_MIXIN}._get_initial_cache_position", "helpers:_get_initial_cache_position", "5.4.0",
         "Loops of 4.42 and newer begin with _get_initial_cache_position, and stop with AttributeError.", _PULL + "44181"),
    _wrap("initial-cache-position-by-ids", f"{_MIXIN}._get_initial_cache_position", "helpers:initial_positions_of_any_age", "4.51.0",
          "Called with (input_ids, model_kwargs), as up to 4.50, it raises TypeError.", _TREE + "v4.50.3/src/transformers/generation/utils.py", until="5.4.0"),
    _wrap("attention-mask-by-ids", f"{_MIXIN}._prepare_attention_mask_for_generation", "helpers:attention_mask_of_any_age", "4.49.0",
          "Called with token ids instead of a generation_config, as up to 4.48, it raises TypeError.", _TREE + "v4.48.3/src/transformers/generation/utils.py"),
    _wrap("expanding-by-none", f"{_MIXIN}._expand_inputs_for_generation", "helpers:expanding_by_none", "5.0.0",
          "Loops hand generation_config.num_return_sequences over, which is None since 5.0 where it was 1: TypeError.", _V4),
    _wrap("speculative-sampling", "transformers.generation.utils:_speculative_sampling", "speculation:of_any_age", "5.18.0",
          "Speculative decoding of packages says last whether the draft ended; it is taken for a weight, and every drafted token is accepted.",
          _TREE + "v5.18.0/src/transformers/generation/utils.py"),
    *(_add(f"diversity.{where}-4.57", f"{at}:{_DIVERSITY}", f"transformers.generation.logits_process:{_DIVERSITY}", "4.57.0",
           f"{_DIVERSITY} is no longer exported in 4.57, though it is still there.", _GROUPS, until="5.0.0")
      for where, at in (("top", "transformers"), ("generation", "transformers.generation"))),
    *(_add(f"diversity.{where}", f"{at}:{_DIVERSITY}", f"diversity:{_DIVERSITY}", "5.0.0",
           f"{_DIVERSITY} is gone since 5.0, with the search that it served.", _GROUPS)
      for where, at in (("top", "transformers"), ("generation", "transformers.generation"), ("home", "transformers.generation.logits_process"))),
]  # fmt: skip

_INHERITED = (
    "generate", "adjust_generation_fn", "compute_transition_scores", "heal_tokens", *_SEARCHES, "_assisted_decoding", "_beam_search",
    "_constrained_beam_search", "_contrastive_search", "_expand_inputs_for_generation", "_extract_past_from_model_output", "_get_cache",
    "_get_candidate_generator", "_get_initial_cache_position", "_get_logits_processor", "_get_logits_warper", "_get_stopping_criteria",
    "_group_beam_search", "_has_unfinished_sequences", "_maybe_initialize_input_ids_for_generation", "_merge_criteria_processor_list",
    "_prepare_attention_mask_for_generation", "_prepare_cache_for_generation", "_prepare_decoder_input_ids_for_generation",
    "_prepare_encoder_decoder_kwargs_for_generation", "_prepare_generated_length", "_prepare_generation_config", "_prepare_model_inputs",
    "_prepare_special_tokens", "_sample", "_supports_default_dynamic_cache", "_supports_logits_to_keep", "_temporary_reorder_cache",
    "_update_model_kwargs_for_generation", "_validate_generated_length", "_validate_model_class", "_validate_model_kwargs",
)  # fmt: skip

INHERITED = [
    _wrap("can-generate", f"{_MODEL}.can_generate", "inherited:can_generate", "4.52.0",
          "A class that inherits PreTrainedModel alone gets no generation_config, and loads none.", _PULL + "37173"),
    *(_add("inherited" + (".private" if name[0] == "_" else "") + "." + name.strip("_").replace("_", "-"), f"{_MODEL}.{name}", f"inherited:{name}", "4.52.0",
           f"A class that inherits PreTrainedModel alone, and relied on its {name}, raises AttributeError.", _PULL + "37173")
      for name in _INHERITED),
]  # fmt: skip

_V5 = "https://github.com/huggingface/transformers/blob/main/MIGRATION_GUIDE_V5.md"

CONFIGS = [
    _wrap("parameters-in-model-config", f"{_MIXIN}._prepare_generation_config", "configs:with_parameters_in_config", "5.0.0",
          "generate() raises ValueError when somebody set model.config.num_beams, or a remote config has max_length.", _V5),
    _wrap("old-cache-names", "transformers.generation.configuration_utils:GenerationConfig.validate", "configs:with_old_caches", "5.15.0",
          "cache_implementation='dynamic_full', of 4.56 to 5.14, raises ValueError.", _TREE + "v5.14.0/src/transformers/generation/configuration_utils.py"),
    _wrap("twenty-in-all", f"{_MIXIN}._prepare_generated_length", "configs:twenty_in_all", "4.49.0",
          "Without a length, generate() gave 20 tokens, prompt included; since 4.47 it gives 20 new ones.", _TREE + "v4.46.3/src/transformers/generation/utils.py", dialect="4.47"),
    _wrap("head-masks", f"{_MIXIN}._validate_model_kwargs", "head_masks:validating_head_masks", "5.0.0",
          "generate(..., head_mask=...) raises ValueError: head masks are not used by the model.", _PULL + "41076", dialect="5.0"),
    _wrap("positions", f"{_MIXIN}._prepare_position_ids_for_generation", "positions:counting", "5.2.0",
          "Padding on the right has other positions, so that the first new token is another one.", _TREE + "v5.1.0/src/transformers/generation/utils.py", dialect="5.0"),
    _wrap("positions-updated", f"{_MIXIN}._update_model_kwargs_for_generation", "positions:counting_on", "5.2.0",
          "After padding on the right new tokens get positions that begin near 0, where they were counted on.", _TREE + "v5.1.0/src/transformers/generation/utils.py",
          dialect="5.0", after=("update-model-kwargs",)),
    *(_add("default." + name.replace("_", "-"), f"transformers.generation.configuration_utils:GenerationConfig.{name}", f"configs:{name}", "5.0.0",
           f"GenerationConfig().{name} is None, where it was a value that code calculates with.", _V5, dialect="5.0")
      for name in (
          "max_length", "min_length", "early_stopping", "do_sample", "num_beams", "use_cache", "temperature", "top_k", "top_p", "typical_p",
          "epsilon_cutoff", "eta_cutoff", "repetition_penalty", "encoder_repetition_penalty", "length_penalty", "no_repeat_ngram_size",
          "encoder_no_repeat_ngram_size", "renormalize_logits", "remove_invalid_values", "token_healing", "num_return_sequences",
          "output_attentions", "output_hidden_states", "output_scores", "return_dict_in_generate", "num_assistant_tokens",
          "num_assistant_tokens_schedule", "assistant_confidence_threshold", "num_beam_groups", "diversity_penalty", "is_assistant",
      )),
]  # fmt: skip

PATCHES = [*CONTRACT, *METHODS, *HELPERS, *INHERITED, *CONFIGS]


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES
