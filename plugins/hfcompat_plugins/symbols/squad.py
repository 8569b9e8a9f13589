"""Examples and features of question answering over paragraphs: `transformers.data.processors.squad`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import partial
from multiprocessing import Pool, cpu_count
from typing import Any

import numpy as np
import torch
from hfcompat_plugins.symbols.processors import DataProcessor
from torch.utils.data import TensorDataset
from tqdm import tqdm
from transformers.utils import logging

__all__ = [
    "MULTI_SEP_TOKENS_TOKENIZERS_SET",
    "SquadExample",
    "SquadFeatures",
    "SquadProcessor",
    "SquadResult",
    "SquadV1Processor",
    "SquadV2Processor",
    "squad_convert_example_to_features",
    "squad_convert_example_to_features_init",
    "squad_convert_examples_to_features",
]

logger = logging.get_logger(__name__)

# Two separators stand between question and paragraph.
MULTI_SEP_TOKENS_TOKENIZERS_SET = {"roberta", "camembert", "bart", "mpnet"}
_MARKS_SPACES = ("Roberta", "Longformer", "Bart")

tokenizer: Any = None  # of this process, set by squad_convert_example_to_features_init

# -------------------------------------------------------------------------------- examples


class SquadExample:
    """A question about a paragraph.

    Args:
        qas_id: unique.
        context_text: the paragraph.
        answer_text, start_position_character: the answer to train with, and where it starts; None in evaluation.
        answers: in evaluation, dicts of `text` and `answer_start`.
        is_impossible: the paragraph holds no answer.

    Attributes:
        doc_tokens: the paragraph's words (what stands between whitespace).
        char_to_word_offset: for each character the index of its word; whitespace belongs to the word before it.
        start_position, end_position: the answer's first and last word; 0 where there is none.
    """

    def __init__(
        self,
        qas_id: str,
        question_text: str,
        context_text: str,
        answer_text: str | None,
        start_position_character: int | None,
        title: str,
        answers: list[dict[str, Any]] = [],  # noqa: B006 - the same list for all is what it was
        is_impossible: bool = False,
    ) -> None:
        self.qas_id = qas_id
        self.question_text = question_text
        self.context_text = context_text
        self.answer_text = answer_text
        self.title = title
        self.is_impossible = is_impossible
        self.answers = answers
        self.doc_tokens: list[str] = []
        self.char_to_word_offset: list[int] = []
        self.start_position, self.end_position = 0, 0
        inside = False
        for char in context_text:
            if _is_whitespace(char):
                inside = False
            elif inside:
                self.doc_tokens[-1] += char
            else:
                self.doc_tokens.append(char)
                inside = True
            self.char_to_word_offset.append(len(self.doc_tokens) - 1)
        if start_position_character is not None and not is_impossible:
            last = start_position_character + len(answer_text or "") - 1
            self.start_position = self.char_to_word_offset[start_position_character]
            self.end_position = self.char_to_word_offset[min(last, len(self.char_to_word_offset) - 1)]


class SquadFeatures:
    """What a model takes for one window of a paragraph.

    Attributes:
        p_mask: 0 where an answer may be, 1 elsewhere.
        example_index, unique_id: of the example among all, and of this window.
        paragraph_len: tokens of the paragraph in this window.
        token_is_max_context: whether of all windows with this token, by its index, this one shows most around it.
        token_to_orig_map: from the index of a token to the index of its word.
        start_position, end_position: indices of the tokens of the answer; that of CLS where the window holds none.
    """

    def __init__(
        self,
        input_ids: list[int],
        attention_mask: list[int],
        token_type_ids: list[int],
        cls_index: int,
        p_mask: list[int],
        example_index: int,
        unique_id: int,
        paragraph_len: int,
        token_is_max_context: dict[int, bool],
        tokens: list[str],
        token_to_orig_map: dict[int, int],
        start_position: int,
        end_position: int,
        is_impossible: bool,
        qas_id: str | None = None,
        encoding: Any = None,
    ) -> None:
        self.input_ids = input_ids
        self.attention_mask = attention_mask
        self.token_type_ids = token_type_ids
        self.cls_index = cls_index
        self.p_mask = p_mask
        self.example_index = example_index
        self.unique_id = unique_id
        self.paragraph_len = paragraph_len
        self.token_is_max_context = token_is_max_context
        self.tokens = tokens
        self.token_to_orig_map = token_to_orig_map
        self.start_position = start_position
        self.end_position = end_position
        self.is_impossible = is_impossible
        self.qas_id = qas_id
        self.encoding = encoding


class SquadResult:
    """What a model answers for one window; the last three are those of XLNet's and XLM's beam search."""

    def __init__(
        self,
        unique_id: int,
        start_logits: Sequence[float],
        end_logits: Sequence[float],
        start_top_index: Sequence[int] | None = None,
        end_top_index: Sequence[int] | None = None,
        cls_logits: float | None = None,
    ) -> None:
        self.unique_id = unique_id
        self.start_logits = start_logits
        self.end_logits = end_logits
        if start_top_index:
            self.start_top_index = start_top_index
            self.end_top_index = end_top_index
            self.cls_logits = cls_logits


def _is_whitespace(c: str) -> bool:
    return c in " \t\r\n" or ord(c) == 0x202F


# -------------------------------------------------------------------------------- features


def squad_convert_example_to_features_init(tokenizer_for_convert: Any) -> None:
    """Set the tokenizer that `squad_convert_example_to_features` uses in this process."""
    global tokenizer
    tokenizer = tokenizer_for_convert


def squad_convert_example_to_features(
    example: SquadExample,
    max_seq_length: int,
    doc_stride: int,
    max_query_length: int,
    padding_strategy: str,
    is_training: bool,
) -> list[SquadFeatures]:
    """The windows of one example; none when its answer is not in the paragraph.

    Args:
        max_seq_length: tokens in a window, question and special tokens included.
        doc_stride: tokens of the paragraph from the start of a window to the next.
        max_query_length: tokens of the question that are kept.
        padding_strategy: "max_length" or "do_not_pad".
    """
    trains = is_training and not example.is_impossible
    if trains:
        words = " ".join(example.doc_tokens[example.start_position : example.end_position + 1])
        answer = " ".join((example.answer_text or "").split())
        if answer not in words:
            logger.warning(f"The answer {answer!r} is not where it should be: {words!r}")
            return []
    paragraph = _Paragraph(example)
    target = paragraph.answer() if trains else (0, 0)
    query = tokenizer.encode(
        example.question_text, add_special_tokens=False, truncation=True, max_length=max_query_length
    )
    windows = _windows(paragraph, query, max_seq_length, doc_stride, padding_strategy)
    return [_features(example, windows, index, target, trains) for index in range(len(windows))]


class _Paragraph:
    """The tokens of a paragraph, and which word each belongs to."""

    def __init__(self, example: SquadExample) -> None:
        # Tokenizers that mark the space before a word are told that there is one.
        name = type(tokenizer).__name__.removesuffix("Fast").removesuffix("Tokenizer")
        options = {"add_prefix_space": True} if name in _MARKS_SPACES else {}
        self.example = example
        self.tokens: list[str] = []
        self.word_of: list[int] = []
        self.first_of: list[int] = []
        for index, word in enumerate(example.doc_tokens):
            self.first_of.append(len(self.tokens))
            self.tokens += tokenizer.tokenize(word, **options)
            self.word_of += [index] * (len(self.tokens) - len(self.word_of))

    def answer(self) -> tuple[int, int]:
        """The first and the last token of the answer."""
        after = self.example.end_position + 1
        start = self.first_of[self.example.start_position]
        end = (self.first_of[after] if after < len(self.first_of) else len(self.tokens)) - 1
        return _improve_answer_span(self.tokens, start, end, tokenizer, self.example.answer_text)


def _improve_answer_span(
    doc_tokens: Sequence[str], input_start: int, input_end: int, tokenizer: Any, orig_answer_text: str | None
) -> tuple[int, int]:
    """The longest span within the given one that is just the answer's tokens, leftmost first; else the given one."""
    wanted = " ".join(tokenizer.tokenize(orig_answer_text))
    for start in range(input_start, input_end + 1):
        for end in range(input_end, start - 1, -1):
            if " ".join(doc_tokens[start : end + 1]) == wanted:
                return start, end
    return input_start, input_end


def _windows(
    paragraph: _Paragraph, query: list[int], max_seq_length: int, doc_stride: int, padding_strategy: str
) -> list[dict[str, Any]]:
    right = tokenizer.padding_side == "right"
    kind = type(tokenizer).__name__.replace("Tokenizer", "").lower()
    single = tokenizer.model_max_length - tokenizer.max_len_single_sentence
    before = len(query) + single + (kind in MULTI_SEP_TOKENS_TOKENIZERS_SET)  # tokens before the paragraph's
    room = max_seq_length - len(query) - (tokenizer.model_max_length - tokenizer.max_len_sentences_pair)
    rest = tokenizer.convert_tokens_to_ids(paragraph.tokens)
    windows: list[dict[str, Any]] = []
    while len(windows) * doc_stride < len(paragraph.tokens):
        start = len(windows) * doc_stride
        window = tokenizer.prepare_for_model(
            *((query, rest) if right else (rest, query)),
            truncation="only_second" if right else "only_first",
            padding=padding_strategy,
            max_length=max_seq_length,
            return_overflowing_tokens=True,
            stride=room - doc_stride,
            return_token_type_ids=True,
        )
        length = min(len(paragraph.tokens) - start, room)
        first = before if right else 0
        window.update(
            start=start,
            length=length,
            first=first,
            before=before,
            tokens=tokenizer.convert_ids_to_tokens(_without_padding(window["input_ids"], right)),
            token_to_orig_map={first + i: paragraph.word_of[start + i] for i in range(length)},
        )
        windows.append(window)
        rest = window.get("overflowing_tokens")
        if not rest:
            break
    return windows


def _without_padding(ids: list[int], right: bool) -> list[int]:
    pad = tokenizer.pad_token_id
    if pad not in ids:
        return ids
    return ids[: ids.index(pad)] if right else ids[len(ids) - ids[::-1].index(pad) :]


def _features(
    example: SquadExample, windows: list[dict[str, Any]], index: int, target: tuple[int, int], trains: bool
) -> SquadFeatures:
    window = windows[index]
    ids, start, length, first = window["input_ids"], window["start"], window["length"], window["first"]
    cls_index = ids.index(tokenizer.cls_token_id)
    impossible = example.is_impossible
    position = (0, 0)
    if trains:
        impossible = not (start <= target[0] and target[1] < start + length)
        position = (cls_index, cls_index) if impossible else (target[0] - start + first, target[1] - start + first)
    return SquadFeatures(
        ids,
        window["attention_mask"],
        window["token_type_ids"],
        cls_index,
        _p_mask(window, cls_index),
        example_index=0,  # this and the next are known when all examples are
        unique_id=0,
        paragraph_len=length,
        token_is_max_context={first + i: _new_check_is_max_context(windows, index, start + i) for i in range(length)},
        tokens=window["tokens"],
        token_to_orig_map=window["token_to_orig_map"],
        start_position=position[0],
        end_position=position[1],
        is_impossible=impossible,
        qas_id=example.qas_id,
    )


def _p_mask(window: dict[str, Any], cls_index: int) -> list[int]:
    mask = np.ones_like(window["token_type_ids"])
    if tokenizer.padding_side == "right":
        mask[window["before"] :] = 0
    else:
        mask[-len(window["tokens"]) : -window["before"]] = 0
    special = tokenizer.get_special_tokens_mask(window["input_ids"], already_has_special_tokens=True)
    mask[np.asarray(special) != 0] = 1
    mask[cls_index] = 0  # where "there is no answer" is
    return mask.tolist()


def _new_check_is_max_context(doc_spans: Sequence[Any], cur_span_index: int, position: int) -> bool:
    """Whether of all windows with the token at `position`, that of index `cur_span_index` shows most on the side of it
    where it shows less (and is longest, where that is equal)."""
    scores = [
        (min(position - span["start"], last - position) + 0.01 * span["length"], -index)
        for index, span in enumerate(doc_spans)
        if span["start"] <= position <= (last := span["start"] + span["length"] - 1)
    ]
    return bool(scores) and -max(scores)[1] == cur_span_index


def squad_convert_examples_to_features(
    examples: Sequence[SquadExample],
    tokenizer: Any,
    max_seq_length: int,
    doc_stride: int,
    max_query_length: int,
    is_training: bool,
    padding_strategy: str = "max_length",
    return_dataset: str | bool = False,
    threads: int = 1,
    tqdm_enabled: bool = True,
) -> Any:
    """The windows of all examples, numbered; see `squad_convert_example_to_features`.

    Args:
        return_dataset: "pt" gives a TensorDataset, too.
        threads: number of processes that do the work.

    Returns:
        A list of `SquadFeatures`; with `return_dataset="pt"` also a TensorDataset of input_ids, attention_mask,
        token_type_ids, then in training start and end positions, cls_index, p_mask and is_impossible, otherwise the
        index of the feature, cls_index and p_mask.

    Raises:
        ValueError: for another `return_dataset`, such as TensorFlow's.
    """
    if return_dataset not in (False, None, "pt"):
        raise ValueError(f"return_dataset is False or 'pt', not {return_dataset!r}: transformers 5 has no TensorFlow.")
    convert = partial(
        squad_convert_example_to_features,
        max_seq_length=max_seq_length,
        doc_stride=doc_stride,
        max_query_length=max_query_length,
        padding_strategy=padding_strategy,
        is_training=is_training,
    )
    processes = min(threads, cpu_count())
    if processes > 1:
        with Pool(processes, initializer=squad_convert_example_to_features_init, initargs=(tokenizer,)) as pool:
            converted = list(_progress(pool.imap(convert, examples, chunksize=32), len(examples), tqdm_enabled))
    else:
        squad_convert_example_to_features_init(tokenizer)
        converted = list(_progress(map(convert, examples), len(examples), tqdm_enabled))
    features = []
    for index, windows in enumerate(windows for windows in converted if windows):
        for window in windows:
            window.example_index, window.unique_id = index, 1000000000 + len(features)
            features.append(window)
    return (features, _dataset(features, is_training)) if return_dataset else features


def _progress(steps: Any, total: int, enabled: bool) -> Any:
    return tqdm(steps, total=total, desc="SQuAD examples to features", disable=not enabled)


def _dataset(features: Sequence[SquadFeatures], is_training: bool) -> TensorDataset:
    def column(name: str, dtype: torch.dtype = torch.long) -> torch.Tensor:
        return torch.tensor([getattr(feature, name) for feature in features], dtype=dtype)

    inputs = [column(name) for name in ("input_ids", "attention_mask", "token_type_ids")]
    hints = [column("cls_index"), column("p_mask", torch.float)]
    if is_training:
        targets = [column("start_position"), column("end_position")]
        return TensorDataset(*inputs, *targets, *hints, column("is_impossible", torch.float))
    return TensorDataset(*inputs, torch.arange(len(features)), *hints)


# -------------------------------------------------------------------------------- files


class SquadProcessor(DataProcessor):
    """Reads SQuAD's JSON files. Subclasses name them."""

    train_file: str | None = None
    dev_file: str | None = None

    def get_train_examples(self, data_dir: str | None, filename: str | None = None) -> list[SquadExample]:
        """Examples with one answer each, from `filename` or the file of this version."""
        return self._create_examples(self._read(data_dir, self.train_file, filename), "train")

    def get_dev_examples(self, data_dir: str | None, filename: str | None = None) -> list[SquadExample]:
        """Examples with all their answers, from `filename` or the file of this version."""
        return self._create_examples(self._read(data_dir, self.dev_file, filename), "dev")

    def get_examples_from_dataset(self, dataset: Any, evaluate: bool = False) -> list[SquadExample]:
        """Examples of `tensorflow_datasets.load("squad")`."""
        examples = []
        for row in dataset["validation" if evaluate else "train"]:
            text, start = row["answers"]["text"], row["answers"]["answer_start"]
            given: dict[str, Any] = {"answers": []}
            if evaluate:
                pairs = zip(start, text, strict=False)
                given["answers"] = [{"answer_start": s.numpy(), "text": _text(t)} for s, t in pairs]
            examples.append(
                SquadExample(
                    qas_id=_text(row["id"]),
                    question_text=_text(row["question"]),
                    context_text=_text(row["context"]),
                    answer_text=None if evaluate else _text(text[0]),
                    start_position_character=None if evaluate else start[0].numpy(),
                    title=_text(row["title"]),
                    **given,
                )
            )
        return examples

    def _read(self, data_dir: str | None, standard: str | None, filename: str | None) -> list[dict[str, Any]]:
        if standard is None:
            raise ValueError("SquadProcessor has no files of its own: use SquadV1Processor or SquadV2Processor.")
        with open(os.path.join(data_dir or "", filename or standard), encoding="utf-8") as file:
            return json.load(file)["data"]

    def _create_examples(self, input_data: list[dict[str, Any]], set_type: str) -> list[SquadExample]:
        examples = []
        for entry in input_data:
            for paragraph in entry["paragraphs"]:
                for qa in paragraph["qas"]:
                    impossible = qa.get("is_impossible", False)
                    answers = [] if impossible else qa["answers"]
                    train = answers[0] if set_type == "train" and not impossible else {}
                    examples.append(
                        SquadExample(
                            qas_id=qa["id"],
                            question_text=qa["question"],
                            context_text=paragraph["context"],
                            answer_text=train.get("text"),
                            start_position_character=train.get("answer_start"),
                            title=entry["title"],
                            is_impossible=impossible,
                            answers=[] if set_type == "train" else answers,
                        )
                    )
        return examples


class SquadV1Processor(SquadProcessor):
    """SQuAD 1.1: every question has an answer."""

    train_file = "train-v1.1.json"
    dev_file = "dev-v1.1.json"


class SquadV2Processor(SquadProcessor):
    """SQuAD 2.0: some have none."""

    train_file = "train-v2.0.json"
    dev_file = "dev-v2.0.json"


def _text(tensor: Any) -> str:
    return tensor.numpy().decode("utf-8")
