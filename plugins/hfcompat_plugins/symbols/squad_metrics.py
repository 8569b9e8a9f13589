"""Scores of answers to questions, as the evaluation of SQuAD 1.1 and 2.0 defines them, and answers from logits."""

from __future__ import annotations

import json
import math
import re
import string
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from transformers.models.bert.tokenization_bert_legacy import BasicTokenizer
from transformers.utils import logging

__all__ = [
    "apply_no_ans_threshold",
    "compute_exact",
    "compute_f1",
    "compute_predictions_log_probs",
    "compute_predictions_logits",
    "find_all_best_thresh",
    "find_all_best_thresh_v2",
    "find_best_thresh",
    "find_best_thresh_v2",
    "get_final_text",
    "get_raw_scores",
    "get_tokens",
    "make_eval_dict",
    "merge_eval",
    "normalize_answer",
    "squad_evaluate",
]

logger = logging.get_logger(__name__)

_PUNCTUATION = str.maketrans("", "", string.punctuation)
_ARTICLE = re.compile(r"\b(?:a|an|the)\b")
Scores = Mapping[str, float]

# -------------------------------------------------------------------------------- one answer


def normalize_answer(s: str) -> str:
    """In lower case, without ASCII punctuation, articles and superfluous whitespace."""
    return " ".join(_ARTICLE.sub(" ", s.lower().translate(_PUNCTUATION)).split())


def get_tokens(s: str | None) -> list[str]:
    """The words of a normalized answer."""
    return normalize_answer(s).split() if s else []


def compute_exact(a_gold: str, a_pred: str) -> int:
    """1 when both are the same once normalized, else 0."""
    return int(normalize_answer(a_gold) == normalize_answer(a_pred))


def compute_f1(a_gold: str, a_pred: str) -> float:
    """F1 of the words; where either has none, 1 when the other has none, too."""
    gold, predicted = get_tokens(a_gold), get_tokens(a_pred)
    if not gold or not predicted:
        return int(gold == predicted)
    shared = sum((Counter(gold) & Counter(predicted)).values())
    if not shared:
        return 0
    precision, recall = shared / len(predicted), shared / len(gold)
    return (2 * precision * recall) / (precision + recall)


# -------------------------------------------------------------------------------- all answers


def get_raw_scores(examples: Iterable[Any], preds: Mapping[str, str]) -> tuple[dict[str, int], dict[str, float]]:
    """By `qas_id`, the best exact match and the best F1 over the given answers; a question without a prediction is left
    out, and printed."""
    exact, f1 = {}, {}
    for example in examples:
        if example.qas_id not in preds:
            print(f"No prediction for {example.qas_id}")
            continue
        predicted = preds[example.qas_id]
        golds = [text for answer in example.answers if normalize_answer(text := answer["text"])] or [""]
        exact[example.qas_id] = max(compute_exact(gold, predicted) for gold in golds)
        f1[example.qas_id] = max(compute_f1(gold, predicted) for gold in golds)
    return exact, f1


def apply_no_ans_threshold(
    scores: Scores, na_probs: Scores, qid_to_has_ans: Mapping[str, bool], na_prob_thresh: float
) -> dict[str, float]:
    """Scores when every question whose probability of having no answer exceeds the threshold is left unanswered."""
    return {
        qid: float(not qid_to_has_ans[qid]) if na_probs[qid] > na_prob_thresh else score
        for qid, score in scores.items()
    }


def make_eval_dict(exact_scores: Scores, f1_scores: Scores, qid_list: Sequence[str] | None = None) -> dict[str, Any]:
    """Percentages over all questions, or those in `qid_list`: `exact`, `f1`; and their number, `total`."""
    total = len(qid_list or exact_scores)
    sums = [
        sum([scores[qid] for qid in qid_list] if qid_list else scores.values()) for scores in (exact_scores, f1_scores)
    ]
    return {"exact": 100.0 * sums[0] / total, "f1": 100.0 * sums[1] / total, "total": total}


def merge_eval(main_eval: dict[str, Any], new_eval: Mapping[str, Any], prefix: str) -> None:
    """Put the entries of `new_eval` into `main_eval`, under `prefix_name`."""
    main_eval.update({f"{prefix}_{name}": value for name, value in new_eval.items()})


def find_best_thresh(
    preds: Mapping[str, str], scores: Scores, na_probs: Scores, qid_to_has_ans: Mapping[str, bool]
) -> tuple[float, float]:
    """The best mean score, in percent, that a threshold on the probability of no answer gives, and that threshold."""
    score = best = float(sum(not has_answer for has_answer in qid_to_has_ans.values()))  # nothing is answered
    threshold = 0.0
    for qid in sorted(na_probs, key=na_probs.__getitem__):
        if qid not in scores:
            continue
        score += scores[qid] if qid_to_has_ans[qid] else -bool(preds[qid])
        if score > best:
            best, threshold = score, na_probs[qid]
    return 100.0 * best / len(scores), threshold


def find_best_thresh_v2(
    preds: Mapping[str, str], scores: Scores, na_probs: Scores, qid_to_has_ans: Mapping[str, bool]
) -> tuple[float, float, float]:
    """As `find_best_thresh`, and the mean score (0 to 1) of the questions that have an answer.

    Raises:
        ZeroDivisionError: when none has.
    """
    answerable = [qid for qid in na_probs if qid_to_has_ans[qid]]
    mean = 1.0 * sum(scores[qid] for qid in answerable if qid in scores) / len(answerable)
    return (*find_best_thresh(preds, scores, na_probs, qid_to_has_ans), mean)


def find_all_best_thresh(
    main_eval: dict[str, Any],
    preds: Mapping[str, str],
    exact_raw: Scores,
    f1_raw: Scores,
    na_probs: Scores,
    qid_to_has_ans: Mapping[str, bool],
) -> None:
    """Put into `main_eval`: best_exact, best_exact_thresh, best_f1, best_f1_thresh."""
    for name, scores in (("exact", exact_raw), ("f1", f1_raw)):
        best, threshold = find_best_thresh(preds, scores, na_probs, qid_to_has_ans)
        main_eval.update({f"best_{name}": best, f"best_{name}_thresh": threshold})


def find_all_best_thresh_v2(
    main_eval: dict[str, Any],
    preds: Mapping[str, str],
    exact_raw: Scores,
    f1_raw: Scores,
    na_probs: Scores,
    qid_to_has_ans: Mapping[str, bool],
) -> None:
    """As `find_all_best_thresh`, and has_ans_exact and has_ans_f1."""
    for name, scores in (("exact", exact_raw), ("f1", f1_raw)):
        best, threshold, mean = find_best_thresh_v2(preds, scores, na_probs, qid_to_has_ans)
        main_eval.update({f"best_{name}": best, f"best_{name}_thresh": threshold, f"has_ans_{name}": mean})


def squad_evaluate(
    examples: Sequence[Any],
    preds: Mapping[str, str],
    no_answer_probs: Scores | None = None,
    no_answer_probability_threshold: float = 1.0,
) -> dict[str, Any]:
    """Exact match and F1 in percent over all questions, those with an answer (`HasAns_`) and those without (`NoAns_`),
    and the best thresholds.

    Args:
        examples: with `qas_id` and `answers`, such as `SquadExample`.
        preds: the answer to each, "" for none.
        no_answer_probs: how sure the model is that there is none; 0 when None.
    """
    has_answer = {example.qas_id: bool(example.answers) for example in examples}
    if no_answer_probs is None:
        no_answer_probs = dict.fromkeys(preds, 0.0)
    raw = get_raw_scores(examples, preds)
    kept = [
        apply_no_ans_threshold(scores, no_answer_probs, has_answer, no_answer_probability_threshold) for scores in raw
    ]
    evaluation = make_eval_dict(*kept)
    for prefix, wanted in (("HasAns", True), ("NoAns", False)):
        qids = [qid for qid, has in has_answer.items() if has is wanted]
        if qids:
            merge_eval(evaluation, make_eval_dict(*kept, qid_list=qids), prefix)
    if no_answer_probs:
        find_all_best_thresh(evaluation, preds, *raw, no_answer_probs, has_answer)
    return evaluation


# -------------------------------------------------------------------------------- answers from logits


def get_final_text(pred_text: str, orig_text: str, do_lower_case: bool, verbose_logging: bool = False) -> str:
    """The part of `orig_text` that became `pred_text` when it was tokenized; all of `orig_text` where that cannot be
    told, because tokenization did more than add spaces and change case."""
    tokenized = " ".join(BasicTokenizer(do_lower_case=do_lower_case).tokenize(orig_text))
    start = tokenized.find(pred_text)
    places = [index for index, char in enumerate(orig_text) if char != " "]
    tokenized_places = [index for index, char in enumerate(tokenized) if char != " "]
    if start != -1 and len(places) == len(tokenized_places):
        place = dict(zip(tokenized_places, places, strict=True))
        end = start + len(pred_text) - 1
        if start in place and end in place:
            return orig_text[place[start] : place[end] + 1]
    if verbose_logging:
        logger.info(f"{pred_text!r} cannot be traced back to {orig_text!r}")
    return orig_text


@dataclass
class _Answer:
    """A span of a feature, or no answer (`text` is empty), with its two scores."""

    text: str
    start: float
    end: float

    @property
    def score(self) -> float:
        return self.start + self.end


@dataclass
class _Span:
    feature: Any
    first: int
    last: int
    start: float
    end: float

    @property
    def score(self) -> float:
        return self.start + self.end


def _get_best_indexes(logits: Sequence[float], n_best_size: int) -> list[int]:
    """The indices of the `n_best_size` largest, largest first."""
    return sorted(range(len(logits)), key=lambda index: logits[index], reverse=True)[:n_best_size]


def _compute_softmax(scores: Sequence[float]) -> list[float]:
    if not scores:
        return []
    largest = max(scores)
    powers = [math.exp(score - largest) for score in scores]
    total = sum(powers)
    return [power / total for power in powers]


def _best_answers(
    example: Any,
    spans: Iterable[_Span],
    n_best_size: int,
    tokenizer: Any,
    do_lower_case: Any,
    verbose_logging: bool,
    null_at_0: bool,
) -> list[_Answer]:
    """At most `n_best_size` different texts, best first. With `null_at_0` a span that starts at 0 is no answer."""
    answers: dict[str, _Answer] = {}
    kept: list[_Answer] = []
    for span in sorted(spans, key=lambda span: span.score, reverse=True):
        if len(kept) >= n_best_size:
            break
        text = ""
        if span.first > 0 or not null_at_0:
            tokens = span.feature.tokens[span.first : span.last + 1]
            words = span.feature.token_to_orig_map
            original = " ".join(example.doc_tokens[words[span.first] : words[span.last] + 1])
            tokenized = " ".join(tokenizer.convert_tokens_to_string(tokens).split())
            lower = do_lower_case() if callable(do_lower_case) else do_lower_case
            text = get_final_text(tokenized, original, lower, verbose_logging)
            if text in answers:
                continue
        answers[text] = _Answer(text, span.start, span.end)
        kept.append(answers[text])
    return kept


def _by_example(all_features: Iterable[Any]) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = {}
    for feature in all_features:
        grouped.setdefault(feature.example_index, []).append(feature)
    return grouped


def _described(answers: Sequence[_Answer], kind: str) -> list[dict[str, Any]]:
    probabilities = _compute_softmax([answer.score for answer in answers])
    return [
        {"text": a.text, "probability": p, f"start_{kind}": a.start, f"end_{kind}": a.end}
        for a, p in zip(answers, probabilities, strict=True)
    ]


def _write(path: str | None, what: Any) -> None:
    if path:
        logger.info(f"Writing {path}")
        Path(path).write_text(json.dumps(what, indent=4) + "\n")


def compute_predictions_logits(
    all_examples: Sequence[Any],
    all_features: Sequence[Any],
    all_results: Sequence[Any],
    n_best_size: int,
    max_answer_length: int,
    do_lower_case: bool,
    output_prediction_file: str | None,
    output_nbest_file: str | None,
    output_null_log_odds_file: str | None,
    verbose_logging: bool,
    version_2_with_negative: bool,
    null_score_diff_threshold: float,
    tokenizer: Any,
) -> dict[str, str]:
    """The answer to each question, by `qas_id`, from the logits of where it starts and ends.

    Args:
        all_examples, all_features, all_results: of `SquadExample`, `SquadFeatures`, `SquadResult`.
        n_best_size: how many starts, ends and answers to consider.
        max_answer_length: in tokens.
        do_lower_case: whether the tokenizer did.
        output_prediction_file, output_nbest_file, output_null_log_odds_file: JSON is written there, unless None.
        version_2_with_negative: there may be no answer; the logits of token 0 stand for that.
        null_score_diff_threshold: answer "" when no answer beats the best answer by more than this.
    """
    features_of, result_of = _by_example(all_features), {result.unique_id: result for result in all_results}
    predictions, n_best, differences = {}, {}, {}
    for index, example in enumerate(all_examples):
        spans: list[_Span] = []
        null = _Span(None, 0, 0, 0, 0)
        null_score: float = 1000000
        for feature in features_of.get(index, []):
            result = result_of[feature.unique_id]
            starts, ends = result.start_logits, result.end_logits
            if version_2_with_negative and starts[0] + ends[0] < null_score:
                null_score = starts[0] + ends[0]
                null = _Span(feature, 0, 0, starts[0], ends[0])
            spans += [
                _Span(feature, first, last, starts[first], ends[last])
                for first in _get_best_indexes(starts, n_best_size)
                for last in _get_best_indexes(ends, n_best_size)
                if max(first, last) < len(feature.tokens)
                and first in feature.token_to_orig_map
                and last in feature.token_to_orig_map
                and feature.token_is_max_context.get(first, False)
                and first <= last < first + max_answer_length
            ]
        if version_2_with_negative:
            spans.append(null)
        answers = _best_answers(example, spans, n_best_size, tokenizer, do_lower_case, verbose_logging, True)
        nonce = _Answer("empty", 0.0, 0.0)
        if version_2_with_negative:
            if all(answer.text for answer in answers):
                answers.append(_Answer("", null.start, null.end))
            if len(answers) == 1:
                answers.insert(0, nonce)
        answers = answers or [nonce]
        n_best[example.qas_id] = _described(answers, "logit")
        predictions[example.qas_id] = answers[0].text
        if version_2_with_negative:
            best = next(answer for answer in answers if answer.text)
            difference = null_score - best.start - best.end
            differences[example.qas_id] = difference
            predictions[example.qas_id] = "" if difference > null_score_diff_threshold else best.text
    _write(output_prediction_file, predictions)
    _write(output_nbest_file, n_best)
    if version_2_with_negative:
        _write(output_null_log_odds_file, differences)
    return predictions


def compute_predictions_log_probs(
    all_examples: Sequence[Any],
    all_features: Sequence[Any],
    all_results: Sequence[Any],
    n_best_size: int,
    max_answer_length: int,
    output_prediction_file: str,
    output_nbest_file: str,
    output_null_log_odds_file: str,
    start_n_top: int,
    end_n_top: int,
    version_2_with_negative: bool,
    tokenizer: Any,
    verbose_logging: bool,
) -> dict[str, str]:
    """As `compute_predictions_logits`, for the beam search of XLNet and XLM: results hold the best starts and, for
    each, the best ends, with their log-probabilities. There is always an answer; the log-odds of none are written.

    Args:
        start_n_top, end_n_top: how many of both.
    """
    features_of, result_of = _by_example(all_features), {result.unique_id: result for result in all_results}
    predictions, n_best, differences = {}, {}, {}

    def lower() -> bool:
        has = hasattr(tokenizer, "do_lower_case")
        return tokenizer.do_lower_case if has else tokenizer.do_lowercase_and_remove_accent

    for index, example in enumerate(all_examples):
        spans: list[_Span] = []
        null_score: float = 1000000
        for feature in features_of.get(index, []):
            result = result_of[feature.unique_id]
            null_score = min(null_score, result.cls_logits)
            for i in range(start_n_top):
                first = result.start_top_index[i]
                for j in range(i * end_n_top, (i + 1) * end_n_top):
                    last = result.end_top_index[j]
                    if (
                        max(first, last) < feature.paragraph_len - 1
                        and feature.token_is_max_context.get(first, False)
                        and first <= last < first + max_answer_length
                    ):
                        spans.append(_Span(feature, first, last, result.start_logits[i], result.end_logits[j]))
        answers = _best_answers(example, spans, n_best_size, tokenizer, lower, verbose_logging, False)
        answers = answers or [_Answer("", -1e6, -1e6)]
        n_best[example.qas_id] = _described(answers, "log_prob")
        predictions[example.qas_id] = answers[0].text
        differences[example.qas_id] = null_score
    _write(output_prediction_file, predictions)
    _write(output_nbest_file, n_best)
    if version_2_with_negative:
        _write(output_null_log_odds_file, differences)
    return predictions
