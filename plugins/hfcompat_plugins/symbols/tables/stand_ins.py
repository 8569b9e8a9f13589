"""Names that are imported more than used: TensorFlow's, Flax's, torch.fx's. Most of them refuse when they are used."""

from __future__ import annotations

from hfcompat_plugins.rows import GUIDE, PULL, SOURCE, TOP, added, redirected
from hfcompat_plugins.symbols.tables import OURS

_IMPORTED_ONLY = "{name} is gone since 5.0, and libraries import it although few programs come to use it."

STAND_INS = [
    *added(
        "TFPreTrainedModel TFSharedEmbeddings",
        at=(TOP,),
        to=f"{OURS}tensorflow",
        since="5.0",
        reason="{name} is gone since 5.0, and libraries import it to ask whether a model is one of TensorFlow's.",
        upstream=GUIDE,
    ),
    *added(
        "TF_MODEL_MAPPING TF_MODEL_WITH_LM_HEAD_MAPPING "
        + " ".join(
            f"TF_MODEL_FOR_{task}_MAPPING"
            for task in (
                "AUDIO_CLASSIFICATION CAUSAL_LM DOCUMENT_QUESTION_ANSWERING IMAGE_CLASSIFICATION MASKED_IMAGE_MODELING "
                "MASKED_LM MASK_GENERATION MULTIPLE_CHOICE NEXT_SENTENCE_PREDICTION PRETRAINING QUESTION_ANSWERING "
                "SEMANTIC_SEGMENTATION SEQUENCE_CLASSIFICATION SEQ_TO_SEQ_CAUSAL_LM SPEECH_SEQ_2_SEQ "
                "TABLE_QUESTION_ANSWERING TEXT_ENCODING TOKEN_CLASSIFICATION VISION_2_SEQ ZERO_SHOT_IMAGE_CLASSIFICATION"
            ).split()
        ),
        at=(TOP,),
        to=f"{OURS}tensorflow",
        since="5.0",
        reason="{name} is gone since 5.0, and code that supports both frameworks looks through it.",
        upstream=GUIDE,
    ),
    *added(
        "TFAutoModel TFAutoModelForCausalLM TFAutoModelForMaskedLM TFAutoModelForMultipleChoice "
        "TFAutoModelForQuestionAnswering TFAutoModelForSeq2SeqLM TFAutoModelForSequenceClassification "
        "TFAutoModelForTokenClassification TFAutoModelWithLMHead",
        at=(TOP, "models.auto"),
        to=f"{OURS}tensorflow",
        since="5.0",
        reason=_IMPORTED_ONLY,
        upstream=GUIDE,
    ),
    *redirected(
        "modeling_tf_utils modeling_tf_outputs models.auto.modeling_tf_auto",
        to=f"{OURS}tensorflow",
        since="5.0",
        reason=_IMPORTED_ONLY,
        upstream=GUIDE,
    ),
    *added(
        "_gen_constructor_wrapper",
        at=("utils.fx",),
        to="transformers.utils.fx:gen_constructor_wrapper",
        since="4.40",
        before="5.0",
        reason="{name} lost its underscore in 4.40, so tracers of other libraries (optimum) fail on import.",
        upstream=f"{SOURCE}4.36.2/src/transformers/utils/fx.py",
    ),
    *redirected("utils.fx", to=f"{OURS}fx", since="5.0", reason=_IMPORTED_ONLY, upstream=f"{PULL}41683"),
    *redirected(
        "convert_graph_to_onnx", to=f"{OURS}onnx_export", since="5.0", reason=_IMPORTED_ONLY, upstream=f"{PULL}41700"
    ),
    *added(
        "FlaxPreTrainedModel FlaxBertForQuestionAnswering FlaxCLIPTextModel FlaxAutoModel",
        at=(TOP,),
        to=f"{OURS}flax",
        since="5.0",
        reason=_IMPORTED_ONLY,
        upstream=GUIDE,
    ),
    *redirected("modeling_flax_utils", to=f"{OURS}flax", since="5.0", reason=_IMPORTED_ONLY, upstream=GUIDE),
    *added(
        "TransfoXLModel TransfoXLLMHeadModel TransfoXLTokenizer",
        at=(TOP,),
        to=f"{OURS}transfo_xl",
        since="5.0",
        reason="{name} is gone since 5.0, so libraries with a table of all models fail on import.",
        upstream=f"{PULL}42235",
    ),
]
