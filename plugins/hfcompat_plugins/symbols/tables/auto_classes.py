"""Auto classes and their mappings, and the one config of a family that every table of configs names."""

from __future__ import annotations

from hfcompat_plugins.rows import GUIDE, PULL, TOP, added, redirected
from hfcompat_plugins.symbols.tables import OURS

AUTO_CLASSES = [
    *added(
        "AutoModelForVision2Seq",
        at=(TOP, "models.auto", "models.auto.modeling_auto", "pipelines"),
        to="transformers.models.auto.modeling_auto:AutoModelForImageTextToText",
        since="5.0",
        reason="{name} is not importable since 5.0; AutoModelForImageTextToText loads every model type that it loaded.",
        upstream=f"{PULL}43195",
    ),
    *added(
        "MODEL_FOR_VISION_2_SEQ_MAPPING",
        at=(TOP, "models.auto", "models.auto.modeling_auto"),
        to="transformers.models.auto.modeling_auto:MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING",
        since="5.0",
        reason="{name} is not importable since 5.0, so libraries that look up vision-language models fail on import.",
        upstream=f"{PULL}43195",
    ),
    *added(
        "MODEL_FOR_VISION_2_SEQ_MAPPING_NAMES",
        at=("models.auto.modeling_auto",),
        to="transformers.models.auto.modeling_auto:MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES",
        since="5.0",
        reason="{name} is not importable since 5.0, so trainers that check for vision-language models fail on import.",
        upstream=f"{PULL}43195",
    ),
    *added(
        "AutoModelWithLMHead MODEL_WITH_LM_HEAD_MAPPING",
        at=(TOP, "models.auto", "models.auto.modeling_auto"),
        to=f"{OURS}lm_head",
        since="5.0",
        reason="{name} is not importable since 5.0, and no other auto class chooses among three kinds of heads.",
        upstream=GUIDE,
    ),
    *added(
        "MODEL_WITH_LM_HEAD_MAPPING_NAMES",
        at=("models.auto.modeling_auto",),
        to=f"{OURS}lm_head",
        since="5.0",
        reason="{name} is not importable since 5.0.",
        upstream=GUIDE,
    ),
    *added(
        "TransfoXLConfig",
        at=(TOP,),
        to=f"{OURS}transfo_xl",
        since="5.0",
        reason="{name} is not importable since 5.0, so libraries with a table of all configs fail on import.",
        upstream=f"{PULL}42235",
    ),
    *redirected(
        "models.deprecated.transfo_xl models.deprecated.transfo_xl.configuration_transfo_xl",
        to=f"{OURS}transfo_xl",
        since="5.0",
        reason="{name} is gone since 5.0, with TransfoXLConfig.",
        upstream=f"{PULL}42235",
    ),
]
