"""Adapters as peft loads them, by name on stdin as JSON: [folder, base]. The last line of stdout has their logits, or errors."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import transformers
from adapters_cases import BASES, logits
from peft import PeftModel

BASE = Path(__file__).parent / "recorded" / "adapters" / "bases"


def main() -> None:
    found: dict[str, list[float] | str] = {}
    for name, (folder, base) in json.load(sys.stdin).items():
        model = getattr(transformers, type(BASES[base]()).__name__).from_pretrained(BASE / base)
        try:
            found[name] = logits(PeftModel.from_pretrained(model, folder), base)
        except (ValueError, RuntimeError, KeyError) as error:
            found[name] = f"{type(error).__name__}: {error}"
    print(json.dumps(found))


if __name__ == "__main__":
    main()
