"""The trainer's modules, its arguments and optimizers."""

from __future__ import annotations

from hfcompat_plugins.rows import GUIDE, PULL, SOURCE, TOP, added
from hfcompat_plugins.symbols.tables import OURS

TRAINING = [
    *added(
        "AdamW",
        at=(TOP, "optimization"),
        to=f"{OURS}optimization",
        since="4.50",
        reason="{name} is not importable since 4.50, and torch.optim.AdamW has other defaults and gives other numbers.",
        upstream=f"{PULL}36177",
    ),
    *added(
        "EvaluationStrategy",
        at=("trainer_utils", "training_args"),
        to="transformers.trainer_utils:IntervalStrategy",
        since="5.0",
        reason="{name} is not importable since 5.0; IntervalStrategy has the same members.",
        upstream=f"{SOURCE}4.57.6/src/transformers/trainer_utils.py",
    ),
    *added(
        "default_logdir",
        at=("training_args",),
        to="transformers.integrations.integration_utils",
        since="5.0",
        reason="{name} moved to integrations.integration_utils in 5.0, so setfit's training arguments fail on import.",
        upstream=f"{SOURCE}4.57.6/src/transformers/training_args.py",
    ),
    *added(
        "ALL_LAYERNORM_LAYERS",
        at=("trainer",),
        to="transformers.pytorch_utils",
        since="4.53",
        reason="{name} is no longer in trainer since 4.53; subclasses of Trainer (gliner) group parameters by it.",
        upstream=f"{SOURCE}4.52.4/src/transformers/trainer.py",
    ),
    *(
        row
        for names, since in (("List Tuple Dict", "4.50"), ("Optional", "5.0"), ("Union", "5.2"))
        for row in added(
            names,
            at=("trainer",),
            to="typing",
            since=since,
            reason="{name} is no longer imported by trainer, and modules that import all they use from it fail.",
            upstream=f"{SOURCE}4.49.0/src/transformers/trainer.py",
        )
    ),
    *added(
        "nested_concat nested_numpify",
        at=("trainer",),
        to="transformers.trainer_pt_utils",
        since="5.0",
        reason="{name} is no longer in trainer since 5.0, where evaluation loops of subclasses (wtpsplit) take it from.",
        upstream=f"{SOURCE}4.57.6/src/transformers/trainer.py",
    ),
    *added(
        "distributed_concat nested_xla_mesh_reduce",
        at=("trainer",),
        to="transformers.trainer_pt_utils",
        since="5.2",
        reason="{name} is no longer in trainer since 5.2, where evaluation loops of subclasses take it from.",
        upstream=f"{SOURCE}5.1.0/src/transformers/trainer.py",
    ),
    *added(
        "create_repo upload_folder",
        at=("trainer",),
        to="huggingface_hub",
        since="5.11",
        reason="{name} is huggingface_hub's, and is no longer in trainer since 5.11, where ms-swift replaces it.",
        upstream=f"{SOURCE}5.10.0/src/transformers/trainer.py",
    ),
    *added(
        "_get_fsdp_ckpt_kwargs",
        at=("trainer",),
        to="transformers.trainer:get_fsdp_ckpt_kwargs",
        since="5.2",
        reason="{name} lost its underscore in 5.2, so copies of Trainer's methods (optimum-habana) fail on import.",
        upstream=f"{SOURCE}5.1.0/src/transformers/trainer.py",
    ),
    *added(
        "DistributedTensorGatherer SequentialDistributedSampler",
        at=("trainer_pt_utils",),
        to=f"{OURS}evaluation",
        since="5.0",
        reason="{name} is gone since 5.0, so trainers with an evaluation loop of their own fail on import.",
        upstream=GUIDE,
    ),
    *added(
        "_VALID_DICT_FIELDS",
        at=("training_args",),
        to=f"{OURS}arguments",
        since="4.51",
        reason="{name} became an attribute of TrainingArguments in 4.51, so optimum-habana fails on import.",
        upstream=f"{SOURCE}4.50.3/src/transformers/training_args.py",
    ),
]
