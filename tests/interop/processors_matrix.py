"""Processors that one environment wrote, as another one reads them; see `folders`.

python tests/interop/processors_matrix.py save OUT
python tests/interop/processors_matrix.py convert OUT DUAL
python tests/interop/processors_matrix.py load DUAL RESULT.json [--apply]
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import folders
import processors_cases


def read(name: str, folder: Path) -> Any:
    import transformers

    config = folder / "config.json"
    if "model_type" not in json.loads(config.read_text()):  # the repository of a model has one
        family = processors_cases.MODEL_TYPES.get(name, name)
        config.write_text(json.dumps({**json.loads(config.read_text()), "model_type": family}))
    kind = {"images": "AutoImageProcessor", "features": "AutoFeatureExtractor"}.get(
        name.rpartition("_")[2], "AutoProcessor"
    )
    return getattr(transformers, kind).from_pretrained(folder)


if __name__ == "__main__":
    folders.main(
        {"cases": processors_cases.CASES, "unseen": processors_cases.UNSEEN},
        read,
        processors_cases.observe,
        processors_cases.equal,
    )
