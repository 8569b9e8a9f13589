"""Pipelines that are gone, and what pipelines of other libraries call."""

from __future__ import annotations

from hfcompat_plugins.rows import PULL, SOURCE, TOP, added, redirected
from hfcompat_plugins.symbols.tables import OURS

_GONE = "{name} is gone since {since}, so code that builds the pipeline from a model and a tokenizer fails on import."

PIPELINES = [
    *(
        row
        for names, module, since, pull in (
            ("Text2TextGenerationPipeline SummarizationPipeline TranslationPipeline", "text2text", "5.0", "43256"),
            ("ImageToTextPipeline", "image_to_text", "5.0", "43306"),
            ("QuestionAnsweringPipeline", "question_answering", "5.3", "43325"),
            ("ImageToImagePipeline", "image_to_image", "5.3", "43325"),
        )
        for row in (
            *added(names, at=(TOP, "pipelines"), to=OURS + module, since=since, reason=_GONE, upstream=PULL + pull),
            *redirected(
                "pipelines." + {"text2text": "text2text_generation"}.get(module, module),
                to=OURS + module,
                since=since,
                reason=_GONE,
                upstream=PULL + pull,
            ),
        )
    ),
    *added(
        "QuestionAnsweringArgumentHandler",
        at=("pipelines",),
        to=f"{OURS}question_answering",
        since="5.3",
        reason=_GONE,
        upstream=f"{PULL}43325",
    ),
    *added(
        "infer_framework_load_model",
        at=("pipelines", "pipelines.base"),
        to=f"{OURS}loading",
        since="5.0",
        reason="{name} is gone since 5.0; pipelines of other libraries (optimum) load their models with it.",
        upstream=f"{SOURCE}4.57.6/src/transformers/pipelines/base.py",
    ),
]
