"""Gradient checkpointing of layers whose `forward` is wrapped: they are run again, as without us."""

import importlib
from typing import Any

import pytest
import torch
import transformers
from hfcompat_plugins import modeling, models
from packaging.specifiers import SpecifierSet
from packaging.version import Version
from torch import nn
from transformers import BertConfig, BertForMaskedLM, GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

import hfcompat
from hfcompat import Patch

RUNTIME = Version(transformers.__version__)
SIZES = {"vocab_size": 11, "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 2, "num_attention_heads": 2}
MODELS = {
    "llama": (LlamaForCausalLM, LlamaConfig(**SIZES, pad_token_id=0), "model.layers.0.mlp"),
    "bert": (BertForMaskedLM, BertConfig(**SIZES), "bert.encoder.layer.0.intermediate"),
    "gpt2": (GPT2LMHeadModel, GPT2Config(vocab_size=11, n_embd=8, n_layer=2, n_head=2), "transformer.h.0.mlp"),
}
REENTRANT = [False, True]


def _wrapped_layers() -> list[Patch]:
    rows = [row for row in (*modeling.PATCHES, *models.PATCHES) if row.target.endswith(".forward")]
    return [row for row in rows if SpecifierSet(row.when["transformers"], prereleases=True).contains(RUNTIME)]


def runs(name: str, use_reentrant: bool) -> tuple[int, list[float]]:
    """How often a part of the first layer is run in one training step, and the gradients that come out."""
    cls, config, part = MODELS[name]
    torch.manual_seed(0)
    model = cls(config).train()
    model.gradient_checkpointing_enable({"use_reentrant": use_reentrant})
    counted: list[int] = []
    model.get_submodule(part).register_forward_pre_hook(lambda *_: counted.append(1))
    ids = torch.tensor([[3, 4, 5, 6]])
    torch.manual_seed(0)
    model(input_ids=ids, labels=ids).loss.backward()
    return len(counted), [float(p.grad.abs().sum()) for p in model.parameters() if p.grad is not None]


@pytest.mark.parametrize("use_reentrant", REENTRANT)
@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("dialect", [None, "4.57"])
def test_a_layer_is_run_twice(name: str, dialect: str | None, use_reentrant: bool) -> None:
    without = runs(name, use_reentrant)
    with hfcompat.applied(dialect=dialect):
        assert runs(name, use_reentrant) == without
    assert without[0] == 2


@pytest.mark.skipif(
    Version("4.53.0.dev0") > RUNTIME, reason=f"the base class of layers came in 4.53; this is {RUNTIME}"
)
@pytest.mark.parametrize("dialect", [None, "4.57"])
def test_every_wrapped_layer_is_checkpointed(dialect: str | None) -> None:
    from transformers.modeling_layers import GradientCheckpointingLayer

    seen = 0
    with hfcompat.applied(dialect=dialect):
        for row in _wrapped_layers():
            module, _, path = row.target.partition(":")
            cls = getattr(importlib.import_module(module), path.partition(".")[0])
            if not issubclass(cls, GradientCheckpointingLayer):
                continue
            layer: Any = cls.__new__(cls)
            nn.Module.__init__(layer)
            layer.gradient_checkpointing = True
            layer._gradient_checkpointing_func = lambda function, *args: ("checkpointed", len(args))
            assert layer(torch.ones(1, 2, 8)) == ("checkpointed", 1), row.target
            seen += 1
    assert seen or RUNTIME.major < 5
