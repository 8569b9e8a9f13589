"""Checkpoints of some kilobytes, and what is in them, without torch."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.numpy import save_file

from hfcompat.checkpoints import shards

CONFIG = {"model_type": "llama", "hidden_size": 8, "rope_theta": 10000.0, "tie_word_embeddings": False}


def tensors(*names: str, size: int = 4, seed: int = 0) -> dict[str, np.ndarray]:
    """One random float32 [2, size, size + 1] a name."""
    generator = np.random.default_rng(seed)
    return {name: generator.standard_normal((2, size, size + 1), np.float32) for name in names}


def make(path: Path, files: int = 1, names: int = 3, size: int = 4, **config: Any) -> Path:
    """A folder with config.json and `files` safetensors of `names` tensors each, with an index where there are several."""
    path.mkdir(parents=True)
    write_json(path / "config.json", {**CONFIG, **config})
    where = {}
    for number in range(files):
        file = "model.safetensors" if files == 1 else f"model-{number + 1:05d}-of-{files:05d}.safetensors"
        held = tensors(*(f"layers.{number}.w{n}" for n in range(names)), size=size, seed=number)
        save_file(held, path / file, {"format": "pt"})
        where |= dict.fromkeys(held, file)
    if files > 1:
        total = sum(held.nbytes for held in load(path).values())
        write_json(path / "model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": where})
    return path


def write_json(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document))


def raw(path: Path, entries: dict[str, tuple[str, tuple[int, ...], bytes]]) -> None:
    """A safetensors file of any dtype: (dtype, shape, bytes) by name."""
    head = shards.header_of(((name, kind, shape, len(data)) for name, (kind, shape, data) in entries.items()), {})
    path.write_bytes(head + b"".join(data for _, _, data in entries.values()))


def load(path: Path) -> dict[str, np.ndarray]:
    """Every tensor of every safetensors file in a folder, by safetensors itself."""
    from safetensors.numpy import load_file

    return {name: held for file in sorted(path.glob("*.safetensors")) for name, held in load_file(file).items()}


def contents(path: Path) -> dict[str, str]:
    """A digest of every file in a folder, hidden ones too."""
    return {
        file.relative_to(path).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(path.rglob("*"))
        if file.is_file()
    }
