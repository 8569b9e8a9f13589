"""The pipeline that finds the answer to a question in a text."""

from __future__ import annotations

import inspect
import types
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.utils.data import Dataset
from transformers.models.auto.modeling_auto import MODEL_FOR_QUESTION_ANSWERING_MAPPING_NAMES
from transformers.pipelines.base import ArgumentHandler, ChunkPipeline

__all__ = ["QuestionAnsweringArgumentHandler", "QuestionAnsweringPipeline", "decode_spans", "select_starts_ends"]

Array = np.ndarray[Any, Any]


@dataclass
class _Example:
    """What the pipeline needs of a SquadExample, which it takes in its place."""

    question_text: str
    context_text: str


def decode_spans(start: Array, end: Array, topk: int, max_answer_len: int, undesired_tokens: Array) -> Any:
    """The `topk` likeliest spans of at most `max_answer_len` tokens.

    Args:
        start, end: probabilities, (length,) or (1, length).
        undesired_tokens: (1, length), nonzero for the tokens that *may* be in an answer.

    Returns:
        First tokens, last tokens and scores, best first, each (found,).
    """
    start, end = np.atleast_2d(start), np.atleast_2d(end)
    spans = np.tril(np.triu(start[:, :, None] * end[:, None, :]), max_answer_len - 1)
    flat = spans.flatten()
    if topk == 1:
        best = np.array([np.argmax(flat)])
    elif len(flat) < topk:
        best = np.argsort(-flat)
    else:
        candidates = np.argpartition(-flat, topk)[:topk]
        best = candidates[np.argsort(-flat[candidates])]
    starts, ends = np.unravel_index(best, spans.shape)[1:]
    allowed = undesired_tokens.nonzero()
    wanted = np.isin(starts, allowed) & np.isin(ends, allowed)
    return starts[wanted], ends[wanted], spans[0, starts[wanted], ends[wanted]]


def select_starts_ends(
    start: Any,
    end: Any,
    p_mask: Any,
    attention_mask: Any,
    min_null_score: float = 1000000,
    top_k: int = 1,
    handle_impossible_answer: bool = False,
    max_answer_len: int = 15,
) -> Any:
    """The likeliest spans, from logits.

    Args:
        start, end: logits (1, length).
        p_mask: (1, length), 1 for tokens that cannot be in an answer.
        attention_mask: (1, length) or None.
        min_null_score: the smallest probability so far that there is no answer.

    Returns:
        First tokens, last tokens, scores, and `min_null_score` anew.
    """
    allowed = np.abs(np.array(p_mask) - 1)
    if attention_mask is not None:
        allowed = allowed & attention_mask
    start, end = (_probabilities(np.where(allowed == 0, -10000.0, logits)) for logits in (start, end))
    if handle_impossible_answer:
        min_null_score = min(min_null_score, (start[0, 0] * end[0, 0]).item())
    start[0, 0] = end[0, 0] = 0.0  # the first token, by which models say that there is no answer
    return *decode_spans(start, end, top_k, max_answer_len, allowed), min_null_score


def _probabilities(logits: Array) -> Array:
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum()


class QuestionAnsweringArgumentHandler(ArgumentHandler):
    """Makes examples of the many ways in which questions and contexts are given."""

    _load_processor = False
    _load_image_processor = False
    _load_feature_extractor = False
    _load_tokenizer = True

    def normalize(self, item: Any) -> Any:
        """An example of a dict (`question`, `context`) or of a SquadExample.

        Raises:
            KeyError, ValueError: for a dict without one of them, or with an empty one; ValueError for anything else.
        """
        if hasattr(item, "question_text") and hasattr(item, "context_text"):
            return item
        if not isinstance(item, dict):
            raise ValueError(f"{item} is no dict of question and context")
        for key in ("question", "context"):
            if key not in item:
                raise KeyError(f"{key} is missing: give a dict of question and context")
            if item[key] is None:
                raise ValueError(f"The {key} is None")
            if isinstance(item[key], str) and not item[key]:
                raise ValueError(f"The {key} is empty")
        return QuestionAnsweringPipeline.create_sample(**item)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        inputs = self._inputs(*args, **kwargs)
        if isinstance(inputs, (types.GeneratorType, Dataset)):
            return inputs
        if isinstance(inputs, dict):
            inputs = [inputs]
        elif not isinstance(inputs, Iterable):
            raise ValueError(f"{inputs} is nothing that can be asked")
        return [self.normalize(item) for item in inputs]

    def _inputs(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1:
            return args[0]
        if len(args) == 2 and all(isinstance(arg, str) for arg in args):
            return [{"question": args[0], "context": args[1]}]
        if args:
            return list(args)
        for key in ("X", "data"):
            if key in kwargs:
                warnings.warn(
                    f"Passing `{key}` is deprecated; pass `question` and `context`.", FutureWarning, stacklevel=4
                )
                return kwargs[key]
        if "question" not in kwargs or "context" not in kwargs:
            raise ValueError(f"Neither question and context nor anything else to ask is among {sorted(kwargs)}")
        questions, contexts = kwargs["question"], kwargs["context"]
        if isinstance(questions, str) and isinstance(contexts, str):
            questions = [questions]
        if not isinstance(questions, list) or not isinstance(contexts, (str, list)):
            raise ValueError("question and context are texts, or lists of texts")
        if isinstance(contexts, str):
            contexts = [contexts] * len(questions)
        if len(questions) != len(contexts):
            raise ValueError(f"There are {len(questions)} questions and {len(contexts)} contexts")
        return [{"question": q, "context": c} for q, c in zip(questions, contexts, strict=True)]


class QuestionAnsweringPipeline(ChunkPipeline):
    """Extractive question answering: `{"score": float, "start": int, "end": int, "answer": str}`, the characters of
    the answer in the context; a list of those for `top_k` above 1 and for several questions.

    Needs a tokenizer with offsets, which all of transformers 5 but the pure Python ones have.
    """

    default_input_names = "question,context"
    handle_impossible_answer = False

    def __init__(self, model: Any, tokenizer: Any, task: str = "", **kwargs: Any) -> None:
        for gone in ("modelcard", "framework"):
            kwargs.pop(gone, None)
        super().__init__(model=model, tokenizer=tokenizer, task=task, **kwargs)
        self._args_parser = QuestionAnsweringArgumentHandler()
        self.check_model_type(MODEL_FOR_QUESTION_ANSWERING_MAPPING_NAMES)

    @staticmethod
    def create_sample(question: Any, context: Any) -> Any:
        """An example of a question and a context, or a list of examples of lists of them."""
        if isinstance(question, list):
            return [_Example(q, c) for q, c in zip(question, context, strict=False)]
        return _Example(question, context)

    def _sanitize_parameters(
        self,
        padding: Any = None,
        topk: int | None = None,
        top_k: int | None = None,
        doc_stride: int | None = None,
        max_answer_len: int | None = None,
        max_seq_len: int | None = None,
        max_question_len: int | None = None,
        handle_impossible_answer: bool | None = None,
        align_to_words: bool | None = None,
        **kwargs: Any,
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        if topk is not None and top_k is None:
            warnings.warn("topk is deprecated: it is top_k now.", UserWarning, stacklevel=2)
            top_k = topk
        for name, value in (("top_k", top_k), ("max_answer_len", max_answer_len)):
            if value is not None and value < 1:
                raise ValueError(f"{name} parameter should be >= 1 (got {value})")
        preprocess = {
            "padding": padding,
            "doc_stride": doc_stride,
            "max_question_len": max_question_len,
            "max_seq_len": max_seq_len,
        }
        postprocess = {
            "top_k": top_k,
            "max_answer_len": max_answer_len,
            "handle_impossible_answer": handle_impossible_answer,
            "align_to_words": align_to_words,
        }
        return _given(preprocess), {}, _given(postprocess)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Answer questions.

        Args:
            question: a text, or a list of them.
            context: a text for all questions, or a list of as many.
            top_k: answers a question, 1 by default.
            doc_stride: tokens by which the parts of a long context overlap, 128 by default.
            max_answer_len: tokens, 15 by default.
            max_seq_len: tokens of question and context in one part, 384 by default.
            max_question_len: tokens after which a question is cut, 64 by default.
            handle_impossible_answer: whether "" is an answer, False by default.
            align_to_words: whether answers end where words do, True by default.

        Raises:
            ValueError, KeyError: when there is no question or no context to be found in the arguments.
        """
        if args:
            warnings.warn(
                "Passing SQuAD examples by position is deprecated; pass `question` and `context`.",
                FutureWarning,
                stacklevel=2,
            )
        examples = self._args_parser(*args, **kwargs)
        if isinstance(examples, (list, tuple)) and len(examples) == 1:
            examples = examples[0]
        return super().__call__(examples, **kwargs)

    def preprocess(
        self,
        example: Any,
        padding: Any = "do_not_pad",
        doc_stride: int | None = None,
        max_question_len: int = 64,
        max_seq_len: int | None = None,
    ) -> Iterator[dict[str, Any]]:
        if isinstance(example, dict):
            example = _Example(example["question"], example["context"])
        if not self.tokenizer.is_fast:
            raise ValueError(
                f"{type(self.tokenizer).__name__} gives no offsets, by which an answer is found in the text; use the "
                "tokenizer that AutoTokenizer loads."
            )
        if max_seq_len is None:
            max_seq_len = min(self.tokenizer.model_max_length, 384)
        if doc_stride is None:
            doc_stride = min(max_seq_len // 2, 128)
        if doc_stride > max_seq_len:
            raise ValueError(f"Windows of {max_seq_len} tokens cannot overlap by doc_stride={doc_stride}")

        question_first = self.tokenizer.padding_side == "right"
        pair = [example.question_text, example.context_text]
        encoded = self.tokenizer(
            *(pair if question_first else reversed(pair)),
            padding=padding,
            truncation="only_second" if question_first else "only_first",
            max_length=max_seq_len,
            stride=doc_stride,
            return_token_type_ids=True,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            return_special_tokens_mask=True,
        )
        # With padding on the left no token is masked: transformers 4 then lets the answer lie in the question.
        parts = len(encoded["input_ids"])
        for part in range(parts):
            ids = encoded["input_ids"][part]
            # The class token stays in: some models answer with it that there is no answer.
            cls_token = self.tokenizer.cls_token_id
            sides = zip(ids, encoded.sequence_ids(part), strict=True)
            mask = [question_first and side != 1 and (cls_token is None or token != cls_token) for token, side in sides]
            tensors = {
                name: torch.tensor(encoded[name][part])[None]
                for name in {*self.tokenizer.model_input_names, "token_type_ids"}
                if name in encoded
            }
            tensors["p_mask"] = torch.tensor(mask)[None]
            yield {"example": example, "encoding": encoded[part], "is_last": part == parts - 1, **tensors}

    def _forward(self, inputs: Any) -> dict[str, Any]:
        model_inputs = {name: inputs[name] for name in self.tokenizer.model_input_names}
        if "use_cache" in inspect.signature(self.model.forward).parameters:
            model_inputs["use_cache"] = False
        output = self.model(**model_inputs)
        start, end = (output["start_logits"], output["end_logits"]) if isinstance(output, dict) else output[:2]
        return {"start": start, "end": end, **inputs}

    def postprocess(
        self,
        model_outputs: Any,
        top_k: int = 1,
        handle_impossible_answer: bool = False,
        max_answer_len: int = 15,
        align_to_words: bool = True,
    ) -> Any:
        null_score: float = 1000000
        answers: list[dict[str, Any]] = []
        for output in model_outputs:
            mask = output["attention_mask"].numpy() if output.get("attention_mask") is not None else None
            starts, ends, scores, null_score = select_starts_ends(
                *(_as_numpy(output[name]) for name in ("start", "end", "p_mask")),
                mask,
                null_score,
                top_k * 2 + 10 if align_to_words else top_k,  # some fall together when they are aligned
                handle_impossible_answer,
                max_answer_len,
            )
            left = self.tokenizer.padding_side == "left"
            padded = int((output["input_ids"] == self.tokenizer.pad_token_id).sum()) if left else 0
            for start, end, score in zip(starts, ends, scores, strict=True):
                first, last = self.get_indices(
                    output["encoding"], int(start) - padded, int(end) - padded, 0 if left else 1, align_to_words
                )
                text = output["example"].context_text[first:last]
                known = self.get_answer(answers, text)
                if known:
                    known["score"] += score.item()
                else:
                    answers.append({"score": score.item(), "start": first, "end": last, "answer": text})
        if handle_impossible_answer:
            answers.append({"score": null_score, "start": 0, "end": 0, "answer": ""})
        answers = sorted(answers, key=lambda answer: answer["score"], reverse=True)[:top_k]
        return answers[0] if len(answers) == 1 else answers

    def get_answer(self, answers: list[dict[str, Any]], target: str) -> dict[str, Any] | None:
        """The answer with this text, in whatever case; None when there is none."""
        return next((answer for answer in answers if answer["answer"].lower() == target.lower()), None)

    def get_indices(self, enc: Any, s: int, e: int, sequence_index: int, align_to_words: bool) -> tuple[int, int]:
        """First and last-but-one character of the tokens `s` to `e`, or of the words that they are part of."""
        if align_to_words:
            try:
                words = enc.token_to_word(s), enc.token_to_word(e)
                spans = [enc.word_to_chars(word, sequence_index=sequence_index) for word in words]
                return spans[0][0], spans[1][1]
            except Exception:
                pass
        return enc.offsets[s][0], enc.offsets[e][1]


def _as_numpy(tensor: torch.Tensor) -> Array:
    return (tensor.float() if tensor.dtype == torch.bfloat16 else tensor).numpy()


def _given(parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parameters.items() if value is not None}
