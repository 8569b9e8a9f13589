"""Families of transformers itself compile with apply() as they compile without: in one graph, without a word, to the bit."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import sys, warnings
import hfcompat
hfcompat.apply()
import torch
from transformers import AutoConfig, AutoModel

sizes = dict(vocab_size=32, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2)
if sys.argv[1] in ("llama", "qwen2"): sizes["num_key_value_heads"] = 2
torch.manual_seed(0)
model = AutoModel.from_config(AutoConfig.for_model(sys.argv[1], **sizes)).eval()
ids = torch.arange(12).view(2, 6)
with torch.no_grad(), warnings.catch_warnings():
    warnings.filterwarnings("error", message=".*lru_cache.*")
    eager = model(ids)[0]
    compiled = torch.compile(model, backend="eager", fullgraph=True)(ids)[0]
assert torch.equal(eager, compiled)
print("equal")
"""


@pytest.mark.parametrize("family", ["bert", "roberta", "llama", "qwen2"])
def test_in_one_graph(family: str) -> None:
    done = subprocess.run([sys.executable, "-c", SCRIPT, family], capture_output=True, text=True)
    assert done.stdout.strip() == "equal", done.stderr[-2000:]
