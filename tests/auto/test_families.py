"""A family that the runtime lacks comes from somebody's plugin, with the first call that needs it."""

from __future__ import annotations

import json
import sys
import textwrap

import pytest
import torch
import transformers

import hfcompat
from hfcompat.auto.families import Backport, all_backports
from hfcompat.environment import Environment

PLUGIN = """
    from hfcompat import hookimpl
    from hfcompat.auto.families import Backport

    @hookimpl
    def hfcompat_backports():
        row = dict(impl="{name}_models:register", reason="A family of the test.", upstream="https://example.org")
        return [
            Backport("{name}_new", when={{"transformers": ">=4.49.0.dev0"}}, **row),
            Backport("{name}_old", when={{"transformers": "<4.49.0.dev0"}}, **row),
        ]
"""
MODELS = """
    import transformers

    class NewConfig(transformers.LlamaConfig):
        model_type = "{name}_new"

    class NewForCausalLM(transformers.LlamaForCausalLM):
        config_class = NewConfig

    def register():
        transformers.AutoConfig.register("{name}_new", NewConfig)
        transformers.AutoModelForCausalLM.register(NewConfig, NewForCausalLM)
"""


@pytest.fixture
def plugin(tmp_path, monkeypatch, request):
    """A distribution with a plugin of an own name, since what is registered stays for the process."""
    name = f"backport_{abs(hash(request.node.name)) % 10**8}"
    place = tmp_path / "site"
    info = place / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[hfcompat]\n{name} = {name}_plugin\n")
    (place / f"{name}_plugin.py").write_text(textwrap.dedent(PLUGIN.format(name=name)))
    (place / f"{name}_models.py").write_text(textwrap.dedent(MODELS.format(name=name)))
    monkeypatch.syspath_prepend(str(place))
    yield name
    hfcompat.revert()
    for module in [m for m in sys.modules if m.startswith(name)]:
        del sys.modules[module]


def test_it_is_brought(plugin, tmp_path):
    import auto_folders as folders

    path = folders.folder("causal", tmp_path / "model")
    config = json.loads((path / "config.json").read_text())
    (path / "config.json").write_text(json.dumps(config | {"model_type": f"{plugin}_new"}))
    with pytest.raises((ValueError, KeyError), match="_new"):
        transformers.AutoConfig.from_pretrained(path)
    assert hfcompat.AutoConfig.from_pretrained(path).model_type == f"{plugin}_new"
    model = hfcompat.AutoModelForCausalLM.from_pretrained(path)
    assert type(model).__name__ == "NewForCausalLM"
    ids = torch.tensor([[5, 6, 7]])
    assert torch.equal(model(ids).logits, folders.build("causal")(ids).logits)
    assert isinstance(hfcompat.AutoTokenizer.from_pretrained(path)("the dog").input_ids, list)


def test_a_section_that_only_its_wrapper_knows(tmp_path, monkeypatch):
    """4.49 has Qwen2.5-VL, and no model type for its text: what 5.23.0 writes into text_config is for nobody to bring."""
    monkeypatch.setenv("HFCOMPAT_CACHE", str(tmp_path / "none"))
    sections = {"text_config": {"model_type": "qwen2_5_vl_text"}, "vision_config": {"model_type": "qwen2_5_vl"}}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "qwen2_5_vl", **sections}))
    assert type(hfcompat.AutoConfig.from_pretrained(tmp_path)).__name__ == "Qwen2_5_VLConfig"
    hfcompat.revert()


def test_ranges_are_kept(plugin):
    assert f"{plugin}_new" in all_backports(Environment())
    assert f"{plugin}_old" not in all_backports(Environment())
    assert f"{plugin}_new" not in all_backports(Environment.of(transformers="4.40.0"))


def test_bad_declarations_are_named():
    row = Backport("", "no function", {"transformers": "new"}, "", "")
    assert row.problems() == [
        "model_type is empty",
        "reason is empty",
        "upstream is empty",
        "impl 'no function' is not 'package.module:function'",
        "range 'new' for 'transformers' is no PEP 440 specifier",
    ]
