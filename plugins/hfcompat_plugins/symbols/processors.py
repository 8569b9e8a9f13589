"""Examples and features of classification tasks, and readers of tables: `transformers.data.processors.utils`."""

from __future__ import annotations

import csv
import dataclasses
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.data import TensorDataset

__all__ = ["DataProcessor", "InputExample", "InputFeatures", "SingleSentenceClassificationProcessor"]


@dataclass
class InputExample:
    """One text, or a pair of texts, with its label.

    Attributes:
        guid: unique.
        text_a: the text, or the first of the pair.
        text_b: the second.
        label: None in a test set.
    """

    guid: str
    text_a: str
    text_b: str | None = None
    label: str | None = None

    def to_json_string(self) -> str:
        """JSON, indented by two, with a newline at the end."""
        return json.dumps(dataclasses.asdict(self), indent=2) + "\n"


@dataclass(frozen=True)
class InputFeatures:
    """What a model takes for one example; `label` is an int for classes and a float for regression."""

    input_ids: list[int]
    attention_mask: list[int] | None = None
    token_type_ids: list[int] | None = None
    label: int | float | None = None

    def to_json_string(self) -> str:
        """JSON on one line, with a newline at the end."""
        return json.dumps(dataclasses.asdict(self)) + "\n"


class DataProcessor:
    """Base class: makes examples of a data set. Subclasses say how; here everything raises NotImplementedError."""

    def get_example_from_tensor_dict(self, tensor_dict: Any) -> Any:
        raise NotImplementedError

    def get_train_examples(self, data_dir: str) -> Any:
        raise NotImplementedError

    def get_dev_examples(self, data_dir: str) -> Any:
        raise NotImplementedError

    def get_test_examples(self, data_dir: str) -> Any:
        raise NotImplementedError

    def get_labels(self) -> list[str]:
        raise NotImplementedError

    def tfds_map(self, example: InputExample) -> InputExample:
        """Where there is more than one label, put the label's name in the place of its number."""
        labels = self.get_labels()
        if len(labels) > 1:
            example.label = labels[int(example.label or 0)]
        return example

    @classmethod
    def _read_tsv(cls, input_file: str, quotechar: str | None = None) -> list[list[str]]:
        """The rows of a table with tabs between its columns."""
        with open(input_file, encoding="utf-8-sig") as file:
            return list(csv.reader(file, delimiter="\t", quotechar=quotechar))


class SingleSentenceClassificationProcessor(DataProcessor):
    """Examples of one text each, from a table or from lists.

    Args:
        mode: "classification" or "regression".
        verbose: not used.
    """

    def __init__(
        self,
        labels: list[Any] | None = None,
        examples: list[InputExample] | None = None,
        mode: str = "classification",
        verbose: bool = False,
    ) -> None:
        self.labels = [] if labels is None else labels
        self.examples = [] if examples is None else examples
        self.mode = mode
        self.verbose = verbose

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, slice):
            return SingleSentenceClassificationProcessor(labels=self.labels, examples=self.examples[idx])
        return self.examples[idx]

    @classmethod
    def create_from_csv(
        cls,
        file_name: str,
        split_name: str = "",
        column_label: int = 0,
        column_text: int = 1,
        column_id: int | None = None,
        skip_first_row: bool = False,
        **kwargs: Any,
    ) -> SingleSentenceClassificationProcessor:
        """Read a table (tabs between columns); `kwargs` go to the class, the others to `add_examples_from_csv`."""
        processor = cls(**kwargs)
        processor.add_examples_from_csv(
            file_name, split_name, column_label, column_text, column_id, skip_first_row, True, True
        )
        return processor

    @classmethod
    def create_from_examples(
        cls, texts_or_text_and_labels: Sequence[Any], labels: Sequence[Any] | None = None, **kwargs: Any
    ) -> SingleSentenceClassificationProcessor:
        """`kwargs` are those of the class, the others of `add_examples`."""
        processor = cls(**kwargs)
        processor.add_examples(texts_or_text_and_labels, labels=labels)
        return processor

    def add_examples_from_csv(
        self,
        file_name: str,
        split_name: str = "",
        column_label: int = 0,
        column_text: int = 1,
        column_id: int | None = None,
        skip_first_row: bool = False,
        overwrite_labels: bool = False,
        overwrite_examples: bool = False,
    ) -> list[InputExample]:
        """Add the rows of a table; without `column_id`, ids are `split_name-row` or the number of the row."""
        rows = self._read_tsv(file_name)[1 if skip_first_row else 0 :]
        prefix = f"{split_name}-" if split_name else ""
        ids = [f"{prefix}{i}" if column_id is None else row[column_id] for i, row in enumerate(rows)]
        texts, labels = [row[column_text] for row in rows], [row[column_label] for row in rows]
        return self.add_examples(texts, labels, ids, overwrite_labels, overwrite_examples)

    def add_examples(
        self,
        texts_or_text_and_labels: Sequence[Any],
        labels: Sequence[Any] | None = None,
        ids: Sequence[Any] | None = None,
        overwrite_labels: bool = False,
        overwrite_examples: bool = False,
    ) -> list[InputExample]:
        """Add texts, or pairs of a text and a label.

        Raises:
            ValueError: when there are more or fewer `labels` or `ids` than texts.
        """
        count = len(texts_or_text_and_labels)
        for name, given in (("labels", labels), ("ids", ids)):
            if given is not None and len(given) != count:
                raise ValueError(f"There are {count} texts and {len(given)} {name}")
        added = []
        for text, label, guid in zip(
            texts_or_text_and_labels, _or_none(labels, count), _or_none(ids, count), strict=True
        ):
            if label is None and isinstance(text, (tuple, list)):
                text, label = text
            added.append(InputExample(guid=guid, text_a=text, text_b=None, label=label))
        if overwrite_examples:
            self.examples = added
        else:
            self.examples.extend(added)
        new = {example.label for example in added}
        self.labels = list(new) if overwrite_labels else list(new.union(self.labels))
        return self.examples

    def get_features(
        self,
        tokenizer: Any,
        max_length: int | None = None,
        pad_on_left: bool = False,
        pad_token: int = 0,
        mask_padding_with_zero: bool = True,
        return_tensors: str | None = None,
    ) -> Any:
        """Tokenize all examples, padded to the longest.

        Args:
            max_length: of a text with its special tokens; the tokenizer's own when None or longer.
            mask_padding_with_zero: the attention mask is 1 on tokens and 0 on padding; otherwise the reverse.
            return_tensors: None gives a list of `InputFeatures`; "pt" a TensorDataset of ids, mask and label.
        """
        if return_tensors not in (None, "pt"):
            raise ValueError(f"return_tensors is None or 'pt', not {return_tensors!r}")
        longest = min(tokenizer.model_max_length, max_length or tokenizer.model_max_length)
        encoded = [tokenizer.encode(e.text_a, truncation=True, max_length=longest) for e in self.examples]
        width = max(map(len, encoded))
        real, padded = (1, 0) if mask_padding_with_zero else (0, 1)
        features = []
        for example, ids in zip(self.examples, encoded, strict=True):
            padding = width - len(ids)
            parts = [([pad_token] * padding, [padded] * padding), (ids, [real] * len(ids))]
            (a, mask_a), (b, mask_b) = parts if pad_on_left else reversed(parts)
            features.append(InputFeatures(input_ids=a + b, attention_mask=mask_a + mask_b, label=self._label(example)))
        if return_tensors is None:
            return features
        kind = torch.long if self.mode == "classification" else torch.float
        return TensorDataset(
            torch.tensor([feature.input_ids for feature in features]),
            torch.tensor([feature.attention_mask for feature in features]),
            torch.tensor([feature.label for feature in features], dtype=kind),
        )

    def _label(self, example: InputExample) -> int | float:
        if self.mode == "classification":
            return {label: index for index, label in enumerate(self.labels)}[example.label]
        if self.mode == "regression":
            return float(example.label or "nan")
        raise ValueError(f"mode is 'classification' or 'regression', not {self.mode!r}")


def _or_none(given: Sequence[Any] | None, count: int) -> Iterable[Any]:
    return [None] * count if given is None else given
