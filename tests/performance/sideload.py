"""What a side-loaded family costs, on 4.57: its first use, and a forward.

    python tests/performance/sideload.py [--rounds 5] [--check] [--newest PYTHON]

CPU seconds of child processes, which may write byte code; each figure is the minimum of the rounds: contention only adds.
The forward is compared with that of the same model on 5.23.0, in another environment, on the same torch.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys

LIMIT_FIRST, LIMIT_FORWARD, LIMIT_CALLS = 1.5, 1.02, 1.0

START = "import time; s = time.process_time()"
END = "print(time.process_time() - s)"
NATIVE = f"""{START}
import transformers
transformers.AutoModelForCausalLM.from_config(transformers.AutoConfig.for_model({{family!r}}, **{{words!r}}))
{END}"""
BROUGHT = f"""{START}
import hfcompat
hfcompat.AutoModelForCausalLM.from_config(hfcompat.AutoConfig.for_model({{family!r}}, **{{words!r}}))
{END}"""
FAMILY = "cwm"
WORDS = dict(
    vocab_size=32,
    hidden_size=16,
    intermediate_size=16,
    num_hidden_layers=1,
    num_attention_heads=2,
    num_key_value_heads=2,
)

FORWARD = """
import cProfile, pstats, time, torch, hfcompat
size = dict(hidden_size=512, intermediate_size=1536, num_hidden_layers=4, num_attention_heads=8, num_key_value_heads=8)
config = hfcompat.AutoConfig.for_model(FAMILY, vocab_size=1024, **size)
model = hfcompat.AutoModelForCausalLM.from_config(config).eval()
ids, best = torch.arange(64)[None], 9.0
with torch.no_grad():
    for _ in range(60):
        start = time.perf_counter()
        model(ids)
        best = min(best, time.perf_counter() - start)
    with cProfile.Profile() as seen:
        model(ids)
print(pstats.Stats(seen).total_calls, best)
"""


def measured(code: str, python: str = sys.executable) -> list[float]:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True, env=environment)
    return [float(word) for word in done.stdout.split()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--check", action="store_true", help="exit status 1 where a limit is passed")
    parser.add_argument("--newest", metavar="PYTHON", help="a Python with 5.23.0, for the forward")
    told = parser.parse_args()
    first = {
        "native": NATIVE.format(family="olmo2", words=WORDS),
        "brought": BROUGHT.format(family=FAMILY, words=WORDS),
    }
    best = {name: min(measured(code)[-1] for _ in range(told.rounds)) for name, code in first.items()}
    ratios = {f"first use of {FAMILY}, by that of olmo2": (best["brought"] / best["native"], LIMIT_FIRST)}
    if told.newest:
        code = FORWARD.replace("FAMILY", repr(FAMILY))
        stock = code.replace("torch, hfcompat", "torch, transformers as hfcompat")
        pairs = [(measured(code), measured(stock, told.newest)) for _ in range(told.rounds)]
        (calls, here), (calls_there, there) = (map(min, *column) for column in zip(*pairs, strict=True))
        ratios[f"a forward of {FAMILY}, by that on 5.23.0"] = (here / there, LIMIT_FORWARD)
        ratios["calls that Python makes in it, likewise"] = (calls / calls_there, LIMIT_CALLS)
    for name, (ratio, limit) in ratios.items():
        print(f"{name:<45}{ratio:5.2f}   limit {limit}")
    return int(told.check and any(ratio > limit for ratio, limit in ratios.values()))


if __name__ == "__main__":
    sys.exit(main())
