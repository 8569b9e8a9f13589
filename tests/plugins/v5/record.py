"""Record what 5.23.0 answers.

python tests/plugins/v5/record.py [models] [names] [behaviours]    # in an environment with 5.23.0
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import transformers  # noqa: E402
import v5_behaviours  # noqa: E402
import v5_models  # noqa: E402
import v5_names  # noqa: E402


def rounded(value: object) -> object:
    """Six significant digits."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, (list, tuple)):
        return [rounded(item) for item in value]
    return {str(key): rounded(item) for key, item in value.items()} if isinstance(value, dict) else value


def _models() -> dict[str, object]:
    found = {}
    for name in v5_models.MODELS:
        with tempfile.TemporaryDirectory() as work:
            found[name] = v5_models.answers(name, Path(work))
    return found


def main() -> None:
    if transformers.__version__ != "5.23.0":
        raise SystemExit(f"answers are those of 5.23.0, and this is {transformers.__version__}")
    made = {
        "models": _models,
        "names": lambda: {name: run() for name, (run, _) in v5_names.CASES.items()},
        "behaviours": lambda: {name: run() for name, run in v5_behaviours.CASES.items()},
    }
    for which in sys.argv[1:] or made:
        answers = rounded(made[which]())
        text = ",\n".join(f"{json.dumps(key)}: {json.dumps(value)}" for key, value in answers.items())
        (HERE / f"answers-{which}.json").write_text("{\n" + text + "\n}\n")


if __name__ == "__main__":
    main()
