"""Names that the modules only passed on, or had for themselves."""

from __future__ import annotations

from hfcompat_plugins.models.tables import OURS, gone
from hfcompat_plugins.rows import PULL, SOURCE, added, redirected

OTHERS = [
    *(
        row
        for last, families in {
            "4.45.2": "cohere gemma gemma2 llama mixtral mllama olmo",
            "4.46.3": "starcoder2",
            "4.47.1": "granite mistral phi phi3 qwen2",
            "4.51.3": "qwen2_5_vl qwen2_vl",
        }.items()
        for family in families.split()
        for row in gone(
            "CrossEntropyLoss",
            family,
            last=last,
            to="torch.nn",
            reason="so kernels that replace the model's forward, and take the loss from beside it, fail on import.",
        )
    ),
    *(
        row
        for last, families in {"4.53.3": "cohere mistral phi3 qwen2", "4.57.6": "gemma2", "5.8.0": "gemma3"}.items()
        for family in families.split()
        for row in gone(
            "logger",
            family,
            last=last,
            to=f"{OURS}loggers:{family}",
            reason="so forwards that replace the model's, and log as it did, fail on import.",
        )
    ),
    *gone("logging", "phi3", last="4.53.3", to="transformers.utils", reason="where kernels import it from."),
    *gone("StaticCache", "cohere", last="4.51.3", to="transformers.cache_utils", reason="where it was imported from."),
    *gone(
        "StaticCache",
        "gemma3",
        last="4.52.4",
        to="transformers.cache_utils",
        reason="where training libraries that replace the model's forward import it from.",
    ),
    *(
        row
        for home, since, before in (
            ("transformers.cache_utils", "4.53", "5.0"),
            ("hfcompat_plugins.cache.classes", "5.0", ""),  # the plugin `cache` has its tests
        )
        for row in added(
            "HybridCache",
            at=("models.gemma3.modeling_gemma3",),
            to=home,
            since=since,
            before=before,
            reason="{name} is gone since 4.53, where training libraries that replace the model's forward import it from.",
            upstream=f"{SOURCE}4.52.4/src/transformers/models/gemma3/modeling_gemma3.py",
        )
    ),
    *gone(
        "is_torchdynamo_compiling",
        "gemma3",
        last="4.54.1",
        to="transformers.utils",
        reason="where training libraries that replace the model's forward import it from.",
    ),
    *gone(
        "FlashAttentionKwargs",
        "gemma3",
        last="4.57.6",
        to="transformers.modeling_flash_attention_utils",
        reason="where training libraries that replace the model's forward import it from.",
    ),
    *gone(
        "__HEAD_MASK_WARNING_MSG",
        "t5",
        last="4.57.6",
        to="constants",
        reason="so forwards that replace the model's, and warn as it did, fail on import.",
    ),
    *(
        row
        for family in ("camembert", "roberta", "xlm_roberta")
        for row in added(
            f"{family.upper()}_PRETRAINED_MODEL_ARCHIVE_LIST",
            at=(f"models.{family}.modeling_{family}",),
            to=f"{OURS}constants",
            since="4.42",
            reason="{name} is gone since 4.42, so libraries with a table of all checkpoints fail on import.",
            upstream=f"{SOURCE}4.40.2/src/transformers/models/deprecated/_archive_maps.py",
        )
    ),
    *redirected(
        "models.deprecated.mmbt models.deprecated.mmbt.configuration_mmbt models.deprecated.mmbt.modeling_mmbt",
        to=f"{OURS}mmbt",
        since="5.0",
        reason="{name} is gone since 5.0, so simpletransformers cannot be imported.",
        upstream=f"{PULL}42235",
    ),
]
