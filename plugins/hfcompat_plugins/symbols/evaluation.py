"""Evaluation over several processes, as trainers did it before accelerate: the sampler, and the gatherer of results."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Sized
from typing import Any

from torch.utils.data import Sampler
from transformers.trainer_pt_utils import expand_like, nested_new_like, nested_truncate

__all__ = ["DistributedTensorGatherer", "SequentialDistributedSampler"]


def _deprecated(name: str) -> None:
    warnings.warn(f"{name} is no longer part of transformers: use Accelerator.gather_for_metrics.", FutureWarning, 3)


class SequentialDistributedSampler(Sampler):
    """Gives each process a contiguous share of the dataset. Shares are equally long: the first samples come again at
    the end of the last one.

    Args:
        num_replicas: number of processes; torch.distributed is asked when None.
        rank: which of them this is, likewise.
        batch_size: make shares a multiple of it.
    """

    def __init__(
        self, dataset: Sized, num_replicas: int | None = None, rank: int | None = None, batch_size: int | None = None
    ) -> None:
        _deprecated(type(self).__name__)
        if num_replicas is None or rank is None:
            import torch.distributed as dist

            if not dist.is_available():
                raise RuntimeError("torch was built without torch.distributed: pass num_replicas and rank.")
            num_replicas = dist.get_world_size() if num_replicas is None else num_replicas
            rank = dist.get_rank() if rank is None else rank
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.batch_size = batch_size
        unit = batch_size or 1
        self.num_samples = math.ceil(len(dataset) / (unit * num_replicas)) * unit
        self.total_size = self.num_samples * num_replicas

    def __iter__(self) -> Iterator[int]:
        known = len(self.dataset)
        indices = [*range(known), *range(min(known, self.total_size - known))]
        assert len(indices) == self.total_size, f"{known} samples cannot fill {self.total_size} places"
        return iter(indices[self.rank * self.num_samples : (self.rank + 1) * self.num_samples])

    def __len__(self) -> int:
        return self.num_samples


class DistributedTensorGatherer:
    """Puts arrays that were gathered from all processes step by step into the order of the dataset.

    What `add_arrays` gets holds, along the first axis, an equal share of each of the processes of a
    `SequentialDistributedSampler`. Arrays are numpy's, or nested lists and tuples of them.

    Args:
        world_size: number of processes.
        num_samples: length of the dataset.
        make_multiple_of: the sampler's batch_size.
        padding_index: fills up rows that are shorter than others.
    """

    def __init__(
        self, world_size: int, num_samples: int, make_multiple_of: int | None = None, padding_index: int = -100
    ) -> None:
        _deprecated(type(self).__name__)
        unit = world_size * (make_multiple_of or 1)
        self.world_size = world_size
        self.num_samples = num_samples
        self.total_samples = math.ceil(num_samples / unit) * unit
        self.process_length = self.total_samples // world_size
        self.padding_index = padding_index
        self._storage: Any = None
        self._filled = 0  # of each process

    def add_arrays(self, arrays: Any) -> None:
        """Raises AssertionError unless the first axis is a multiple of `world_size`."""
        if arrays is None:
            return
        if self._storage is None:
            self._storage = nested_new_like(arrays, self.total_samples, padding_index=self.padding_index)
        length, self._storage = self._put(self._storage, arrays)
        self._filled += length

    def finalize(self) -> Any:
        """The arrays in the order of the dataset, without the samples that came twice; None when nothing was added."""
        if self._storage is None:
            return None
        if self._filled != self.process_length:
            warnings.warn(f"Of {self.process_length} rows a process, {self._filled} were added.", stacklevel=2)
        return nested_truncate(self._storage, self.num_samples)

    def _put(self, storage: Any, arrays: Any) -> tuple[int, Any]:
        if isinstance(arrays, (list, tuple)):
            parts = [self._put(*pair) for pair in zip(storage, arrays, strict=True)]
            return parts[0][0], type(arrays)(part for _, part in parts)
        rows, rest = divmod(arrays.shape[0], self.world_size)
        assert not rest, f"{arrays.shape[0]} rows cannot be shared equally by {self.world_size} processes"
        if arrays.ndim > 1 and storage.shape[1] < arrays.shape[1]:
            storage = expand_like(storage, arrays.shape[1], padding_index=self.padding_index)
        for process in range(self.world_size):
            start = process * self.process_length + self._filled
            place = storage[start : start + rows]
            place = place if arrays.ndim == 1 else place[:, : arrays.shape[1]]
            place[...] = arrays[process * rows : (process + 1) * rows]
        return rows, storage
