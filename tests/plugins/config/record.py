"""Write down what configurations answer: `python record.py`, on 4.57.6."""

from __future__ import annotations

import json
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from config_cases import CASES, answer  # noqa: E402


def main() -> None:
    text = ",\n".join(f"{json.dumps(name)}: {json.dumps(answer(name))}" for name in sorted(CASES))
    (HERE / "answers.json").write_text("{\n" + text + "\n}\n")


if __name__ == "__main__":
    main()
