"""What `hfcompat.checkpoints.save` costs, as a ratio to the model's own save_pretrained, side by side in one run.

    python tests/performance/saving.py [--rounds 5] [--megabytes 2000] [--folder DIR] [--check]

Every round saves one Llama with either, in turns; each figure is the minimum of the rounds.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_VERBOSITY="error", HF_HUB_DISABLE_PROGRESS_BARS="1")


def model_of(megabytes: int) -> Any:
    import transformers

    layers = max(1, round((megabytes - 66) / 33.6))
    config = transformers.LlamaConfig(
        hidden_size=1024, intermediate_size=1365, num_hidden_layers=layers, num_attention_heads=16, vocab_size=8192
    )
    return transformers.LlamaForCausalLM(config)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megabytes", type=int, default=2000)
    parser.add_argument("--folder", help="where to save, and remove it again")
    parser.add_argument("--check", action="store_true", help="exit with 1 when the ratio is under its limit")
    given = parser.parse_args()
    from transformers.utils import logging

    from hfcompat.checkpoints.saving import save

    logging.disable_progress_bar()
    model = model_of(given.megabytes)
    size = sum(parameter.nbytes for parameter in model.parameters())
    ways = {"save_pretrained": model.save_pretrained, "hfcompat": lambda goal: save(model, goal)}
    times: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        goal = Path(scratch, "saved")
        for number in range(given.rounds + 1):  # the first of them is not counted
            for name in sorted(ways, reverse=number % 2 == 1):
                os.sync()
                start = time.perf_counter()
                ways[name](goal)
                if number:
                    times[name].append(time.perf_counter() - start)
                shutil.rmtree(goal)
    ratio = min(times["save_pretrained"]) / min(times["hfcompat"])
    print(f"{size / 1e6:.0f} MB, {given.rounds} rounds; seconds:")
    for name, found in times.items():
        print(f"  {name:16} {' '.join(f'{seconds:.3f}' for seconds in found)}")
    print(f"throughput / save_pretrained: {ratio:.3f} (limit 0.95)")
    return 0 if not given.check or ratio >= 0.95 else 1


if __name__ == "__main__":
    sys.exit(main())
