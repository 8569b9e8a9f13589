#!/usr/bin/env python3
"""Models that one process or two hold, saved by `hfcompat.checkpoints.save` in each version, as stock versions read them.

    python tests/interop/fsdp.py PYTHON... --work DIR [--dialect dual] [--only CASE...] [--how HOW...]

Each PYTHON has another version of transformers: it writes, and it reads what the others wrote, in one process and without
hfcompat. A model of "fsdp" is trained for 20 steps under fully_shard on two processes (gloo, CPU), one of "tensor" is
loaded by two with tp_plan="auto", one of "mesh" has FSDP2 over tensor parallelism on four; "files" are many small ones.
Exits with 1 unless every answer is right.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
LANGUAGE = ("llama_default", "llama_tied", "mixtral")
CASES = (*LANGUAGE, "llava", "qwen3_vl_moe", "t5_untied")
HOW: dict[str, tuple[str, ...]] = {
    "one": CASES,
    "one_files": CASES,
    "one_asynchronous": CASES,
    "fsdp": CASES,
    "fsdp_files": CASES,
    "fsdp_asynchronous": CASES,
    "tensor": LANGUAGE,
    "mesh": LANGUAGE[:2],
}
STEPS = 20
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "HFCOMPAT_DISABLE": "all",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
}


# ---------------------------------------------------------------------------------------------------------------- writing
def write(how: str, out: Path, dialect: str, names: list[str]) -> None:
    """Save each case, and what it answers, in this version of transformers."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    kind = how.split("_")[0]
    processes = {"one": 1, "mesh": 4}.get(kind, 2)
    if processes == 1:
        for name in names:
            _written(how, out, dialect, name, 0)
    else:
        import torch

        arguments = (how, out, dialect, names, processes)
        torch.multiprocessing.spawn(_rank, arguments, processes)


def _rank(rank: int, how: str, out: Path, dialect: str, names: list[str], processes: int) -> None:
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(processes)}
    import torch.distributed as dist

    dist.init_process_group("gloo", init_method=f"file://{out.resolve()}/store", rank=rank, world_size=processes)
    for name in names:
        _written(how, out, dialect, name, rank)
        dist.barrier()
    dist.destroy_process_group()


def _written(how: str, out: Path, dialect: str, name: str, rank: int) -> None:
    import models
    import numpy as np
    import torch

    from hfcompat.checkpoints.saving import save

    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    kind, _, manner = how.partition("_")
    case = models.model_cases.CASES[name]
    model = MODELS[kind](case, out / f".{name}.source")
    found = models.answer(model, case)
    options: dict[str, Any] = {"max_shard_size": "60KB"} if manner == "files" else {}
    saved = save(model, out / name, dialect=dialect, asynchronous=manner == "asynchronous", **options)
    with torch.no_grad():  # what is written is what was there when save returned
        for parameter in model.parameters() if manner == "asynchronous" else ():
            parameter.add_(1)
    saved.wait()
    if rank == 0:
        np.savez(out / f"{name}.npz", **found)


def one(case: Any, scratch: Path) -> Any:
    import models

    return models.build(case)


def fsdp(case: Any, scratch: Path) -> Any:
    import models
    import torch
    from torch.distributed.fsdp import fully_shard

    model = models.build(case)
    for layer in _layers(model):
        fully_shard(layer)
    fully_shard(model)
    return _trained(model, case, torch.distributed.get_rank())


def _layers(model: Any) -> list[Any]:
    import torch

    return [layer for module in model.modules() if isinstance(module, torch.nn.ModuleList) for layer in module
            if type(layer).__name__.endswith(("Layer", "Block"))]  # fmt: skip


def _trained(model: Any, case: Any, seed: int) -> Any:
    """After some steps towards noise, another on each rank."""
    import torch

    inputs = {key: torch.from_numpy(value) for key, value in (case.inputs | case.optional).items()}
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    for _ in range(STEPS):
        logits = model(**inputs).logits
        (logits - torch.randn(logits.shape, generator=generator)).square().mean().backward()
        optimizer.step()
        optimizer.zero_grad()
    return model


def tensor(case: Any, scratch: Path) -> Any:
    import models
    import torch.distributed as dist
    import transformers

    if dist.get_rank() == 0:
        models.build(case).save_pretrained(scratch)
    dist.barrier()
    return getattr(transformers, case.model).from_pretrained(scratch, tp_plan="auto").eval()


def mesh(case: Any, scratch: Path) -> Any:
    import models
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import fully_shard
    from torch.distributed.tensor.parallel import ColwiseParallel, RowwiseParallel, parallelize_module

    two = init_device_mesh("cpu", (2, 2), mesh_dim_names=("data", "tensor"))
    model = models.build(case)
    for layer in _layers(model):
        plan = {
            "mlp.gate_proj": ColwiseParallel(),
            "mlp.up_proj": ColwiseParallel(),
            "mlp.down_proj": RowwiseParallel(),
        }
        parallelize_module(layer, two["tensor"], plan)
        fully_shard(layer, mesh=two["data"])
    fully_shard(model, mesh=two["data"])
    return model


MODELS: dict[str, Callable[[Any, Path], Any]] = {function.__name__: function for function in (one, fsdp, tensor, mesh)}


# ---------------------------------------------------------------------------------------------------------------- reading
def run(python: str, *arguments: str | Path, **environment: str) -> None:
    ran = subprocess.run(
        [python, *map(str, arguments)], env=os.environ | ENVIRONMENT | environment, text=True, capture_output=True
    )
    if ran.returncode:
        print(f"{' '.join(map(str, arguments))}\n{ran.stderr[-3000:]}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pythons", nargs="*")
    parser.add_argument("--work", type=Path)
    parser.add_argument("--dialect", default="dual")
    parser.add_argument("--only", nargs="*", help="names of cases")
    parser.add_argument("--how", nargs="*", default=list(HOW), choices=HOW)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.write:
        write(given.how[0], given.write, given.dialect, given.only)
        return 0
    wrong = total = 0
    for writer in given.pythons:
        for how in given.how:
            out = given.work / Path(writer).parents[1].name / how
            names = [name for name in HOW[how] if not given.only or name in given.only]
            run(
                writer,
                __file__,
                "--write",
                out,
                "--how",
                how,
                "--dialect",
                given.dialect,
                "--only",
                *names,
                HFCOMPAT_DISABLE="",
            )
            for reader in given.pythons:
                report = out / f"{Path(reader).parents[1].name}.json"
                report.unlink(missing_ok=True)
                run(reader, HERE / "models.py", "load", out, report, "--only", *names)
                found = json.loads(report.read_text()) if report.exists() else {}
                for name in names:
                    cell = found.get(name, {"outcome": "absent"})
                    total += 1
                    wrong += cell["outcome"] != "right"
                    if cell["outcome"] != "right":
                        print(f"{out} {name}: {cell}"[:600], flush=True)
            print(f"{out}: {', '.join(names)}", flush=True)
    print(f"{total - wrong}/{total} right")
    return 1 if wrong or not total else 0


if __name__ == "__main__":
    sys.exit(main())
