"""Record the answers of generation_cases.py on the versions of transformers that the code in them was written for.

    python tests/plugins/generation/record.py      # in an environment with one of the versions of `recorded_on`

Rewrites in answers.json the answers of the cases that are recorded on the installed version, and leaves the others.
"""

from __future__ import annotations

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
from generation_cases import CASES, plain  # noqa: E402


def main() -> None:
    answers = json.loads(ANSWERS.read_text()) if ANSWERS.exists() else {}
    mine = [case for case in CASES.values() if case.recorded_on == transformers.__version__]
    if not mine:
        raise SystemExit(f"no case is recorded on {transformers.__version__}")
    answers = {name: answer for name, answer in answers.items() if name in CASES}
    answers.update({case.name: plain(case.call()) for case in mine})
    text = ",\n".join(f"{json.dumps(name)}: {json.dumps(answers[name])}" for name in sorted(answers))
    ANSWERS.write_text("{\n" + text + "\n}\n")


if __name__ == "__main__":
    main()
