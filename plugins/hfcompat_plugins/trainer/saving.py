"""What a trainer writes: weights in PyTorch's format where that was asked for, and who deletes old checkpoints."""

from __future__ import annotations

import os
from typing import Any

from hfcompat.origin import is_native

__all__ = ["rotating_as_overridden", "without_safetensors"]


def without_safetensors(original: Any) -> Any:
    """`TrainingArguments(save_safetensors=False)`: `pytorch_model.bin` in place of `model.safetensors`."""

    def _save(self: Any, output_dir: str | None = None, *args: Any, **kwargs: Any) -> Any:
        done = original(self, output_dir, *args, **kwargs)
        if not getattr(self.args, "save_safetensors", True) and self.args.should_save:
            _as_pytorch(output_dir if output_dir is not None else self.args.output_dir)
        return done

    return _save


def _as_pytorch(folder: str) -> None:
    """Rewrite the shards of a folder, and their index; names and tensors stay."""
    import json

    import safetensors.torch
    import torch

    files = {
        name: name.replace("model", "pytorch_model", 1).replace(".safetensors", ".bin")
        for name in sorted(os.listdir(folder))
        if name.startswith("model") and name.endswith(".safetensors")
    }
    for name, new in files.items():
        path = os.path.join(folder, name)
        torch.save(safetensors.torch.load_file(path), os.path.join(folder, new))
        os.remove(path)
    index = os.path.join(folder, "model.safetensors.index.json")
    if os.path.isfile(index):
        with open(index, encoding="utf-8") as file:
            content = json.load(file)
        content["weight_map"] = {key: files.get(name, name) for key, name in content["weight_map"].items()}
        with open(os.path.join(folder, "pytorch_model.bin.index.json"), "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2, sort_keys=True)
        os.remove(index)


def rotating_as_overridden(original: Any) -> Any:
    """A subclass's own `_rotate_checkpoints` or `_sorted_checkpoints`: since 5.2 nothing calls them, and checkpoints
    that they would have kept are deleted."""

    def _save_checkpoint(self: Any, *args: Any, **kwargs: Any) -> Any:
        if not any(_is_overridden(self, name) for name in ("_rotate_checkpoints", "_sorted_checkpoints")):
            return original(self, *args, **kwargs)
        limit, self.args.save_total_limit = self.args.save_total_limit, None
        try:
            done = original(self, *args, **kwargs)
        finally:
            self.args.save_total_limit = limit
        if self.args.should_save:
            self._rotate_checkpoints(use_mtime=True, output_dir=self._get_output_dir(trial=_trial(args, kwargs)))
        return done

    return _save_checkpoint


def _trial(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    return args[1] if len(args) > 1 else kwargs.get("trial")


def _is_overridden(trainer: Any, name: str) -> bool:
    owner = next((base for base in type(trainer).__mro__ if name in vars(base)), None)
    return owner is not None and not is_native(owner)
