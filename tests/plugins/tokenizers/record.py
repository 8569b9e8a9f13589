"""Write down what the installed transformers answers: `python record.py`, on 4.44.2, 4.49.0 and 4.57.6."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import transformers

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from tokenizers_cases import CASES, plain  # noqa: E402


def main() -> None:
    minor = ".".join(transformers.__version__.split(".")[:2])
    answers = {}
    for name, case in sorted(CASES.items()):
        if case.on == minor:
            answers[name] = plain(case.call(Path(tempfile.mkdtemp())))
    text = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in answers.items())
    (HERE / f"answers-{minor}.json").write_text("{\n" + text + "\n}\n")


if __name__ == "__main__":
    main()
