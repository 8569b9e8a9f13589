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
# The last release of the minor before the one in which a name went, for links to its source.
_LAST_WITH = {"4.47": "4.46.3", "4.51": "4.50.3", "4.57": "4.56.2", "5.0": "4.57.6", "5.1": "5.0.0"}


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


def _module(modules: str, *, to: str, since: str, reason: str, upstream: str, before: str = "") -> list[Patch]:
    """A row for each of `modules`, all of which are served from the module `to`."""
    return [
        Patch(
            id="module." + _id(module),
            target=_path(module),
            kind=Kind.REDIRECT,
            impl=to,
            when={"transformers": _range(since, before)},
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
    *_added(
        "is_tf_available is_flax_available",
        at=(_TOP, "utils", "utils.import_utils", "file_utils"),
        to=f"{_OURS}availability",
        since="5.0",
        reason="{name} is not importable since 5.0; libraries ask it before they import TensorFlow or Flax classes.",
        upstream=_GUIDE,
    ),
    *_added(
        "is_torch_bf16_cpu_available",
        at=("utils", "utils.import_utils"),
        to="transformers.utils.import_utils:is_torch_available",
        since="5.0",
        reason="{name} is not importable since 5.0; every torch computes in bfloat16 on CPU.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/utils/import_utils.py",
    ),
    *(
        row
        for name, since, before in (
            ("is_auto_awq_available", "5.0", ""),
            ("is_auto_gptq_available", "5.0", ""),
            ("is_eetq_available", "5.0", ""),
            ("is_bitsandbytes_multi_backend_available", "5.0", ""),
            ("is_keras_nlp_available", "5.0", ""),
            ("is_tensorflow_probability_available", "5.0", ""),
            ("is_tensorflow_text_available", "5.0", ""),
            ("is_tf2onnx_available", "5.0", ""),
            ("is_ftfy_available", "5.1", ""),
            ("is_ipex_available", "5.1", ""),
            ("is_ccl_available", "5.1", ""),
            ("is_jieba_available", "4.57", ""),
            ("is_quanto_available", "4.47", ""),
            ("is_torch_tpu_available", "4.51", "5.9"),
        )
        for row in _added(
            name,
            at=("utils", "utils.import_utils"),
            to=f"{_OURS}availability",
            since=since,
            before=before,
            reason="{name} is not importable since " + since + ", so libraries that ask it fail on import.",
            upstream=f"{_SOURCE}{_LAST_WITH[since]}/src/transformers/utils/import_utils.py",
        )
    ),
    *_added(
        "is_keras_nlp_available is_tensorflow_text_available",
        at=(_TOP,),
        to=f"{_OURS}availability",
        since="5.0",
        reason="{name} is not importable since 5.0.",
        upstream=_GUIDE,
    ),
    *(
        row
        for name, home, since, last in (
            ("is_torch_bf16_available", "is_torch_bf16_gpu_available", "5.0", "4.57.6"),
            ("is_torch_compile_available", "is_torch_available", "5.0", "4.57.6"),
            ("is_torchdynamo_available", "is_torch_available", "5.0", "4.57.6"),
            ("is_flash_attn_available", "is_flash_attn_2_available", "4.40", "4.36.2"),
            ("is_soundfile_availble", "is_soundfile_available", "4.48", "4.47.1"),
        )
        for row in _added(
            name,
            at=("utils", "utils.import_utils"),
            to=f"transformers.utils.import_utils:{home}",
            since=since,
            reason="{name} is gone since " + since + "; it had become another name of " + home + ".",
            upstream=f"{_SOURCE}{last}/src/transformers/utils/import_utils.py",
        )
    ),
    *_added(
        "infer_framework is_tf_tensor is_jax_tensor is_tf_symbolic_tensor",
        at=("utils", "utils.generic"),
        to=f"{_OURS}helpers",
        since="5.0",
        reason="{name} is gone since 5.0, so code for several frameworks fails on import.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/utils/generic.py",
    ),
    *_added(
        "CHAT_TEMPLATE_NAME",
        at=("utils",),
        to=f"{_OURS}helpers",
        since="4.52",
        reason="{name} is gone since 4.52, so processors of other libraries fail on import.",
        upstream=f"{_SOURCE}4.51.3/src/transformers/utils/__init__.py",
    ),
    *(
        Patch(
            id=f"backends-mapping.{backend.replace('_', '-')}",
            target=f"transformers.utils.import_utils:BACKENDS_MAPPING[{backend}]",
            kind=Kind.REGISTER,
            impl=f"{_OURS}backends:{backend}",
            when={"transformers": _range(since)},
            reason=f"@requires(backends=('{backend}',)) and requires_backends raise KeyError or ValueError since {since}.",
            upstream=_GUIDE,
            traced=False,
        )
        for backend, since in (
            ("tf", "5.0"),
            ("flax", "5.0"),
            ("keras_nlp", "5.0"),
            ("tensorflow_text", "5.0"),
            ("ftfy", "5.1"),
        )
    ),
    *_added(
        "is_ipex_available",
        at=("file_utils",),
        to=f"{_OURS}availability",
        since="5.1",
        reason="{name} is not importable since 5.1, so libraries that ask it fail on import.",
        upstream=f"{_SOURCE}5.0.0/src/transformers/file_utils.py",
    ),
    *_added(
        "is_torch_tpu_available",
        at=("trainer",),
        to=f"{_OURS}availability",
        since="4.40",
        reason="{name} is no longer in trainer, where copies of Trainer (wtpsplit) take it from.",
        upstream=f"{_SOURCE}4.39.3/src/transformers/trainer.py",
    ),
    *_added(
        "is_torch_tpu_available",
        at=(_TOP,),
        to=f"{_OURS}availability",
        since="4.51",
        reason="{name} is not importable from the top level since 4.51.",
        upstream=f"{_SOURCE}4.50.3/src/transformers/__init__.py",
    ),
    *_added(
        "cached_property",
        at=("utils", "utils.generic", "file_utils"),
        to=f"{_OURS}helpers",
        since="4.57",
        reason="{name} is not importable since 4.57; subclasses of TrainingArguments (optimum) are decorated with it.",
        upstream=f"{_SOURCE}4.56.2/src/transformers/utils/generic.py",
    ),
    *_added(
        "working_or_temp_dir",
        at=("utils", "utils.generic"),
        to=f"{_OURS}helpers",
        since="5.0",
        reason="{name} is not importable since 5.0, so mixins that push to the Hub (adapters) fail on import.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/utils/generic.py",
    ),
    *_added(
        "LossKwargs",
        at=("utils", "utils.generic"),
        to=f"{_OURS}helpers",
        since="4.54",
        reason="{name} is not importable since 4.54; remote models of 4.47 to 4.53 annotate their forward with it.",
        upstream=f"{_SOURCE}4.53.3/src/transformers/utils/generic.py",
    ),
    *_added(
        "get_full_repo_name",
        at=("utils", "file_utils"),
        to="huggingface_hub:get_full_repo_name",
        since="5.0",
        reason="{name} is huggingface_hub's, and is no longer re-exported since 5.0.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/utils/__init__.py",
    ),
    *_added(
        "create_repo create_commit list_repo_tree",
        at=("utils.hub",),
        to="huggingface_hub",
        since="5.11",
        reason="{name} is huggingface_hub's, and is no longer in utils.hub since 5.11, where auto-gptq takes it from.",
        upstream=f"{_SOURCE}5.10.0/src/transformers/utils/hub.py",
    ),
    *_added(
        "get_file_from_repo",
        at=("utils", "utils.hub", "file_utils"),
        to=f"{_OURS}hub",
        since="4.50",
        reason="{name} is not importable since 4.50; cached_file has other defaults and raises where it gave None.",
        upstream=f"{_SOURCE}4.49.0/src/transformers/utils/hub.py",
    ),
    *_added(
        "send_example_telemetry",
        at=("utils", "utils.hub"),
        to=f"{_OURS}hub",
        since="4.57",
        reason="{name} is not importable since 4.57, so training scripts made from the examples fail on import.",
        upstream=f"{_SOURCE}4.56.2/src/transformers/utils/hub.py",
    ),
    *_added(
        "HUGGINGFACE_CO_PREFIX HUGGINGFACE_CO_RESOLVE_ENDPOINT",
        at=("utils", "utils.hub", "file_utils"),
        to=f"{_OURS}hub",
        since="5.0",
        reason="{name} is not importable since 5.0; huggingface_hub.constants has it under another name.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/utils/hub.py",
    ),
    *_added(
        "HUGGINGFACE_CO_EXAMPLES_TELEMETRY default_cache_path torch_cache_home",
        at=("utils.hub",),
        to=f"{_OURS}hub",
        since="5.0",
        reason="{name} is not importable since 5.0.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/utils/hub.py",
    ),
    *_added(
        "isin_mps_friendly",
        at=("pytorch_utils",),
        to=f"{_OURS}comparing",
        since="5.1",
        reason="{name} is not importable since 5.1, so copies of generation code (parler-tts, coqui-tts) fail on import.",
        upstream=f"{_SOURCE}5.0.0/src/transformers/pytorch_utils.py",
        traced=True,
    ),
    *_module(
        "utils.model_parallel_utils",
        to=f"{_OURS}model_parallel",
        since="5.0",
        reason="{name} is gone since 5.0, so copies of GPT-2 and T5 with a parallelize method (LAVIS) fail on import.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/utils/model_parallel_utils.py",
    ),
    *_added(
        "BackboneType load_backbone",
        at=("utils.backbone_utils",),
        to="transformers.backbone_utils",
        since="5.1",
        reason="{name} moved to transformers.backbone_utils in 5.1.",
        upstream=f"{_SOURCE}5.0.0/src/transformers/utils/backbone_utils.py",
    ),
    *_added(
        "verify_out_features_out_indices get_aligned_output_features_output_indices",
        at=("utils.backbone_utils",),
        to=f"{_OURS}backbones",
        since="5.1",
        reason="{name} is gone since 5.1; configurations of backbones check their stages with it.",
        upstream=f"{_SOURCE}5.0.0/src/transformers/utils/backbone_utils.py",
    ),
    *_added(
        "AnnotionFormat",
        at=("image_utils",),
        to=f"{_OURS}annotations",
        since="5.1",
        reason="{name} is not importable since 5.1.",
        upstream=f"{_SOURCE}5.0.0/src/transformers/image_utils.py",
    ),
    *_added(
        "ModelCard",
        at=(_TOP, "modelcard"),
        to=f"{_OURS}model_card",
        since="5.0",
        reason="{name} is gone since 5.0.",
        upstream=_GUIDE,
    ),
    *_module(
        "commands commands.transformers_cli commands.add_new_model_like",
        to=f"{_OURS}commands",
        since="5.0",
        reason="{name} became transformers.cli in 5.0, with typer in the place of argparse.",
        upstream=_GUIDE,
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
    *_added(
        "ALL_LAYERNORM_LAYERS",
        at=("trainer",),
        to="transformers.pytorch_utils",
        since="4.53",
        reason="{name} is no longer in trainer since 4.53; subclasses of Trainer (gliner) group parameters by it.",
        upstream=f"{_SOURCE}4.52.4/src/transformers/trainer.py",
    ),
    *(
        row
        for names, since in (("List Tuple Dict", "4.50"), ("Optional", "5.0"), ("Union", "5.2"))
        for row in _added(
            names,
            at=("trainer",),
            to="typing",
            since=since,
            reason="{name} is no longer imported by trainer, and modules that import all they use from it fail.",
            upstream=f"{_SOURCE}4.49.0/src/transformers/trainer.py",
        )
    ),
    *_added(
        "nested_concat nested_numpify",
        at=("trainer",),
        to="transformers.trainer_pt_utils",
        since="5.0",
        reason="{name} is no longer in trainer since 5.0, where evaluation loops of subclasses (wtpsplit) take it from.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/trainer.py",
    ),
    *_added(
        "distributed_concat nested_xla_mesh_reduce",
        at=("trainer",),
        to="transformers.trainer_pt_utils",
        since="5.2",
        reason="{name} is no longer in trainer since 5.2, where evaluation loops of subclasses take it from.",
        upstream=f"{_SOURCE}5.1.0/src/transformers/trainer.py",
    ),
    *_added(
        "create_repo upload_folder",
        at=("trainer",),
        to="huggingface_hub",
        since="5.11",
        reason="{name} is huggingface_hub's, and is no longer in trainer since 5.11, where ms-swift replaces it.",
        upstream=f"{_SOURCE}5.10.0/src/transformers/trainer.py",
    ),
    *_added(
        "_get_fsdp_ckpt_kwargs",
        at=("trainer",),
        to="transformers.trainer:get_fsdp_ckpt_kwargs",
        since="5.2",
        reason="{name} lost its underscore in 5.2, so copies of Trainer's methods (optimum-habana) fail on import.",
        upstream=f"{_SOURCE}5.1.0/src/transformers/trainer.py",
    ),
    *_added(
        "DistributedTensorGatherer SequentialDistributedSampler",
        at=("trainer_pt_utils",),
        to=f"{_OURS}evaluation",
        since="5.0",
        reason="{name} is gone since 5.0, so trainers with an evaluation loop of their own fail on import.",
        upstream=_GUIDE,
    ),
    *_added(
        "_VALID_DICT_FIELDS",
        at=("training_args",),
        to=f"{_OURS}arguments",
        since="4.51",
        reason="{name} became an attribute of TrainingArguments in 4.51, so optimum-habana fails on import.",
        upstream=f"{_SOURCE}4.50.3/src/transformers/training_args.py",
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
        "AutoHfQuantizer",
        at=("modeling_utils",),
        to="transformers.quantizers.auto",
        since="4.56",
        reason="{name} is no longer in modeling_utils since 4.56, where auto-round replaces it.",
        upstream=f"{_SOURCE}4.55.4/src/transformers/modeling_utils.py",
    ),
    *_added(
        "TORCH_INIT_FUNCTIONS",
        at=("modeling_utils",),
        to="transformers.initialization",
        since="5.0",
        reason="{name} moved to transformers.initialization in 5.0; llmcompressor switches initialization off with it.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/modeling_utils.py",
    ),
    *_added(
        "get_balanced_memory get_max_memory infer_auto_device_map check_tied_parameters_on_same_device",
        at=("modeling_utils",),
        to="accelerate.utils",
        since="5.0",
        reason="{name} is accelerate's, and is no longer in modeling_utils since 5.0, where ms-swift takes it from.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/modeling_utils.py",
    ),
    *_added(
        "init_empty_weights init_on_device find_tied_parameters",
        at=("integrations.accelerate",),
        to=f"{_OURS}empty_weights",
        since="5.0",
        reason="{name} is gone since 5.0, so nemo-automodel fails on import.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/integrations/accelerate.py",
    ),
    *_module(
        "integrations.accelerate",
        to=f"{_OURS}empty_weights",
        since="4.49",
        before="4.51",
        reason="{name} came in 4.51, and code of then imports it.",
        upstream=f"{_PULL}36963",
    ),
    *_added(
        "init_empty_weights find_tied_parameters",
        at=("modeling_utils",),
        to=f"{_OURS}empty_weights",
        since="5.0",
        reason="{name} is no longer in modeling_utils since 5.0.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/modeling_utils.py",
    ),
    *_added(
        "get_keys_to_not_convert",
        at=("integrations", "integrations.bitsandbytes"),
        to=f"{_OURS}bitsandbytes",
        since="5.0",
        reason="{name} left integrations in 5.0 and answers with other modules; ms-swift takes it from there.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/integrations/bitsandbytes.py",
    ),
    *_added(
        "_replace_with_bnb_linear",
        at=("integrations.bitsandbytes",),
        to=f"{_OURS}bitsandbytes",
        since="5.0",
        reason="{name} is gone since 5.0, so unsloth-zoo, which rewrites it, fails on import.",
        upstream=f"{_SOURCE}4.57.6/src/transformers/integrations/bitsandbytes.py",
    ),
    *_added(
        "deterministic_g prepare_fa2_from_position_ids",
        at=("modeling_flash_attention_utils",),
        to=f"{_OURS}flash_attention",
        since="4.54",
        reason="{name} is gone since 4.54, so patches of flash attention (openrlhf, nemo-automodel) fail on import.",
        upstream=f"{_SOURCE}4.53.3/src/transformers/modeling_flash_attention_utils.py",
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
    *_added(
        "top_k_top_p_filtering",
        at=(_TOP, "generation", "generation.utils"),
        to=f"{_OURS}filtering",
        since="4.40",
        reason="{name} is gone since 4.40, so code with a sampling loop of its own (trl 0.7) fails on import.",
        upstream=f"{_SOURCE}4.36.2/src/transformers/generation/utils.py",
    ),
    *_added(
        "MaxNewTokensCriteria",
        at=("generation", "generation.stopping_criteria"),
        to=f"{_OURS}filtering",
        since="4.45",
        reason="{name} is gone since 4.45; MaxLengthCriteria takes the length in all.",
        upstream=f"{_SOURCE}4.44.2/src/transformers/generation/stopping_criteria.py",
    ),
    *_added(
        "build_attention_mask",
        at=("generation.continuous_batching.continuous_api",),
        to="transformers.generation.continuous_batching.utils",
        since="5.1",
        reason="{name} moved within continuous_batching in 5.1.",
        upstream=f"{_SOURCE}5.0.0/src/transformers/generation/continuous_batching/continuous_api.py",
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
        ("ImageToImagePipeline", "image_to_image", "5.3", "43325"),
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
PIPELINES += _added(
    "QuestionAnsweringArgumentHandler",
    at=("pipelines",),
    to=f"{_OURS}question_answering",
    since="5.3",
    reason=_PIPELINES.replace("{since}", "5.3"),
    upstream=f"{_PULL}43325",
)
PIPELINES += _added(
    "infer_framework_load_model",
    at=("pipelines", "pipelines.base"),
    to=f"{_OURS}loading",
    since="5.0",
    reason="{name} is gone since 5.0; pipelines of other libraries (optimum) load their models with it.",
    upstream=f"{_SOURCE}4.57.6/src/transformers/pipelines/base.py",
)

_DATA = "{name} is gone since {since}, so code that prepares SQuAD, GLUE or text files with it fails on import."
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
        for module, before in ((_TOP, ""), ("data.datasets", "5.20"))
        for row in _added(
            "TextDataset LineByLineTextDataset LineByLineWithRefDataset LineByLineWithSOPTextDataset "
            "TextDatasetForNextSentencePrediction",
            at=(module,),
            to=f"{_OURS}text_datasets",
            since="5.0",
            before=before,
            reason=_DATA.replace("{since}", "5.0"),
            upstream=f"{_SOURCE}4.57.6/src/transformers/data/datasets/language_modeling.py",
        )
    ),
    *_module(
        "data.datasets.language_modeling",
        to=f"{_OURS}text_datasets",
        since="5.0",
        reason=_DATA.replace("{since}", "5.0"),
        upstream=f"{_SOURCE}4.57.6/src/transformers/data/datasets/language_modeling.py",
    ),
    *(
        row
        for names, module in ((_SQUAD, "squad"), (_READERS, "processors"), (_GLUE, "glue"))
        for row in _added(
            names,
            at=(_TOP, "data"),
            to=_OURS + module,
            since="5.20",
            reason=_DATA.replace("{since}", "5.20"),
            upstream=f"{_SOURCE}5.19.0/src/transformers/data/__init__.py",
        )
    ),
    *_added(
        "GlueDataset GlueDataTrainingArguments SquadDataset SquadDataTrainingArguments",
        at=(_TOP,),
        to=f"{_OURS}glue",
        since="5.20",
        reason=_DATA.replace("{since}", "5.20"),
        upstream=f"{_SOURCE}5.19.0/src/transformers/data/datasets/__init__.py",
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
        for row in _module(
            modules,
            to=_OURS + home,
            since="5.20",
            reason=_DATA.replace("{since}", "5.20"),
            upstream=f"{_SOURCE}5.19.0/src/transformers/data/__init__.py",
        )
    ),
    *_added(
        "DataCollatorForWholeWordMask",
        at=(_TOP, "data", "data.data_collator"),
        to=f"{_OURS}collators",
        since="5.20",
        reason="{name} is gone since 5.20; whole_word_mask=True needs offsets, which features of old code do not have.",
        upstream=f"{_SOURCE}5.19.0/src/transformers/data/data_collator.py",
    ),
]

TOKENIZERS = [
    *_added(
        "SpecialTokensMixin",
        at=(_TOP, "tokenization_utils_base"),
        to=f"{_OURS}special_tokens",
        since="5.0",
        reason="{name} is gone since 5.0, so code that asks whether an object is a tokenizer by it fails on import.",
        upstream=f"{_GUIDE}#tokenization",
    ),
    *(
        row
        for names, home in (
            (
                "BatchEncoding PreTrainedTokenizerBase ADDED_TOKENS_FILE SPECIAL_TOKENS_MAP_FILE TOKENIZER_CONFIG_FILE "
                "EncodedInput EncodedInputPair PreTokenizedInput PreTokenizedInputPair TextInput TextInputPair "
                "TruncationStrategy",
                "transformers.tokenization_utils_base",
            ),
            (
                "Trie ExtensionsTrie _is_control _is_punctuation _is_whitespace _is_end_of_word _is_start_of_word "
                "_insert_one_token_to_ordered_list",
                "transformers.tokenization_python",
            ),
            ("PaddingStrategy TensorType", "transformers.utils"),
        )
        # Up to 5.20 the alias reads through to that other module; later it is a copy, made when it is imported.
        for module, since, before in (
            ("tokenization_utils_sentencepiece", "5.0", "5.21"),
            ("tokenization_utils", "5.21", ""),
        )
        for row in _added(
            names,
            at=(module,),
            to=home,
            since=since,
            before=before,
            reason="tokenization_utils is another module's alias since 5.0, and that one has no {name}.",
            upstream=f"{_GUIDE}#tokenization",
        )
    ),
    *_added(
        "MT5Tokenizer",
        at=(_TOP,),
        to="transformers:T5Tokenizer",
        since="5.0",
        reason="{name} is not importable since 5.0; it was another name of T5Tokenizer.",
        upstream=f"{_GUIDE}#tokenization",
    ),
    *_added(
        "MT5TokenizerFast",
        at=(_TOP,),
        to="transformers:T5TokenizerFast",
        since="5.0",
        reason="{name} is not importable since 5.0; it was another name of T5TokenizerFast.",
        upstream=f"{_GUIDE}#tokenization",
    ),
]

EXPORT = [
    *_module(
        "onnx",
        to=f"{_OURS}onnx",
        since="5.0",
        reason="{name} is gone since 5.0; configurations in repositories, and optimum, subclass its OnnxConfig.",
        upstream=f"{_PULL}41700",
    ),
    *(
        row
        for module, home in {
            "config": "onnx_config",
            "convert": "onnx_convert",
            "features": "onnx_features",
            "utils": "onnx_sizes",
        }.items()
        for row in _module(
            f"onnx.{module}",
            to=_OURS + home,
            since="5.0",
            reason="{name} is gone since 5.0, so exporters (optimum) fail on import.",
            upstream=f"{_PULL}41700",
        )
    ),
]

_TESTING = "{name} is no longer in testing_utils, so test suites of libraries and of models fail on import."

TESTING = [
    row
    for names, since, before in (
        ("require_auto_gptq", "4.49", ""),
        ("is_pt_tf_cross_test is_pt_flax_cross_test get_device_count", "4.50", ""),
        ("require_torch_bf16_cpu", "4.52", ""),
        ("require_soundfile", "4.54", "5.14"),
        ("require_torch_sdpa", "4.56", ""),
        (
            "require_tf require_flax require_jieba require_tensorflow_text require_tensorflow_probability require_tf2onnx "
            "set_model_tester_for_less_flaky_test",
            "4.57",
            "",
        ),
        (
            "require_read_token require_sigopt require_torch_or_tf require_safetensors require_auto_awq require_gptq "
            "require_eetq require_torchdynamo require_keras_nlp require_torch_bf16_gpu "
            "require_torch_gpu_if_bnb_not_multi_backend_enabled jax_device",
            "5.0",
            "",
        ),
        ("require_ftfy require_intel_extension_for_pytorch", "5.1", ""),
        ("require_quanto", "4.46", ""),
    )
    for row in _added(
        names,
        at=("testing_utils",),
        to=f"{_OURS}testing",
        since=since,
        before=before,
        reason=_TESTING,
        upstream=f"{_SOURCE}4.48.3/src/transformers/testing_utils.py",
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
        at=(_TOP,),
        to=f"{_OURS}tensorflow",
        since="5.0",
        reason="{name} is gone since 5.0, and code that supports both frameworks looks through it.",
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
        "modeling_tf_utils modeling_tf_outputs models.auto.modeling_tf_auto",
        to=f"{_OURS}tensorflow",
        since="5.0",
        reason=_IMPORTED_ONLY,
        upstream=_GUIDE,
    ),
    *_added(
        "_gen_constructor_wrapper",
        at=("utils.fx",),
        to="transformers.utils.fx:gen_constructor_wrapper",
        since="4.40",
        before="5.0",
        reason="{name} lost its underscore in 4.40, so tracers of other libraries (optimum) fail on import.",
        upstream=f"{_SOURCE}4.36.2/src/transformers/utils/fx.py",
    ),
    *_module("utils.fx", to=f"{_OURS}fx", since="5.0", reason=_IMPORTED_ONLY, upstream=f"{_PULL}41683"),
    *_module(
        "convert_graph_to_onnx", to=f"{_OURS}onnx_export", since="5.0", reason=_IMPORTED_ONLY, upstream=f"{_PULL}41700"
    ),
    *_added(
        "FlaxPreTrainedModel FlaxBertForQuestionAnswering FlaxCLIPTextModel FlaxAutoModel",
        at=(_TOP,),
        to=f"{_OURS}flax",
        since="5.0",
        reason=_IMPORTED_ONLY,
        upstream=_GUIDE,
    ),
    *_module("modeling_flax_utils", to=f"{_OURS}flax", since="5.0", reason=_IMPORTED_ONLY, upstream=_GUIDE),
    *_added(
        "TransfoXLModel TransfoXLLMHeadModel TransfoXLTokenizer",
        at=(_TOP,),
        to=f"{_OURS}transfo_xl",
        since="5.0",
        reason="{name} is gone since 5.0, so libraries with a table of all models fail on import.",
        upstream=f"{_PULL}42235",
    ),
]

HUB = [
    Patch(
        id=_id("huggingface-hub", name),
        target=f"huggingface_hub:{name}",
        kind=Kind.ADD,
        impl=f"{_OURS}huggingface:{name}",
        when={"huggingface_hub": f">={since}.dev0", "transformers": ">=4.49.0.dev0"},
        reason=f"{name} is gone from huggingface_hub {since}, so {whose} fail on import.",
        upstream="https://github.com/huggingface/transformers/blob/main/MIGRATION_GUIDE_V5.md",
        traced=False,
    )
    for name, since, whose in (
        ("HfFolder", "1.0.0", "adapters, datasets 2 and optimum"),
        ("Repository", "1.0.0", "training scripts that push to a clone"),
        ("InferenceApi", "1.0.0", "clients of the old inference service"),
        ("configure_http_backend", "1.0.0", "programs with a proxy of their own"),
        ("cached_download", "0.26.0", "diffusers up to 0.25 and sentence-transformers up to 2.2"),
    )
]

PATCHES = [
    *AUTO_CLASSES,
    *UTILITIES,
    *TRAINING,
    *MODELING,
    *GENERATION,
    *PIPELINES,
    *DATA,
    *TOKENIZERS,
    *EXPORT,
    *TESTING,
    *STAND_INS,
    *HUB,
    *(
        Patch(
            id=_id(module, "direct_transformers_import"),
            target=f"{_path(module)}:direct_transformers_import",
            kind=Kind.WRAP,
            impl=f"{_OURS}anew:followed",
            when={"transformers": ">=4.49.0.dev0,<5.24"},
            reason="It executes transformers again, and the module that takes its place lacks every name that is served.",
            upstream=f"{_SOURCE}5.23.0/src/transformers/utils/import_utils.py",
            traced=False,
        )
        for module in ("utils", "utils.import_utils")
    ),
]


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES
