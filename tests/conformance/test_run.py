"""`hfcompat run` with a real launcher and a real runtime."""

import os
import subprocess
import sys

PROGRAM = """
import os
import torch
from transformers import DynamicCache

cache = DynamicCache()
cache.update(torch.zeros(1, 2, 3, 4), torch.zeros(1, 2, 3, 4), 0)
line = f"rank {os.environ.get('RANK', '-')} {cache.get_usable_length(1)} {cache[0][0].shape[-2]}" + os.linesep
os.write(1, line.encode())  # in one piece: two workers write to one pipe
"""


def run(tmp_path, *command):
    (tmp_path / "train.py").write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "-m", "hfcompat", "run", "--", *command],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return sorted(line for line in done.stdout.splitlines() if "rank" in line)


def test_a_program_of_the_4_x_days(tmp_path):
    assert run(tmp_path, sys.executable, "train.py") == ["rank - 3 3"]


def test_torchrun_and_its_workers(tmp_path):
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    assert run(tmp_path, *launcher, "train.py") == ["rank 0 3 3", "rank 1 3 3"]
