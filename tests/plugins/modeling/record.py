"""Records what 4.57 answers, or 4.49 and 4.47 for what was gone by then: run with an environment that has it.

python tests/plugins/modeling/record.py
"""

import json
from pathlib import Path
from typing import Any

import causal_cases
import heads_cases
import members_cases
import modeling_cases as cases
import subclass_cases
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
    minor = version[:4]
    recorders = {"4.57": answers, "4.49": causal_cases.answers, "4.47": subclass_cases.answers}
    assert minor in recorders, version
    place, found = ANSWERS if minor == "4.57" else ANSWERS.with_name(f"answers-{minor}.json"), recorders[minor]()
    lines = [f"  {json.dumps(name)}: {json.dumps(numbers)}" for name, numbers in found.items()]
    start = f'{{\n "transformers": "{version}",\n "answers": {{\n'
    place.write_text(start + ",\n".join(lines) + "\n }\n}\n")
