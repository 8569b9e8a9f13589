"""Writes recorded/<version>: `python record_checkpoints.py`, on 4.57.6 and on 5.23.0."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import torch
import transformers

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from recorded_cases import CASES, logits  # noqa: E402


def main() -> None:
    home = HERE / "recorded" / transformers.__version__
    shutil.rmtree(home, ignore_errors=True)
    for name, make in CASES.items():
        model = make()
        generator = torch.Generator().manual_seed(7)
        for parameter in model.parameters():
            parameter.data.copy_(torch.randn(parameter.shape, generator=generator) * 0.3)
        model.save_pretrained(home / name)
        (home / name / "logits.json").write_text(json.dumps(logits(model, name)) + "\n")


if __name__ == "__main__":
    main()
