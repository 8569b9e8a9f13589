#!/usr/bin/env python3
"""Writes plugins/hfcompat_plugins/artifacts/families.json: which model types each version knows, and their defaults.

    python tests/interop/record_families.py PYTHON...

Each PYTHON has another version of transformers. A default is noted where it changes, under the version that has it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parents[2] / "plugins/hfcompat_plugins/artifacts/families.json"
KEYS = """rope_theta rope_scaling partial_rotary_factor rotary_emb_base rotary_pct rope_local_base_freq global_rope_theta
local_rope_theta global_attn_every_n_layers num_experts qkv_bias use_falcon_mambapy vision_feature_layers
tie_word_embeddings torch_dtype dtype original_max_position_embeddings use_timm_backbone use_pretrained_backbone""".split()

SCRIPT = """
import json, sys, warnings
warnings.simplefilter("ignore")
import transformers
from transformers import CONFIG_MAPPING
found = {}
for name in list(CONFIG_MAPPING.keys()):
    try:
        config = CONFIG_MAPPING[name]().to_dict()
    except Exception:
        config = {}
    found[name] = {key: config[key] for key in json.loads(sys.argv[1]) if config.get(key) is not None}
print(json.dumps([transformers.__version__, found], default=str), file=sys.__stdout__)
"""


def main() -> None:
    recorded = dict(
        json.loads(
            subprocess.run(
                [python, "-c", SCRIPT, json.dumps(KEYS)],
                env={"HFCOMPAT_DISABLE": "all", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_VERBOSITY": "error"},
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=True,
                text=True,
            ).stdout.splitlines()[-1]
        )
        for python in sys.argv[1:]
    )
    recorded = dict(sorted(recorded.items(), key=lambda item: [int(part) for part in item[0].split(".")]))
    table = {name: _history(name, recorded) for name in sorted({n for families in recorded.values() for n in families})}
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(history)}" for name, history in table.items())
    TABLE.write_text(f'{{\n  "": {json.dumps(list(recorded))},\n{lines}\n}}\n')


def _history(name: str, recorded: dict[str, Any]) -> dict[str, Any]:
    history: dict[str, Any] = {"in": [version for version, families in recorded.items() if name in families]}
    for key in KEYS:
        last = None
        for version in history["in"]:
            value = recorded[version][name].get(key)
            if value != last:
                history.setdefault(key, {})[version] = last = value
    return history


if __name__ == "__main__":
    main()
