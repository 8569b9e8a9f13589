"""What `transformers.data.processors` offered."""

from hfcompat_plugins.symbols.glue import (
    glue_convert_examples_to_features,
    glue_output_modes,
    glue_processors,
    glue_tasks_num_labels,
    xnli_output_modes,
    xnli_processors,
    xnli_tasks_num_labels,
)
from hfcompat_plugins.symbols.processors import (
    DataProcessor,
    InputExample,
    InputFeatures,
    SingleSentenceClassificationProcessor,
)
from hfcompat_plugins.symbols.squad import (
    SquadExample,
    SquadFeatures,
    SquadV1Processor,
    SquadV2Processor,
    squad_convert_examples_to_features,
)

__all__ = [
    "DataProcessor",
    "InputExample",
    "InputFeatures",
    "SingleSentenceClassificationProcessor",
    "SquadExample",
    "SquadFeatures",
    "SquadV1Processor",
    "SquadV2Processor",
    "glue_convert_examples_to_features",
    "glue_output_modes",
    "glue_processors",
    "glue_tasks_num_labels",
    "squad_convert_examples_to_features",
    "xnli_output_modes",
    "xnli_processors",
    "xnli_tasks_num_labels",
]
