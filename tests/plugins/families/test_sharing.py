"""Gemma 3n's shared keys and values: as 5.23.0 answers, with a cache and without; and one dict for all layers under FSDP2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
import sharing_cases
import torch
from hfcompat_plugins.families import PATCHES
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from sharing_cases import assert_close

import hfcompat
from hfcompat.patch import Status

RUNTIME = Version(version("transformers"))
pytestmark = pytest.mark.skipif(Version("4.53.dev0") > RUNTIME, reason="Gemma 3n is new in 4.53")
CASES = sharing_cases.CASES
ANSWERS = json.loads((Path(__file__).parent / "answers.json").read_text())
APART = Version("5.6.dev0") > RUNTIME
RIGHT_BY_ITSELF = {"cache", "generated"} | ({"training"} if RUNTIME.major >= 5 else set())
ENABLE = "families:gemma3n.shared-keys*"


@pytest.mark.parametrize("asked", [{"enable": ENABLE}, {"dialect": "5.23"}], ids=["enabled", "dialect"])
@pytest.mark.parametrize("name", CASES)
def test_they_are_shared(name, asked):
    hfcompat.apply(**asked)
    assert_close(CASES[name](sharing_cases.model()), ANSWERS[name])


@pytest.mark.parametrize("name", CASES)
def test_numbers_of_the_runtime_stay_unless_asked(name):
    stock = CASES[name](sharing_cases.model())
    hfcompat.apply(dialect="4.57")
    assert_close(CASES[name](sharing_cases.model()), sharing_cases.plain(stock))
    if APART and name not in RIGHT_BY_ITSELF:
        with pytest.raises(AssertionError):
            assert_close(stock, ANSWERS[name])
    else:
        assert_close(stock, ANSWERS[name])


@pytest.mark.parametrize("attention", ["eager", "sdpa"])
@pytest.mark.parametrize("name", ["no cache", "training"])
def test_compiled(name, attention):
    hfcompat.apply(enable=ENABLE)
    model = sharing_cases.model(attention)
    model.forward = torch.compile(model.forward, backend="eager")
    assert_close(CASES[name](model), ANSWERS[name])


@pytest.mark.skipif(not APART, reason="from 5.6 they are shared")
def test_taken_back():
    from transformers.models.gemma3n import modeling_gemma3n as module

    before = module.Gemma3nTextModel.forward, module.Gemma3nTextAttention.forward
    stock = CASES["no cache"](sharing_cases.model())
    with hfcompat.applied(enable=ENABLE):
        assert module.Gemma3nTextModel.forward is not before[0]
        assert not torch.equal(CASES["no cache"](sharing_cases.model()), stock)
    assert (module.Gemma3nTextModel.forward, module.Gemma3nTextAttention.forward) == before
    assert torch.equal(CASES["no cache"](sharing_cases.model()), stock)


@pytest.mark.skipif(not APART, reason="from 5.6 they are shared")
def test_without_shared_layers_nothing_is_lent():
    hfcompat.apply(enable=ENABLE)
    model = sharing_cases.model()
    for layer in model.model.layers:
        layer.self_attn.is_kv_shared_layer = False
    calls = []
    model.model.layers[0].self_attn.register_forward_pre_hook(
        lambda module, args, kwargs: calls.append(kwargs), with_kwargs=True
    )
    sharing_cases.logits(model, use_cache=False)
    assert "lent" not in calls[0]


@pytest.mark.parametrize("asked", [{}, {"enable": ENABLE}], ids=["told", "mended"])
def test_told_when_the_config_is_read(tmp_path, asked, caplog):
    from transformers import AutoConfig

    sharing_cases.model().config.save_pretrained(tmp_path)
    hfcompat.apply(**asked)
    with caplog.at_level("WARNING", "hfcompat"):
        AutoConfig.from_pretrained(tmp_path)
    assert ("layers that share keys and values compute their own" in caplog.text) is (APART and not asked)


# Two processes, in which the policy casts what comes in: torch makes every dict among the arguments anew.
SHARDED = """
import os, sys
import torch
import torch.distributed as dist
from torch.distributed.fsdp import MixedPrecisionPolicy, fully_shard

import hfcompat

def rank(rank, family, asked, out):
    dist.init_process_group("gloo", init_method=f"file://{out}.store", rank=rank, world_size=2)
    if asked:
        hfcompat.apply()
    sys.path.insert(0, os.environ["HERE"])
    import sharing_cases
    model = sharing_cases.model(family=family)
    policy = MixedPrecisionPolicy(param_dtype=torch.float32, cast_forward_inputs=True)
    for layer in model.model.layers:
        fully_shard(layer, mp_policy=policy)
    fully_shard(model, mp_policy=policy)
    try:
        found = sharing_cases.logits(model, use_cache=False)
    except KeyError as error:
        found = f"KeyError: {error}"
    if rank == 0:
        torch.save(found, out)
    dist.destroy_process_group()

if __name__ == "__main__":
    family, asked, out = sys.argv[1:]
    torch.multiprocessing.spawn(rank, (family, asked == "asked", out), 2)
"""
COPIED = {patch.id.partition(".")[0]: patch for patch in PATCHES if patch.id.endswith("one-shared-dict")}


@pytest.mark.parametrize("family", COPIED)
def test_one_dict_for_all_layers_under_fsdp2(family, tmp_path):
    if not SpecifierSet(COPIED[family].when["transformers"]).contains(RUNTIME, prereleases=True):
        pytest.skip(f"{family} has a dict that FSDP2 takes apart in {COPIED[family].when['transformers']}")
    whole = sharing_cases.logits(sharing_cases.model(family=family), use_cache=False)
    script = tmp_path / "sharded.py"
    script.write_text(SHARDED)
    found = {}
    for asked in ("stock", "asked"):
        out = tmp_path / asked
        command = [sys.executable, str(script), family, asked, str(out)]
        subprocess.run(command, env={**os.environ, "HERE": str(Path(__file__).parent)}, check=True, timeout=300)
        found[asked] = torch.load(out)
    assert isinstance(found["stock"], str), "stock has one dict for all"
    torch.testing.assert_close(found["asked"], whole)


def test_where_the_rows_act():
    import transformers.models.gemma3n.modeling_gemma3n  # noqa: F401

    hfcompat.apply(enable="families:*")
    found = {record.key: record.status for record in hfcompat.report().records if record.key.startswith("families:")}
    for patch in PATCHES[:3]:
        active = SpecifierSet(patch.when["transformers"]).contains(RUNTIME, prereleases=True)
        assert found[f"families:{patch.id}"] is (Status.INSTALLED if active else Status.SKIPPED), patch.id
