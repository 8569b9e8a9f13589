"""Records what 4.57, or 4.49 for what was gone by then, answers: run with an environment that has it.

python tests/plugins/modeling/record.py
"""

import json
from pathlib import Path
from typing import Any

import causal_cases
import heads_cases
import members_cases
import modeling_cases as cases
import torch
import transformers

ANSWERS = Path(__file__).with_name("answers.json")


def answers() -> dict[str, Any]:
    found: dict[str, Any] = {}
    with torch.no_grad():
        for family, cls, config, name in cases.FLATTENED:
            model = cases.flattened(family, cls, config)
            found[f"{cls}.{name}"] = cases.digest(cases.reach_through(model, name, *cases.inputs(cls)))
        for kind in ("MASKED", "PRUNED", "CALLED"):
            for name, case in getattr(heads_cases, kind).items():
                found[f"{kind.lower()} {name}"] = cases.digest(case())
        for name, case in members_cases.MEMBERS.items():
            found[f"member {name}"] = members_cases.plain(case())
    return found


if __name__ == "__main__":
    version = transformers.__version__
    assert version.startswith(("4.57.", "4.49.")), version
    place, found = (
        (ANSWERS, answers())
        if version.startswith("4.57.")
        else (ANSWERS.with_name("answers-4.49.json"), causal_cases.answers())
    )
    lines = [f"  {json.dumps(name)}: {json.dumps(numbers)}" for name, numbers in found.items()]
    start = f'{{\n "transformers": "{version}",\n "answers": {{\n'
    place.write_text(start + ",\n".join(lines) + "\n }\n}\n")
