"""Datasets that read a file of text and tokenize it at once: `transformers.data.datasets.language_modeling`."""

from __future__ import annotations

import json
import os
import pickle
import warnings
from typing import Any

import torch
from filelock import FileLock
from hfcompat_plugins.symbols.removed import removed_names
from torch.utils.data import Dataset

__all__ = ["LineByLineTextDataset", "LineByLineWithRefDataset", "TextDataset"]

_PAIRS = ("LineByLineWithSOPTextDataset", "TextDatasetForNextSentencePrediction")

globals().update(
    removed_names(
        __name__,
        "make the pairs of sentences with the library `datasets`, or install transformers<5.",
        classes=_PAIRS,
    )
)
__all__ += [*_PAIRS]


def _begin(dataset: object, *files: str) -> None:
    warnings.warn(
        f"{type(dataset).__name__} is no longer part of transformers: read and tokenize files with `datasets`.",
        FutureWarning,
        stacklevel=3,
    )
    for file in files:
        if not os.path.isfile(file):
            raise ValueError(f"There is no file {file}")


class TextDataset(Dataset):
    """A text in blocks of equal length, each with its special tokens; what is left at the end is dropped.

    Blocks are kept in a file beside the text, or in `cache_dir`, and read from there next time. That file is a pickle:
    keep others from writing to the folder.

    Args:
        block_size: tokens in a block, special tokens included.
        overwrite_cache: make the blocks again.

    Raises:
        ValueError: when there is no file `file_path`.
    """

    def __init__(
        self,
        tokenizer: Any,
        file_path: str,
        block_size: int,
        overwrite_cache: bool = False,
        cache_dir: str | None = None,
    ) -> None:
        _begin(self, file_path)
        size = block_size - tokenizer.num_special_tokens_to_add(pair=False)
        folder, name = os.path.split(file_path)
        kept = f"cached_lm_{type(tokenizer).__name__}_{size}_{name}"
        cache = os.path.join(folder if cache_dir is None else cache_dir, kept)
        with FileLock(cache + ".lock"):  # of several processes one makes the blocks
            if os.path.exists(cache) and not overwrite_cache:
                with open(cache, "rb") as file:
                    self.examples = pickle.load(file)
                return
            with open(file_path, encoding="utf-8") as text:
                ids = tokenizer.convert_tokens_to_ids(tokenizer.tokenize(text.read()))
            self.examples = [
                tokenizer.build_inputs_with_special_tokens(ids[start : start + size])
                for start in range(0, len(ids) - size + 1, size)
            ]
            with open(cache, "wb") as file:
                pickle.dump(self.examples, file, protocol=pickle.HIGHEST_PROTOCOL)

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, i: int) -> torch.Tensor:
        return torch.tensor(self.examples[i], dtype=torch.long)


class LineByLineTextDataset(Dataset):
    """The lines of a text that are not blank, each a dict with `input_ids`, cut to `block_size` tokens.

    Raises:
        ValueError: when there is no file `file_path`.
    """

    def __init__(self, tokenizer: Any, file_path: str, block_size: int) -> None:
        _begin(self, file_path)
        with open(file_path, encoding="utf-8") as text:
            lines = [line for line in text.read().splitlines() if line.strip()]
        self.examples = _encoded(tokenizer, lines, block_size)

    def __len__(self) -> int:
        return len(self.examples)

    def __getitem__(self, i: int) -> dict[str, torch.Tensor]:
        return self.examples[i]


class LineByLineWithRefDataset(LineByLineTextDataset):
    """As `LineByLineTextDataset`, with `chinese_ref`: what continues a word, a JSON list a line in `ref_path`.

    Raises:
        ValueError: when a file is missing, or the files have different numbers of lines.
    """

    def __init__(self, tokenizer: Any, file_path: str, block_size: int, ref_path: str) -> None:
        _begin(self, file_path, ref_path)
        with open(file_path, encoding="utf-8") as text:
            lines = [line.strip() for line in text if line.strip()]  # not splitlines, which splits at U+2029, too
        with open(ref_path, encoding="utf-8") as text:
            refs = [json.loads(line) for line in text.read().splitlines() if line.strip()]
        if len(lines) != len(refs):
            raise ValueError(f"{file_path} has {len(lines)} lines, {ref_path} has {len(refs)}")
        self.examples = _encoded(tokenizer, lines, block_size)
        for example, ref in zip(self.examples, refs, strict=True):
            example["chinese_ref"] = torch.tensor(ref, dtype=torch.long)


def _encoded(tokenizer: Any, lines: list[str], block_size: int) -> list[dict[str, torch.Tensor]]:
    ids = tokenizer(lines, add_special_tokens=True, truncation=True, max_length=block_size)["input_ids"]
    return [{"input_ids": torch.tensor(line, dtype=torch.long)} for line in ids]
