"""Which training arguments may be a dict, given as JSON on the command line."""

__all__ = ["_VALID_DICT_FIELDS"]

_VALID_DICT_FIELDS = [
    "accelerator_config", "fsdp_config", "deepspeed", "gradient_checkpointing_kwargs", "lr_scheduler_kwargs",
]  # fmt: skip
