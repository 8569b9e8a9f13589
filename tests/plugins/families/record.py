"""Record what a Gemma 3n answers that shares keys and values whether it has a cache or not.

    python tests/plugins/families/record.py          # on transformers 5.23.0, without hfcompat

Rewrites answers.json.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")
HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import transformers  # noqa: E402
from sharing_cases import CASES, model, plain  # noqa: E402


def main() -> None:
    if transformers.__version__ != "5.23.0":
        sys.exit(f"these answers are those of 5.23.0; this is {transformers.__version__}")
    answers = {name: plain(case(model())) for name, case in CASES.items()}
    text = ",\n".join(f"{json.dumps(name)}: {json.dumps(answer)}" for name, answer in answers.items())
    (HERE / "answers.json").write_text("{\n" + text + "\n}\n")


if __name__ == "__main__":
    main()
