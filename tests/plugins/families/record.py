"""Record what families answer on the version that does it right.

    python tests/plugins/families/record.py          # without hfcompat, on 5.23.0 (Gemma 3n) and on 4.57.6 (NLLB-MoE)

Rewrites answers.json, or routing.json.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error")
HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import routing_cases  # noqa: E402
import sharing_cases  # noqa: E402
import transformers  # noqa: E402

RECORDED = {
    "5.23.0": ("answers.json", {name: lambda case=case: case(sharing_cases.model()) for name, case in sharing_cases.CASES.items()}),
    "4.57.6": ("routing.json", routing_cases.CASES),
}  # fmt: skip


def main() -> None:
    if transformers.__version__ not in RECORDED:
        sys.exit(f"answers are those of {' and '.join(RECORDED)}; this is {transformers.__version__}")
    file, cases = RECORDED[transformers.__version__]
    answers = {name: sharing_cases.plain(case()) for name, case in cases.items()}
    text = ",\n".join(f"{json.dumps(name)}: {json.dumps(answer)}" for name, answer in answers.items())
    (HERE / file).write_text("{\n" + text + "\n}\n")


if __name__ == "__main__":
    main()
