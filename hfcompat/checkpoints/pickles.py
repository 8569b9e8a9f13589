"""Weights that are pickled become safetensors: read by torch as tensors and nothing else, and only when somebody asks.

A pickle is a program, which whoever wrote it has chosen. torch.load(weights_only=True) runs no part of it that makes
anything but tensors and containers of them; before 2.6 there was a way around that (CVE-2025-32434).
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.version import Version

from hfcompat.checkpoints import documents
from hfcompat.checkpoints.errors import CheckpointError
from hfcompat.checkpoints.folder import INDEX, Folder
from hfcompat.checkpoints.locking import locked

__all__ = ["unpickled"]

_INDEX = "pytorch_model.bin.index.json"
_NAMES = {"pytorch_model.bin": "model.safetensors", "adapter_model.bin": "adapter_model.safetensors"}
_SAFE = Version("2.6")


@contextlib.contextmanager
def unpickled(folder: Folder, goal: Path) -> Iterator[Folder]:
    """A folder with the same weights as safetensors, beside the goal; it is there as long as this lasts.

    Tensors that share their memory are written once each: nobody who reads them has to know of the others.

    Raises:
        CheckpointError: a pickle holds more than tensors, or is damaged; the index is; somebody else writes the goal;
            there is no torch 2.6.
    """
    torch = _torch(folder)
    work = goal.with_name(f".{goal.name}.hfcompat-unpickled")
    try:
        goal.parent.mkdir(parents=True, exist_ok=True)
        with locked(work):
            if os.path.lexists(work):
                shutil.rmtree(work)
            try:
                work.mkdir()
                _write(torch, folder, work)
                yield Folder(work)
            finally:
                shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        raise CheckpointError(goal, f"it cannot be written: {error}") from error


def _torch(folder: Folder) -> Any:
    try:
        import torch  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        raise CheckpointError(folder.path / folder.pickles[0], f"only torch reads it: {error}") from error
    if Version(torch.__version__).release < _SAFE.release:
        raise CheckpointError(
            folder.path / folder.pickles[0],
            f"torch {torch.__version__} cannot be kept from running what is in it; {_SAFE} and later can",
        )
    return torch


def _write(torch: Any, folder: Folder, work: Path) -> None:
    index = _index(folder)
    pickles = sorted(set(index.values())) if index else [name for name in _NAMES if name in folder.files]
    weights: dict[str, str] = {}
    total = 0
    for name in pickles:
        tensors = _read(torch, folder.path / name)
        missing = sorted(key for key, file in index.items() if file == name and key not in tensors)
        if missing:
            raise CheckpointError(
                folder.path / _INDEX, f"it says that {missing[0]} is in {name}, which does not have it"
            )
        file = _NAMES.get(name) or f"{name.removesuffix('.bin').replace('pytorch_model', 'model')}.safetensors"
        twin = next((key for key in tensors if key in weights), None)
        if twin is not None:
            raise CheckpointError(folder.path / name, f"{twin} is in {weights[twin]} too")
        weights |= dict.fromkeys(tensors, file)
        total += sum(tensor.nbytes for tensor in tensors.values())
        _save(tensors, folder.path / name, work / file)
        del tensors
    if index:
        text = documents.text_of({"metadata": {"total_size": total}, "weight_map": weights})
        (work / INDEX).write_text(text, encoding="utf-8", newline="\n")
    for name in folder.files:
        if name not in pickles and name != _INDEX:
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(folder.locate(name).resolve(), work / name)
            except OSError:  # another file system, or one without links
                shutil.copyfile(folder.locate(name), work / name)


def _index(folder: Folder) -> dict[str, str]:
    document = None if "pytorch_model.bin" in folder.files else folder.document(_INDEX)
    if document is None:
        return {}
    weights = document.get("weight_map")
    if not isinstance(weights, dict) or not weights or not all(isinstance(file, str) for file in weights.values()):
        raise CheckpointError(folder.path / _INDEX, "its weight_map does not give a file for each tensor")
    for file in sorted(set(weights.values())):
        folder.locate(file)
        if file not in folder.files:
            raise CheckpointError(folder.path / _INDEX, f"it names {file}, which is not there; fetch the file again")
        if not file.endswith(".bin"):
            raise CheckpointError(folder.path / _INDEX, f"it names {file}, which is no .bin")
    return weights


def _read(torch: Any, path: Path) -> dict[str, Any]:
    """The tensors in a file, by name; those in a zip, as torch writes them since 1.6, are mapped."""
    try:
        found = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except Exception as error:  # UnpicklingError, RuntimeError, EOFError, and whatever a damaged pickle raises
        named = re.search(r"GLOBAL (\S+)", str(error))
        if named:
            raise CheckpointError(
                path, f"it asks for {named[1]}, which is no tensor; it may do harm, and is not loaded"
            ) from error
        said = str(error).rpartition("WeightsUnpickler error:")[2].strip().partition("\n")[0] or type(error).__name__
        raise CheckpointError(path, f"it is no pickle of tensors, or is damaged: {said[:200]}") from error
    other = "" if isinstance(found, dict) else type(found).__name__
    tensors = found if isinstance(found, dict) else {}
    for name, value in tensors.items():
        if not isinstance(name, str) or type(value) not in (torch.Tensor, torch.nn.Parameter):
            other = f"{type(value).__name__} by the name {name!r}"
        elif value.layout is not torch.strided or value.is_quantized:
            other = f"tensor without plain numbers, {name}"
    if other:
        raise CheckpointError(path, f"it has a {other}, where tensors by name are needed")
    return tensors


def _save(tensors: dict[str, Any], source: Path, path: Path) -> None:
    from safetensors.torch import save_file  # type: ignore[import-not-found, unused-ignore]

    plain, seen = {}, set()
    for name, tensor in tensors.items():
        tensor = tensor.detach().resolve_conj().resolve_neg()  # what a view only promises is not in its bytes
        place = tensor.untyped_storage().data_ptr()
        whole = tensor.is_contiguous() and tensor.untyped_storage().nbytes() == tensor.nbytes and place not in seen
        plain[name] = tensor if whole else tensor.contiguous().clone()
        seen.add(place)
    try:
        save_file(plain, path, {"format": "pt"})
    except (ValueError, RuntimeError, KeyError) as error:
        raise CheckpointError(source, f"its tensors have no place in safetensors: {error}") from error
