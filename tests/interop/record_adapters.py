"""Writes recorded/adapters: `python record_adapters.py`, on each version of CASES, 4.57.6 first.

They were written with peft 0.15.2 on 4.49.0, 0.18.0 on 4.57.6, 0.18.1 on 5.0.0 and 0.21.2 on 5.23.0. Each adapter is kept with the logits that it gave where it was written.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import torch
import transformers

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from adapters_cases import BASES, CASES, logits  # noqa: E402

HOME = HERE / "recorded" / "adapters"


def noise(parameters: Any, scale: float) -> None:
    generator = torch.Generator().manual_seed(7)
    for parameter in parameters:
        parameter.data.copy_(torch.randn(parameter.shape, generator=generator) * scale)


def main() -> None:
    from peft import LoraConfig, get_peft_model

    from hfcompat.checkpoints import save

    if transformers.__version__ == "4.57.6":
        shutil.rmtree(HOME / "bases", ignore_errors=True)
        for name, make in BASES.items():
            model = make().eval()
            noise(model.parameters(), 0.3)
            save(model, HOME / "bases" / name)
            (HOME / "bases" / name / "logits.json").write_text(json.dumps(logits(model, name)) + "\n")
    home = HOME / transformers.__version__
    shutil.rmtree(home, ignore_errors=True)
    for name, (base, asked) in CASES[transformers.__version__].items():
        model = getattr(transformers, BASES[base]().__class__.__name__).from_pretrained(HOME / "bases" / base)
        meant = json.loads((HOME / "bases" / base / "logits.json").read_text())
        assert torch.allclose(torch.tensor(logits(model, base)), torch.tensor(meant), atol=1e-4), name
        adapted = get_peft_model(model, LoraConfig(r=2, **{"lora_alpha": 6, **asked}))
        noise((p for n, p in adapted.named_parameters() if "lora_" in n or "modules_to_save" in n), 0.3)
        adapted.save_pretrained(home / name, save_embedding_layers=False)
        (home / name / "README.md").unlink()
        said = json.loads((home / name / "adapter_config.json").read_text())
        said["base_model_name_or_path"] = f"bases/{base}"
        for key in ("target_modules", "target_parameters"):  # sets, in an order of their own each time
            said[key] = sorted(said[key]) if isinstance(said.get(key), list) else said.get(key)
        (home / name / "adapter_config.json").write_text(json.dumps(said, indent=2, sort_keys=True) + "\n")
        (home / name / "logits.json").write_text(json.dumps(logits(adapted, base)) + "\n")


if __name__ == "__main__":
    main()
