"""Records what 4.57 answers: run with an environment that has it.

python tests/plugins/modeling/record.py
"""

import json
import tempfile
from pathlib import Path

import modeling_cases as cases
import torch
import transformers

ANSWERS = Path(__file__).with_name("answers.json")


def answers() -> dict[str, list[float]]:
    found = {}
    with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
        for name, cls in cases.LANGUAGE_MODELS.items():
            for tied in (True, False):
                place = Path(folder) / f"{name}-{tied}"
                cases.checkpoint(cls, place, **({} if tied else {"tie_word_embeddings": False}))
                found[f"{name} {'tied' if tied else 'untied'}"] = cases.digest(cls.from_pretrained(place)(cases.IDS))
        for family, cls, config, name in cases.FLATTENED:
            model = cases.flattened(family, cls, config)
            found[f"{cls}.{name}"] = cases.digest(cases.reach_through(model, name, *cases.inputs(cls)))
    return found


if __name__ == "__main__":
    assert transformers.__version__.startswith("4.57."), transformers.__version__
    lines = [f"  {json.dumps(name)}: {json.dumps(numbers)}" for name, numbers in answers().items()]
    start = f'{{\n "transformers": "{transformers.__version__}",\n "answers": {{\n'
    ANSWERS.write_text(start + ",\n".join(lines) + "\n }\n}\n")
