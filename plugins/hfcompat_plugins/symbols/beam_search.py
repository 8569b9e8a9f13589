"""Beam scorers: which beams go on, which hypotheses are finished, and which are the best in the end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import UserDict
from typing import Any

import torch
from hfcompat_plugins.symbols.beam_constraints import Constraint, ConstraintListState

__all__ = ["BeamHypotheses", "BeamScorer", "BeamSearchScorer", "ConstrainedBeamSearchScorer"]

Tokens = int | list[int] | torch.Tensor | None


class BeamScorer(ABC):
    """The interface of beam scorers."""

    @abstractmethod
    def process(
        self,
        input_ids: torch.Tensor,
        next_scores: torch.Tensor,
        next_tokens: torch.Tensor,
        next_indices: torch.Tensor,
        **kwargs: Any,
    ) -> Any:
        """Choose the beams of the next step.

        Args:
            input_ids: int64 (batch * beams, length).
            next_scores, next_tokens, next_indices: (batch, 2 * beams), the best continuations, best first: their
                summed log probabilities, their last tokens, and the beams that they continue.

        Returns:
            A mapping with `next_beam_scores`, `next_beam_tokens` and `next_beam_indices`, each (batch * beams).
        """

    @abstractmethod
    def finalize(
        self,
        input_ids: torch.Tensor,
        next_scores: torch.Tensor,
        next_tokens: torch.Tensor,
        next_indices: torch.Tensor,
        max_length: int,
        **kwargs: Any,
    ) -> Any:
        """End the open beams; a mapping with `sequences` (batch * kept, length), `sequence_scores`, `beam_indices`."""


class BeamHypotheses:
    """The `num_beams` best finished hypotheses of one sentence, in `beams` as (score, tokens, beam indices).

    Raises:
        ValueError: when `early_stopping` is a string, and there is no `max_length`.
    """

    def __init__(
        self, num_beams: int, length_penalty: float, early_stopping: bool | str, max_length: int | None = None
    ) -> None:
        self.num_beams = num_beams
        self.length_penalty = length_penalty
        self.early_stopping = early_stopping
        self.max_length = max_length
        self.beams: list[tuple[float, torch.Tensor, Any]] = []
        self.worst_score = 1e9
        if not isinstance(early_stopping, bool) and max_length is None:
            raise ValueError(f"With do_early_stopping={early_stopping!r} the scorer needs a max_length")

    def __len__(self) -> int:
        return len(self.beams)

    def add(
        self, hyp: torch.Tensor, sum_logprobs: float, beam_indices: Any = None, generated_len: int | None = None
    ) -> None:
        """Keep a hypothesis, if it is among the best. Its score is divided by `generated_len ** length_penalty`
        (by the whole length when None)."""
        score = sum_logprobs / (generated_len if generated_len is not None else hyp.shape[-1]) ** self.length_penalty
        if len(self) >= self.num_beams and score <= self.worst_score:
            return
        self.beams.append((score, hyp, beam_indices))
        if len(self) > self.num_beams:
            ranked = sorted((kept, index) for index, (kept, _, _) in enumerate(self.beams))
            del self.beams[ranked[0][1]]
            self.worst_score = ranked[1][0]
        else:
            self.worst_score = min(score, self.worst_score)

    def is_done(self, best_sum_logprobs: float, cur_len: int, decoder_prompt_len: int = 0) -> bool:
        """Whether no open beam is worth going on with.

        `early_stopping` True: as soon as there are enough hypotheses. False: when the best open beam, at its present
        length, is worse than the worst of them. "never": when it is worse whatever its length will be.
        """
        if len(self) < self.num_beams:
            return False
        if self.early_stopping is True:
            return True
        length = cur_len
        if self.early_stopping is not False and self.length_penalty > 0.0:
            assert self.max_length is not None
            if self.max_length <= decoder_prompt_len:
                raise ValueError(
                    f"max_length={self.max_length} leaves no room after {decoder_prompt_len} tokens of prompt"
                )
            length = self.max_length
        return self.worst_score >= best_sum_logprobs / (length - decoder_prompt_len) ** self.length_penalty


class _Scorer(BeamScorer):
    """What both kinds of beam search have in common; `_lists` hypothesis lists of `_capacity` each, per sentence."""

    def __init__(
        self,
        lists: int,
        capacity: int,
        num_beams: int,
        device: torch.device | str,
        length_penalty: float,
        do_early_stopping: bool | str,
        num_beam_hyps_to_keep: int,
        num_beam_groups: int,
        max_length: int | None,
    ) -> None:
        if not isinstance(num_beams, int) or num_beams <= 1:
            raise ValueError(f"Beam search needs an int of 2 beams or more, not num_beams={num_beams}")
        if not isinstance(num_beam_groups, int) or num_beam_groups > num_beams or num_beams % num_beam_groups:
            raise ValueError(f"{num_beams} beams do not split into num_beam_groups={num_beam_groups} equal groups")
        self.num_beams = num_beams
        self.device = device
        self.length_penalty = length_penalty
        self.do_early_stopping = do_early_stopping
        self.num_beam_hyps_to_keep = num_beam_hyps_to_keep
        self.num_beam_groups = num_beam_groups
        self.group_size = num_beams // num_beam_groups
        self._is_init = False
        self._beam_hyps = [
            BeamHypotheses(capacity, length_penalty, do_early_stopping, max_length) for _ in range(lists)
        ]
        self._done = torch.zeros(lists, dtype=torch.bool, device=device)

    @property
    def is_done(self) -> bool:
        """Whether every sentence is done."""
        return bool(self._done.all())

    def _choose(
        self,
        input_ids: torch.Tensor,
        next_scores: torch.Tensor,
        next_tokens: torch.Tensor,
        next_indices: torch.Tensor,
        *,
        lists: range,
        pad_token_id: Any,
        eos_token_id: Tokens,
        beam_indices: Any,
        decoder_prompt_len: int,
        scores_for_all_vocab: torch.Tensor | None = None,
    ) -> UserDict[str, torch.Tensor]:
        size, length = self.group_size, input_ids.shape[-1] + 1  # the length that the scores are of
        if len(lists) != input_ids.shape[0] // size:
            group = "group " if self.num_beam_groups > 1 else ""
            raise ValueError(
                f"The scorer has {len(lists)} sentences of {size} {group}beams, which does not go with "
                f"{input_ids.shape[0]} rows of input_ids"
            )
        ends = _tokens(eos_token_id)
        scores = torch.zeros((len(lists), size), dtype=next_scores.dtype, device=input_ids.device)
        tokens = torch.zeros((len(lists), size), dtype=next_tokens.dtype, device=input_ids.device)
        indices = torch.zeros((len(lists), size), dtype=next_indices.dtype, device=input_ids.device)
        for sentence, number in enumerate(lists):
            hypotheses = self._beam_hyps[number]
            if self._done[number]:
                if self.num_beams < len(hypotheses):
                    raise ValueError(f"A sentence is done with {len(hypotheses)} hypotheses of {self.num_beams}")
                if ends is None or pad_token_id is None:
                    raise ValueError("To fill up sentences that are done, eos_token_id and pad_token_id must be given")
                tokens[sentence] = pad_token_id
                continue
            filled = 0
            candidates = zip(next_tokens[sentence], next_scores[sentence], next_indices[sentence], strict=False)
            for rank, (token, score, index) in enumerate(candidates):
                beam = sentence * size + index
                if ends is not None and token.item() in ends:
                    # An end that is not among the best `size` continuations would not have been kept as a beam either.
                    if rank < size and self._may_end(input_ids[beam]):
                        way = None if beam_indices is None else (*beam_indices[beam], beam)
                        hypotheses.add(
                            input_ids[beam].clone(), score.item(), way, generated_len=length - decoder_prompt_len
                        )
                    continue
                scores[sentence, filled], tokens[sentence, filled], indices[sentence, filled] = score, token, beam
                filled += 1
                if filled == size:
                    break
            if scores_for_all_vocab is not None:
                chosen = scores[sentence], tokens[sentence], indices[sentence]
                scores[sentence], tokens[sentence], indices[sentence] = self._constrain(
                    sentence, input_ids, scores_for_all_vocab, *chosen
                )
            if filled < size:
                raise ValueError(
                    f"Only {filled} of {next_tokens[sentence]} go on, the others end with {ends}: {size} are needed"
                )
            best = next_scores[sentence].max().item()
            self._done[number] = hypotheses.is_done(best, length, decoder_prompt_len)
        return UserDict(
            next_beam_scores=scores.view(-1), next_beam_tokens=tokens.view(-1), next_beam_indices=indices.view(-1)
        )

    def _may_end(self, tokens: torch.Tensor) -> bool:
        return True

    def _constrain(self, sentence: int, input_ids: torch.Tensor, vocab_scores: torch.Tensor, *chosen: Any) -> Any:
        raise NotImplementedError

    def _decode(
        self, input_ids: torch.Tensor, groups: int, max_length: int | None, pad_token_id: Any, eos_token_id: Tokens
    ) -> UserDict[str, Any]:
        """The best hypotheses of every `groups` lists, padded, and ended where there is room."""
        ends = _tokens(eos_token_id)
        best: list[tuple[float, torch.Tensor, Any]] = []
        for first in range(0, len(self._beam_hyps), groups):
            finished = [beam for hyps in self._beam_hyps[first : first + groups] for beam in hyps.beams]
            ranked = sorted(finished, key=lambda beam: beam[0])
            best += [ranked.pop() for _ in range(self.num_beam_hyps_to_keep)]
        lengths = [len(tokens) for _, tokens, _ in best]
        width = max(lengths) + 1 if max_length is None else min(max(lengths) + 1, max_length)
        sequences = input_ids.new_zeros(len(best), width)
        if min(lengths) != max(lengths):
            if pad_token_id is None:
                raise ValueError("Sequences differ in length, so pad_token_id must be given")
            sequences.fill_(pad_token_id)
        ways = input_ids.new_full((len(best), width), -1) if best and best[0][2] is not None else None
        for row, (_, tokens, way) in enumerate(best):
            sequences[row, : lengths[row]] = tokens
            if ways is not None:
                ways[row, : len(way)] = torch.tensor(way)
            if lengths[row] < width:
                assert ends is not None
                sequences[row, lengths[row]] = ends[0]
        scores = torch.tensor([score for score, _, _ in best], dtype=torch.float32, device=self.device)
        return UserDict(sequences=sequences, sequence_scores=scores, beam_indices=ways)


class BeamSearchScorer(_Scorer):
    """Beam search, also in diverse groups.

    Args:
        batch_size: sentences.
        num_beams: beams of a sentence, of all groups together.
        device: where `_done` lives.
        length_penalty: exponent of the length that a score is divided by; above 0 favours longer sequences.
        do_early_stopping: True, False or "never"; see `BeamHypotheses.is_done`.
        num_beam_hyps_to_keep: hypotheses that `finalize` returns for a sentence.
        num_beam_groups: groups of beams; `process` is called for each, with its `group_index`.
        max_length: longest sequence; needed for "never".

    Raises:
        ValueError: when `num_beams` is below 2 or not divisible by `num_beam_groups`.
    """

    def __init__(
        self,
        batch_size: int,
        num_beams: int,
        device: torch.device | str,
        length_penalty: float = 1.0,
        do_early_stopping: bool | str = False,
        num_beam_hyps_to_keep: int = 1,
        num_beam_groups: int = 1,
        max_length: int | None = None,
    ) -> None:
        super().__init__(
            batch_size * num_beam_groups,
            num_beams // num_beam_groups,
            num_beams,
            device,
            length_penalty,
            do_early_stopping,
            num_beam_hyps_to_keep,
            num_beam_groups,
            max_length,
        )

    def process(  # type: ignore[override]
        self,
        input_ids: torch.Tensor,
        next_scores: torch.Tensor,
        next_tokens: torch.Tensor,
        next_indices: torch.Tensor,
        pad_token_id: int | torch.Tensor | None = None,
        eos_token_id: Tokens = None,
        beam_indices: Any = None,
        group_index: int = 0,
        decoder_prompt_len: int = 0,
    ) -> UserDict[str, torch.Tensor]:
        """See `BeamScorer.process`; shapes are those of the group `group_index`.

        Raises:
            ValueError: when the shapes do not fit, or a done sentence cannot be padded.
        """
        return self._choose(
            input_ids,
            next_scores,
            next_tokens,
            next_indices,
            lists=range(group_index, len(self._beam_hyps), self.num_beam_groups),
            pad_token_id=pad_token_id,
            eos_token_id=eos_token_id,
            beam_indices=beam_indices,
            decoder_prompt_len=decoder_prompt_len,
        )

    def finalize(  # type: ignore[override]
        self,
        input_ids: torch.Tensor,
        final_beam_scores: torch.Tensor,
        final_beam_tokens: torch.Tensor,
        final_beam_indices: torch.Tensor,
        max_length: int,
        pad_token_id: int | torch.Tensor | None = None,
        eos_token_id: Tokens = None,
        beam_indices: Any = None,
        decoder_prompt_len: int = 0,
    ) -> UserDict[str, Any]:
        """See `BeamScorer.finalize`."""
        for number, hypotheses in enumerate(self._beam_hyps):
            if self._done[number]:
                continue
            for beam in range(number * self.group_size, (number + 1) * self.group_size):
                _end(hypotheses, beam, input_ids, final_beam_scores, beam_indices, decoder_prompt_len)
        return self._decode(input_ids, self.num_beam_groups, max_length, pad_token_id, eos_token_id)


class ConstrainedBeamSearchScorer(_Scorer):
    """Beam search for sequences that fulfil `constraints`; other arguments as for `BeamSearchScorer`."""

    def __init__(
        self,
        batch_size: int,
        num_beams: int,
        constraints: list[Constraint],
        device: torch.device | str,
        length_penalty: float = 1.0,
        do_early_stopping: bool | str = False,
        num_beam_hyps_to_keep: int = 1,
        num_beam_groups: int = 1,
        max_length: int | None = None,
    ) -> None:
        super().__init__(
            batch_size,
            num_beams,
            num_beams,
            device,
            length_penalty,
            do_early_stopping,
            num_beam_hyps_to_keep,
            num_beam_groups,
            max_length,
        )
        self.constraints = constraints

    def make_constraint_states(self, n: int) -> list[ConstraintListState]:
        """`n` states without progress."""
        return [ConstraintListState([constraint.copy() for constraint in self.constraints]) for _ in range(n)]

    def check_completes_constraints(self, sequence: list[int]) -> bool:
        """Whether the sequence fulfils all constraints."""
        return self._state(sequence).completed

    def _state(self, sequence: list[int]) -> ConstraintListState:
        (state,) = self.make_constraint_states(1)
        state.reset(sequence)
        return state

    def _may_end(self, tokens: torch.Tensor) -> bool:
        return self.check_completes_constraints(tokens.tolist())

    def process(  # type: ignore[override]
        self,
        input_ids: torch.Tensor,
        next_scores: torch.Tensor,
        next_tokens: torch.Tensor,
        next_indices: torch.Tensor,
        scores_for_all_vocab: torch.Tensor,
        pad_token_id: int | torch.Tensor | None = None,
        eos_token_id: Tokens = None,
        beam_indices: Any = None,
        decoder_prompt_len: int = 0,
    ) -> UserDict[str, torch.Tensor]:
        """See `BeamScorer.process`; `scores_for_all_vocab` are those of all tokens (batch * beams, vocabulary)."""
        return self._choose(
            input_ids,
            next_scores,
            next_tokens,
            next_indices,
            lists=range(len(self._beam_hyps)),
            pad_token_id=pad_token_id,
            eos_token_id=eos_token_id,
            beam_indices=beam_indices,
            decoder_prompt_len=decoder_prompt_len,
            scores_for_all_vocab=scores_for_all_vocab,
        )

    def _constrain(self, sentence: int, input_ids: torch.Tensor, vocab_scores: torch.Tensor, *chosen: Any) -> Any:
        return self.step_sentence_constraint(sentence, input_ids, vocab_scores, *chosen)

    def step_sentence_constraint(
        self,
        batch_idx: int,
        input_ids: torch.Tensor,
        vocab_scores: torch.Tensor,
        sent_beam_scores: torch.Tensor,
        sent_beam_tokens: torch.Tensor,
        sent_beam_indices: torch.Tensor,
        push_progress: bool = False,
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Let beams that advance a constraint compete with the likeliest ones of a sentence.

        Beams are ranked by banks, a bank being the number of steps done: the best of each bank first, those that are
        further in front, then the second best of each, and so on.

        Args:
            sent_beam_scores, sent_beam_tokens, sent_beam_indices: (beams,), the likeliest continuations.
            push_progress: also continue beams that fulfil everything already, by their likeliest token.

        Returns:
            Scores, tokens and indices of the beams to go on with, each (beams,).
        """
        beams, device = sent_beam_indices.size(0), sent_beam_indices.device
        first = batch_idx * beams
        likely = torch.cat((input_ids[sent_beam_indices], sent_beam_tokens.unsqueeze(-1)), dim=-1).tolist()
        states = [self._state(sequence) for sequence in likely]
        seen, added = list(likely), []

        def propose(
            sequence: list[int], beam: int, token: Any, score: torch.Tensor, state: ConstraintListState
        ) -> None:
            if sequence not in seen:
                seen.append(sequence)
                added.append((score, token, beam))
                states.append(state)

        for beam in range(beams):
            before, scores = input_ids[first + beam].tolist(), vocab_scores[first + beam]
            state = self._state(before)
            if not state.completed:
                for token in state.advance() or ():
                    further = state.copy(stateful=True)
                    further.add(token)
                    propose([*before, token], first + beam, token, scores[token], further)
            elif push_progress:
                score, best = torch.max(scores, 0)
                sequence = [*before, int(best)]
                state.reset(sequence)  # stays complete, so it counts no steps: transformers 4 ranks it last
                propose(sequence, beam, int(best), score, state)
        if not added:
            return sent_beam_scores, sent_beam_tokens, sent_beam_indices

        new_scores, new_tokens, new_beams = zip(*added, strict=True)
        all_scores = torch.cat((sent_beam_scores, torch.stack(new_scores).to(device)))
        all_tokens = torch.cat((sent_beam_tokens, torch.tensor(new_tokens, device=device)))
        all_beams = torch.cat((sent_beam_indices, torch.tensor(new_beams, device=device)))
        banks = torch.tensor([state.get_bank() for state in states], device=device)
        order = (banks * 100 + all_scores).sort(descending=True).indices
        places, previous = [], None
        for bank in banks[order].tolist():
            places.append(places[-1] + 1 if bank == previous else 0)
            previous = bank
        kept = order[torch.tensor(places).argsort(stable=True).to(device)][:beams]
        return all_scores[kept], all_tokens[kept], all_beams[kept]

    def finalize(  # type: ignore[override]
        self,
        input_ids: torch.Tensor,
        final_beam_scores: torch.Tensor,
        final_beam_tokens: torch.Tensor,
        final_beam_indices: torch.Tensor,
        max_length: int,
        pad_token_id: int | torch.Tensor | None = None,
        eos_token_id: Tokens = None,
        beam_indices: Any = None,
        decoder_prompt_len: int = 0,
    ) -> UserDict[str, Any]:
        """See `BeamScorer.finalize`. Where too few beams fulfil the constraints, others fill up."""
        for number, hypotheses in enumerate(self._beam_hyps):
            if self._done[number]:
                continue
            beams = range(number * self.num_beams, (number + 1) * self.num_beams)
            fulfilling = [beam for beam in beams if self._may_end(input_ids[beam])]
            for beam in fulfilling:
                _end(hypotheses, beam, input_ids, final_beam_scores, beam_indices, decoder_prompt_len)
            if len(fulfilling) < self.num_beam_hyps_to_keep:
                for beam in beams:
                    if beam not in fulfilling:
                        _end(hypotheses, beam, input_ids, final_beam_scores, None, decoder_prompt_len)
        return self._decode(input_ids, 1, max_length, pad_token_id, eos_token_id)


def _end(
    hypotheses: BeamHypotheses, beam: int, input_ids: torch.Tensor, scores: torch.Tensor, ways: Any, prompt: int
) -> None:
    tokens = input_ids[beam]
    way = None if ways is None else ways[beam]
    hypotheses.add(tokens, scores[beam].item(), beam_indices=way, generated_len=tokens.shape[-1] - prompt)


def _tokens(token_ids: Tokens) -> torch.Tensor | None:
    if token_ids is None or isinstance(token_ids, torch.Tensor):
        return token_ids
    return torch.tensor([token_ids] if isinstance(token_ids, int) else token_ids)
