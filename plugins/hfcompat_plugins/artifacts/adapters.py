"""Adapters of peft, as what they add: to which module or parameter, of which rank, scaled by what.

4.x has a module for each projection of each expert, and peft an adapter for each of them. 5.x has those of all experts
in two parameters, `gate_up_proj` (experts, 2 x inner, hidden) and `down_proj` (experts, hidden, inner). Their adapters
are matrices too: A (experts x rank, in), expert by expert, and B (out, rank x experts), rank by rank. Of a module with
two such parameters, the later one has its adapter by the module's name, and the earlier one in its `base_layer`.
"""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from hfcompat.checkpoints import documents
from hfcompat.checkpoints.draft import Block, Edited, put_together
from hfcompat.checkpoints.errors import CheckpointError, UnrepresentableError

CONFIG = "adapter_config.json"
ALL = slice(None)

_LORA = re.compile(r"^(base_model\.model\.)?(.+)\.lora_(embedding_[AB]|[AB]\.weight)$")
_OF_WEIGHTS, _OF_EMBEDDINGS = ("A.weight", "B.weight"), ("embedding_A", "embedding_B")
_EXPERT = re.compile(r"^(.+)\.experts\.(\d+)\.(w[123]|gate_proj|up_proj|down_proj)$")
_SAVED = re.compile(r"\.experts(\.\d+\.(w[123]|gate_proj|up_proj|down_proj)\.weight|\.gate_up_proj|\.down_proj)$")
_STACK = re.compile(r"^(.+)\.experts(?:\.base_layer)?$")


@dataclass(frozen=True, slots=True)
class Names:
    """What the experts of a family are called.

    Attributes:
        gate, up, down: the projections of 4.x.
        old, new: the module that has the experts, in 4.x and in 5.x.
        old_router, new_router: what chooses between them.
        by_peft: when it loads adapters of experts on 5.x, peft changes adapter_config.json for their stacks.
    """

    gate: str = "gate_proj"
    up: str = "up_proj"
    down: str = "down_proj"
    old: str = "mlp"
    new: str = "mlp"
    old_router: str = "gate"
    new_router: str = "gate"
    by_peft: bool = True


MIXTRAL = Names("w1", "w3", "w2", old="block_sparse_moe")
FAMILIES = {
    "mixtral": MIXTRAL,
    "minimax": MIXTRAL,
    "phimoe": replace(MIXTRAL, new_router="router", by_peft=False),
    "jamba": Names(old="feed_forward", new="feed_forward", old_router="router", new_router="router", by_peft=False),
    "qwen2_moe": Names(by_peft=False),
} | dict.fromkeys(
    ("deepseek_v2", "deepseek_v3", "dots1", "ernie4_5_moe", "flex_olmo", "glm4_moe", "glm4v_moe", "hunyuan_v1_moe",
     "longcat_flash", "olmoe", "qwen3_moe", "qwen3_next", "qwen3_omni_moe"),
    Names(),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Unit:
    """What is added to a weight: `scale * b @ a`. Of a stack, the same for each expert.

    Attributes:
        path: the module.
        parameter: its parameter; empty for a module that has an adapter of its own, as linear ones have.
        experts: how many there are in a stack; 0 for what is none.
        named: what the file calls `a` and `b`.
    """

    path: str
    a: Edited
    b: Edited
    rank: int
    scale: float
    parameter: str = ""
    experts: int = 0
    named: tuple[str, str] = _OF_WEIGHTS

    @property
    def key(self) -> str:
        """By which peft looks for its rank."""
        return f"{self.path}.{self.parameter}" if self.parameter else self.path

    @property
    def expert(self) -> tuple[str, int, str] | None:
        """Block, number and projection of one expert's module."""
        return None if self.parameter else _expert(self.path)


@dataclass
class Adapter:
    """An adapter that was read from a draft.

    Attributes:
        config: adapter_config.json, which is written to.
        units: what is added to weights.
        rest: all other tensors, by name.
    """

    draft: Any
    config: dict[str, Any]
    units: list[Unit] = field(default_factory=list)
    rest: dict[str, Edited] = field(default_factory=dict)
    prefix: str = ""

    @classmethod
    def of(cls, draft: Any) -> Adapter | None:
        """That of a draft; None where there is none, or one of another kind than LoRA."""
        config = draft.document(CONFIG)
        if config is None:
            return None
        found = cls(draft, config)
        pairs: dict[str, dict[str, Edited]] = {}
        for name, tensor in draft.tensors.items():
            match = _LORA.match(name)
            if match:
                found.prefix = match[1] or ""
                pairs.setdefault(match[2], {})[match[3]] = tensor
            else:
                found.rest[name] = tensor
        for path, pair in pairs.items():
            named = next((names for names in (_OF_WEIGHTS, _OF_EMBEDDINGS) if set(names) == set(pair)), None)
            if named:
                found.units.append(found._unit(path, pair, named, pairs))
            else:
                found.rest.update({f"{found.prefix}{path}.lora_{part}": t for part, t in pair.items()})
        return found

    def _unit(self, path: str, pair: dict[str, Edited], named: tuple[str, str], paths: Iterable[str]) -> Unit:
        a, b = (pair[name] for name in named)
        parameter = self._parameter(path, paths)
        place = path.removesuffix(".base_layer")
        stack = _STACK.match(path) and parameter in ("gate_up_proj", "down_proj")
        key = f"{place}.{parameter}" if parameter else place
        rank = a.shape[0] if not stack else int(self._said("rank_pattern", "r", key))
        experts, more = divmod(a.shape[0], rank) if stack else (0, 0)
        matrices = len(a.shape) == len(b.shape) == 2  # of a convolution in groups, B has fewer ranks
        if more or not rank or (matrices and b.shape[1] != a.shape[0]):
            raise CheckpointError(self.draft.folder.path, f"the adapter of {key} is not of rank {rank}")
        alpha = self._said("alpha_pattern", "lora_alpha", key)
        scale = alpha / (math.sqrt(rank) if self.config.get("use_rslora") else rank)
        return Unit(place, a, b, rank, scale, parameter, experts, named)

    def _parameter(self, path: str, paths: Iterable[str]) -> str:
        """The parameter of a module that an adapter is for, if it is not for the module."""
        inner = path.endswith(".base_layer")
        asked = [str(target) for target in self.config.get("target_parameters") or ()]
        place = path.removesuffix(".base_layer")
        hit = {target.rpartition(".")[2] for target in asked if f"{place}.".endswith(_parent(target))}
        if _STACK.match(path) and hit & {"gate_up_proj", "down_proj"}:
            both = inner or f"{path}.base_layer" in paths
            if both or len(hit) > 1:
                return "gate_up_proj" if inner or not both else "down_proj"
        return min(hit) if hit else ""

    def _said(self, pattern: str, default: str, key: str) -> float:
        """A rank or an alpha, as peft looks for it."""
        for said, value in (self.config.get(pattern) or {}).items():
            try:
                if re.match(rf"(.*\.)?({said})$", key):
                    return float(value)
            except re.error as error:
                raise ValueError(f"{pattern} has {said!r}: {error}") from error
        return float(self.config.get(default) or 8)

    @property
    def apart(self) -> list[Unit]:
        """The units of one expert each."""
        return [unit for unit in self.units if unit.expert]

    @property
    def stacks(self) -> list[Unit]:
        """The units of all experts of a block."""
        return [unit for unit in self.units if unit.experts]

    @property
    def in_part(self) -> bool:
        """Whether it is for some layers alone, as far as it says so."""
        asked = self.config.get("target_parameters") or ()
        said = isinstance(self.config.get("target_modules"), str) or self.config.get("layers_to_transform") is not None
        return said or any(re.search(r"\.\d+\.", str(target)) for target in asked)

    def names(self) -> Names | None:
        """What the experts are called; None for a family that is not known for having them apart in 4.x.

        Raises:
            UnrepresentableError: nothing tells which family it is for.
        """
        family = self.family
        if family:
            return FAMILIES.get(family)
        if any(unit.expert and unit.expert[2] == MIXTRAL.gate for unit in self.units):
            return MIXTRAL
        raise UnrepresentableError(
            self.draft.folder.path / CONFIG,
            "it does not say what kind of model its experts are of; name the folder of the model by `base` (--base)",
        )

    def likely_names(self) -> Names:
        """The same for those who know all that matters from the names of single experts."""
        found = [unit.expert for unit in self.units if unit.expert]
        found += [expert for name in self.rest if (expert := _expert(name.removesuffix(".weight")))]
        block, _, leaf = found[0] if found else (MIXTRAL.old, 0, MIXTRAL.gate)
        old = block.rpartition(".")[2]
        alike = replace(MIXTRAL if leaf.startswith("w") else Names(), old=old, new=old)
        known = FAMILIES.get(self.family, MIXTRAL if old == MIXTRAL.old else alike)
        return known if leaf in (known.gate, known.up, known.down) else alike

    @cached_property
    def base(self) -> dict[str, Any]:
        """The configuration of the model that it is for; empty where nobody has it."""
        places = [self.draft.base] if self.draft.base else _places(self.config.get("base_model_name_or_path"))
        for place in places:
            if (place / "config.json").is_file():
                return documents.read(place / "config.json")
        if self.draft.base:
            raise CheckpointError(self.draft.base, "it has no config.json, so that it says of no model what it is")
        return {}

    @property
    def family(self) -> str:
        """The model type of that model; empty where nothing tells."""
        parts = str((self.config.get("auto_mapping") or {}).get("parent_library")).split(".")
        said = parts[2] if parts[:2] == ["transformers", "models"] and len(parts) > 2 else ""
        return str(self.base.get("model_type", said))

    @property
    def count(self) -> int:
        """How many experts a block has: of the model, or of those that have adapters."""
        for section in (self.base, self.base.get("text_config") or {}):
            for key in ("num_local_experts", "num_experts", "n_routed_experts", "moe_num_experts"):
                if isinstance(section.get(key), int):
                    return int(section[key])
        found = [unit.expert for unit in self.units] + [_expert(name.removesuffix(".weight")) for name in self.rest]
        return 1 + max((expert[1] for expert in found if expert), default=-1)

    def refuse_more(self) -> None:
        """Raise where experts have more than two matrices: with DoRA, a bias or another method than LoRA."""
        name = next((name for name in self.rest if re.search(r"\.experts\.", name) and not _SAVED.search(name)), None)
        if name:
            raise UnrepresentableError(
                self.draft.folder.path,
                f"{name} has no place in an adapter for the other generation; merge the adapter into its model",
            )

    def write(self, units: list[Unit], *, rank: int | None = None, alpha: float | None = None) -> None:
        """Put these units in the place of those that were there, and say of each what peft has to know.

        Args:
            units: all of them, in the order of their names in the file.
            rank: `r` of the configuration; as it was, if None.
            alpha: likewise `lora_alpha`.
        """
        rooted = bool(self.config.get("use_rslora"))
        if rooted and any(unit.expert or unit.experts for unit in units):
            self.config["use_rslora"] = rooted = False  # peft does not keep it where it makes one adapter of several
            first = next(unit for unit in units if unit.expert or unit.experts)
            alpha = first.scale * first.rank if alpha is None else alpha
            rank = first.rank if rank is None else rank
        if rank is not None:
            self.config["r"] = rank
        if alpha is not None:
            self.config["lora_alpha"] = _whole(alpha)

        def alpha_of(unit: Unit) -> float:
            return _whole(unit.scale * (math.sqrt(unit.rank) if rooted else unit.rank))

        self.config["rank_pattern"] = _pattern(units, lambda unit: unit.rank, self.config.get("r") or 8)
        self.config["alpha_pattern"] = _pattern(units, alpha_of, self.config.get("lora_alpha") or 8)
        if any(unit.parameter for unit in units) and self.config.get("lora_dropout"):
            self.config["lora_dropout"] = 0.0
        inner = {unit.path for unit in units if unit.parameter == "gate_up_proj"}
        outer = {unit.path for unit in units if unit.parameter == "down_proj"}
        tensors: dict[str, Edited] = {}
        for unit in units:
            nested = unit.parameter == "gate_up_proj" and unit.path in inner & outer
            for part, tensor in zip(unit.named, (unit.a, unit.b), strict=True):
                tensors[f"{self.prefix}{unit.path}{'.base_layer' if nested else ''}.lora_{part}"] = tensor
        self.draft.tensors.clear()
        self.draft.tensors.update({**tensors, **self.rest})
        self.units = units

    def aim(self, units: list[Unit], names: Names, in_part: bool) -> None:
        """Have target_modules and target_parameters name these units, by the words that were there where they fit."""
        said = self.config.get("target_modules")
        plain = [unit for unit in units if not unit.parameter and not unit.expert]
        parameters = [unit for unit in units if unit.parameter]
        apart = [unit for unit in units if unit.expert]
        leaves = {names.gate, names.up, names.down}
        if isinstance(said, list):
            modules = [target for target in said if any(_names(target, unit.path) for unit in plain)]
            modules = [target for target in modules if target not in leaves or not apart]
            missed = [unit.path for unit in plain if not any(_names(target, unit.path) for target in modules)]
            modules += [path if in_part else ".".join(path.split(".")[-2:]) for path in missed]
        else:
            modules = [unit.path for unit in plain]
        others = {unit.path.rpartition(".")[2] for unit in [*plain, *parameters]}
        modules += _experts(
            apart, in_part, {leaf for leaf in said if leaf not in others} if isinstance(said, list) else set()
        )
        new = list(dict.fromkeys(modules))
        if not isinstance(said, list) or set(new) != set(said):
            self.config["target_modules"] = new
        asked = sorted({unit.key if in_part else ".".join(unit.key.split(".")[-3:]) for unit in parameters})
        if asked or self.config.get("target_parameters"):
            self.config["target_parameters"] = asked or None
        if in_part and self.config.get("layers_to_transform") is not None:
            self.config["layers_to_transform"] = self.config["layers_pattern"] = None

    def aim_at_stacks(self, stacks: dict[str, int]) -> None:
        """Name parameters that this adapter has no tensors for, beside all else; each of so many times the rank."""
        self.config["target_parameters"] = sorted({*(self.config.get("target_parameters") or ()), *stacks})
        for pattern, default in (("rank_pattern", "r"), ("alpha_pattern", "lora_alpha")):
            more = {name: times * self.config[default] for name, times in stacks.items() if times > 1}
            self.config[pattern] = {**(self.config.get(pattern) or {}), **more}


def _experts(apart: list[Unit], in_part: bool, alone: set[str]) -> list[str]:
    """What names the modules of experts, and nothing else; `alone` are names of projections that nothing else has."""
    found = [unit.expert for unit in apart if unit.expert]
    leaves = list(dict.fromkeys(leaf for _, _, leaf in found))
    blocks, numbers = {block for block, _, _ in found}, {number for _, number, _ in found}
    if in_part or len(found) != len(blocks) * len(numbers) * len(leaves):
        return [unit.path for unit in apart]
    if alone.issuperset(leaves) or "w2" in leaves or "w1" in leaves:
        return leaves
    return [f"experts.{number}.{leaf}" for number in sorted(numbers) for leaf in leaves]


def _expert(path: str) -> tuple[str, int, str] | None:
    found = _EXPERT.match(path)
    return (found[1], int(found[2]), found[3]) if found else None


def _parent(target: str) -> str:
    """The module of a target parameter, such that it ends the name of that module with a dot."""
    return f".{target.rpartition('.')[0]}."


def _names(target: str, path: str) -> bool:
    return path == target or path.endswith(f".{target}")


def _places(said: Any) -> Iterator[Path]:
    """Where a model may be: a folder, or snapshots in the cache of huggingface_hub."""
    if not said or not isinstance(said, str):
        return
    yield Path(said)
    home = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface")
    hub = Path(os.environ.get("HF_HUB_CACHE") or home / "hub")
    if re.fullmatch(r"[\w.-]+(/[\w.-]+)?", said) and ".." not in said:
        yield from sorted((hub / f"models--{said.replace('/', '--')}" / "snapshots").glob("*"))


def _whole(number: float) -> float:
    return int(number) if number == int(number) else number


def _pattern(units: list[Unit], value: Callable[[Unit], float], default: float) -> dict[str, Any]:
    """rank_pattern or alpha_pattern: names that are as short as they can be, of what is not as by default."""
    groups: dict[str, list[Unit]] = {}
    for unit in units:
        expert = unit.expert
        label = rf"experts\.\d+\.{expert[2]}" if expert else ".".join(unit.key.split(".")[-2:])
        groups.setdefault(label, []).append(unit)
    found: dict[str, Any] = {}
    for label, members in groups.items():
        values = {value(unit) for unit in members}
        if len(values) > 1:
            found |= {re.escape(unit.key): value(unit) for unit in members if value(unit) != default}
        elif values != {default}:
            found[label] = values.pop()
    return found


def padded(unit: Unit, rank: int) -> Unit:
    """The same with more ranks, which are zero."""
    if rank == unit.rank:
        return unit
    a = put_together(unit.a, (rank, unit.a.shape[1]), [Block(unit.a, (ALL, ALL), (slice(0, unit.rank), ALL))])
    b = put_together(unit.b, (unit.b.shape[0], rank), [Block(unit.b, (ALL, ALL), (ALL, slice(0, unit.rank)))])
    return replace(unit, a=a, b=b, rank=rank)


def nothing(path: str, like: Unit, rank: int, into: int, out: int) -> Unit:
    """An adapter that adds nothing."""
    a, b = put_together(like.a, (rank, into), []), put_together(like.b, (out, rank), [])
    return Unit(path, a, b, rank, like.scale)
