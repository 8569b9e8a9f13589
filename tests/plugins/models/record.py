"""Record the answers of models_cases.py on the versions of transformers that had the names.

    python tests/plugins/models/record.py            # in an environment with one of the versions of `recorded_on`

Rewrites in answers.json the answers of the cases that are recorded on the installed version, and leaves the others.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import sys
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
HERE = Path(__file__).parent
ANSWERS = HERE / "answers.json"
sys.path.insert(0, str(HERE))

import transformers  # noqa: E402
from hfcompat_plugins.models import PATCHES  # noqa: E402
from models_cases import CASES, plain  # noqa: E402

from hfcompat.patch import Target  # noqa: E402


def get(name: str) -> object:
    """The installed version's own object, from the first of the paths of our rows that has it."""
    family, _, name = name.rpartition(":")
    for patch in PATCHES:
        target = Target.parse(patch.target)
        if target.path == (name,) and target.module.endswith(family):
            try:
                return getattr(importlib.import_module(target.module), name)
            except (ImportError, AttributeError):
                continue
    for module in ("modeling_mmbt", "configuration_mmbt"):
        try:
            return getattr(importlib.import_module(f"transformers.models.deprecated.mmbt.{module}"), name)
        except (ImportError, AttributeError):
            continue
    raise ImportError(f"transformers {transformers.__version__} has no {name}")


def rounded(value: object) -> object:
    """Eight significant digits: more than float32 has."""
    if isinstance(value, float):
        return float(f"{value:.8g}")
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return {key: rounded(item) for key, item in value.items()} if isinstance(value, dict) else value


def main() -> None:
    answers = json.loads(ANSWERS.read_text()) if ANSWERS.exists() else {}
    for case in CASES:
        if case.recorded_on != transformers.__version__:
            continue
        if case.needs and importlib.util.find_spec(case.needs) is None:
            print(f"{case.id}: not recorded, needs {case.needs}")
            continue
        answers[case.id] = {
            "transformers": case.recorded_on,
            "answer": rounded(plain(case.run(get, lambda call: call))),
        }
        print(f"{case.id}: recorded on {case.recorded_on}")
    for gone in answers.keys() - {case.id for case in CASES}:
        del answers[gone]
    text = ",\n".join(f"{json.dumps(key)}: {json.dumps(answers[key])}" for key in sorted(answers))
    ANSWERS.write_text("{\n" + text + "\n}\n")


if __name__ == "__main__":
    main()
