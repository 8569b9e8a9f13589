"""Constraints on what beam search may generate: phrases that must occur."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

__all__ = ["Constraint", "ConstraintListState", "DisjunctiveConstraint", "DisjunctiveTrie", "PhrasalConstraint"]


class Constraint(ABC):
    """Something that a generated sequence must fulfil, token by token.

    A subclass must terminate: feeding `advance()` to `update()` again and again completes it. `test`, which
    `__init__` calls, tries that.
    """

    seqlen: int

    def __init__(self) -> None:
        self.test()

    def test(self) -> None:
        """Raises Exception when following its own advice does not complete the constraint."""
        for step in range(10_001):
            if step == 1:
                self.reset()
            token: Any = self.advance()
            if not self.does_advance(token):
                raise Exception("This Constraint contradicts itself: what advance() gives does not advance it.")
            if self.update(token)[1]:
                break
        else:
            raise Exception("However often it is updated, the constraint is not complete.")
        if self.remaining() != 0:
            raise Exception("This Constraint contradicts itself: it is complete, and something remains.")

    @abstractmethod
    def advance(self) -> int | list[int] | None:
        """The token, or the tokens, one of which brings this a step further; None when it is complete."""

    @abstractmethod
    def does_advance(self, token_id: int) -> bool:
        """Whether this token brings it a step further."""

    @abstractmethod
    def update(self, token_id: int) -> tuple[bool, bool, bool]:
        """Take a generated token into account; returns whether it was a step, completed this, or undid the progress."""

    @abstractmethod
    def reset(self) -> None:
        """Forget the progress."""

    @abstractmethod
    def remaining(self) -> int:
        """Steps that are missing, at most."""

    @abstractmethod
    def copy(self, stateful: bool = False) -> Constraint:
        """The same constraint; with its progress, if `stateful`."""


class PhrasalConstraint(Constraint):
    """These tokens must occur, in this order and without a gap.

    Raises:
        ValueError: when `token_ids` is no list of non-negative ints, or empty.
    """

    def __init__(self, token_ids: list[int]) -> None:
        # No `Constraint.__init__`: its self-test would leave the progress of `reset`, see there.
        if not isinstance(token_ids, list) or not token_ids:
            raise ValueError(f"token_ids is a list of at least one token, not {token_ids}")
        if not all(_is_token(token) for token in token_ids):
            raise ValueError(f"Tokens are integers from 0, and not all of these are: {token_ids}")
        self.token_ids = token_ids
        self.seqlen = len(token_ids)
        self.fulfilled_idx = -1  # index of the last token that is there
        self.completed = False

    def advance(self) -> int | None:
        return None if self.completed else self.token_ids[self.fulfilled_idx + 1]

    def does_advance(self, token_id: int) -> bool:
        _require_int(token_id, "has to be an `int`")
        return not self.completed and token_id == self.token_ids[self.fulfilled_idx + 1]

    def update(self, token_id: int) -> tuple[bool, bool, bool]:
        if not self.does_advance(token_id):
            self.reset()
            return False, False, True
        self.fulfilled_idx += 1
        self.completed = self.fulfilled_idx == self.seqlen - 1
        return True, self.completed, False

    def reset(self) -> None:
        # 0, not -1: transformers 4 counts the first token as there after a reset, and its numbers rest on it.
        self.completed = False
        self.fulfilled_idx = 0

    def remaining(self) -> int:
        return self.seqlen - (self.fulfilled_idx + 1)

    def copy(self, stateful: bool = False) -> PhrasalConstraint:
        new = PhrasalConstraint(self.token_ids)
        if stateful:
            new.fulfilled_idx, new.completed = self.fulfilled_idx, self.completed
        return new


class DisjunctiveTrie:
    """Token sequences as a tree of dicts.

    Raises:
        ValueError: with `no_subsets`, when one sequence begins with another.
    """

    def __init__(self, nested_token_ids: list[list[int]], no_subsets: bool = True) -> None:
        self.max_height = max(len(sequence) for sequence in nested_token_ids)
        self.trie: dict[int, Any] = {}
        for sequence in nested_token_ids:
            level = self.trie
            for token in sequence:
                level = level.setdefault(token, {})
        if no_subsets and self.has_subsets(self.trie, nested_token_ids):
            raise ValueError(
                f"One sequence begins with all of another, which would make it superfluous: {nested_token_ids}"
            )

    def next_tokens(self, current_seq: list[int]) -> list[int]:
        """The tokens that may follow `current_seq`, which must be the beginning of a sequence (KeyError)."""
        level = self.trie
        for token in current_seq:
            level = level[token]
        return list(level)

    def reached_leaf(self, current_seq: list[int]) -> bool:
        """Whether nothing may follow."""
        return not self.next_tokens(current_seq)

    def count_leaves(self, root: dict[int, Any]) -> int:
        """Sequences that end below `root`."""
        return sum(self.count_leaves(child) for child in root.values()) if root else 1

    def has_subsets(self, trie: dict[int, Any], nested_token_ids: list[list[int]]) -> bool:
        """Whether some sequence ends inside another one."""
        return self.count_leaves(trie) != len(nested_token_ids)


class DisjunctiveConstraint(Constraint):
    """One of these token sequences must occur.

    Raises:
        ValueError: when `nested_token_ids` is no list of lists of non-negative ints, empty, or when one of them
            begins with another.
    """

    def __init__(self, nested_token_ids: list[list[int]]) -> None:
        if not isinstance(nested_token_ids, list) or not nested_token_ids:
            raise ValueError(f"nested_token_ids is a list of at least one sequence, not {nested_token_ids}")
        if not all(isinstance(sequence, list) for sequence in nested_token_ids):
            raise ValueError(f"Sequences are lists, and not all of these are: {nested_token_ids}")
        if not all(_is_token(token) for sequence in nested_token_ids for token in sequence):
            raise ValueError(f"Tokens are integers from 0, and not all of these are: {nested_token_ids}")
        self.trie = DisjunctiveTrie(nested_token_ids)
        self.token_ids = nested_token_ids
        self.seqlen = self.trie.max_height
        self.current_seq: list[int] = []
        self.completed = False

    def advance(self) -> list[int] | None:
        return self.trie.next_tokens(self.current_seq) or None

    def does_advance(self, token_id: int) -> bool:
        _require_int(token_id, "is supposed to be type `int`")
        return token_id in self.trie.next_tokens(self.current_seq)

    def update(self, token_id: int) -> tuple[bool, bool, bool]:
        stepped = self.does_advance(token_id)
        if stepped:
            self.current_seq.append(token_id)
        else:
            self.reset()
        self.completed = self.trie.reached_leaf(self.current_seq)
        return stepped, self.completed, not stepped

    def reset(self) -> None:
        self.completed = False
        self.current_seq = []

    def remaining(self) -> int:
        return 0 if self.completed else self.seqlen - len(self.current_seq)

    def copy(self, stateful: bool = False) -> DisjunctiveConstraint:
        new = DisjunctiveConstraint(self.token_ids)
        if stateful:
            # The list itself, as in transformers 4: a stateful copy and its original go on together.
            new.current_seq, new.completed = self.current_seq, self.completed
        return new


class ConstraintListState:
    """How far a sequence has come with a list of constraints, one of which is in progress at a time."""

    complete_constraints: list[Constraint]
    inprogress_constraint: Constraint | None
    pending_constraints: list[Constraint]

    def __init__(self, constraints: list[Constraint]) -> None:
        self.constraints = constraints
        self.max_seqlen = max(constraint.seqlen for constraint in constraints)
        self.n_constraints = len(constraints)
        self.completed = False
        self.init_state()

    def init_state(self) -> None:
        """All constraints pending; `completed` stays as it is."""
        self.complete_constraints = []
        self.inprogress_constraint = None
        self.pending_constraints = [constraint.copy(stateful=False) for constraint in self.constraints]

    def get_bank(self) -> int:
        """Steps that are done; a complete constraint counts as the longest one."""
        begun = self.inprogress_constraint
        return len(self.complete_constraints) * self.max_seqlen + (self.max_seqlen - begun.remaining() if begun else 0)

    def advance(self) -> list[int] | None:
        """Tokens that bring the constraint in progress a step further, or begin one of the pending; None if none do."""
        open_constraints = [self.inprogress_constraint] if self.inprogress_constraint else self.pending_constraints
        tokens: list[int] = []
        for constraint in open_constraints:
            token = constraint.advance()
            if isinstance(token, list):
                tokens += token
            elif isinstance(token, int):
                tokens.append(token)
        return tokens or None

    def reset(self, token_ids: list[int] | None) -> None:
        """Begin anew, with the tokens that were generated so far."""
        self.init_state()
        for token in token_ids if token_ids is not None else ():
            self.add(token)
            if self.completed:
                break

    def add(self, token_id: int) -> tuple[bool, bool]:
        """Take a generated token into account; returns whether it completed a constraint, and whether it was a step.

        Raises:
            TypeError: when `token_id` is no int.
            Exception: when a constraint says that a token advances it, and then does not.
        """
        if not isinstance(token_id, int):
            raise TypeError(f"A token is an int, not {token_id!r}")
        if self.completed:
            return True, False
        if self.inprogress_constraint is not None:
            return self._go_on(self.inprogress_constraint, token_id)
        for index, constraint in enumerate(self.pending_constraints):
            if constraint.does_advance(token_id):
                return self._begin(index, constraint, token_id)
        return False, False

    def _go_on(self, constraint: Constraint, token_id: int) -> tuple[bool, bool]:
        stepped, complete, reset = constraint.update(token_id)
        if reset:
            self.pending_constraints.append(constraint.copy(stateful=False))
            self.inprogress_constraint = None
        if complete:
            self.complete_constraints.append(constraint)
            self.inprogress_constraint = None
            self.completed = self.completed or not self.pending_constraints
        return complete, stepped

    def _begin(self, index: int, constraint: Constraint, token_id: int) -> tuple[bool, bool]:
        stepped, complete, _ = constraint.update(token_id)
        if not stepped:
            raise Exception(
                "constraint.update(token_id) makes no step, though constraint.does_advance(token_id) is true."
            )
        if complete:
            self.complete_constraints.append(constraint)
        else:
            self.inprogress_constraint = constraint
        self.pending_constraints = self.pending_constraints[:index] + self.pending_constraints[index + 1 :]
        self.completed = complete and not self.pending_constraints
        return complete, stepped

    def copy(self, stateful: bool = True) -> ConstraintListState:
        """The same list; with its progress, if `stateful`. `completed` is not carried over, as in transformers 4."""
        new = ConstraintListState(self.constraints)
        if stateful:
            new.complete_constraints = [constraint.copy(stateful=True) for constraint in self.complete_constraints]
            if self.inprogress_constraint is not None:
                new.inprogress_constraint = self.inprogress_constraint.copy(stateful=True)
            new.pending_constraints = [constraint.copy() for constraint in self.pending_constraints]
        return new


def _is_token(token: object) -> bool:
    return isinstance(token, int) and token >= 0


def _require_int(token_id: object, must: str) -> None:
    if not isinstance(token_id, int):
        raise TypeError(f"`token_id` {must}, but is {token_id} of type {type(token_id)}")
