"""Calls of from_pretrained and save_pretrained whose meaning changed with 5.0, and what they answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import foreign_cases
import torch
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM
from weights_cases import fill

CONFIG = LlamaConfig(**foreign_cases.LLAMA, tie_word_embeddings=True)


def model(dtype: torch.dtype = torch.float32) -> Any:
    return fill(LlamaForCausalLM(CONFIG)).to(dtype)


def dtypes(folder: Path) -> list[str]:
    """Loaded without a dtype, from weights of 16 bits."""
    model(torch.bfloat16).save_pretrained(folder)
    ways = ({}, {"torch_dtype": "auto"}, {"torch_dtype": torch.float16}, {"torch_dtype": "float16"})
    found = [LlamaForCausalLM.from_pretrained(folder, **how).dtype for how in ways]
    found += [AutoModelForCausalLM.from_pretrained(folder, **how).dtype for how in ways]
    found.append(foreign_cases.Listed(foreign_cases.ForeignConfig()).to(torch.float16).dtype)
    return [str(dtype) for dtype in found]


def foreign_dtype(folder: Path) -> str:
    foreign_cases.Listed(foreign_cases.ForeignConfig()).half().save_pretrained(folder)
    return str(foreign_cases.Listed.from_pretrained(folder).dtype)


def loading_info(folder: Path) -> Any:
    """What a base model's checkpoint lacks and has too much."""
    case = foreign_cases.Case(foreign_cases.Scaled, ("score.", "h.0.c_fc."))
    foreign_cases.checkpoint(case, folder)
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors") | {"more": torch.zeros(1), "wte.weight": torch.zeros(3, 8)}
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    _, info = case.cls.from_pretrained(folder, output_loading_info=True, ignore_mismatched_sizes=True)
    sorts = {name: type(info[name]).__name__ for name in ("missing_keys", "unexpected_keys", "mismatched_keys")}
    mismatched = [
        key if isinstance(key, str) else key[0] for key in info["mismatched_keys"]
    ]  # 4.57 alone left the shapes out
    return sorts, sorted(info["missing_keys"]), sorted(info["unexpected_keys"]), mismatched


def written(folder: Path, *args: Any, **kwargs: Any) -> list[Any]:
    """The files of weights, and what is in them."""
    saved = model()
    saved.save_pretrained(folder, *args, **kwargs)
    found: list[Any] = []
    for path in sorted(path for path in folder.iterdir() if "model" in path.name):
        if path.suffix == ".bin":
            found.append([path.name, sorted(torch.load(path, weights_only=True))])
        elif path.suffix == ".json":
            found.append([path.name, json.loads(path.read_text())["weight_map"]])
        else:
            found.append([path.name])
    return found


def saved_by(folder: Path) -> list[Any]:
    calls = []

    def save(tensors: dict[str, torch.Tensor], path: Any) -> None:
        calls.append([Path(path).name, len(tensors)])
        torch.save(tensors, path)

    model().save_pretrained(folder, safe_serialization=False, save_function=save)
    return calls


def reloaded(folder: Path) -> list[float]:
    model().save_pretrained(folder, safe_serialization=False)
    again = LlamaForCausalLM.from_pretrained(folder)
    assert again.lm_head.weight is again.model.embed_tokens.weight
    return foreign_cases.answer(again)


CALLS: dict[str, Callable[[Path], Any]] = {
    "dtypes": dtypes,
    "foreign dtype": foreign_dtype,
    "loading info": loading_info,
    "safe": lambda folder: written(folder),
    "not safe": lambda folder: written(folder, safe_serialization=False),
    "not safe, by position": lambda folder: written(folder, True, None, torch.save, False, "5GB", False),
    "not safe, in shards": lambda folder: written(folder, safe_serialization=False, max_shard_size="1KB"),
    "not safe, a variant": lambda folder: written(folder, safe_serialization=False, variant="half"),
    "not safe, a variant in shards": lambda folder: written(
        folder, safe_serialization=False, variant="half", max_shard_size=1500
    ),
    "by a function": saved_by,
    "not safe, reloaded": reloaded,
}
