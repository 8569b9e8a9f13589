"""Names that moved or were removed, at every path that they could be imported from.

A row whose `impl` begins with `transformers` or `huggingface_hub` is an alias and has no code. Everything is served
when it is asked for; nothing here is imported before.
"""

from __future__ import annotations

from collections.abc import Iterable

from hfcompat import Kind, Patch, hookimpl

_PULL = "https://github.com/huggingface/transformers/pull/"
_GUIDE = "https://github.com/huggingface/transformers/blob/main/MIGRATION_GUIDE_V5.md"
_SOURCE = "https://github.com/huggingface/transformers/blob/v"
_OURS = "hfcompat_plugins.symbols."
_TOP = ""  # the package transformers itself


def _added(
    names: str,
    *,
    at: Iterable[str],
    to: str,
    since: str,
    reason: str,
    upstream: str,
    before: str = "",
    traced: bool = False,
) -> list[Patch]:
    """A row for each of `names` at each of the modules `at`; `to` is a module that has the name, or `module:name`."""
    return [
        Patch(
            id=_id(module, name) + (f".before-{before.replace('.', '-')}" if before else ""),
            target=f"{_path(module)}:{name}",
            kind=Kind.ADD,
            impl=to if ":" in to else f"{to}:{name}",
            when={"transformers": _range(since, before)},
            reason=reason.format(name=name),
            upstream=upstream,
            traced=traced,
        )
        for name in names.split()
        for module in at
    ]


def _module(modules: str, *, to: str, since: str, reason: str, upstream: str) -> list[Patch]:
    """A row for each of `modules`, all of which are served from the module `to`."""
    return [
        Patch(
            id="module." + _id(module),
            target=_path(module),
            kind=Kind.REDIRECT,
            impl=to,
            when={"transformers": _range(since)},
            reason=reason.format(name=_path(module)),
            upstream=upstream,
            traced=False,
        )
        for module in modules.split()
    ]


def _range(since: str, before: str = "") -> str:
    return f">={since}.0.dev0" + (f",<{before}.0.dev0" if before else "")


def _path(module: str) -> str:
    return f"transformers.{module}" if module else "transformers"


def _id(*parts: str) -> str:
    words = (word for part in parts if part for word in part.lower().split("."))
    return ".".join("-".join(filter(None, word.split("_"))) for word in words)


AUTO_CLASSES = [
    *_added(
        "AutoModelForVision2Seq",
        at=(_TOP, "models.auto", "models.auto.modeling_auto", "pipelines"),
        to="transformers.models.auto.modeling_auto:AutoModelForImageTextToText",
        since="5.0",
        reason="{name} is not importable since 5.0; AutoModelForImageTextToText loads every model type that it loaded.",
        upstream=f"{_PULL}43195",
    ),
    *_added(
        "MODEL_FOR_VISION_2_SEQ_MAPPING",
        at=(_TOP, "models.auto", "models.auto.modeling_auto"),
        to="transformers.models.auto.modeling_auto:MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING",
        since="5.0",
        reason="{name} is not importable since 5.0, so libraries that look up vision-language models fail on import.",
        upstream=f"{_PULL}43195",
    ),
    *_added(
        "MODEL_FOR_VISION_2_SEQ_MAPPING_NAMES",
        at=("models.auto.modeling_auto",),
        to="transformers.models.auto.modeling_auto:MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES",
        since="5.0",
        reason="{name} is not importable since 5.0, so trainers that check for vision-language models fail on import.",
        upstream=f"{_PULL}43195",
    ),
    *_added(
        "AutoModelWithLMHead MODEL_WITH_LM_HEAD_MAPPING",
        at=(_TOP, "models.auto", "models.auto.modeling_auto"),
        to=f"{_OURS}lm_head",
        since="5.0",
        reason="{name} is not importable since 5.0, and no other auto class chooses among three kinds of heads.",
        upstream=_GUIDE,
    ),
    *_added(
        "MODEL_WITH_LM_HEAD_MAPPING_NAMES",
        at=("models.auto.modeling_auto",),
        to=f"{_OURS}lm_head",
        since="5.0",
        reason="{name} is not importable since 5.0.",
        upstream=_GUIDE,
    ),
    *_added(
        "TransfoXLConfig",
        at=(_TOP,),
        to=f"{_OURS}transfo_xl",
        since="5.0",
        reason="{name} is not importable since 5.0, so libraries with a table of all configs fail on import.",
        upstream=f"{_PULL}42235",
    ),
    *_module(
        "models.deprecated.transfo_xl models.deprecated.transfo_xl.configuration_transfo_xl",
        to=f"{_OURS}transfo_xl",
        since="5.0",
        reason="{name} is gone since 5.0, with TransfoXLConfig.",
        upstream=f"{_PULL}42235",
    ),
]

TOKENIZERS_AND_PROCESSORS = [
    *(
        row
        for family, modules in {
            "bert": "tokenization_bert_fast",
            "electra": "tokenization_electra tokenization_electra_fast",
            "layoutlm": "tokenization_layoutlm tokenization_layoutlm_fast",
            "rembert": "tokenization_rembert_fast",
            "t5": "tokenization_t5_fast",
            "xlm_roberta": "tokenization_xlm_roberta_fast",
        }.items()
        for row in _module(
            " ".join(f"models.{family}.{module}" for module in modules.split()),
            to=f"transformers.models.{family}",
            since="5.0",
            reason="{name} is gone since 5.0, when one tokenizer took the place of two; the package serves both names.",
            upstream=f"{_GUIDE}#tokenization",
        )
    ),
    *_added(
        "BasicTokenizer WordpieceTokenizer whitespace_tokenize",
        at=("models.bert.tokenization_bert",),
        to="transformers.models.bert.tokenization_bert_legacy",
        since="5.0",
        reason="{name} moved to tokenization_bert_legacy in 5.0, so preprocessing code built on it fails on import.",
        upstream=f"{_GUIDE}#tokenization",
    ),
    *_added(
        "CLIPFeatureExtractor",
        at=(_TOP, "models.clip"),
        to=f"{_OURS}clip",
        since="5.0",
        reason="{name} is not importable since 5.0; it was a CLIPImageProcessor under its first name.",
        upstream=f"{_PULL}41174",
    ),
    *_module(
        "models.clip.feature_extraction_clip",
        to=f"{_OURS}clip",
        since="5.0",
        reason="{name} is gone since 5.0, with CLIPFeatureExtractor.",
        upstream=f"{_PULL}41174",
    ),
]

UTILITIES = [
    *_added(
        "is_safetensors_available",
        at=(_TOP, "utils", "utils.import_utils"),
        to=f"{_OURS}availability",
        since="5.0",
        reason="{name} is not importable since 5.0, where safetensors is always there.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/utils/import_utils.py",
    ),
    *_added(
        "is_torch_fx_available",
        at=("utils", "utils.import_utils", "file_utils"),
        to="transformers.utils.import_utils:is_torch_available",
        since="5.0",
        reason="{name} is not importable since 5.0; remote models ask it before they import torch.fx.",
        upstream=f"{_PULL}41683",
    ),
    *_added(
        "is_torch_sdpa_available",
        at=("utils", "utils.import_utils"),
        to="transformers.utils.import_utils:is_torch_available",
        since="5.0",
        reason="{name} is not importable since 5.0; every torch that is supported has the function.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/utils/import_utils.py",
    ),
    *_added(
        "is_offline_mode",
        at=("utils", "file_utils"),
        to="huggingface_hub:is_offline_mode",
        since="5.0",
        reason="{name} moved to huggingface_hub in 5.0.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/utils/hub.py",
    ),
    *_added(
        "is_remote_url download_url",
        at=("utils", "utils.hub"),
        to=f"{_OURS}hub",
        since="5.0",
        reason="{name} is not importable since 5.0, and no library has another.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/utils/hub.py",
    ),
    *_added(
        "TRANSFORMERS_CACHE PYTORCH_TRANSFORMERS_CACHE PYTORCH_PRETRAINED_BERT_CACHE",
        at=(_TOP, "utils", "utils.hub", "file_utils"),
        to=f"{_OURS}hub",
        since="5.0",
        reason="{name} is not importable since 5.0, so code that passes it as cache_dir fails.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/utils/hub.py",
    ),
    *_added(
        "TF_WEIGHTS_NAME TF2_WEIGHTS_NAME",
        at=(_TOP, "utils", "file_utils", "modeling_utils"),
        to=f"{_OURS}weights",
        since="5.0",
        reason="{name} is not importable since 5.0, so exporters that look for TensorFlow checkpoints fail on import.",
        upstream=f"{_GUIDE}",
    ),
    *_added(
        "FLAX_WEIGHTS_NAME",
        at=("utils", "file_utils", "modeling_utils"),
        to=f"{_OURS}weights",
        since="5.0",
        reason="{name} is not importable since 5.0, so diffusers 0.30 and 0.31 cannot be imported.",
        upstream=f"{_GUIDE}",
    ),
    *_added(
        "TF2_WEIGHTS_INDEX_NAME FLAX_WEIGHTS_INDEX_NAME",
        at=("utils",),
        to=f"{_OURS}weights",
        since="5.0",
        reason="{name} is not importable since 5.0, so code that sorts the files of a repository fails on import.",
        upstream=f"{_GUIDE}",
    ),
    *_module(
        "deepspeed",
        to="transformers.integrations.deepspeed",
        since="4.46",
        reason="{name} moved to transformers.integrations, so trainers that ask it for ZeRO-3 fail on import.",
        upstream=f"{_PULL}25599",
    ),
]

TRAINING = [
    *_added(
        "AdamW",
        at=(_TOP, "optimization"),
        to=f"{_OURS}optimization",
        since="4.50",
        reason="{name} is not importable since 4.50, and torch.optim.AdamW has other defaults and gives other numbers.",
        upstream=f"{_PULL}36177",
    ),
    *_added(
        "EvaluationStrategy",
        at=("trainer_utils", "training_args"),
        to="transformers.trainer_utils:IntervalStrategy",
        since="5.0",
        reason="{name} is not importable since 5.0; IntervalStrategy has the same members.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/trainer_utils.py",
    ),
    *_added(
        "default_logdir",
        at=("training_args",),
        to="transformers.integrations.integration_utils",
        since="5.0",
        reason="{name} moved to integrations.integration_utils in 5.0, so setfit's training arguments fail on import.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/training_args.py",
    ),
]

MODELING = [
    *_added(
        "prune_linear_layer",
        at=("modeling_utils",),
        to="transformers.pytorch_utils",
        since="4.56",
        reason="{name} is no longer re-exported by modeling_utils since 4.56, where remote models import it from.",
        upstream=f"{_SOURCE}4.55.4/src/transformers/modeling_utils.py",
    ),
    *_added(
        "Conv1D apply_chunking_to_forward",
        at=("modeling_utils",),
        to="transformers.pytorch_utils",
        since="4.56",
        reason="{name} is no longer re-exported by modeling_utils since 4.56, where remote models import it from.",
        upstream=f"{_SOURCE}4.55.4/src/transformers/modeling_utils.py",
        traced=True,
    ),
    *_added(
        "find_pruneable_heads_and_indices prune_layer prune_conv1d_layer",
        at=("modeling_utils",),
        to="transformers.pytorch_utils",
        since="4.56",
        before="5.0",
        reason="{name} is no longer re-exported by modeling_utils since 4.56, where remote models import it from.",
        upstream=f"{_SOURCE}4.55.4/src/transformers/modeling_utils.py",
    ),
    *_added(
        "find_pruneable_heads_and_indices prune_layer prune_conv1d_layer",
        at=("pytorch_utils", "modeling_utils"),
        to=f"{_OURS}pruning",
        since="5.0",
        reason="{name} is gone since 5.0, so copies of BERT elsewhere (BLIP, RAM, ImageReward) fail on import.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/pytorch_utils.py",
    ),
    *_added(
        "prune_layer",
        at=(_TOP,),
        to=f"{_OURS}pruning",
        since="5.0",
        reason="{name} is gone since 5.0.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/pytorch_utils.py",
    ),
    *_added(
        "PretrainedConfig",
        at=("modeling_utils",),
        to="transformers.configuration_utils",
        since="5.0",
        reason="{name} is no longer in modeling_utils since 5.0, where models of other libraries take it from.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/modeling_utils.py",
    ),
    *_added(
        "no_init_weights _init_weights",
        at=("modeling_utils",),
        to=f"{_OURS}initialization",
        since="5.0",
        reason="{name} left modeling_utils in 5.0, with its argument _enable; quantizers build models inside it.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/modeling_utils.py",
    ),
    *_added(
        "get_parameter_dtype get_parameter_device _load_state_dict_into_meta_model",
        at=("modeling_utils",),
        to=f"{_OURS}parameters",
        since="5.0",
        reason="{name} is gone since 5.0, so exporters and quantizers fail on import.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/modeling_utils.py",
    ),
    *_added(
        "load_sharded_checkpoint",
        at=("modeling_utils",),
        to="transformers.trainer_utils",
        since="5.0",
        reason="{name} moved to trainer_utils in 5.0.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/modeling_utils.py",
    ),
    *_added(
        "dtype_byte_size",
        at=("modeling_utils",),
        to=f"{_OURS}parameters",
        since="4.51",
        reason="{name} is gone since 4.51, so compressed-tensors and llmcompressor fail on import.",
        upstream=f"{_SOURCE}4.50.3/src/transformers/modeling_utils.py",
    ),
    *_added(
        "SequenceSummary",
        at=("modeling_utils",),
        to=f"{_OURS}sequence_summary",
        since="4.53",
        reason="{name} is gone since 4.53, so classification heads of other libraries fail on import.",
        upstream=f"{_SOURCE}4.52.4/src/transformers/modeling_utils.py",
        traced=True,
    ),
    *_added(
        "LlamaSdpaAttention",
        at=("models.llama.modeling_llama",),
        to=f"{_OURS}llama",
        since="4.48",
        reason="{name} is gone since 4.48, so code that subclasses it, or picks layers by it, fails on import.",
        upstream=f"{_PULL}35235",
        traced=True,
    ),
    *_added(
        "LlamaFlashAttention2 LLAMA_ATTENTION_CLASSES",
        at=("models.llama.modeling_llama",),
        to=f"{_OURS}llama",
        since="4.48",
        reason="{name} is gone since 4.48, so remote models built on Llama (DeepSeek-VL2 and -OCR) fail on import.",
        upstream=f"{_PULL}35235",
    ),
    *(
        row
        for name, traced in {
            "LlamaLinearScalingRotaryEmbedding": True,
            "LlamaDynamicNTKScalingRotaryEmbedding": False,  # the runtime's own branches on the positions
        }.items()
        for row in _added(
            name,
            at=("models.llama.modeling_llama",),
            to=f"{_OURS}rotary",
            since="4.48",
            reason="{name} is gone since 4.48, and LlamaRotaryEmbedding lost the constructor that it had.",
            upstream=f"{_PULL}35235",
            traced=traced,
        )
    ),
    *_added(
        "MistralSdpaAttention",
        at=("models.mistral.modeling_mistral",),
        to=f"{_OURS}mistral",
        since="4.48",
        reason="{name} is gone since 4.48, so code that subclasses it, or picks layers by it, fails on import.",
        upstream=f"{_PULL}35235",
        traced=True,
    ),
    *_added(
        "MistralFlashAttention2 MISTRAL_ATTENTION_CLASSES",
        at=("models.mistral.modeling_mistral",),
        to=f"{_OURS}mistral",
        since="4.48",
        reason="{name} is gone since 4.48, so llm2vec and adapters fail on import.",
        upstream=f"{_PULL}35235",
    ),
    *_added(
        "ViTSelfAttention",
        at=("models.vit.modeling_vit",),
        to=f"{_OURS}vit",
        since="5.9",
        reason="{name} is gone since 5.9, where ViT's projections have other names, so adapters for it fail on import.",
        upstream=f"{_PULL}41693",
        traced=True,
    ),
]

_BEAM_SEARCH = "{name} is gone since 5.0, so code with a decoding loop of its own (XTTS, CoCa) fails on import."

GENERATION = [
    *_added(
        "LogitsWarper",
        at=(_TOP, "generation", "generation.logits_process"),
        to="transformers.generation.logits_process:LogitsProcessor",
        since="4.49",
        reason="{name} is gone since 4.49; it had become a LogitsProcessor.",
        upstream=f"{_PULL}32626",
    ),
    *_added(
        "BeamSearchScorer",
        at=(_TOP, "generation"),
        to="transformers.generation.beam_search",
        since="4.57",
        before="5.0",
        reason="{name} is no longer exported in 4.57, though it is still there.",
        upstream=f"{_PULL}40518",
    ),
    *_added(
        "BeamScorer BeamSearchScorer ConstrainedBeamSearchScorer",
        at=(_TOP, "generation"),
        to=f"{_OURS}beam_search",
        since="5.0",
        reason=_BEAM_SEARCH,
        upstream=f"{_PULL}40518",
    ),
    *_added(
        "BeamHypotheses",
        at=("generation",),
        to=f"{_OURS}beam_search",
        since="5.0",
        reason=_BEAM_SEARCH,
        upstream=f"{_PULL}40518",
    ),
    *_added(
        "Constraint PhrasalConstraint DisjunctiveConstraint ConstraintListState",
        at=(_TOP, "generation"),
        to=f"{_OURS}beam_constraints",
        since="5.0",
        reason=_BEAM_SEARCH,
        upstream=f"{_PULL}40518",
    ),
    *(
        row
        for name in ("beam_search", "beam_constraints")
        for row in _module(
            f"generation.{name}", to=f"{_OURS}{name}", since="5.0", reason=_BEAM_SEARCH, upstream=f"{_PULL}40518"
        )
    ),
    *_module(
        "generation_utils",
        to="transformers.generation.utils",
        since="4.40",
        reason="{name} moved to transformers.generation.utils, so old code that takes GenerationMixin from it fails.",
        upstream=f"{_SOURCE}4.36.2/src/transformers/generation_utils.py",
    ),
    *(
        row
        for name, home in {
            "SampleOutput": "GenerateNonBeamOutput",
            "GreedySearchOutput": "GenerateNonBeamOutput",
            "ContrastiveSearchOutput": "GenerateNonBeamOutput",
            "BeamSearchOutput": "GenerateBeamOutput",
            "BeamSampleOutput": "GenerateBeamOutput",
        }.items()
        for row in _added(
            name,
            at=("generation.utils",),
            to=f"transformers.generation.utils:{home}",
            since="5.0",
            reason="{name} is gone since 5.0; it had been another name of " + home + ".",
            upstream=f"{_SOURCE}4.57.6/src/transformers/generation/utils.py",
        )
    ),
    *(
        row
        for kind in ("DecoderOnly", "EncoderDecoder")
        for names, home in {
            "GreedySearch{0}Output Sample{0}Output ContrastiveSearch{0}Output": "Generate{0}Output",
            "BeamSearch{0}Output BeamSample{0}Output": "GenerateBeam{0}Output",
        }.items()
        for row in _added(
            names.format(kind),
            at=("generation", "generation.utils"),
            to=f"transformers.generation.utils:{home.format(kind)}",
            since="5.0",
            reason="{name} is gone since 5.0; it had been another name of " + home.format(kind) + ".",
            upstream=f"{_SOURCE}4.57.6/src/transformers/generation/utils.py",
        )
    ),
    *_added(
        "_split_model_inputs _split",
        at=("generation.utils",),
        to=f"{_OURS}generation",
        since="4.54",
        reason="{name} is gone since 4.54, so contrastive and beam search of optimum fail on import.",
        upstream=f"{_SOURCE}4.53.3/src/transformers/generation/utils.py",
    ),
    *_added(
        "stack_model_outputs",
        at=("generation.utils",),
        to=f"{_OURS}generation",
        since="4.57",
        reason="{name} is gone since 4.57, so contrastive search of optimum fails on import.",
        upstream=f"{_PULL}40428",
    ),
]

_PIPELINES = (
    "{name} is gone since {since}, so code that builds the pipeline from a model and a tokenizer fails on import."
)

PIPELINES = [
    row
    for names, module, since, pull in (
        ("Text2TextGenerationPipeline SummarizationPipeline TranslationPipeline", "text2text", "5.0", "43256"),
        ("ImageToTextPipeline", "image_to_text", "5.0", "43306"),
        ("QuestionAnsweringPipeline", "question_answering", "5.3", "43325"),
    )
    for row in (
        *_added(
            names,
            at=(_TOP, "pipelines"),
            to=_OURS + module,
            since=since,
            reason=_PIPELINES.replace("{since}", since),
            upstream=_PULL + pull,
        ),
        *_module(
            "pipelines." + {"text2text": "text2text_generation"}.get(module, module),
            to=_OURS + module,
            since=since,
            reason=_PIPELINES.replace("{since}", since),
            upstream=_PULL + pull,
        ),
    )
]

_IMPORTED_ONLY = "{name} is gone since 5.0, and libraries import it although few programs come to use it."

STAND_INS = [
    *_added(
        "TFPreTrainedModel TFSharedEmbeddings",
        at=(_TOP,),
        to=f"{_OURS}tensorflow",
        since="5.0",
        reason="{name} is gone since 5.0, and libraries import it to ask whether a model is one of TensorFlow's.",
        upstream=_GUIDE,
    ),
    *_added(
        "TFAutoModel TFAutoModelForCausalLM TFAutoModelForMaskedLM TFAutoModelForMultipleChoice "
        "TFAutoModelForQuestionAnswering TFAutoModelForSeq2SeqLM TFAutoModelForSequenceClassification "
        "TFAutoModelForTokenClassification TFAutoModelWithLMHead",
        at=(_TOP, "models.auto"),
        to=f"{_OURS}tensorflow",
        since="5.0",
        reason=_IMPORTED_ONLY,
        upstream=_GUIDE,
    ),
    *_module(
        "modeling_tf_utils models.auto.modeling_tf_auto",
        to=f"{_OURS}tensorflow",
        since="5.0",
        reason=_IMPORTED_ONLY,
        upstream=_GUIDE,
    ),
    *_module("utils.fx", to=f"{_OURS}fx", since="5.0", reason=_IMPORTED_ONLY, upstream=f"{_PULL}41683"),
    *_module(
        "convert_graph_to_onnx", to=f"{_OURS}onnx_export", since="5.0", reason=_IMPORTED_ONLY, upstream=f"{_PULL}41700"
    ),
]

PATCHES = [
    *AUTO_CLASSES,
    *TOKENIZERS_AND_PROCESSORS,
    *UTILITIES,
    *TRAINING,
    *MODELING,
    *GENERATION,
    *PIPELINES,
    *STAND_INS,
]


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES
