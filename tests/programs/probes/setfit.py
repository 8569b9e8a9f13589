"""SetFit: few-shot fine-tuning of sentence transformers, up to its training arguments."""

from typing import Any


def run(probe: Any) -> None:
    with probe.step("import"):
        from setfit import SetFitModel, Trainer, TrainingArguments  # noqa: F401
    with probe.step("args"):
        arguments = TrainingArguments(output_dir=str(probe.folder / "out"), batch_size=2, num_epochs=1)
    probe.result("batch_size", list(arguments.batch_size))
