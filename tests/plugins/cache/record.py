"""Write down what the installed transformers answers: `python record.py`, on 4.44.2, 4.49.0 and 4.53.3.

On 4.49.0 only those scenarios are recorded in which it is left alone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import transformers

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from cache_scenarios import SCENARIOS, answer  # noqa: E402


def main() -> None:
    minor = ".".join(transformers.__version__.split(".")[:2])
    wanted = [scenario for scenario in SCENARIOS.values() if minor != "4.49" or scenario.native_below]
    answers = {scenario.name: answer(scenario) for scenario in wanted}
    text = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in sorted(answers.items()))
    (HERE / f"answers-{minor}.json").write_text("{\n" + text + "\n}\n")


if __name__ == "__main__":
    main()
