"""Masking of whole words as transformers 4 did it: a word is a token and the tokens with "##" that follow it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from transformers.data.data_collator import (
    DataCollatorForLanguageModeling,
    _numpy_collate_batch,
    _torch_collate_batch,
)

__all__ = ["DataCollatorForWholeWordMask"]


class DataCollatorForWholeWordMask(DataCollatorForLanguageModeling):
    """Masks whole words of BERT's tokenizers; elsewhere, every token is a word.

    Takes what `DataCollatorForLanguageModeling` takes. Examples are lists of ids, or dicts with `input_ids` and, for
    Chinese, `chinese_ref`: the positions that continue a word. Gives `input_ids` and `labels`, (batch, length).
    """

    def torch_call(self, examples: list[Any]) -> dict[str, Any]:
        return self._collate(examples, _torch_collate_batch, self.torch_mask_tokens)

    def numpy_call(self, examples: list[Any]) -> dict[str, Any]:
        return self._collate(examples, _numpy_collate_batch, self.numpy_mask_tokens)

    def _collate(self, examples: list[Any], collate: Any, mask: Any) -> dict[str, Any]:
        if self.seed and self.generator is None:
            self.create_rng()
        rows = [example if isinstance(example, Mapping) else {"input_ids": example} for example in examples]
        padded = {"tokenizer": self.tokenizer, "pad_to_multiple_of": self.pad_to_multiple_of}
        inputs = collate([row["input_ids"] for row in rows], **padded)
        marked = [self._whole_word_mask(self._tokens(row)) for row in rows]
        inputs, labels = mask(inputs, collate(marked, **padded))
        return {"input_ids": inputs, "labels": labels}

    def _tokens(self, row: Mapping[str, Any]) -> list[str]:
        tokens = self.tokenizer.convert_ids_to_tokens(_list(row["input_ids"]))
        for position in set(_list(row.get("chinese_ref", []))):
            if position < len(tokens):
                tokens[position] = "##" + tokens[position]
        return tokens

    def _whole_word_mask(self, input_tokens: list[str], max_predictions: int = 512) -> list[int]:  # type: ignore[override]
        """1 for each token of the chosen words, 0 for the others."""
        words: list[list[int]] = []
        for index, token in enumerate(input_tokens):
            if token in ("[CLS]", "[SEP]"):
                continue
            if words and token.startswith("##"):
                words[-1].append(index)
            else:
                words.append([index])
        left = min(max_predictions, max(1, round(len(input_tokens) * self.mlm_probability)))
        chosen: set[int] = set()
        for word in self._shuffle(words):
            if len(word) <= left:
                chosen.update(word)
                left -= len(word)
        return [int(index in chosen) for index in range(len(input_tokens))]

    def _shuffle(self, words: list[list[int]]) -> list[list[int]]:
        if self.seed is None:
            random.shuffle(words)
            return words
        if self.return_tensors == "pt":
            return [words[index] for index in torch.randperm(len(words), generator=self.generator)]
        self.generator.shuffle(words)
        return words

    def _maskable(self, labels: Any, mask_labels: Any) -> Any:
        """Chosen, and neither special nor padding; a bool array (batch, length)."""
        if self.tokenizer.mask_token is None:
            raise ValueError(f"{type(self.tokenizer).__name__} has no mask token, so there is nothing to mask with.")
        special = [
            self.tokenizer.get_special_tokens_mask(row, already_has_special_tokens=True) for row in labels.tolist()
        ]
        maskable = np.asarray(mask_labels).astype(bool) & ~np.array(special, dtype=bool)
        if self.tokenizer.pad_token is not None:
            maskable &= np.asarray(labels) != self.tokenizer.pad_token_id
        return maskable

    def torch_mask_tokens(self, inputs: Any, mask_labels: Any) -> tuple[Any, Any]:  # type: ignore[override]
        """Masked ids, and labels that are -100 wherever nothing is to be predicted; all are (batch, length).

        Raises:
            ValueError: when the tokenizer has no mask token.
        """
        labels = inputs.clone()
        chosen = torch.from_numpy(self._maskable(labels, mask_labels))
        labels[~chosen] = -100

        def draw(probability: float) -> torch.Tensor:
            return torch.bernoulli(torch.full(labels.shape, probability), generator=self.generator).bool()

        masked = draw(self.mask_replace_prob) & chosen
        inputs[masked] = self.tokenizer.convert_tokens_to_ids(self.tokenizer.mask_token)
        if self.mask_replace_prob < 1 and self.random_replace_prob > 0:
            swapped = draw(self.random_replace_prob / (1 - self.mask_replace_prob)) & chosen & ~masked
            others = torch.randint(len(self.tokenizer), labels.shape, dtype=torch.long, generator=self.generator)
            inputs[swapped] = others[swapped]
        return inputs, labels

    def numpy_mask_tokens(self, inputs: Any, mask_labels: Any) -> tuple[Any, Any]:  # type: ignore[override]
        """As `torch_mask_tokens`, with arrays."""
        labels = np.copy(inputs)
        chosen = self._maskable(labels, mask_labels)
        labels[~chosen] = -100
        source: Any = self.generator or np.random

        def draw(probability: float) -> Any:
            return source.binomial(1, probability, size=labels.shape).astype(bool)

        masked = draw(self.mask_replace_prob) & chosen
        inputs[masked] = self.tokenizer.convert_tokens_to_ids(self.tokenizer.mask_token)
        if self.mask_replace_prob < 1 and self.random_replace_prob > 0:
            swapped = draw(self.random_replace_prob / (1 - self.mask_replace_prob)) & chosen & ~masked
            integers = self.generator.integers if self.generator else np.random.randint
            others = integers(low=0, high=len(self.tokenizer), size=labels.shape, dtype=np.int64)
            inputs[swapped] = others[swapped]
        return inputs, labels


def _list(ids: Any) -> list[int]:
    return ids if isinstance(ids, list) else np.asarray(ids).tolist()
