"""A model that several processes hold together is saved by all of them, through torch.distributed.checkpoint.

The first rank finds out what the files are to hold: the runtime saves the model with a number in the place of each
tensor, which tells names, ties and config; its own reversal of weight conversions runs on tensors without data; and the
rules see a file that has a header alone. Then every rank gathers the tensors of its own files, and writes them.

The joining of shards that torch.distributed.checkpoint offers is not used: it writes zeros for tensors without
dimensions, refuses integers (torch 2.13), and moves every byte twice.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hfcompat.checkpoints import saving, shards, writing
from hfcompat.checkpoints.converting import draft_for
from hfcompat.checkpoints.draft import Draft
from hfcompat.checkpoints.errors import CheckpointError
from hfcompat.checkpoints.folder import INDEX, WEIGHTS, Folder

if TYPE_CHECKING:
    from torch import Tensor
    from torch.distributed import ProcessGroup

__all__ = ["save", "shares"]

State = Mapping[str, "Tensor"]


@dataclass(frozen=True, slots=True)
class _Output:
    """A tensor of the result: its name, what the runtime calls it, what is done to it, and its file."""

    name: str
    key: str
    swapped: tuple[int, int] | None
    factor: float
    file: int  # from 1


@dataclass(frozen=True, slots=True)
class _Step:
    """Tensors of the model that become tensors of the result together.

    Attributes:
        inputs: by the name in the model, the name that the runtime gives it before it converts it.
        converted: the runtime makes other tensors of them, and does not only rename.
    """

    inputs: dict[str, str]
    outputs: tuple[_Output, ...]
    converted: bool


@dataclass(frozen=True, slots=True)
class _Ranks:
    """The processes that save; one by itself where the model is whole."""

    size: int = 1
    rank: int = 0
    group: ProcessGroup | None = None

    def agree(self, goal: Path, work: Callable[[], Any]) -> Any:
        """What the first rank's work returns, on all of them; CheckpointError on all of them where it raises."""
        found, fault = None, None
        if self.rank == 0:
            try:
                found = work()
            except Exception as error:
                if self.size == 1:
                    raise
                fault = error
        if self.size > 1:
            import torch.distributed as dist

            box = [found, None if fault is None else _told(fault)]
            dist.broadcast_object_list(box, src=0, group=self.group)
            found = box[0]
            if fault is not None:
                raise fault
            if box[1] is not None:
                raise CheckpointError(goal, f"the first rank cannot save it: {box[1]}")
        return found

    def check(self, goal: Path, fault: Exception | None) -> None:
        """Raise on all ranks where one of them has a fault."""
        if self.size > 1:
            import torch.distributed as dist

            faults: list[str | None] = [None] * self.size
            dist.all_gather_object(faults, None if fault is None else _told(fault), group=self.group)
            for rank, text in enumerate(faults):
                if text is not None:
                    raise CheckpointError(goal, f"rank {rank} cannot save its part: {text}") from fault
        elif fault is not None:
            raise fault


def _told(error: BaseException) -> str:
    return str(error) if isinstance(error, CheckpointError) else f"{type(error).__name__}: {error}"


def shares(model: Any) -> bool:
    """Whether this process holds a part of the model, and others hold the rest."""
    import torch.distributed as dist

    if not dist.is_available() or not dist.is_initialized() or dist.get_world_size() == 1:
        return False
    return _tensor_parallel(model) or any(_is_dtensor(tensor) for tensor in model.state_dict(keep_vars=True).values())


def _tensor_parallel(model: Any) -> bool:
    return getattr(model, "_tp_size", None) is not None


def _is_dtensor(tensor: Any) -> bool:
    from torch.distributed.tensor import DTensor

    return isinstance(tensor, DTensor)


def save(
    model: Any,
    goal: Path,
    dialect: str,
    max_shard_size: int | str,
    consolidated: bool,
    asynchronous: bool,
    tokenizer: Any,
) -> Callable[[], None] | None:
    """As `saving.save`, by every rank; what is returned ends an asynchronous one.

    Raises:
        CheckpointError: on all ranks, where one of them fails.
    """
    import torch
    import torch.distributed as dist

    ranks = _Ranks()
    if shares(model):
        group = dist.new_group(backend="gloo") if asynchronous else None
        ranks = _Ranks(dist.get_world_size(), dist.get_rank(), group)
    with contextlib.ExitStack() as stack, torch.no_grad():
        state = _state(model)

        def prepared() -> list[_Step]:
            work = stack.enter_context(saving.beside(goal))
            _refuse_own_formats(model, goal)
            with _by_itself(model):
                return _prepared(model, state, work, dialect, max_shard_size, tokenizer)

        work = goal.with_name(f".{goal.name}.hfcompat-saving")
        steps = ranks.agree(goal, prepared)
        kept: dict[str, Tensor] = {}
        fault: Exception | None = None
        for step in steps:
            try:
                kept.update(_kept(model, state, step, ranks, consolidated, with_rest=fault is None))
            except Exception as error:  # the other ranks wait for this one in the steps that follow
                fault = fault or error
        ranks.check(goal, fault)
        files = {output.name: output.file for step in steps for output in step.outputs} if consolidated else None
        write = _Write(ranks, goal, work / "files", files, stack.pop_all())
        if asynchronous:
            return write.begin(kept)
        write.run(kept)
        return None


class _Write:
    """The writing of one checkpoint; it takes over what the first rank has to clean up."""

    def __init__(
        self, ranks: _Ranks, goal: Path, folder: Path, files: dict[str, int] | None, stack: contextlib.ExitStack
    ) -> None:
        self.ranks, self.goal, self.folder, self.files, self.stack = ranks, goal, folder, files, stack

    def run(self, kept: State) -> None:
        """Write, and return when all is there."""
        from torch.distributed.checkpoint import save as save_tensors

        with self._cleaned():
            save_tensors(dict(kept), storage_writer=self._writer(), no_dist=self.ranks.size == 1)

    def begin(self, kept: State) -> Callable[[], None]:
        """Copy, and write in a thread; what is returned waits for it."""
        from torch.distributed.checkpoint.state_dict_saver import async_save

        group = self.ranks.group
        try:
            future: Any = async_save(
                dict(kept), storage_writer=self._writer(), process_group=group, no_dist=self.ranks.size == 1
            )
        except BaseException:
            self.stack.close()
            raise
        ended: list[bool] = []

        def end() -> None:
            import torch.distributed as dist

            with self._cleaned():
                future.result()
            if group is not None and not ended:
                ended.append(True)
                dist.destroy_process_group(group)

        return end

    @contextlib.contextmanager
    def _cleaned(self) -> Iterator[None]:
        from torch.distributed.checkpoint import CheckpointException

        try:
            yield
        except CheckpointException as error:  # which is no Exception
            rank, (cause, _) = next(iter(error.failures.items()))
            raise CheckpointError(self.goal, f"rank {rank} cannot write its part: {_told(cause)}") from cause
        except OSError as error:
            raise CheckpointError(self.goal, f"it cannot be written: {error}") from error
        finally:
            self.stack.close()

    def _writer(self) -> Any:
        from torch.distributed.checkpoint import HuggingFaceStorageWriter

        publish = self._publish

        class Writer(HuggingFaceStorageWriter):  # type: ignore[misc]
            def finish(self, metadata: Any, results: Any) -> None:
                """On the first rank, when all have written; all ranks see it fail."""
                super().finish(metadata, results)
                publish()

        return Writer(str(self.folder), fqn_to_index_mapping=self.files, save_distributed=self.files is None)

    def _publish(self) -> None:
        if self.files is not None and set(self.files.values()) <= {1}:  # one file needs no index
            (self.folder / INDEX).unlink()
            for file in self.folder.glob("model-*.safetensors"):
                file.rename(self.folder / WEIGHTS)
        saving.publish(self.folder, self.goal)


def _state(model: Any) -> dict[str, Tensor]:
    """The model's tensors, those that are tied as one object. Parts that are no DTensor are made one, or are joined."""
    state: dict[str, Any] = {
        name.replace("_orig_mod.", ""): tensor
        for name, tensor in model.state_dict(keep_vars=True).items()
        if hasattr(tensor, "detach")
    }
    if not _tensor_parallel(model):
        return state
    from transformers.integrations import tensor_parallel

    plan, mesh, size = model._tp_plan, model._device_mesh, model._tp_size
    described = getattr(tensor_parallel, "replace_state_dict_local_with_dtensor", None)  # until 5.4
    if described is not None:
        state = described(state, plan, mesh)
        for name, tensor in state.items():
            if tensor_parallel._get_parameter_tp_plan(name, plan) == "local_packed_rowwise":
                state[name] = tensor_parallel.repack_weights(_whole(tensor), -1, size, 2)
    elif not any(_is_dtensor(tensor) for tensor in state.values()):  # until there are DTensors alone
        state = tensor_parallel.gather_state_dict_for_save(state, plan, mesh, size)
    return state


def _whole(tensor: Tensor) -> Tensor:
    """All of a tensor; where it is a DTensor, all ranks must ask."""
    tensor = tensor.detach()
    return tensor.full_tensor() if _is_dtensor(tensor) else tensor


def _held(tensor: Tensor) -> Tensor:
    """The part that this rank holds, as one block, which is all that can be said about a part in a file."""
    from torch.distributed.tensor import Replicate, Shard

    tensor = tensor.detach()
    if not _is_dtensor(tensor):
        return tensor
    placements = [
        Replicate() if getattr(placement, "dim", None) is None else Shard(placement.dim)
        for placement in tensor.placements
    ]
    return tensor.redistribute(placements=placements)


def _kept(
    model: Any, state: State, step: _Step, ranks: _Ranks, consolidated: bool, with_rest: bool
) -> Iterator[tuple[str, Tensor]]:
    """What this rank is to write of a step, in the memory of the host; ranks send each other what it takes."""
    if not consolidated and not step.converted:
        found = {key: _held(state[name]) for name, key in step.inputs.items()}
        outputs: Iterable[_Output] = step.outputs
    else:
        found = {key: _whole(state[name]) for name, key in step.inputs.items()}
        outputs = [output for output in step.outputs if output.file % ranks.size == ranks.rank]
    if not outputs or not with_rest:
        return
    if step.converted:
        revert = _reversal(model)
        assert revert is not None
        with _by_itself(model):
            found = revert(model, found)
    seen: set[str] = set()
    for output in outputs:
        tensor = found[output.key]
        if output.swapped:
            tensor = tensor.transpose(*output.swapped)
        if output.factor != 1:
            tensor = tensor * output.factor
        tensor = tensor.to("cpu").contiguous()
        if not _is_dtensor(tensor) and (tensor.untyped_storage().nbytes() != tensor.nbytes or output.key in seen):
            tensor = tensor.clone()
        seen.add(output.key)
        yield output.name, tensor


def _reversal(model: Any) -> Callable[[Any, dict[str, Tensor]], dict[str, Tensor]] | None:
    """The runtime's function that takes back what loading did to tensors; 4.x renames alone, when it saves."""
    from transformers import PreTrainedModel

    if not isinstance(model, PreTrainedModel):
        return None
    try:
        from transformers.core_model_loading import revert_weight_conversion
    except ImportError:
        return None
    revert: Callable[[Any, dict[str, Tensor]], dict[str, Tensor]] = revert_weight_conversion
    return revert


def _prepared(
    model: Any, state: State, work: Path, dialect: str, max_shard_size: int | str, tokenizer: Any
) -> list[_Step]:
    """What becomes of every tensor; all other files are in `work`/files."""
    import torch

    own, files = work / "own", work / "files"
    names = _names(model, state, own, tokenizer)
    revert = _reversal(model)
    bare = {saved: torch.empty(state[n].shape, dtype=state[n].dtype, device="meta") for saved, n in names.items()}
    final = revert(model, dict(bare)) if revert else dict(bare)

    _write_header(own / WEIGHTS, final, work / "dtypes.safetensors")
    draft, _ = draft_for(Folder(own), dialect, saving.known_rules())
    keys = {id(stored): key for key, stored in draft.folder.shards[0].tensors.items()}
    found = [(name, keys[id(tensor.stored)], tensor) for name, tensor in draft.tensors.items()]
    (own / WEIGHTS).unlink()
    rest = Draft(Folder(own), draft.readers)
    rest.documents, rest.texts = draft.documents, draft.texts
    writing.write(rest, files)

    file_of = _files({name: final[key].nbytes for name, key, _ in found}, max_shard_size)
    outputs: dict[str, list[_Output]] = {}
    for name, key, tensor in found:
        outputs.setdefault(key, []).append(_Output(name, key, tensor.swapped, tensor.factor, file_of[name]))
    return [
        _Step(
            {names[saved]: saved if converted else made[0] for saved in inputs},
            tuple(output for key in made for output in outputs.get(key, ())),
            converted,
        )
        for inputs, made, converted in _joined(model, bare, final, revert)
    ]


def _refuse_own_formats(model: Any, goal: Path) -> None:
    if getattr(model, "hf_quantizer", None) is not None or getattr(model, "_hf_peft_config_loaded", False):
        raise CheckpointError(
            goal,
            "a model that is quantized or has adapters is saved by one process; gather it into one, and save there",
        )


def _names(model: Any, state: State, own: Path, tokenizer: Any) -> dict[str, str]:
    """The model's own name of each tensor by the one that the runtime saves it under; `own` has all other files."""
    import torch
    from safetensors.torch import load_file

    numbers: dict[Any, Tensor] = {}
    stand_ins = {name: numbers.setdefault(_identity(t), torch.tensor([n])) for n, (name, t) in enumerate(state.items())}
    first: dict[int, str] = {}
    for name, number in stand_ins.items():
        first.setdefault(int(number), name)
    saving.save_own(model, own, tokenizer, state_dict=stand_ins, save_original_format=False, max_shard_size="1GB")
    saved = load_file(own / WEIGHTS)
    return {name: first[int(number)] for name, number in saved.items()}


def _identity(tensor: Any) -> Any:
    """The same for tensors that are tied."""
    local = tensor.to_local() if _is_dtensor(tensor) else tensor
    if local.numel() == 0 or local.device.type == "meta":
        return id(tensor)
    return local.device, local.data_ptr(), tuple(tensor.shape), local.stride()


@contextlib.contextmanager
def _by_itself(model: Any) -> Iterator[None]:
    """While the runtime takes the model for one of a single process: it waits for no other, and knows its classes.

    fully_shard gives modules classes of its own, which 5.x takes for remote code, and renames nothing in them.
    """
    from torch.distributed.fsdp import FSDPModule

    sharded = [module for module in model.modules() if FSDPModule in type(module).__bases__]
    classes = [(module, "__class__", type(module), type(module).__bases__[1]) for module in sharded]
    distributed = [(model, "_tp_size"), (getattr(model, "config", None), "distributed_config")]
    held = [(owner, name, getattr(owner, name), None) for owner, name in distributed if getattr(owner, name, None)]
    hidden: list[tuple[Any, str, Any, Any]] = [*classes, *held]
    for owner, name, _, instead in hidden:
        setattr(owner, name, instead)
    try:
        yield
    finally:
        for owner, name, value, _ in hidden:
            setattr(owner, name, value)


def _write_header(path: Path, tensors: State, scratch: Path) -> None:
    """A safetensors file of the right size without data, which takes no room where the file system has holes."""
    import torch
    from safetensors.torch import save_file

    dtypes = {str(tensor.dtype): tensor.dtype for tensor in tensors.values()}
    save_file({name: torch.empty(0, dtype=dtype) for name, dtype in dtypes.items()}, scratch)
    words = {name: stored.dtype for name, stored in shards.read(scratch).tensors.items()}
    rows = [(name, words[str(tensor.dtype)], tuple(tensor.shape), tensor.nbytes) for name, tensor in tensors.items()]
    header = shards.header_of(rows, {"format": "pt"})
    with path.open("wb") as file:
        file.write(header)
        file.truncate(len(header) + sum(size for *_, size in rows))


def _files(sizes: dict[str, int], limit: int | str) -> dict[str, int]:
    """The number of the file of each tensor, from 1."""
    from huggingface_hub import split_state_dict_into_shards_factory

    split: Any = split_state_dict_into_shards_factory(
        sizes,
        get_storage_size=lambda size: size,
        filename_pattern="model{suffix}.safetensors",
        max_shard_size=limit,
    )
    return {name: n for n, names in enumerate(split.filename_to_tensors.values(), 1) for name in names}


def _joined(model: Any, bare: State, final: State, revert: Any) -> Iterator[tuple[list[str], list[str], bool]]:
    """Which tensors become which: (saved names, names afterwards, whether they are converted)."""
    saved = {id(tensor): name for name, tensor in bare.items()}
    renamed = {key: saved[id(tensor)] for key, tensor in final.items() if id(tensor) in saved}
    for key, name in renamed.items():
        yield [name], [key], False
    rest = [name for name in bare if name not in set(renamed.values())]
    made = {key: tuple(tensor.shape) for key, tensor in final.items() if key not in renamed}
    if not rest:
        return
    alone = _alone(model, {name: bare[name] for name in rest}, revert)
    if alone is not None and {key: shape for part in alone.values() for key, shape in part.items()} == made:
        for name, part in alone.items():
            yield [name], list(part), True
    else:
        yield rest, list(made), True


def _alone(model: Any, bare: State, revert: Any) -> dict[str, dict[str, tuple[int, ...]]] | None:
    """What each tensor becomes by itself, which takes less memory than all together; None where that cannot be done."""
    try:
        return {
            name: {key: tuple(made.shape) for key, made in revert(model, {name: tensor}).items()}
            for name, tensor in bare.items()
        }
    except Exception:  # whatever the runtime's operations raise where they miss what belongs to it
        return None
