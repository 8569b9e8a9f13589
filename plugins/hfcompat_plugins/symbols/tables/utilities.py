"""transformers.utils and what stood beside it: what is available, the Hub's files, helpers."""

from __future__ import annotations

from hfcompat_plugins.rows import GUIDE, PULL, SOURCE, TOP, added, path, redirected, row_id, versions
from hfcompat_plugins.symbols.tables import OURS

from hfcompat import Kind, Patch

# The last release of the minor before the one in which a name went, for links to its source.
_LAST_WITH = {"4.47": "4.46.3", "4.51": "4.50.3", "4.57": "4.56.2", "5.0": "4.57.6", "5.1": "5.0.0"}

UTILITIES = [
    *added(
        "is_safetensors_available",
        at=(TOP, "utils", "utils.import_utils"),
        to=f"{OURS}availability",
        since="5.0",
        reason="{name} is not importable since 5.0, where safetensors is always there.",
        upstream=f"{SOURCE}4.57.6/src/transformers/utils/import_utils.py",
    ),
    *added(
        "is_torch_fx_available",
        at=("utils", "utils.import_utils", "file_utils"),
        to="transformers.utils.import_utils:is_torch_available",
        since="5.0",
        reason="{name} is not importable since 5.0; remote models ask it before they import torch.fx.",
        upstream=f"{PULL}41683",
    ),
    *added(
        "is_torch_sdpa_available",
        at=("utils", "utils.import_utils"),
        to="transformers.utils.import_utils:is_torch_available",
        since="5.0",
        reason="{name} is not importable since 5.0; every torch that is supported has the function.",
        upstream=f"{SOURCE}4.57.6/src/transformers/utils/import_utils.py",
    ),
    *added(
        "is_offline_mode",
        at=("utils", "file_utils"),
        to="huggingface_hub:is_offline_mode",
        since="5.0",
        reason="{name} moved to huggingface_hub in 5.0.",
        upstream=f"{SOURCE}4.57.6/src/transformers/utils/hub.py",
    ),
    *added(
        "is_remote_url download_url",
        at=("utils", "utils.hub"),
        to=f"{OURS}hub",
        since="5.0",
        reason="{name} is not importable since 5.0, and no library has another.",
        upstream=f"{SOURCE}4.57.6/src/transformers/utils/hub.py",
    ),
    *added(
        "TRANSFORMERS_CACHE PYTORCH_TRANSFORMERS_CACHE PYTORCH_PRETRAINED_BERT_CACHE",
        at=(TOP, "utils", "utils.hub", "file_utils"),
        to=f"{OURS}hub",
        since="5.0",
        reason="{name} is not importable since 5.0, so code that passes it as cache_dir fails.",
        upstream=f"{SOURCE}4.57.6/src/transformers/utils/hub.py",
    ),
    *added(
        "TF_WEIGHTS_NAME TF2_WEIGHTS_NAME",
        at=(TOP, "utils", "file_utils", "modeling_utils"),
        to=f"{OURS}weights",
        since="5.0",
        reason="{name} is not importable since 5.0, so exporters that look for TensorFlow checkpoints fail on import.",
        upstream=GUIDE,
    ),
    *added(
        "FLAX_WEIGHTS_NAME",
        at=("utils", "file_utils", "modeling_utils"),
        to=f"{OURS}weights",
        since="5.0",
        reason="{name} is not importable since 5.0, so diffusers 0.30 and 0.31 cannot be imported.",
        upstream=GUIDE,
    ),
    *added(
        "TF2_WEIGHTS_INDEX_NAME FLAX_WEIGHTS_INDEX_NAME",
        at=("utils",),
        to=f"{OURS}weights",
        since="5.0",
        reason="{name} is not importable since 5.0, so code that sorts the files of a repository fails on import.",
        upstream=GUIDE,
    ),
    *redirected(
        "deepspeed",
        to="transformers.integrations.deepspeed",
        since="4.46",
        reason="{name} moved to transformers.integrations, so trainers that ask it for ZeRO-3 fail on import.",
        upstream=f"{PULL}25599",
    ),
    *added(
        "is_tf_available is_flax_available",
        at=(TOP, "utils", "utils.import_utils", "file_utils"),
        to=f"{OURS}availability",
        since="5.0",
        reason="{name} is not importable since 5.0; libraries ask it before they import TensorFlow or Flax classes.",
        upstream=GUIDE,
    ),
    *added(
        "is_torch_bf16_cpu_available",
        at=("utils", "utils.import_utils"),
        to="transformers.utils.import_utils:is_torch_available",
        since="5.0",
        reason="{name} is not importable since 5.0; every torch computes in bfloat16 on CPU.",
        upstream=f"{SOURCE}4.57.6/src/transformers/utils/import_utils.py",
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
        for row in added(
            name,
            at=("utils", "utils.import_utils"),
            to=f"{OURS}availability",
            since=since,
            before=before,
            reason="{name} is not importable since {since}, so libraries that ask it fail on import.",
            upstream=f"{SOURCE}{_LAST_WITH[since]}/src/transformers/utils/import_utils.py",
        )
    ),
    *added(
        "is_keras_nlp_available is_tensorflow_text_available",
        at=(TOP,),
        to=f"{OURS}availability",
        since="5.0",
        reason="{name} is not importable since 5.0.",
        upstream=GUIDE,
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
        for row in added(
            name,
            at=("utils", "utils.import_utils"),
            to=f"transformers.utils.import_utils:{home}",
            since=since,
            reason="{name} is gone since {since}; it had become another name of " + home + ".",
            upstream=f"{SOURCE}{last}/src/transformers/utils/import_utils.py",
        )
    ),
    *added(
        "infer_framework is_tf_tensor is_jax_tensor is_tf_symbolic_tensor",
        at=("utils", "utils.generic"),
        to=f"{OURS}helpers",
        since="5.0",
        reason="{name} is gone since 5.0, so code for several frameworks fails on import.",
        upstream=f"{SOURCE}4.57.6/src/transformers/utils/generic.py",
    ),
    *added(
        "CHAT_TEMPLATE_NAME",
        at=("utils",),
        to=f"{OURS}helpers",
        since="4.52",
        reason="{name} is gone since 4.52, so processors of other libraries fail on import.",
        upstream=f"{SOURCE}4.51.3/src/transformers/utils/__init__.py",
    ),
    *(
        Patch(
            id=f"backends-mapping.{backend.replace('_', '-')}",
            target=f"transformers.utils.import_utils:BACKENDS_MAPPING[{backend}]",
            kind=Kind.REGISTER,
            impl=f"{OURS}backends:{backend}",
            when={"transformers": versions(since)},
            reason=f"@requires(backends=('{backend}',)) and requires_backends raise KeyError or ValueError since {since}.",
            upstream=GUIDE,
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
    *added(
        "is_ipex_available",
        at=("file_utils",),
        to=f"{OURS}availability",
        since="5.1",
        reason="{name} is not importable since 5.1, so libraries that ask it fail on import.",
        upstream=f"{SOURCE}5.0.0/src/transformers/file_utils.py",
    ),
    *added(
        "is_torch_tpu_available",
        at=("trainer",),
        to=f"{OURS}availability",
        since="4.40",
        reason="{name} is no longer in trainer, where copies of Trainer (wtpsplit) take it from.",
        upstream=f"{SOURCE}4.39.3/src/transformers/trainer.py",
    ),
    *added(
        "is_torch_tpu_available",
        at=(TOP,),
        to=f"{OURS}availability",
        since="4.51",
        reason="{name} is not importable from the top level since 4.51.",
        upstream=f"{SOURCE}4.50.3/src/transformers/__init__.py",
    ),
    *added(
        "cached_property",
        at=("utils", "utils.generic", "file_utils"),
        to=f"{OURS}helpers",
        since="4.57",
        reason="{name} is not importable since 4.57; subclasses of TrainingArguments (optimum) are decorated with it.",
        upstream=f"{SOURCE}4.56.2/src/transformers/utils/generic.py",
    ),
    *added(
        "working_or_temp_dir",
        at=("utils", "utils.generic"),
        to=f"{OURS}helpers",
        since="5.0",
        reason="{name} is not importable since 5.0, so mixins that push to the Hub (adapters) fail on import.",
        upstream=f"{SOURCE}4.57.6/src/transformers/utils/generic.py",
    ),
    *added(
        "LossKwargs",
        at=("utils", "utils.generic"),
        to=f"{OURS}helpers",
        since="4.54",
        reason="{name} is not importable since 4.54; remote models of 4.47 to 4.53 annotate their forward with it.",
        upstream=f"{SOURCE}4.53.3/src/transformers/utils/generic.py",
    ),
    *added(
        "get_full_repo_name",
        at=("utils", "file_utils"),
        to="huggingface_hub:get_full_repo_name",
        since="5.0",
        reason="{name} is huggingface_hub's, and is no longer re-exported since 5.0.",
        upstream=f"{SOURCE}4.57.6/src/transformers/utils/__init__.py",
    ),
    *added(
        "create_repo create_commit list_repo_tree",
        at=("utils.hub",),
        to="huggingface_hub",
        since="5.11",
        reason="{name} is huggingface_hub's, and is no longer in utils.hub since 5.11, where auto-gptq takes it from.",
        upstream=f"{SOURCE}5.10.0/src/transformers/utils/hub.py",
    ),
    *added(
        "get_file_from_repo",
        at=("utils", "utils.hub", "file_utils"),
        to=f"{OURS}hub",
        since="4.50",
        reason="{name} is not importable since 4.50; cached_file has other defaults and raises where it gave None.",
        upstream=f"{SOURCE}4.49.0/src/transformers/utils/hub.py",
    ),
    *added(
        "send_example_telemetry",
        at=("utils", "utils.hub"),
        to=f"{OURS}hub",
        since="4.57",
        reason="{name} is not importable since 4.57, so training scripts made from the examples fail on import.",
        upstream=f"{SOURCE}4.56.2/src/transformers/utils/hub.py",
    ),
    *added(
        "HUGGINGFACE_CO_PREFIX HUGGINGFACE_CO_RESOLVE_ENDPOINT",
        at=("utils", "utils.hub", "file_utils"),
        to=f"{OURS}hub",
        since="5.0",
        reason="{name} is not importable since 5.0; huggingface_hub.constants has it under another name.",
        upstream=f"{SOURCE}4.57.6/src/transformers/utils/hub.py",
    ),
    *added(
        "HUGGINGFACE_CO_EXAMPLES_TELEMETRY default_cache_path torch_cache_home",
        at=("utils.hub",),
        to=f"{OURS}hub",
        since="5.0",
        reason="{name} is not importable since 5.0.",
        upstream=f"{SOURCE}4.57.6/src/transformers/utils/hub.py",
    ),
    *added(
        "isin_mps_friendly",
        at=("pytorch_utils",),
        to=f"{OURS}comparing",
        since="5.1",
        reason="{name} is not importable since 5.1, so copies of generation code (parler-tts, coqui-tts) fail on import.",
        upstream=f"{SOURCE}5.0.0/src/transformers/pytorch_utils.py",
        traced=True,
    ),
    *redirected(
        "utils.model_parallel_utils",
        to=f"{OURS}model_parallel",
        since="5.0",
        reason="{name} is gone since 5.0, so copies of GPT-2 and T5 with a parallelize method (LAVIS) fail on import.",
        upstream=f"{SOURCE}4.57.6/src/transformers/utils/model_parallel_utils.py",
    ),
    *added(
        "BackboneType load_backbone",
        at=("utils.backbone_utils",),
        to="transformers.backbone_utils",
        since="5.1",
        reason="{name} moved to transformers.backbone_utils in 5.1.",
        upstream=f"{SOURCE}5.0.0/src/transformers/utils/backbone_utils.py",
    ),
    *added(
        "verify_out_features_out_indices get_aligned_output_features_output_indices",
        at=("utils.backbone_utils",),
        to=f"{OURS}backbones",
        since="5.1",
        reason="{name} is gone since 5.1; configurations of backbones check their stages with it.",
        upstream=f"{SOURCE}5.0.0/src/transformers/utils/backbone_utils.py",
    ),
    *added(
        "AnnotionFormat",
        at=("image_utils",),
        to=f"{OURS}annotations",
        since="5.1",
        reason="{name} is not importable since 5.1.",
        upstream=f"{SOURCE}5.0.0/src/transformers/image_utils.py",
    ),
    *added(
        "ModelCard",
        at=(TOP, "modelcard"),
        to=f"{OURS}model_card",
        since="5.0",
        reason="{name} is gone since 5.0.",
        upstream=GUIDE,
    ),
    *redirected(
        "commands commands.transformers_cli commands.add_new_model_like",
        to=f"{OURS}commands",
        since="5.0",
        reason="{name} became transformers.cli in 5.0, with typer in the place of argparse.",
        upstream=GUIDE,
    ),
]

# Whoever executes transformers/__init__.py again replaces the package in sys.modules.
COPIES = [
    Patch(
        id=row_id(module, "direct_transformers_import"),
        target=f"{path(module)}:direct_transformers_import",
        kind=Kind.WRAP,
        impl=f"{OURS}anew:followed",
        when={"transformers": ">=4.49.0.dev0,<5.24"},
        reason="It executes transformers again, and the module that takes its place lacks every name that is served.",
        upstream=f"{SOURCE}5.23.0/src/transformers/utils/import_utils.py",
        traced=False,
    )
    for module in ("utils", "utils.import_utils")
]

# A truth that is no bool any more.
ANSWERS = [
    Patch(
        id=row_id("utils.import_utils", "_is_package_available"),
        target=f"{path('utils.import_utils')}:_is_package_available",
        kind=Kind.WRAP,
        impl=f"{OURS}availability:true_or_false",
        when={"transformers": ">=5.3.0.dev0,<5.24"},
        reason="It answers (False, None) since 5.3, and older code, to which it was False, takes every package for installed.",
        upstream=f"{SOURCE}5.3.0/src/transformers/utils/import_utils.py",
        traced=False,
    )
]
