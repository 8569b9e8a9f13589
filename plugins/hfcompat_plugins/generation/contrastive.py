"""Contrastive search: likely tokens, less how much their hidden state is like one that was there (Su et al. 2022)."""

from __future__ import annotations

from typing import Any

import torch
from hfcompat_plugins.generation.outputs import Gathered
from hfcompat_plugins.generation.steps import Steps, repeat_rows, select_rows
from torch.nn import functional


@torch.no_grad()
def search(
    model: Any,
    input_ids: torch.Tensor,
    processors: Any,
    criteria: Any,
    config: Any,
    model_kwargs: dict[str, Any],
    *,
    synced_gpus: bool = False,
    streamer: Any = None,
) -> Any:
    """Generate from `input_ids` (batch, tokens), weighing `config.top_k` candidates by `config.penalty_alpha`.

    Raises:
        ValueError: when the model returns no cache.
    """
    top_k, alpha = int(config.top_k), float(config.penalty_alpha)
    steps = Steps(model, config, {**model_kwargs, "use_cache": True}, hidden_states=True)
    gathered = Gathered(config, steps)
    batch = input_ids.shape[0]
    ends = any(hasattr(criterion, "eos_token_id") for criterion in criteria)
    unfinished = torch.ones(batch, dtype=torch.long, device=input_ids.device)
    mask = _context_mask(steps, input_ids).repeat_interleave(top_k, dim=0)
    done = False
    outputs = steps(input_ids)
    if steps.cache is None:
        raise ValueError(f"{type(model).__name__} returns no cache, which contrastive search needs.")
    context = _hidden_states(steps, outputs)[-1]
    logits = outputs.logits[:, -1, :].to(copy=True, dtype=torch.float32, device=input_ids.device)
    seen = _seen(steps, outputs)
    cache_name = steps.cache_name
    assert cache_name is not None
    cache = steps.kwargs.pop(cache_name)
    _, steps.kwargs = steps.model._expand_inputs_for_generation(
        input_ids=input_ids, expand_size=top_k, is_encoder_decoder=steps.is_encoder_decoder, **steps.kwargs
    )
    steps.kwargs[cache_name] = cache
    first_rows = torch.arange(batch, device=input_ids.device) * top_k
    while steps.model._has_unfinished_sequences(done, synced_gpus, device=input_ids.device):
        scores = processors(input_ids, logits)
        gathered.add(scores, logits, *seen)
        candidates = torch.topk(functional.softmax(scores, dim=-1), dim=-1, k=top_k)
        steps.cache = repeat_rows(steps.cache, top_k)
        outputs = steps(candidates.indices.reshape(-1, 1))
        hidden = _hidden_states(steps, outputs)[-1]
        chosen = _best(context.repeat_interleave(top_k, dim=0), hidden, candidates.values, mask, alpha)
        rows = first_rows + chosen
        mask = torch.cat([mask, mask.new_ones((mask.shape[0], 1))], dim=-1)
        tokens = candidates.indices.gather(1, chosen[:, None]).squeeze(1)
        context = torch.cat([context, hidden[rows]], dim=1)
        logits = outputs.logits[rows, -1, :].to(copy=True, dtype=torch.float32, device=input_ids.device)
        seen = tuple(_of_rows(states, rows) for states in _seen(steps, outputs))
        del outputs
        steps.cache = select_rows(steps.cache, rows)
        if done:
            continue  # only the other devices still work
        if ends:
            tokens = tokens * unfinished + config._pad_token_tensor * (1 - unfinished)
        input_ids = torch.cat([input_ids, tokens[:, None]], dim=-1)
        if streamer is not None:
            streamer.put(tokens.cpu())
        unfinished = unfinished & ~criteria(input_ids, gathered.scores)
        done = bool(unfinished.max() == 0)
    if streamer is not None:
        streamer.end()
    return gathered.output(input_ids, beams=False)


def _best(
    context: torch.Tensor, hidden: torch.Tensor, probabilities: torch.Tensor, mask: torch.Tensor, alpha: float
) -> torch.Tensor:
    """The place (batch,) of the best candidate among `probabilities` (batch, candidates).

    Args:
        context: hidden states (batch * candidates, tokens, size) of what is there.
        hidden: hidden states (batch * candidates, 1, size) of the candidates.
        mask: (batch * candidates, tokens), 0 for padding.
    """
    likeness = functional.normalize(context, dim=2, eps=0.0) @ functional.normalize(hidden, dim=2, eps=0.0).mT
    likeness = likeness.squeeze(-1) + (1 - mask.to(likeness.dtype)) * torch.finfo(likeness.dtype).min
    penalty = likeness.max(dim=-1).values.view_as(probabilities)
    return ((1.0 - alpha) * probabilities - alpha * penalty).max(dim=-1).indices


def _context_mask(steps: Steps, input_ids: torch.Tensor) -> torch.Tensor:
    name = "decoder_attention_mask" if steps.is_encoder_decoder else "attention_mask"
    mask = steps.kwargs.get(name)
    embeds = None if steps.is_encoder_decoder else steps.kwargs.get("inputs_embeds")
    tokens = input_ids if embeds is None else embeds[:, :, 0]
    return torch.ones_like(tokens, dtype=torch.long) if mask is None else mask


def _hidden_states(steps: Steps, outputs: Any) -> Any:
    return outputs.decoder_hidden_states if steps.is_encoder_decoder else outputs.hidden_states


def _seen(steps: Steps, outputs: Any) -> tuple[Any, Any, Any]:
    """Attentions, cross-attentions and hidden states of the decoder."""
    if not steps.is_encoder_decoder:
        return outputs.attentions, None, outputs.hidden_states
    return outputs.decoder_attentions, outputs.cross_attentions, outputs.decoder_hidden_states


def _of_rows(states: Any, rows: torch.Tensor) -> Any:
    return None if states is None else tuple(state[rows] for state in states)
