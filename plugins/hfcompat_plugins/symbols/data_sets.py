"""What `transformers.data.datasets` offered."""

from hfcompat_plugins.symbols.glue import (
    GlueDataset,
    GlueDataTrainingArguments,
    SquadDataset,
    SquadDataTrainingArguments,
)
from hfcompat_plugins.symbols.text_datasets import (
    LineByLineTextDataset,
    LineByLineWithRefDataset,
    LineByLineWithSOPTextDataset,
    TextDataset,
    TextDatasetForNextSentencePrediction,
)

__all__ = [
    "GlueDataTrainingArguments",
    "GlueDataset",
    "LineByLineTextDataset",
    "LineByLineWithRefDataset",
    "LineByLineWithSOPTextDataset",
    "SquadDataTrainingArguments",
    "SquadDataset",
    "TextDataset",
    "TextDatasetForNextSentencePrediction",
]
