"""Names of 5.x are there, and do what they do on 5.23.0."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hfcompat_plugins.v5 import PATCHES
from hfcompat_plugins.v5.wheel import HOMES
from packaging.version import Version
from v5_imports import IMPORTED
from v5_names import CASES

import hfcompat
from hfcompat import Kind, sideload
from hfcompat.environment import Environment
from hfcompat.patch import Target

ANSWERS = json.loads((Path(__file__).parent / "answers-names.json").read_text())
RUNTIME = Environment().transformers
OLD = Version("5.0.0.dev0") > RUNTIME
NAMES = [(module, name) for module, names in IMPORTED.items() for name in names.split()]
SCRIPT = """
import importlib, json, sys
from v5_imports import IMPORTED
if sys.argv[1] == "applied":
    import hfcompat
    hfcompat.apply()
missing = []
for module, names in IMPORTED.items():
    for name in names.split():
        try:
            try:
                getattr(importlib.import_module(module), name)
            except AttributeError:
                importlib.import_module(f"{module}.{name}")
        except ImportError:
            missing.append(f"{module}.{name}")
print(json.dumps(missing))
"""

pytestmark = pytest.mark.skipif(
    not (Version("4.56.0.dev0") <= RUNTIME < Version("5.0.0.dev0") or str(RUNTIME) == "5.23.0"),
    reason="configurations of 5.x are served on 4.56 and 4.57, and the answers are those of 5.23.0",
)


def approximately(value):
    if isinstance(value, float):
        return pytest.approx(value, rel=1e-4, abs=1e-5)
    if isinstance(value, (list, tuple)):
        return [approximately(item) for item in value]
    return {str(key): approximately(item) for key, item in value.items()} if isinstance(value, dict) else value


def listed(value):
    """As JSON has it."""
    if isinstance(value, (list, tuple)):
        return [listed(item) for item in value]
    return {str(key): listed(item) for key, item in value.items()} if isinstance(value, dict) else value


def applying(**how):
    """5.23.0 answers by itself."""
    return hfcompat.applied(**how) if OLD else contextlib.nullcontext()


@pytest.fixture(scope="module")
def applied():
    with applying():
        yield


@pytest.mark.parametrize("name", CASES)
def test_answers_as_recorded(applied, name):
    assert listed(CASES[name][0]()) == approximately(ANSWERS[name])


def _missing(how):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, how], cwd=Path(__file__).parent, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout.splitlines()[-1])


def test_all_names_are_there_and_none_was():
    assert len(NAMES) > 110
    assert _missing("applied") == []
    # 4.56 and 4.57 differ in none of them; on 5.23.0 they are its own.
    assert len(_missing("stock")) == (len(NAMES) if OLD else 0)


def test_each_name_is_tried_or_is_the_wheels():
    tried = {name for _, names in CASES.values() for name in names.split()}
    rows = {Target.parse(patch.target).name for patch in PATCHES if patch.kind is Kind.ADD and not patch.behavioural}
    # Aliases of the runtime's own, and one-liners that need what is not installed here.
    plain = {patch.target.rpartition(":")[2] for patch in PATCHES if patch.impl.startswith("transformers.")}
    left = {
        "__path__",
        "PythonBackend",
        "get_interface",
        "get_kernel",
        "is_diffusers_available",
        "sliding_window_bidirectional_mask_function",
    }
    assert rows - tried - set(HOMES) - plain == left


def test_interfaces_of_attention(applied):
    from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

    assert ALL_ATTENTION_FUNCTIONS.get_interface("eager", print) is print
    assert ALL_ATTENTION_FUNCTIONS.get_interface("sdpa", print) is ALL_ATTENTION_FUNCTIONS["sdpa"]
    with pytest.raises(KeyError, match="nonsense"):
        ALL_ATTENTION_FUNCTIONS.get_interface("nonsense", print)


def test_python_backend(applied):
    from transformers import PythonBackend
    from transformers.tokenization_python import PreTrainedTokenizer

    class Letters(PythonBackend):
        vocab_size = 26

        def get_vocab(self):
            return {chr(97 + i): i for i in range(26)}

        def _tokenize(self, text):
            return list(text.replace(" ", ""))

        def _convert_token_to_id(self, token):
            return ord(token) - 97

        def _convert_id_to_token(self, index):
            return chr(97 + index)

    letters = Letters()
    assert letters("a cab")["input_ids"] == [0, 2, 0, 1]
    assert isinstance(letters, PreTrainedTokenizer)


@pytest.mark.skipif(not OLD, reason="5.23.0 has them itself")
@pytest.mark.parametrize("name", HOMES)
def test_without_the_wheel_it_is_said_on_use(applied, monkeypatch, tmp_path, name):
    monkeypatch.setenv("HFCOMPAT_CACHE", str(tmp_path))
    module = "image_processing_backends" if HOMES[name] == "image_processing_backends" else HOMES[name]
    found = getattr(importlib.import_module(f"transformers.{module}"), name)

    class Mine(found):
        """Deriving is no use."""

    said = f"has no {name}, which is in transformers.{HOMES[name]} of {sideload.VERSION}.*hfcompat sideload fetch"
    for call in (found, Mine, lambda: "x" in found):
        with pytest.raises(sideload.SideloadError, match=said):
            call()
    with pytest.raises(AttributeError, match=said):
        Mine.from_pretrained("x")
    assert not hasattr(found, "__wrapped__")


@pytest.mark.skipif(not OLD, reason="5.23.0 has them itself")
def test_with_the_wheel_it_is_its_own(applied):
    try:
        sideload.located()
    except sideload.SideloadError:
        pytest.skip(f"the wheel of {sideload.VERSION} has not been fetched (tests/sideload fetches it)")
    if importlib.util.find_spec("torchvision") is None:
        pytest.skip("image processors need torchvision")
    import numpy as np
    from transformers.image_processing_backends import TorchvisionBackend
    from transformers.image_utils import ChannelDimension

    class Mine(TorchvisionBackend):
        do_resize, size, do_rescale, rescale_factor = True, {"height": 2, "width": 2}, True, 0.5

    pixels = Mine()(np.full((4, 4, 3), 6, dtype=np.uint8), return_tensors="pt", input_data_format=ChannelDimension.LAST)
    assert torch.equal(pixels["pixel_values"], torch.full((1, 3, 2, 2), 3.0))


@pytest.mark.skipif(not OLD, reason="of 4.x")
def test_calls_of_4_are_as_they_were(applied):
    """With and without patches: masks by `cache_position`, and ROPE_INIT_FUNCTIONS of a configuration of the runtime."""
    script = """
import sys, torch
if sys.argv[1] == "applied":
    import hfcompat
    hfcompat.apply()
from transformers import DynamicCache, LlamaConfig, StaticCache
from transformers.masking_utils import create_causal_mask, create_masks_for_generate
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS
config = LlamaConfig(hidden_size=8, num_attention_heads=2, num_hidden_layers=1, rope_scaling={"rope_type": "linear", "factor": 2.0})
config._attn_implementation = "eager"
embeds, mask = torch.zeros(1, 3, 8), torch.tensor([[0, 1, 1]])
out = [create_causal_mask(config, embeds, mask, torch.arange(3), None), create_causal_mask(config=config, input_embeds=embeds, attention_mask=mask, cache_position=torch.arange(3), past_key_values=None)]
out += [create_masks_for_generate(config, embeds, mask, torch.arange(3), DynamicCache())]
out += [ROPE_INIT_FUNCTIONS["linear"](config, "cpu"), sorted(ROPE_INIT_FUNCTIONS), "x" in ROPE_INIT_FUNCTIONS]
cache = StaticCache(config=config, max_cache_len=4)
for at in range(2):
    kept = cache.update(torch.full((1, 2, 1, 4), at + 1.0), torch.ones(1, 2, 1, 4), 0, {"cache_position": torch.tensor([at])})
print([*out, kept])
"""
    printed = [
        subprocess.run(
            [sys.executable, "-c", script, how],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        ).stdout
        for how in ("stock", "applied")
    ]
    assert printed[0] == printed[1]
    assert "2." in printed[0]


@pytest.mark.skipif(not OLD, reason="of 4.x")
def test_what_keeps_a_rope_function_can_be_pickled(applied):
    """A model of the runtime's own, which is what it is without patches, and somebody's object."""
    from transformers import LlamaConfig, LlamaModel
    from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

    sizes = {"vocab_size": 8, "hidden_size": 8, "intermediate_size": 8, "num_attention_heads": 2}
    model = LlamaModel(LlamaConfig(**sizes, num_hidden_layers=1))
    again = pickle.loads(pickle.dumps(model))
    assert again.rotary_emb.rope_init_fn is model.rotary_emb.rope_init_fn
    assert model.rotary_emb.rope_init_fn.__module__.startswith("transformers.")
    function = ROPE_INIT_FUNCTIONS["linear"]
    assert pickle.loads(pickle.dumps(function)) is function is ROPE_INIT_FUNCTIONS["linear"]


@pytest.mark.skipif(not OLD, reason="of 4.x")
@pytest.mark.parametrize("name", ["create_causal_mask", "create_masks_for_generate"])
def test_a_mask_without_arguments_is_refused_as_it_was(applied, name):
    from transformers import LlamaConfig, masking_utils

    with pytest.raises(TypeError, match=rf"{name}\(\) missing .*attention_mask"):
        getattr(masking_utils, name)(LlamaConfig(), torch.zeros(1, 3, 8))
