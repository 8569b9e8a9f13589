"""What `transformers.data` knew about GLUE and XNLI: file formats and scores, which `datasets` and `evaluate` have."""

from __future__ import annotations

from hfcompat_plugins.symbols.removed import removed_names

_CLASSES = (
    "GlueDataset", "GlueDataTrainingArguments", "SquadDataset", "SquadDataTrainingArguments",
    "ColaProcessor", "MnliMismatchedProcessor", "MnliProcessor", "MrpcProcessor", "OutputMode", "QnliProcessor",
    "QqpProcessor", "RteProcessor", "Sst2Processor", "StsbProcessor", "WnliProcessor", "XnliProcessor",
)  # fmt: skip
_FUNCTIONS = (
    "glue_convert_examples_to_features", "glue_compute_metrics", "xnli_compute_metrics", "simple_accuracy",
    "acc_and_f1", "pearson_and_spearman",
)  # fmt: skip
_TASKS = "cola mnli mnli-mm mrpc sst-2 sts-b qqp qnli rte wnli"

globals().update(
    removed_names(
        __name__,
        "load data with `datasets.load_dataset('nyu-mll/glue', task)`, score with `evaluate.load('glue', task)`, or "
        "install transformers<5.",
        classes=_CLASSES,
        functions=_FUNCTIONS,
    )
)

glue_tasks_num_labels = {
    "cola": 2, "mnli": 3, "mrpc": 2, "sst-2": 2, "sts-b": 1, "qqp": 2, "qnli": 2, "rte": 2, "wnli": 2,
}  # fmt: skip
glue_output_modes = {task: "regression" if task == "sts-b" else "classification" for task in _TASKS.split()}
xnli_tasks_num_labels = {"xnli": 3}
xnli_output_modes = {"xnli": "classification"}
xnli_processors = {"xnli": globals()["XnliProcessor"]}
glue_processors = {
    task: globals()[f"{name}Processor"]
    for task, name in {
        "cola": "Cola", "mnli": "Mnli", "mnli-mm": "MnliMismatched", "mrpc": "Mrpc", "sst-2": "Sst2", "sts-b": "Stsb",
        "qqp": "Qqp", "qnli": "Qnli", "rte": "Rte", "wnli": "Wnli",
    }.items()
}  # fmt: skip
__all__ = [
    *_CLASSES, *_FUNCTIONS, "glue_output_modes", "glue_processors", "glue_tasks_num_labels", "xnli_output_modes",
    "xnli_processors", "xnli_tasks_num_labels",
]  # fmt: skip
