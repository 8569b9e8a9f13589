"""Writes plugins/hfcompat_plugins/modeling/arguments.json: what the models' `forward` took, in order, on 4.57 and 4.49.

Kept are the models that took a head mask or a cache_position, or whose arguments have another order on a later release,
and the families of 4.57 that took the positions of their tokens from cache_position. Run with any Python, with the unpacked wheels of 4.49, 4.57 and the 5.x releases:

python tests/plugins/modeling/record_arguments.py 4.49.0/transformers 4.57.6/transformers 5.0.0/transformers ...
"""

import ast
import json
import sys
from pathlib import Path

PLACE = Path(__file__).parents[3] / "plugins/hfcompat_plugins/modeling/arguments.json"


def models(package: Path) -> dict[str, list[str]]:
    """`family.Class`: names of the arguments of its forward, for all that derive from PreTrainedModel."""
    bases: dict[str, list[str]] = {}
    found: dict[str, tuple[str, list[str]]] = {}
    for path in sorted(package.glob("models/*/modeling_*.py")):
        if path.stem.startswith(("modeling_tf_", "modeling_flax_")):
            continue
        for node in ast.parse(path.read_text()).body:
            if not isinstance(node, ast.ClassDef):
                continue
            bases[node.name] = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
            for item in node.body:
                if isinstance(item, ast.FunctionDef) and item.name == "forward":
                    names = [arg.arg for arg in item.args.posonlyargs + item.args.args][1:]
                    found[f"{path.parent.name}.{node.name}"] = (node.name, names)

    def is_model(name: str) -> bool:
        return name == "PreTrainedModel" or any(is_model(base) for base in bases.get(name, ()) if base != name)

    return {key: names for key, (name, names) in found.items() if is_model(name)}


def shifted(old: list[str], new: list[str] | None) -> bool:
    return new is not None and any(one != other for one, other in zip(old, new, strict=False))


def main(before: Path, last: Path, *later: Path) -> None:
    oldest, old, new = models(before), models(last), [models(package) for package in later]
    wanted = {
        key
        for key in old.keys() | oldest.keys()
        if any("head_mask" in name or name == "cache_position" for name in old.get(key, oldest.get(key, [])))
        or any(shifted(old.get(key, []), package.get(key)) for package in new)
        or any(shifted(oldest.get(key, []), package.get(key)) for package in new)
    }
    alive = set().union(*new)
    table = {
        "4.57": {key: old[key] for key in sorted(wanted & alive) if key in old},
        "4.49": {key: oldest[key] for key in sorted(wanted & alive) if key in oldest and oldest[key] != old.get(key)},
    }
    together: dict[str, dict[str, list[str]]] = {}
    for version, rows in table.items():
        for key, names in rows.items():
            together.setdefault(version, {}).setdefault(" ".join(names), []).append(key)
    lines = [
        f" {json.dumps(version)}: {{\n"
        + ",\n".join(f"  {json.dumps(names)}: {json.dumps(' '.join(keys))}" for names, keys in sorted(rows.items()))
        + "\n }"
        for version, rows in together.items()
    ]
    sources = sorted(last.glob("models/*/modeling_*.py"))
    placed = {path.parent.name for path in sources if "position_ids = cache_position.unsqueeze(0)" in path.read_text()}
    lines.append(f' "positions": {json.dumps(" ".join(sorted(placed)))}')
    PLACE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
