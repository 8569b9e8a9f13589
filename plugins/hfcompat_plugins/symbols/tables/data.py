"""transformers.data: SQuAD, GLUE, text files and collators."""

from __future__ import annotations

from hfcompat_plugins.rows import SOURCE, TOP, added, redirected
from hfcompat_plugins.symbols.tables import OURS

_GONE = "{name} is gone since {since}, so code that prepares SQuAD, GLUE or text files with it fails on import."
_SQUAD = (
    "SquadExample SquadFeatures SquadV1Processor SquadV2Processor squad_convert_examples_to_features"  # at the top, too
)
_READERS = "DataProcessor InputExample InputFeatures SingleSentenceClassificationProcessor"
_GLUE = (
    "glue_compute_metrics xnli_compute_metrics glue_convert_examples_to_features glue_output_modes glue_processors "
    "glue_tasks_num_labels xnli_output_modes xnli_processors xnli_tasks_num_labels"
)

DATA = [
    # From 5.20 the package data.datasets is gone too, and served as a whole.
    *(
        row
        for module, before in ((TOP, ""), ("data.datasets", "5.20"))
        for row in added(
            "TextDataset LineByLineTextDataset LineByLineWithRefDataset LineByLineWithSOPTextDataset "
            "TextDatasetForNextSentencePrediction",
            at=(module,),
            to=f"{OURS}text_datasets",
            since="5.0",
            before=before,
            reason=_GONE,
            upstream=f"{SOURCE}4.57.6/src/transformers/data/datasets/language_modeling.py",
        )
    ),
    *redirected(
        "data.datasets.language_modeling",
        to=f"{OURS}text_datasets",
        since="5.0",
        reason=_GONE,
        upstream=f"{SOURCE}4.57.6/src/transformers/data/datasets/language_modeling.py",
    ),
    *(
        row
        for names, module in ((_SQUAD, "squad"), (_READERS, "processors"), (_GLUE, "glue"))
        for row in added(
            names,
            at=(TOP, "data"),
            to=OURS + module,
            since="5.20",
            reason=_GONE,
            upstream=f"{SOURCE}5.19.0/src/transformers/data/__init__.py",
        )
    ),
    *added(
        "GlueDataset GlueDataTrainingArguments SquadDataset SquadDataTrainingArguments",
        at=(TOP,),
        to=f"{OURS}glue",
        since="5.20",
        reason=_GONE,
        upstream=f"{SOURCE}5.19.0/src/transformers/data/datasets/__init__.py",
    ),
    *(
        row
        for modules, home in (
            ("data.metrics data.processors.glue data.processors.xnli data.datasets.glue data.datasets.squad", "glue"),
            ("data.metrics.squad_metrics", "squad_metrics"),
            ("data.processors.squad", "squad"),
            ("data.processors.utils", "processors"),
            ("data.processors", "data_processors"),
            ("data.datasets", "data_sets"),
        )
        for row in redirected(
            modules,
            to=OURS + home,
            since="5.20",
            reason=_GONE,
            upstream=f"{SOURCE}5.19.0/src/transformers/data/__init__.py",
        )
    ),
    *added(
        "DataCollatorForWholeWordMask",
        at=(TOP, "data", "data.data_collator"),
        to=f"{OURS}collators",
        since="5.20",
        reason="{name} is gone since 5.20; whole_word_mask=True needs offsets, which features of old code do not have.",
        upstream=f"{SOURCE}5.19.0/src/transformers/data/data_collator.py",
    ),
]
