"""What hfcompat costs, as ratios measured side by side in one run.

    python tests/performance/measure.py [--rounds 15] [--check]

Prints the table of docs/performance.md. CPU seconds (user + system) of child processes; every round runs all variants
one after the other, and each figure is the minimum of the rounds: contention only ever adds.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

import hfcompat.environment as environment_module
from hfcompat import Kind, Patch, patch
from hfcompat.environment import Environment
from hfcompat.plan import Policy, plan

CLOCK = "import time; print(time.process_time())"
IMPORT = "from transformers import LlamaForCausalLM"
APPLY = "import hfcompat; hfcompat.apply()"
ALL = "import hfcompat; hfcompat.apply(dialect='4.36')"
VARIANTS = {
    "python": CLOCK,
    "dependencies": f"import wrapt, pluggy, packaging.specifiers, packaging.version; {CLOCK}",
    "apply": f"{APPLY}; {CLOCK}",
    "import": f"import time; s = time.process_time(); {IMPORT}; print(time.process_time() - s)",
    "import after apply": f"{ALL}; import time; s = time.process_time(); {IMPORT}; print(time.process_time() - s)",
}


def cpu(code: str) -> float:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def imports(rounds: int) -> dict[str, float]:
    best = dict.fromkeys(VARIANTS, float("inf"))
    for _ in range(rounds):
        for name, code in VARIANTS.items():
            best[name] = min(best[name], cpu(code))
    return best


def planning(count: int, repeats: int = 60) -> float:
    """Seconds to plan `count` patches for the first time (no cache is warm), minimum of `repeats`."""
    environment = Environment.of(transformers="5.23.0", python="3.11")
    offers = [
        (
            f"plugin{n % 10}",
            Patch(
                f"patch-{n}",
                f"transformers.module{n % 40}:Name{n}.attribute",
                Kind.ADD,
                "plugin.impl:function",
                when={"transformers": f">=4.{n % 58}.0.dev0"},
                reason="It is gone.",
                upstream="https://example.org",
                after=(f"patch-{n - 10}",) if n % 7 == 0 and n >= 10 else (),
            ),
        )
        for n in range(count)
    ]
    best = float("inf")
    for _ in range(repeats):
        for cache in (patch._parse_target, patch._parse_range, environment_module._canonical):
            cache.cache_clear()
        start = time.process_time()
        plan(offers, environment, Policy())
        best = min(best, time.process_time() - start)
    return best


def added_frames() -> int:
    """Python frames that a call of an added method makes beyond its own."""
    import hfcompat

    hfcompat.apply()
    from transformers.cache_utils import DynamicCache

    cache = DynamicCache()
    impl = DynamicCache.get_usable_length
    frames: list[str] = []
    sys.setprofile(lambda frame, event, _: frames.append(frame.f_code.co_name) if event == "call" else None)
    cache.get_usable_length(1)
    sys.setprofile(None)
    direct: list[str] = []
    sys.setprofile(lambda frame, event, _: direct.append(frame.f_code.co_name) if event == "call" else None)
    impl(cache, 1)
    sys.setprofile(None)
    hfcompat.revert()
    assert frames[0] == "get_usable_length", frames
    return len(frames) - len(direct)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--check", action="store_true", help="exit with 1 when a figure is over its limit")
    arguments = parser.parse_args()
    cost = imports(arguments.rounds)
    own = (cost["apply"] - cost["dependencies"]) / cost["import"]
    growth = cost["import after apply"] / cost["import"] - 1
    few, many = planning(200), planning(2000)
    rows = [
        ("apply(), beyond its dependencies / importing Llama", f"{own:.2%}", "3 %", own <= 0.03),
        ("importing Llama, all patches selected / none", f"{growth:+.2%}", "+1 %", growth <= 0.01),
        ("frames that ADD and REPLACE add to a call", f"{added_frames()}", "0", added_frames() == 0),
        ("planning 200 patches", f"{few * 1e3:.2f} ms", "5 ms", few <= 0.005),
        ("planning 2,000 patches / 200", f"{many / few:.1f}", "12", many / few <= 12),
    ]
    versions = Environment()
    print(f"transformers {versions.transformers}, torch {versions.version('torch')}, {arguments.rounds} rounds")
    print("CPU seconds: " + ", ".join(f"{name} {seconds:.3f}" for name, seconds in cost.items()))
    print("\n| what | measured | limit |\n|---|---|---|")
    for what, measured, limit, _ in rows:
        print(f"| {what} | {measured} | {limit} |")
    return 0 if not arguments.check or all(ok for *_, ok in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
