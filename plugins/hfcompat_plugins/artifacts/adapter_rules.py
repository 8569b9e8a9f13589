"""Adapters of peft: one for each expert in 4.x, one for all experts of a block in 5.x; names of vision towers."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

from hfcompat_plugins.artifacts.adapters import ALL, CONFIG, FAMILIES, Adapter, Names, Unit, nothing, padded
from packaging.version import InvalidVersion, Version

from hfcompat.checkpoints.draft import Block, Edited, put_together
from hfcompat.checkpoints.errors import UnrepresentableError
from hfcompat.checkpoints.moving import matrix_of

_PEFT = Version("0.19.0")  # the first with adapters on stacks as they are now, and with conversions of older ones


# ---------------------------------------------------------------------------------------------------- stacks of experts
def features_of_old_peft(draft: Any) -> None:
    """A and B of a stack, which peft exchanged before 0.19: it took (experts, out, in) for (experts, in, out)."""
    adapter = Adapter.of(draft)
    if adapter is None or not adapter.stacks or adapter.names() is None or _version(adapter) >= _PEFT:
        return
    adapter.write([_exchanged(unit) if unit.experts else unit for unit in adapter.units])
    adapter.config["peft_version"] = str(_PEFT)


def _version(adapter: Adapter) -> Version:
    try:
        return Version(str(adapter.config.get("peft_version") or "0").partition("@")[0])
    except InvalidVersion:
        return _PEFT


def _exchanged(unit: Unit) -> Unit:
    experts, rank = unit.experts, unit.rank
    rows = [slice(number * rank, (number + 1) * rank) for number in range(experts)]
    columns = [slice(number, None, experts) for number in range(experts)]
    a = [Block(unit.b, (ALL, column), (row, ALL), transposed=True) for row, column in zip(rows, columns, strict=True)]
    b = [Block(unit.a, (row, ALL), (ALL, column), transposed=True) for row, column in zip(rows, columns, strict=True)]
    wide = rank * experts
    return replace(
        unit,
        a=put_together(unit.a, (wide, unit.b.shape[0]), a),
        b=put_together(unit.b, (unit.a.shape[1], wide), b),
    )


def experts_apart(draft: Any) -> None:
    """An adapter for each expert, as 4.x has them, out of those for stacks."""
    adapter = Adapter.of(draft)
    if adapter is None or not _of_five(adapter):
        return
    names = adapter.names()
    if names is None:
        return
    adapter.refuse_more()
    _save_apart(adapter, names)
    in_part = adapter.in_part
    two = all(_is_of_two(unit) for unit in adapter.stacks if unit.parameter == "gate_up_proj")
    units = []
    for unit in adapter.units:
        place = _renamed(unit.path, *_to_four(names))
        units += _split(replace(unit, path=place), names, two) if unit.experts else [replace(unit, path=place)]
    adapter.aim(units, names, in_part)
    adapter.write(units)


def _of_five(adapter: Adapter) -> bool:
    """Whether it has stacks, or modules beside them, by their names in 5.x."""
    names = FAMILIES.get(adapter.family)
    if names and names.old != names.new and any(f".{names.new}." in unit.path for unit in adapter.units):
        return True
    return bool(adapter.stacks) or (any(map(_ALL.match, adapter.rest)) and not _of_four(adapter))


def _is_of_two(unit: Unit) -> bool:
    """Whether half of the ranks is for the gate alone, and the other half for the other projection."""
    if unit.rank % 2:
        return False
    matrix = matrix_of(unit.b)
    rows, columns = unit.b.shape[0] // 2, unit.b.shape[1] // 2
    return not matrix[:rows, columns:].any() and not matrix[rows:, :columns].any()


def _split(unit: Unit, names: Names, two: bool) -> list[Unit]:
    out, into, experts, rank = unit.b.shape[0], unit.a.shape[1], unit.experts, unit.rank
    half = rank // 2 if two else rank
    parts = [(names.gate, 0, out // 2, 0, half), (names.up, out // 2, out, rank - half, half)]
    if unit.parameter == "down_proj":
        parts = [(names.down, 0, out, 0, rank)]
    found = []
    for number in range(experts):
        for leaf, first, last, skipped, ranks in parts:
            rows = slice(number * rank + skipped, number * rank + skipped + ranks)
            columns = slice(number + skipped * experts, number + (skipped + ranks) * experts, experts)
            a = put_together(unit.a, (ranks, into), [Block(unit.a, (rows, ALL), (ALL, ALL))])
            b = put_together(unit.b, (last - first, ranks), [Block(unit.b, (slice(first, last), columns), (ALL, ALL))])
            found.append(Unit(f"{unit.path}.{number}.{leaf}", a, b, ranks, unit.scale))
    return found


def _renamed(path: str, block: tuple[str, str], router: tuple[str, str]) -> str:
    """A module of a block of experts, or of something else, by the names of the other generation."""
    path = re.sub(rf"\.{block[0]}\.{router[0]}(?=\.weight$|$)", f".{block[1]}.{router[1]}", path)
    return f"{path}.".replace(f".{block[0]}.", f".{block[1]}.")[:-1]


# ------------------------------------------------------------------------------------------------------- single experts
def experts_as_peft_stacks_them(draft: Any) -> None:
    """Adapters for single experts such that peft makes the right ones for stacks of them, or these themselves."""
    adapter = Adapter.of(draft)
    if adapter is None or not _of_four(adapter):
        return
    alone = all(reader.major > 4 for reader in draft.readers)
    names = (None if alone and not adapter.family else adapter.names()) or adapter.likely_names()
    if _stacked_rightly(adapter, names):
        return
    if alone:
        _stack(adapter)
    else:
        _complete(adapter, names)


def _of_four(adapter: Adapter) -> bool:
    """Whether it has experts, or blocks of them, by their names in 4.x."""
    return bool(adapter.apart or _parameters_of_four(adapter)) or any(map(_OF_FOUR.search, adapter.rest))


def _parameters_of_four(adapter: Adapter) -> list[Unit]:
    """Parameters of blocks that have another name in 5.x."""
    return [unit for unit in adapter.units if unit.parameter and ".block_sparse_moe." in unit.path]


def experts_stacked(draft: Any) -> None:
    """One adapter for all experts of a block, for readers of 5.x alone."""
    adapter = Adapter.of(draft)
    if adapter and _of_four(adapter) and all(reader.major > 4 for reader in draft.readers):
        _stack(adapter)


def _stacked_rightly(adapter: Adapter, names: Names) -> bool:
    """Whether peft on 5.x makes of these what they are."""
    if _parameters_of_four(adapter):
        return False
    others = [name for name in adapter.rest if _OF_FOUR.search(name) and not _ONE.match(name)]
    if any(_renamed(name, *_to_five(names)) not in {*adapter.rest} - {name} for name in others):
        return False
    if any(f"{_renamed(found[1], *_to_five(names))}.down_proj" not in adapter.rest for found in _ones(adapter)):
        return False
    config, apart = adapter.config, [unit.expert for unit in adapter.apart if unit.expert]
    if not apart:
        return True
    said, asked = config.get("target_modules"), config.get("target_parameters") or []
    leaves, projections = {leaf for _, _, leaf in apart}, {names.gate, names.up, names.down}
    plain = {unit.path.rpartition(".")[2] for unit in adapter.units if not unit.expert and not unit.parameter}
    r, alpha = config.get("r") or 8, config.get("lora_alpha") or 8
    return (
        not (config.get("lora_dropout") or config.get("use_rslora") or config.get("layers_to_transform"))
        and isinstance(said, list)
        and len(apart) == len({block for block, _, _ in apart}) * adapter.count * len(leaves)
        and leaves in ({names.down}, projections)
        and not plain & projections
        and all(unit.rank == r and unit.scale == alpha / r for unit in adapter.apart)
        and (names.by_peft or any(str(target).endswith("experts.down_proj") for target in asked))
    )


def _complete(adapter: Adapter, names: Names) -> None:
    """All projections of all experts, of one rank and one scale, and nothing else by their names."""
    adapter.refuse_more()
    in_part, apart = adapter.in_part, {unit.expert: unit for unit in adapter.apart if unit.expert}
    _save_stacked(adapter, names, keep=True)
    units = [_as_both_take_it(adapter, unit, names) for unit in adapter.units if not unit.expert]
    if not apart:
        adapter.aim(units, names, in_part)
        adapter.write(units)
        return
    scale, rank = _one_scale(adapter, list(apart.values())), max(unit.rank for unit in apart.values())
    stacks: dict[str, int] = {}
    for block in dict.fromkeys(block for block, _, _ in apart):
        mine = {key[1:]: unit for key, unit in apart.items() if key[0] == block}
        both = bool({names.gate, names.up} & {leaf for _, leaf in mine})
        inner, hidden = _sizes(mine, names)
        for number in range(adapter.count):
            for leaf in (names.gate, names.up, names.down) if both else (names.down,):
                path, unit = f"{block}.experts.{number}.{leaf}", mine.get((number, leaf))
                into, out = (inner, hidden) if leaf == names.down else (hidden, inner)
                like = next(iter(mine.values()))
                units.append(padded(unit, rank) if unit else nothing(path, like, rank, into, out))
        place = f"{_renamed(block, *_to_five(names))}.experts" if in_part else f"{names.new}.experts"
        stacks |= {f"{place}.gate_up_proj": 2} if both else {}
        stacks[f"{place}.down_proj"] = 1
    adapter.aim(units, names, in_part)
    adapter.write(units, rank=rank, alpha=scale * rank)
    adapter.config["lora_dropout"] = 0.0
    if not names.by_peft:
        adapter.aim_at_stacks(stacks)


def _ones(adapter: Adapter) -> list[re.Match[str]]:
    return [found for name in adapter.rest if (found := _ONE.match(name))]


def _to_five(names: Names) -> tuple[tuple[str, str], tuple[str, str]]:
    return (names.old, names.new), (names.old_router, names.new_router)


def _to_four(names: Names) -> tuple[tuple[str, str], tuple[str, str]]:
    return (names.new, names.old), (names.new_router, names.old_router)


def _one_scale(adapter: Adapter, units: list[Unit]) -> float:
    scales = {unit.scale for unit in units}
    if len(scales) > 1:
        raise UnrepresentableError(
            adapter.draft.folder.path,
            f"experts whose adapters are scaled by {' and '.join(f'{scale:g}' for scale in sorted(scales))} "
            "cannot be said in one; give them one alpha / r, or write it for 4.57 or for 5.23 alone",
        )
    return scales.pop()


def _sizes(mine: dict[tuple[int, str], Unit], names: Names) -> tuple[int, int]:
    """How wide experts are, inside and outside."""
    (_, leaf), unit = next(iter(mine.items()))
    into, out = unit.a.shape[1], unit.b.shape[0]
    return (into, out) if leaf == names.down else (out, into)


def _as_both_take_it(adapter: Adapter, unit: Unit, names: Names) -> Unit:
    """What chooses between the experts is a module in 4.x; of that, peft makes the parameter that it is in 5.x."""
    if names.old == names.new or not unit.path.endswith(f".{names.old}.{names.old_router}"):
        return _as_parameter(unit, names)
    if not names.by_peft:
        raise UnrepresentableError(
            adapter.draft.folder.path,
            f"5.x does not find the adapter of {unit.path}, nor peft its name; write it for 4.57 or for 5.23 alone",
        )
    return replace(unit, parameter="")


def _as_parameter(unit: Unit, names: Names) -> Unit:
    """peft takes modules with these names for experts, whosever they are; parameters it does not."""
    if unit.parameter or unit.path.rpartition(".")[2] not in (names.gate, names.up, names.down):
        return unit
    return replace(unit, parameter="weight")


def _stack(adapter: Adapter) -> None:
    """One adapter for each stack, in the place of those for its experts."""
    adapter.refuse_more()
    in_part, names, count = adapter.in_part, adapter.likely_names(), adapter.count
    _save_stacked(adapter, names, keep=False)
    blocks: dict[str, dict[tuple[int, str], Unit]] = {}
    units = []
    for unit in adapter.units:
        if unit.expert:
            blocks.setdefault(unit.expert[0], {})[unit.expert[1:]] = unit
            continue
        path = _renamed(unit.path, *_to_five(names))
        router = path.endswith(f".{names.new}.{names.new_router}")
        units.append(_as_parameter(replace(unit, path=path, parameter="weight" if router else unit.parameter), names))
    for block, mine in blocks.items():
        place = _renamed(f"{block}.experts", *_to_five(names))
        for parameter, leaves in (("gate_up_proj", (names.gate, names.up)), ("down_proj", (names.down,))):
            members = {key: unit for key, unit in mine.items() if key[1] in leaves}
            if members:
                units.append(_one_of(adapter, members, leaves, count, Unit(place, *_first(members), parameter)))
    adapter.aim(units, names, in_part)
    adapter.write(units)
    if _version(adapter) < _PEFT:
        adapter.config["peft_version"] = str(_PEFT)


def _first(members: dict[tuple[int, str], Unit]) -> tuple[Any, Any, int, float]:
    unit = next(iter(members.values()))
    return unit.a, unit.b, unit.rank, unit.scale


def _one_of(
    adapter: Adapter, members: dict[tuple[int, str], Unit], leaves: tuple[str, ...], count: int, like: Unit
) -> Unit:
    """The adapter of a stack: the projections one below the other, each with ranks of its own."""
    scale, each = _one_scale(adapter, list(members.values())), max(unit.rank for unit in members.values())
    rank, into, out = each * len(leaves), like.a.shape[1], like.b.shape[0]
    a, b = [], []
    for (number, leaf), unit in members.items():
        at = leaves.index(leaf)
        first = number * rank + at * each
        a.append(Block(unit.a, (ALL, ALL), (slice(first, first + unit.rank), ALL)))
        first, end = number + at * each * count, number + (at * each + unit.rank) * count
        b.append(Block(unit.b, (ALL, ALL), (slice(at * out, (at + 1) * out), slice(first, end, count))))
    return replace(
        like,
        a=put_together(like.a, (count * rank, into), a),
        b=put_together(like.b, (len(leaves) * out, count * rank), b),
        rank=rank,
        scale=scale,
        experts=count,
    )


# ------------------------------------------------------------------------------------------------------ modules_to_save
_ONE = re.compile(r"^(.+\.experts)\.(\d+)\.(w[123]|gate_proj|up_proj|down_proj)\.weight$")
_OF_FOUR = re.compile(r"\.(experts\.\d+|block_sparse_moe)\.")
_ALL = re.compile(r"^(.+\.experts)\.(gate_up_proj|down_proj)$")


def _save_stacked(adapter: Adapter, names: Names, keep: bool) -> None:
    """Blocks of experts that are saved whole, by the names of 5.x; `keep` those of 4.x beside them."""
    found: dict[str, Edited] = {}
    parts: dict[str, dict[tuple[int, str], Edited]] = {}
    for name, tensor in adapter.rest.items():
        one = _ONE.match(name)
        if one:
            parts.setdefault(one[1], {})[int(one[2]), one[3]] = tensor
        else:
            found[_renamed(name, *_to_five(names))] = tensor
    for place, members in parts.items():
        for parameter, leaves in (("gate_up_proj", (names.gate, names.up)), ("down_proj", (names.down,))):
            wanted = [members.get((number, leaf)) for number in range(adapter.count) for leaf in leaves]
            if any(tensor is None for tensor in wanted):
                raise UnrepresentableError(
                    adapter.draft.folder.path,
                    f"{place} is saved in part, and whole in 5.x; merge it into its model",
                )
            rows = [math.prod(tensor.shape[:-1]) for tensor in wanted]
            starts = [sum(rows[:index]) for index in range(len(rows))]
            put = [(slice(start, start + count), ALL) for start, count in zip(starts, rows, strict=True)]
            blocks = [Block(tensor, (ALL, ALL), to) for tensor, to in zip(wanted, put, strict=True)]
            shape = (adapter.count, sum(rows) // adapter.count, wanted[0].shape[-1])
            found[f"{_renamed(place, *_to_five(names))}.{parameter}"] = put_together(wanted[0], shape, blocks)
    _save(adapter, found, (names.old, names.new), keep)


def _save_apart(adapter: Adapter, names: Names) -> None:
    """The same by the names of 4.x."""
    found: dict[str, Edited] = {}
    for name, tensor in adapter.rest.items():
        stack = _ALL.match(name)
        if not stack or len(tensor.shape) != 3:
            found[_renamed(name, *_to_four(names))] = tensor
            continue
        place = _renamed(stack[1], *_to_four(names))
        leaves = (names.gate, names.up) if stack[2] == "gate_up_proj" else (names.down,)
        experts, both, wide = tensor.shape
        rows = both // len(leaves)
        for index in range(experts * len(leaves)):
            part = Block(tensor, (slice(index * rows, (index + 1) * rows), ALL), (ALL, ALL))
            new = f"{place}.{index // len(leaves)}.{leaves[index % len(leaves)]}.weight"
            found[new] = put_together(tensor, (rows, wide), [part])
    _save(adapter, found, (names.new, names.old), keep=False)


def _save(adapter: Adapter, found: dict[str, Edited], block: tuple[str, str], keep: bool) -> None:
    said = adapter.config.get("modules_to_save")
    if isinstance(said, list):
        new = [re.sub(rf"(^|\.){block[0]}(?=\.|$)", rf"\1{block[1]}", name) for name in said]
        adapter.config["modules_to_save"] = list(dict.fromkeys([*said, *new] if keep else new))
    adapter.rest = {**(adapter.rest if keep else {}), **found}


# --------------------------------------------------------------------------------------------------------------- towers
_LAYERS = re.compile(r"(^|\.)vision_tower\.encoder\.layers\.")
_SAID = re.compile(r"vision_tower(?:\\?\.)(?:vision_model\\?\.)?(?=encoder|\(\?:vision)")
_TOWERS = ("clip_vision_model", "siglip_vision_model", "siglip2_vision_model")


def tower_of_composite(draft: Any) -> None:
    """The tower of CLIP or SigLIP: `vision_tower.vision_model.` in 4.x, which later readers take too."""
    if draft.document(CONFIG) is None or not any(map(_LAYERS.search, draft.tensors)) or not _has_tower(draft):
        return
    either_tower(draft)
    draft.rename(lambda name: _LAYERS.sub(r"\1vision_tower.vision_model.encoder.layers.", name))


def _has_tower(draft: Any) -> bool:
    adapter = Adapter.of(draft)
    tower = adapter.base.get("vision_config") if adapter else None
    return not isinstance(tower, dict) or tower.get("model_type") in _TOWERS


def either_tower(draft: Any) -> None:
    """Targets in a tower by both names of it."""
    config = draft.document(CONFIG) or {}
    for key in ("target_modules", "exclude_modules"):
        said = config.get(key)
        if isinstance(said, str):
            config[key] = _SAID.sub(r"vision_tower\.(?:vision_model\.)?", said.replace("(?:vision_model\\.)?", ""))
        elif isinstance(said, list):
            twins = [_other_tower(target) for target in said if isinstance(target, str)]
            config[key] = [*said, *(twin for twin in twins if twin not in said)]


def _other_tower(target: str) -> str:
    if "vision_tower.vision_model." in target:
        return target.replace("vision_tower.vision_model.", "vision_tower.")
    return target.replace("vision_tower.encoder.", "vision_tower.vision_model.encoder.")


# ----------------------------------------------------------------------------------------------------------- composites
_COMPOSITE = (
    (re.compile(r"^(base_model\.model\.)language_model\.lm_head\."), r"\1lm_head."),
    (re.compile(r"^(base_model\.model\.)language_model\.model\."), r"\1model.language_model."),
    (re.compile(r"^(base_model\.model\.)(multi_modal_projector|vision_tower)\."), r"\1model.\2."),
)


def saved_of_composites(draft: Any) -> None:
    """Modules that are saved whole, by the names that they have since 4.52 too: peft renames matrices alone."""
    adapter = Adapter.of(draft)
    for name in adapter.rest if adapter else ():
        new = next((pattern.sub(to, name) for pattern, to in _COMPOSITE if pattern.match(name)), None)
        if new:
            draft.copy(name, new)


def named_as_since_4_52(draft: Any) -> bool:
    """Whether it is for a composite by the names that it has since 4.52."""
    parts = ("language_model", "vision_tower", "multi_modal_projector", "visual")
    return _is_any(draft, rf"^(base_model\.model\.)?model\.({'|'.join(parts)})\.")


def on_experts(draft: Any) -> bool:
    """Whether it is for experts, or for what is beside them."""
    return _is_any(draft, r"\.(experts|block_sparse_moe)\.")


def _is_any(draft: Any, pattern: str) -> bool:
    if draft.document(CONFIG) is None or draft.folder.pickled:
        return False
    return any(re.search(pattern, name) for name in draft.tensors)
