"""Write down what the installed transformers answers: `python record.py`, on 4.44.2, 4.49.0 and 4.57.6."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import transformers

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from trainer_cases import CASES, answer  # noqa: E402


def main() -> None:
    minor = ".".join(transformers.__version__.split(".")[:2])
    answers = {name: answer(name) for name, case in CASES.items() if case.version == minor}
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in sorted(answers.items()))
    (HERE / f"answers-{minor}.json").write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
