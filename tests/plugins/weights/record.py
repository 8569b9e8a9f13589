"""Records what 4.x answers: run once with an environment of 4.49, once with one of 4.53 and once with one of 4.57.

python tests/plugins/weights/record.py
"""

import json
import tempfile
from pathlib import Path
from typing import Any

import calls_cases
import foreign_cases
import quantizer_cases
import state_dict_cases
import torch
import transformers
import weights_cases

HERE = Path(__file__).parent


def answers_4_57(folder: Path) -> dict[str, Any]:
    found = {}
    for name, cls in weights_cases.LANGUAGE_MODELS.items():
        for tied in (True, False):
            place = folder / f"{name}-{tied}"
            weights_cases.checkpoint(cls, place, **({} if tied else {"tie_word_embeddings": False}))
            with torch.no_grad():
                logits = cls.from_pretrained(place)(weights_cases.IDS)
            found[f"{name} {'tied' if tied else 'untied'}"] = weights_cases.digest(logits)
    for name, call in calls_cases.CALLS.items():
        found[f"call: {name}"] = call(folder / f"call-{name}")
    for name, make in state_dict_cases.MODELS.items():
        found[f"state dict: {name}"] = state_dict_cases.recorded(make)
    return found


RECORDS = {
    "4.49": lambda folder: foreign_cases.answers(folder, "4.49"),
    "4.53": lambda folder: {"quantized": quantizer_cases.answers(folder)},
    "4.57": lambda folder: answers_4_57(folder) | foreign_cases.answers(folder, "4.57"),
}

if __name__ == "__main__":
    minor = ".".join(transformers.__version__.split(".")[:2])
    with tempfile.TemporaryDirectory() as folder:
        found = RECORDS[minor](Path(folder))
    lines = [f"  {json.dumps(name)}: {json.dumps(numbers)}" for name, numbers in found.items()]
    start = f'{{\n "transformers": "{transformers.__version__}",\n "answers": {{\n'
    (HERE / f"answers-{minor}.json").write_text(start + ",\n".join(lines) + "\n }\n}\n")
