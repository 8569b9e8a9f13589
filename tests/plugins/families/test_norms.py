"""T5 in bfloat16 where apex is installed: a package written here, whose kernel refuses the dtypes that apex' refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.version import Version

RUNTIME = Version(version("transformers"))
TAKEN = Version("5.8.dev0") > RUNTIME  # T5 takes apex' class where there is one

# On a GPU apex' kernel raises for what its table of dtypes has not, and where weights are of another dtype than the input.
APEX = """
import torch

KERNELS = {torch.float32, torch.float16}
calls = []

class FusedRMSNorm(torch.nn.Module):
    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True):
        super().__init__()
        self.normalized_shape, self.eps = torch.Size([normalized_shape]), eps
        self.weight = torch.nn.Parameter(torch.ones(normalized_shape)) if elementwise_affine else None

    def forward(self, input):
        if input.dtype not in KERNELS:
            raise RuntimeError("\\"rms_forward_affine\\" not implemented for 'BFloat16'")
        if self.weight is not None and self.weight.dtype != input.dtype:
            raise RuntimeError("expected scalar type Float but found Half")
        if input.shape[-1] != self.normalized_shape[0]:
            raise RuntimeError("The size of tensor a must match the size of tensor b")
        calls.append(input.dtype)
        found = torch.nn.functional.rms_norm(input, self.normalized_shape, eps=self.eps)
        return found if self.weight is None else found * self.weight
"""

SCRIPT = """
import json, sys
import torch
import hfcompat

asked = sys.argv[1]
if asked == "asked":
    hfcompat.apply()

import transformers
SIZES = dict(vocab_size=32, d_model=16, d_kv=4, d_ff=24, num_layers=2, num_heads=4, decoder_start_token_id=0, dropout_rate=0.0)
FAMILIES = ("T5", "LongT5")


def model(family, dtype):
    config = getattr(transformers, f"{family}Config")(**SIZES)
    found = getattr(transformers, f"{family}ForConditionalGeneration")(config)
    with torch.no_grad():
        for name, parameter in found.named_parameters():
            steps = torch.arange(parameter.numel(), dtype=torch.float64)
            parameter.copy_((0.5 * torch.sin(sum(map(ord, name)) % 97 + 0.7 * steps) + ("norm" in name)).reshape(parameter.shape))
    return found.to(dtype).eval()


def answer(model, compiled=False):
    ids = torch.tensor([[5, 9, 2, 31, 7, 1]])
    run = torch.compile(model, backend="eager") if compiled else model
    try:
        found = run(input_ids=ids, labels=ids)
        found.loss.backward()
    except RuntimeError as error:
        return str(error).splitlines()[0]
    gradients = [weight.grad.double().norm().item() for weight in model.parameters() if weight.grad is not None]
    return [found.logits.double().flatten().tolist(), gradients]


def bfloat16():
    return {family: [answer(model(family, torch.bfloat16), compiled) for compiled in (False, True)] for family in FAMILIES}


found = {"bfloat16": bfloat16()}
try:
    from apex import normalization
except ImportError:
    normalization = None
else:
    normalization.calls.clear()
found["float32"] = {family: answer(model(family, torch.float32)) for family in FAMILIES}
if normalization is not None:
    found["fused"] = len(normalization.calls)
    norm = normalization.FusedRMSNorm(8).half()
    for name, states in {"mixed": torch.linspace(-1, 1, 8), "shape": torch.ones(5, dtype=torch.float16)}.items():
        try:
            result = norm(states)
            found[name] = [str(result.dtype), result.tolist()]
        except RuntimeError as error:
            found[name] = str(error)
    hfcompat.revert()
    found["reverted"] = bfloat16()
print(json.dumps(found))
"""


def run(folder: Path | None, asked: str) -> dict[str, object]:
    path = os.pathsep.join([*([str(folder)] if folder else []), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT, asked]
    done = subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def apex(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    (folder / "apex" / "normalization").mkdir(parents=True)
    (folder / "apex" / "__init__.py").write_text("")
    (folder / "apex-0.1.dist-info").mkdir()
    (folder / "apex-0.1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: apex\nVersion: 0.1\n")
    (folder / "apex" / "normalization" / "__init__.py").write_text(textwrap.dedent(APEX))
    return folder


def test_as_without_apex(apex):
    without = run(None, "stock")["bfloat16"]
    stock, asked = run(apex, "stock"), run(apex, "asked")
    assert all(isinstance(answer, list) for answers in without.values() for answer in answers)
    assert asked["bfloat16"] == without
    assert asked["float32"] == stock["float32"], "the kernel is there for float32"
    assert asked["fused"] == stock["fused"]
    assert (stock["fused"] > 0) is TAKEN
    refused = "\"rms_forward_affine\" not implemented for 'BFloat16'"
    assert stock["bfloat16"] == ({family: [refused, refused] for family in without} if TAKEN else without)
    assert asked["reverted"] == stock["bfloat16"]
    assert stock["mixed"] == "expected scalar type Float but found Half"
    assert asked["shape"] == stock["shape"] == "The size of tensor a must match the size of tensor b"
    if TAKEN:
        dtype, numbers = asked["mixed"]
        assert dtype == "torch.float16"
        root = (sum(number**2 for number in (-1 + 2 * i / 7 for i in range(8))) / 8) ** 0.5
        assert numbers == pytest.approx([(-1 + 2 * i / 7) / root for i in range(8)], abs=1e-3)
