"""Cases for `transformers.data`: SQuAD, text datasets, collators. See symbols_cases.py."""

from __future__ import annotations

import json
import os
import random
import tempfile
import warnings
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from symbols_cases import Get, case, error_of, plain

_TEXT = "The brave brown dog, of the big house, barked at a thief. Later the thief ran away from the big brown dog!"
_VOCABULARY = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] the a at of from brave brown dog big house bark ##ed thief later ran away who what "
    "where did , . ? ! run ##ning ##s"
).split()


def _bert(folder: str) -> Any:
    from transformers import BertTokenizer

    with open(os.path.join(folder, "vocab.txt"), "w") as file:
        file.write("\n".join(_VOCABULARY) + "\n")
    with open(os.path.join(folder, "tokenizer_config.json"), "w") as file:
        json.dump({"tokenizer_class": "BertTokenizer", "model_max_length": 512, "do_lower_case": True}, file)
    return BertTokenizer.from_pretrained(folder)


def _examples(get: Get) -> list[Any]:
    Example = get("SquadExample")
    thief = _TEXT.index("a thief")
    answers = [{"text": "a thief", "answer_start": thief}, {"text": "thief.", "answer_start": thief + 2}]
    return [
        Example("q1", "Who did the dog bark at?", _TEXT, "a thief", thief, "dogs", answers=answers),
        Example("q2", "Where did the thief run?", _TEXT, None, None, "dogs", is_impossible=True, answers=[]),
        Example("q3", "What barked?", _TEXT, "dog", _TEXT.rindex("dog"), "dogs", answers=[{"text": "big brown dog"}]),
        Example("q4", "What?", "A  house\u202f\tof\nbrown", "house of", 3, "h", answers=[{"text": "house"}]),
    ]


@case(
    "normalize_answer get_tokens compute_exact compute_f1 get_raw_scores apply_no_ans_threshold make_eval_dict merge_eval "
    "find_best_thresh find_best_thresh_v2 find_all_best_thresh find_all_best_thresh_v2 squad_evaluate get_final_text",
    "4.57.6",
)
def squad_scores(get: Get, compiled: Any) -> Any:
    answers: dict[str, Any] = {}
    texts = ["The  Dog's an animal!", "", "a the an", "dogs animal", "cat", "the theatre, a-n", "Äpfel — und Birnen"]
    answers["normal"] = [get("normalize_answer")(text) for text in texts]
    answers["tokens"] = [get("get_tokens")(text) for text in [*texts, None]]
    answers["exact"] = [[get("compute_exact")(a, b) for a in texts] for b in texts]
    answers["f1"] = [[get("compute_f1")(a, b) for a in texts] for b in texts]
    examples = _examples(get)
    preds = {"q1": "thief", "q2": "home", "q3": "the dog"}
    raw = get("get_raw_scores")(examples, preds)
    probs = {"q1": 0.3, "q2": 0.8, "q3": 0.6, "q9": 0.1}
    has = {example.qas_id: bool(example.answers) for example in examples} | {"q9": False}
    answers["raw"] = raw
    answers["threshold"] = [get("apply_no_ans_threshold")(raw[1], probs, has, t) for t in (0.1, 0.5, 1.0)]
    answers["eval"] = [get("make_eval_dict")(*raw), get("make_eval_dict")(*raw, qid_list=["q3"])]
    merged = {"exact": 1}
    get("merge_eval")(merged, {"exact": 2, "f1": 3}, "Has")
    answers["merged"] = merged
    answers["best"] = [get(f"find_best_thresh{v}")(preds, raw[1], probs, has) for v in ("", "_v2")]
    for version in ("", "_v2"):
        found: dict[str, Any] = {}
        get(f"find_all_best_thresh{version}")(found, preds, *raw, probs, has)
        answers[f"all best{version}"] = found
    answers["evaluate"] = [
        get("squad_evaluate")(examples, {**preds, "q4": "a house"}),
        get("squad_evaluate")(examples[:3], preds, no_answer_probs=probs, no_answer_probability_threshold=0.5),
        get("squad_evaluate")(examples[:1], preds),
    ]
    answers["final"] = [
        get("get_final_text")(*pair)
        for pair in (
            ("steve smith", "Steve Smith's", True),
            ("Steve", "Steve Smith's", False),
            ("steve", "Steve Smith's", False),
            ("cafe", "the Café (old)", True),
            ("( old", "the Café (old)", True),
            ("nothing", "of this", True),
        )
    ]
    return answers


def _result(get: Get, feature: Any, seed: int, **more: Any) -> Any:
    size = len(feature.input_ids)
    start = [float(np.sin(1.7 * i * seed + 0.3)) * 4 for i in range(size)]
    end = [float(np.sin(2.3 * i * seed + 0.9)) * 4 for i in range(size)]
    return get("SquadResult")(feature.unique_id, start, end, **more)


@case(
    "SquadExample SquadFeatures SquadResult squad_convert_example_to_features squad_convert_examples_to_features "
    "squad_convert_example_to_features_init MULTI_SEP_TOKENS_TOKENIZERS_SET compute_predictions_logits "
    "compute_predictions_log_probs",
    "4.57.6",
)
def squad_features(get: Get, compiled: Any) -> Any:
    answers: dict[str, Any] = {"separators": sorted(get("MULTI_SEP_TOKENS_TOKENIZERS_SET"))}
    examples = _examples(get)
    answers["examples"] = [{k: plain(v) for k, v in vars(example).items()} for example in examples]
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = _bert(folder)
        options = {"max_seq_length": 24, "doc_stride": 6, "max_query_length": 5, "tqdm_enabled": False}
        for training in (True, False):
            features, dataset = get("squad_convert_examples_to_features")(
                examples, tokenizer, is_training=training, return_dataset="pt", **options
            )
            rows = [{k: plain(v) for k, v in vars(f).items() if k != "encoding"} for f in features]
            answers[f"features {training}"] = rows
            answers[f"dataset {training}"] = [[plain(t), str(t.dtype)] for t in dataset.tensors]
        get("squad_convert_example_to_features_init")(tokenizer)
        one = get("squad_convert_example_to_features")(examples[0], 30, 8, 64, "do_not_pad", False)
        answers["one"] = [[f.input_ids, f.token_is_max_context, f.p_mask, f.unique_id] for f in one]
        results = [_result(get, feature, 1 + index % 3) for index, feature in enumerate(features)]
        for negative in (False, True):
            files = [os.path.join(folder, name) for name in ("predictions", "nbest", "odds")]
            predicted = get("compute_predictions_logits")(
                examples, features, results, 4, 6, True, *files, False, negative, 0.5, tokenizer
            )
            answers[f"logits {negative}"] = [predicted]
            for file in files[: 3 if negative else 2]:
                with open(file) as written:
                    answers[f"logits {negative}"].append(json.load(written))
        beams = [
            _result(
                get,
                feature,
                2,
                start_top_index=[3, 8, 11],
                end_top_index=[9, 12, 4, 10, 8, 9, 13, 12, 5],
                cls_logits=0.25 * index,
            )
            for index, feature in enumerate(features)
        ]
        predicted = get("compute_predictions_log_probs")(
            examples, features, beams, 3, 6, *files, 3, 3, True, SimpleTokenizer(tokenizer), False
        )
        answers["log probs"] = [predicted]
        for file in files:
            with open(file) as written:
                answers["log probs"].append(json.load(written))
    return answers


class SimpleTokenizer:
    """A tokenizer that says whether it lowers: BertTokenizer says so on some versions only."""

    do_lower_case = True

    def __init__(self, tokenizer: Any) -> None:
        self.convert_tokens_to_string = tokenizer.convert_tokens_to_string


@case("SquadProcessor SquadV1Processor SquadV2Processor", "4.57.6")
def squad_files(get: Get, compiled: Any) -> Any:
    answers: dict[str, Any] = {}
    questions = [
        {
            "id": "a",
            "question": "Who?",
            "answers": [{"text": "dog", "answer_start": 16}, {"text": "a", "answer_start": 0}],
        },
        {"id": "b", "question": "Why?", "answers": [], "is_impossible": True},
    ]
    data = {"data": [{"title": "t", "paragraphs": [{"context": _TEXT, "qas": questions}]}]}
    with tempfile.TemporaryDirectory() as folder:
        for file in ("train-v2.0.json", "dev-v1.1.json", "mine.json"):
            with open(os.path.join(folder, file), "w") as written:
                json.dump(data, written)
        two, one = get("SquadV2Processor")(), get("SquadV1Processor")()
        read = {
            "train": two.get_train_examples(folder),
            "dev": one.get_dev_examples(folder),
            "named": two.get_dev_examples(folder, filename="mine.json"),
        }
        for name, examples in read.items():
            answers[name] = [{k: plain(v) for k, v in vars(e).items() if k != "char_to_word_offset"} for e in examples]
        answers["missing"] = error_of(lambda: one.get_train_examples(folder), FileNotFoundError)
        answers["base"] = error_of(lambda: get("SquadProcessor")().get_dev_examples(folder), ValueError)
    row = {"id": b"x", "question": b"q", "context": b"dog house", "title": b"t",
           "answers": {"text": [b"house"], "answer_start": [4]}}  # fmt: skip
    rows = {name: [_tensors(row)] for name in ("train", "validation")}
    for evaluate in (False, True):
        (example,) = one.get_examples_from_dataset(rows, evaluate=evaluate)
        answers[f"tfds {evaluate}"] = {k: plain(v) for k, v in vars(example).items()}
    return answers


def _tensors(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tensors(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_tensors(item) for item in value]
    return SimpleNamespace(numpy=lambda: value)


@case("InputExample InputFeatures DataProcessor SingleSentenceClassificationProcessor", "4.57.6")
def processors(get: Get, compiled: Any) -> Any:
    answers: dict[str, Any] = {}
    example = get("InputExample")("1", "a", label="x")
    features = get("InputFeatures")([1, 2], [1, 1], label=2)
    answers["json"] = [example.to_json_string(), features.to_json_string()]
    answers["frozen"] = error_of(lambda: setattr(features, "label", 3), AttributeError)
    answers["equal"] = get("InputFeatures")([1, 2], [1, 1], label=2) == features
    Processor = get("DataProcessor")
    for name in ("get_train_examples", "get_dev_examples", "get_test_examples", "get_example_from_tensor_dict"):
        answers[name] = error_of(lambda name=name: getattr(Processor(), name)("."), NotImplementedError)

    class Mine(Processor):  # type: ignore[misc, valid-type]
        def get_labels(self) -> list[str]:
            return ["no", "yes"]

    answers["mapped"] = Mine().tfds_map(get("InputExample")("1", "a", label="1")).label  # type: ignore[attr-defined]
    Single = get("SingleSentenceClassificationProcessor")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "table.tsv")
        with open(path, "w", encoding="utf-8-sig") as file:
            file.write('label\ttext\tid\nyes\tgood "dog"\t7\nno\tbad\t8\n')
        read = Single.create_from_csv(path, split_name="dev", skip_first_row=True, column_id=2)
        numbered = Single.create_from_csv(path, split_name="dev", verbose=True)
    answers["read"] = [[vars(e) for e in p.examples] for p in (read, numbered)]
    answers["labels"] = [sorted(p.labels) for p in (read, numbered)]
    read.add_examples([("more", "maybe"), ("even more", "yes")])
    answers["added"] = [len(read), sorted(read.labels), vars(read[-1]), len(read[1:]), sorted(read[1:].labels)]
    made = Single.create_from_examples(["a", "b"], labels=[1, 2], mode="regression")
    answers["made"] = [[vars(e) for e in made.examples], made.mode]
    answers["lengths"] = [
        error_of(lambda: made.add_examples(["a"], labels=[1, 2]), ValueError),
        error_of(lambda: made.add_examples(["a"], ids=[1, 2]), ValueError),
    ]
    return answers


@case("TextDataset LineByLineTextDataset LineByLineWithRefDataset", "4.57.6")
def text_datasets(get: Get, compiled: Any) -> Any:
    answers: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tokenizer = _bert(folder)
        path, refs = os.path.join(folder, "text"), os.path.join(folder, "refs")
        with open(path, "w") as file:
            file.write("the brave dog\n\n   \nthe thief ran away from the house of the dog . \n a big house\n")
        with open(refs, "w") as file:
            file.write("[1]\n[2, 3]\n\n[]\n")
        lines = get("LineByLineTextDataset")(tokenizer, path, block_size=8)
        answers["lines"] = [{k: plain(v) for k, v in lines[i].items()} for i in range(len(lines))]
        marked = get("LineByLineWithRefDataset")(tokenizer, path, 8, refs)
        answers["refs"] = [{k: plain(v) for k, v in marked[i].items()} for i in range(len(marked))]
        blocks = get("TextDataset")(tokenizer, path, block_size=7)
        answers["blocks"] = [plain(blocks[i]) for i in range(len(blocks))]
        answers["kept"] = sorted(name for name in os.listdir(folder) if name.startswith("cached"))[:1]
        with open(path, "w") as file:
            file.write("the house of the dog of the thief")
        answers["from cache"] = len(get("TextDataset")(tokenizer, path, block_size=7))
        answers["again"] = len(get("TextDataset")(tokenizer, path, block_size=7, overwrite_cache=True))
        answers["elsewhere"] = len(get("TextDataset")(tokenizer, path, block_size=6, cache_dir=folder))
        answers["missing"] = [
            error_of(lambda: get("TextDataset")(tokenizer, "nowhere", 7), ValueError),
            error_of(lambda: get("LineByLineTextDataset")(tokenizer, "nowhere", 7), ValueError),
            error_of(lambda: get("LineByLineWithRefDataset")(tokenizer, path, 7, "nowhere"), ValueError),
            error_of(lambda: get("LineByLineWithRefDataset")(tokenizer, refs, 7, path), ValueError),
        ]
    answers["warns"] = "FutureWarning" in {w.category.__name__ for w in caught}
    return answers


@case("DataCollatorForWholeWordMask", "4.57.6")
def whole_words(get: Get, compiled: Any) -> Any:
    answers: dict[str, Any] = {}
    Collator = get("DataCollatorForWholeWordMask")
    words = ["[CLS] the dog bark ##ed at running ##ning ##s . [SEP]", "[CLS] big dog ##s ran . [SEP]"]
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = _bert(folder)
        rows = [tokenizer.convert_tokens_to_ids(text.split()) for text in words]
        for name, options in {
            "half": {"mlm_probability": 0.5},
            "mask": {"mlm_probability": 0.5, "mask_replace_prob": 1.0, "random_replace_prob": 0.0},
            "random": {"mlm_probability": 0.9, "mask_replace_prob": 0.0, "random_replace_prob": 1.0},
            "seed": {"mlm_probability": 0.5, "seed": 42, "pad_to_multiple_of": 8},
            "array": {"mlm_probability": 0.5, "return_tensors": "np"},
            "array seed": {"mlm_probability": 0.5, "return_tensors": "np", "seed": 42},
        }.items():
            random.seed(0)
            np.random.seed(0)
            torch.manual_seed(0)
            collator = Collator(tokenizer, **options)
            examples = [{"input_ids": row} for row in rows] if name == "half" else rows
            found = [collator(list(examples)) for _ in range(2)]
            answers[name] = [{key: np.asarray(value).tolist() for key, value in batch.items()} for batch in found]
        random.seed(1)
        torch.manual_seed(1)
        examples = [{"input_ids": torch.tensor(rows[1]), "chinese_ref": torch.tensor([2, 4])}]
        answers["chinese"] = {k: plain(v) for k, v in Collator(tokenizer, mlm_probability=0.6)(examples).items()}
        tokenizer.mask_token = None
    return answers


@case(
    "glue_output_modes glue_tasks_num_labels xnli_output_modes xnli_tasks_num_labels glue_processors xnli_processors",
    "4.57.6",
)
def glue_tables(get: Get, compiled: Any) -> Any:
    names = ("glue_output_modes", "glue_tasks_num_labels", "xnli_output_modes", "xnli_tasks_num_labels")
    tables = {name: dict(get(name)) for name in names}
    for name in ("glue_processors", "xnli_processors"):
        tables[name] = {task: processor.__name__ for task, processor in get(name).items()}
    return tables
