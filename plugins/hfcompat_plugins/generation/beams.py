"""Beam search with a beam scorer: plain, sampled, in groups, and under constraints."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins.generation.outputs import Gathered
from hfcompat_plugins.generation.steps import Steps
from torch.nn import functional

_UNLIKELY = -1e9


@torch.no_grad()
def search(
    model: Any,
    input_ids: torch.Tensor,
    scorer: Any,
    processors: Any,
    criteria: Any,
    config: Any,
    model_kwargs: dict[str, Any],
    *,
    sample: bool = False,
    first_beam_only: bool = True,
    synced_gpus: bool = False,
) -> Any:
    """Generate with `scorer`, a BeamScorer, until it is done or `criteria` say so.

    Args:
        input_ids: (batch * beams, tokens).
        processors: a LogitsProcessorList; given log probabilities (rows, vocabulary).
        config: a `GenerationConfig` that `search_config` has prepared.
        sample: draw continuations, rather than take the likeliest.
        first_beam_only: let all beams of a group start from the first one, so that they differ.

    Raises:
        ValueError: when the batch of `input_ids` is not that of `scorer`.
    """
    groups, beams = getattr(scorer, "num_beam_groups", 1), scorer.num_beams
    batch = len(scorer._beam_hyps) // groups
    if batch * beams != input_ids.shape[0]:
        raise ValueError(f"`input_ids` should have {batch * beams} rows, one a beam, but has {input_ids.shape[0]}.")
    steps = Steps(model, config, model_kwargs)
    gathered = Gathered(config, steps)
    constrained = hasattr(scorer, "make_constraint_states")
    group_size = beams // groups
    rows = torch.arange(batch * beams, device=input_ids.device).view(batch, groups, group_size)
    beam_scores = torch.zeros(batch, groups, group_size, dtype=torch.float, device=input_ids.device)
    if first_beam_only:
        beam_scores[:, :, 1:] = _UNLIKELY
    beam_scores = beam_scores.view(-1)
    ways: list[Any] | None = None
    if gathered.scores is not None:
        ways = [tuple(() for _ in range(batch * group_size)) for _ in range(groups)]
    tokens = config._eos_token_tensor
    continuations = max(2, 1 + (0 if tokens is None else tokens.shape[0])) * group_size
    prompt_length = input_ids.shape[1]
    unfinished = True
    while steps.model._has_unfinished_sequences(not unfinished, synced_gpus, device=input_ids.device):
        outputs = steps(input_ids)
        if not unfinished:
            continue  # only the other devices still work
        logits = outputs.logits[:, -1, :].to(copy=True, dtype=torch.float32, device=input_ids.device)
        current = torch.zeros(batch * beams, dtype=input_ids.dtype, device=input_ids.device)
        origin = torch.zeros(batch * beams, dtype=torch.long, device=input_ids.device)
        kept_scores = torch.zeros_like(logits)
        before = input_ids.clone()
        for group in range(groups):
            of_group = rows[:, group].reshape(-1)
            ids = before[of_group]
            log_probs = functional.log_softmax(logits[of_group], dim=-1)
            told = {"current_tokens": current, "beam_group_idx": group} if groups > 1 else {}
            processed = processors(ids, log_probs, **told)
            added = processed + beam_scores[of_group][:, None].expand_as(processed)
            kept_scores[of_group] = added if constrained else processed
            vocabulary = added.shape[-1]
            flat = added.reshape(batch, group_size * vocabulary)
            next_scores, next_tokens = _continuations(flat, continuations, sample)
            next_beams = torch.div(next_tokens, vocabulary, rounding_mode="floor")
            next_tokens = next_tokens % vocabulary
            chosen = scorer.process(
                ids,
                next_scores,
                next_tokens,
                next_beams,
                *([added] if constrained else []),
                pad_token_id=config._pad_token_tensor,
                eos_token_id=tokens,
                beam_indices=sum(ways, ()) if ways is not None else None,
                decoder_prompt_len=prompt_length,
                **({"group_index": group} if groups > 1 else {}),
            )
            beam_scores[of_group] = chosen["next_beam_scores"]
            source = chosen["next_beam_indices"]
            if ways is not None:
                ways[group] = tuple(ways[group][source[i]] + (source[i],) for i in range(len(ways[group])))
            input_ids[of_group] = ids[source]
            current[of_group] = chosen["next_beam_tokens"]
            origin[of_group] = of_group[source]
        gathered.add_output(kept_scores, logits, outputs)
        del outputs
        input_ids = torch.cat([input_ids, current[:, None]], dim=-1)
        steps.reorder(origin)
        unfinished = not (scorer.is_done or _all_done(criteria(input_ids, gathered.scores)))
    final = scorer.finalize(
        input_ids,
        beam_scores,
        next_tokens,
        next_beams,
        pad_token_id=config._pad_token_tensor,
        eos_token_id=tokens,
        max_length=criteria.max_length,
        beam_indices=sum(ways, ()) if ways is not None else None,
        decoder_prompt_len=prompt_length,
    )
    return gathered.output(
        final["sequences"],
        beams=True,
        sequences_scores=final["sequence_scores"] if gathered.scores is not None else None,
        beam_indices=final["beam_indices"],
    )


def _continuations(scores: torch.Tensor, count: int, sample: bool) -> tuple[torch.Tensor, torch.Tensor]:
    """The best, or drawn, `count` of `scores` (batch, beams * vocabulary), best first."""
    if not sample:
        return torch.topk(scores, count, dim=1, largest=True, sorted=True)
    drawn = torch.multinomial(functional.softmax(scores, dim=-1), num_samples=count)
    found, order = torch.sort(torch.gather(scores, -1, drawn), descending=True, dim=1)
    return found, torch.gather(drawn, -1, order)


def _all_done(answer: Any) -> bool:
    """Criteria answer for each row, those of up to 4.38 for all together."""
    return bool(answer.all()) if isinstance(answer, torch.Tensor) else bool(answer)
