"""Methods and attributes of `Trainer` that have gone."""

from __future__ import annotations

import logging
import shutil
from typing import Any

_LOG = logging.getLogger("hfcompat.trainer")


def nested_gather(self: Any, tensors: Any, name: str | None = None) -> Any:
    """Tensors of all processes, one after the other; nested structures as they are. Alone, the tensors themselves."""
    from transformers.trainer_pt_utils import nested_gather

    return nested_gather(tensors, self.args.parallel_mode, name)


def gather_and_numpify(self: Any, tensors: Any, name: str) -> Any:
    """The same, as numpy arrays."""
    from transformers.trainer_pt_utils import nested_numpify

    return None if tensors is None else nested_numpify(self._nested_gather(tensors, name))


def prediction_loop(
    self: Any,
    dataloader: Any,
    description: str,
    prediction_loss_only: bool | None = None,
    ignore_keys: list[str] | None = None,
    metric_key_prefix: str = "eval",
) -> Any:
    """`evaluation_loop`, which gives the same `EvalLoopOutput`."""
    return self.evaluation_loop(dataloader, description, prediction_loss_only, ignore_keys, metric_key_prefix)


def _num_tokens(train_dl: Any, max_steps: int | None = None) -> int:
    """Tokens in a dataloader; with `max_steps`, those of its first batch times the steps."""
    tokens = 0
    for batch in train_dl:
        if "input_ids" not in batch:
            _LOG.warning("The dataloader gives no input_ids to count tokens in.")
            break
        tokens += batch["input_ids"].numel()
        if max_steps is not None:
            return tokens * int(max_steps)
    return tokens


num_tokens = staticmethod(_num_tokens)


def sorted_checkpoints(
    self: Any, output_dir: Any = None, checkpoint_prefix: str = "checkpoint", use_mtime: bool = False
) -> list[str]:
    """Folders of checkpoints, oldest first, with the best one moved next to the end."""
    from transformers.trainer_utils import sort_checkpoints

    best = self.state.best_model_checkpoint
    found: list[str] = sort_checkpoints(output_dir, checkpoint_prefix, use_mtime, best)
    return found


def rotate_checkpoints(self: Any, use_mtime: bool = False, output_dir: Any = None) -> None:
    """Delete the oldest of `_sorted_checkpoints` above `save_total_limit`, never the best or the last one."""
    limit = self.args.save_total_limit
    if limit is None or limit <= 0:
        return
    folders = self._sorted_checkpoints(use_mtime=use_mtime, output_dir=output_dir)
    best = self.state.best_model_checkpoint
    if folders and best is not None and limit == 1 and folders[-1] != best:
        limit = 2
    for folder in folders[: max(0, len(folders) - limit)]:
        shutil.rmtree(folder, ignore_errors=True)


def activate_neftune(self: Any, model: Any) -> Any:
    """Noise on the embeddings, by a hook that `_deactivate_neftune` takes away."""
    from transformers.integrations.neftune import activate_neftune

    self.neftune_hook_handle = activate_neftune(model, self.neftune_noise_alpha, self.accelerator)
    return model


def deactivate_neftune(self: Any, model: Any) -> None:
    """Raises ValueError when it is not active."""
    from transformers.integrations.neftune import deactivate_neftune

    if not hasattr(self, "neftune_hook_handle"):
        raise ValueError("Neftune is not active; call `trainer._activate_neftune(model)` first")
    deactivate_neftune(model, self.neftune_hook_handle, self.accelerator)


def align_special_tokens(self: Any) -> None:
    """The special tokens of the tokenizer, into the model's config and generation config."""
    from transformers.trainer_utils import align_special_tokens

    align_special_tokens(self.model, self.processing_class)


def compare_trainer_and_checkpoint_args(self: Any, training_args: Any, trainer_state: Any) -> None:
    """Warns where a checkpoint was made with other steps or batch sizes."""
    from transformers.trainer_utils import compare_trainer_and_checkpoint_args

    compare_trainer_and_checkpoint_args(training_args, trainer_state)


def is_attention_mask_causal(self: Any, attention_mask: Any) -> bool:
    """Whether a mask says no more than causality does."""
    from transformers.trainer_pt_utils import is_attention_mask_causal

    causal: bool = is_attention_mask_causal(attention_mask)
    return causal


def propagate_args_to_deepspeed(self: Any, auto_find_batch_size: bool = False) -> None:
    """The trainer's arguments, into the configuration of accelerate's DeepSpeed plugin."""
    from transformers.integrations.deepspeed import HfTrainerDeepSpeedConfig

    plugin = self.accelerator.state.deepspeed_plugin
    plugin.hf_ds_config = HfTrainerDeepSpeedConfig(plugin.hf_ds_config.config)
    plugin.deepspeed_config = plugin.hf_ds_config.config
    plugin.hf_ds_config.trainer_config_process(self.args, auto_find_batch_size)


def save_tpu(self: Any, output_dir: str | None = None) -> None:
    """Save from a TPU."""
    from transformers.integrations.tpu import save_tpu_checkpoint

    save_tpu_checkpoint(
        self.model, self.args, self.accelerator, self.processing_class, self.is_fsdp_xla_v1_enabled, output_dir
    )


def torch_jit_model_eval(self: Any, model: Any, dataloader: Any, training: bool = False) -> Any:
    """The model as it is: nothing is traced, and the numbers are the same."""
    return model


def ipex_optimize_model(self: Any, model: Any, training: bool = False, dtype: Any = None) -> Any:
    """The model as it is: IPEX only made it faster."""
    return model


class _Value:
    """An attribute that `Trainer.__init__` used to set. Setting it works as ever."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        return self.value


use_apex = _Value(False)
jit_compilation_time = _Value(0.0)
past = _Value(None)


class _UseCpuAmp:
    def __get__(self, obj: Any, owner: Any = None) -> Any:
        return obj is not None and bool(obj.args.bf16) and obj.args.device.type == "cpu"


class _AmpDtype:
    """The dtype of autocast on a CPU; where there is none, there is no such attribute."""

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        import torch

        if obj is None:
            return self
        if not obj.use_cpu_amp:
            raise AttributeError("amp_dtype: only with bf16 on a CPU")
        return torch.bfloat16


use_cpu_amp = _UseCpuAmp()
amp_dtype = _AmpDtype()
