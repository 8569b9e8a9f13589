"""transformers.generation: beam search, outputs, what loops of other people call."""

from __future__ import annotations

from hfcompat_plugins.rows import PULL, SOURCE, TOP, added, redirected
from hfcompat_plugins.symbols.tables import OURS

_BEAM_SEARCH = "{name} is gone since 5.0, so code with a decoding loop of its own (XTTS, CoCa) fails on import."

GENERATION = [
    *added(
        "LogitsWarper",
        at=(TOP, "generation", "generation.logits_process"),
        to="transformers.generation.logits_process:LogitsProcessor",
        since="4.49",
        reason="{name} is gone since 4.49; it had become a LogitsProcessor.",
        upstream=f"{PULL}32626",
    ),
    *added(
        "BeamSearchScorer",
        at=(TOP, "generation"),
        to="transformers.generation.beam_search",
        since="4.57",
        before="5.0",
        reason="{name} is no longer exported in 4.57, though it is still there.",
        upstream=f"{PULL}40518",
    ),
    *added(
        "BeamScorer BeamSearchScorer ConstrainedBeamSearchScorer",
        at=(TOP, "generation"),
        to=f"{OURS}beam_search",
        since="5.0",
        reason=_BEAM_SEARCH,
        upstream=f"{PULL}40518",
    ),
    *added(
        "BeamHypotheses",
        at=("generation",),
        to=f"{OURS}beam_search",
        since="5.0",
        reason=_BEAM_SEARCH,
        upstream=f"{PULL}40518",
    ),
    *added(
        "Constraint PhrasalConstraint DisjunctiveConstraint ConstraintListState",
        at=(TOP, "generation"),
        to=f"{OURS}beam_constraints",
        since="5.0",
        reason=_BEAM_SEARCH,
        upstream=f"{PULL}40518",
    ),
    *(
        row
        for name in ("beam_search", "beam_constraints")
        for row in redirected(
            f"generation.{name}", to=f"{OURS}{name}", since="5.0", reason=_BEAM_SEARCH, upstream=f"{PULL}40518"
        )
    ),
    *redirected(
        "generation_utils",
        to="transformers.generation.utils",
        since="4.40",
        reason="{name} moved to transformers.generation.utils, so old code that takes GenerationMixin from it fails.",
        upstream=f"{SOURCE}4.36.2/src/transformers/generation_utils.py",
    ),
    *(
        row
        for name, home in {
            "SampleOutput": "GenerateNonBeamOutput",
            "GreedySearchOutput": "GenerateNonBeamOutput",
            "ContrastiveSearchOutput": "GenerateNonBeamOutput",
            "BeamSearchOutput": "GenerateBeamOutput",
            "BeamSampleOutput": "GenerateBeamOutput",
        }.items()
        for row in added(
            name,
            at=("generation.utils",),
            to=f"transformers.generation.utils:{home}",
            since="5.0",
            reason="{name} is gone since 5.0; it had been another name of " + home + ".",
            upstream=f"{SOURCE}4.57.6/src/transformers/generation/utils.py",
        )
    ),
    *(
        row
        for kind in ("DecoderOnly", "EncoderDecoder")
        for names, home in {
            "GreedySearch{0}Output Sample{0}Output ContrastiveSearch{0}Output": "Generate{0}Output",
            "BeamSearch{0}Output BeamSample{0}Output": "GenerateBeam{0}Output",
        }.items()
        for row in added(
            names.format(kind),
            at=("generation", "generation.utils"),
            to=f"transformers.generation.utils:{home.format(kind)}",
            since="5.0",
            reason="{name} is gone since 5.0; it had been another name of " + home.format(kind) + ".",
            upstream=f"{SOURCE}4.57.6/src/transformers/generation/utils.py",
        )
    ),
    *added(
        "_split_model_inputs _split",
        at=("generation.utils",),
        to=f"{OURS}generation",
        since="4.54",
        reason="{name} is gone since 4.54, so contrastive and beam search of optimum fail on import.",
        upstream=f"{SOURCE}4.53.3/src/transformers/generation/utils.py",
    ),
    *added(
        "stack_model_outputs",
        at=("generation.utils",),
        to=f"{OURS}generation",
        since="4.57",
        reason="{name} is gone since 4.57, so contrastive search of optimum fails on import.",
        upstream=f"{PULL}40428",
    ),
    *added(
        "top_k_top_p_filtering",
        at=(TOP, "generation", "generation.utils"),
        to=f"{OURS}filtering",
        since="4.40",
        reason="{name} is gone since 4.40, so code with a sampling loop of its own (trl 0.7) fails on import.",
        upstream=f"{SOURCE}4.36.2/src/transformers/generation/utils.py",
    ),
    *added(
        "MaxNewTokensCriteria",
        at=("generation", "generation.stopping_criteria"),
        to=f"{OURS}filtering",
        since="4.45",
        reason="{name} is gone since 4.45; MaxLengthCriteria takes the length in all.",
        upstream=f"{SOURCE}4.44.2/src/transformers/generation/stopping_criteria.py",
    ),
    *added(
        "build_attention_mask",
        at=("generation.continuous_batching.continuous_api",),
        to="transformers.generation.continuous_batching.utils",
        since="5.1",
        reason="{name} moved within continuous_batching in 5.1.",
        upstream=f"{SOURCE}5.0.0/src/transformers/generation/continuous_batching/continuous_api.py",
    ),
]
