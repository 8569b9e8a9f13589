"""The stock snippet and that of hfcompat differ by the import alone, and give equal tensors."""

from __future__ import annotations

import copy
import json
import os
import pickle
import re
import subprocess
import sys
from collections import OrderedDict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import auto_folders as folders
import pytest
import torch
import transformers
from packaging.version import Version
from transformers.models.auto import auto_factory, configuration_auto

import hfcompat
from hfcompat.auto import families
from hfcompat.auto.passing import stock
from hfcompat.patch import Status

RUNTIME = Version(version("transformers"))
IDS = torch.tensor([[5, 6, 7, 8, 9, 10, 11, 12]])
NAMES = re.compile(r"\bAuto\w+")

# A line each: the task whose folder is `folder`, and what is done with it.
MAPPING = {
    "AutoModelForCausalLM": ("causal", "AutoModelForCausalLM.from_pretrained(folder)(IDS, labels=IDS)"),
    "AutoModelForImageTextToText": ("image", "AutoModelForImageTextToText.from_pretrained(folder)(**IMAGE)"),
    "AutoModelForSequenceClassification": (
        "sequence",
        "AutoModelForSequenceClassification.from_pretrained(folder)(IDS)",
    ),
    "AutoModelForTextToWaveform": ("waveform", "AutoModelForTextToWaveform.from_pretrained(folder)(IDS)"),
    "AutoModelForSeq2SeqLM": ("seq2seq", "AutoModelForSeq2SeqLM.from_pretrained(folder)(IDS, labels=IDS)"),
    "AutoModelForTokenClassification": ("token", "AutoModelForTokenClassification.from_pretrained(folder)(IDS)"),
    "AutoModel": ("causal", "AutoModel.from_pretrained(folder)(IDS)"),
    "bfloat16": ("causal", "AutoModelForCausalLM.from_pretrained(folder, torch_dtype=torch.bfloat16)(IDS)"),
    "from_config": (
        "causal",
        "seeded(lambda: AutoModelForCausalLM.from_config(AutoConfig.from_pretrained(folder)))(IDS)",
    ),
    "output_loading_info": (
        "causal",
        "AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)[0](IDS)",
    ),
    "AutoTokenizer": ("causal", "AutoTokenizer.from_pretrained(folder)(TEXTS, padding=True, return_tensors='pt')"),
    "AutoProcessor": ("causal", "AutoProcessor.from_pretrained(folder)(TEXTS, padding=True, return_tensors='pt')"),
    "generate": (
        "causal",
        "AutoModelForCausalLM.from_pretrained(folder).generate("
        "AutoTokenizer.from_pretrained(folder)(TEXTS[:1], return_tensors='pt').input_ids, max_new_tokens=8, do_sample=False)",
    ),
    "save_pretrained": ("causal", "saved(AutoModelForCausalLM.from_pretrained(folder))"),
}


@pytest.fixture(autouse=True)
def _as_it_was():
    yield
    hfcompat.revert()


@pytest.fixture(scope="module")
def folder_of(tmp_path_factory):
    made: dict[str, Path] = {}

    def folder_of(task: str) -> Path:
        if task not in made:
            made[task] = folders.folder(task, tmp_path_factory.mktemp(task))
        return made[task]

    return folder_of


def answer(package: str, line: str, folder: Path, tmp_path: Path) -> dict[str, torch.Tensor]:
    def saved(model: Any) -> dict[str, torch.Tensor]:
        model.save_pretrained(tmp_path / package)
        from safetensors.torch import load_file

        return load_file(tmp_path / package / "model.safetensors")

    def seeded(make: Any) -> Any:
        torch.manual_seed(3)
        return make().eval()

    torch.manual_seed(1)
    image = torch.full((1, 4), 90)
    pixels = torch.linspace(-1, 1, 192).reshape(1, 3, 8, 8)
    room = {
        "IDS": IDS, "TEXTS": folders.TEXTS, "IMAGE": {"input_ids": torch.cat([IDS, image], 1), "pixel_values": pixels},
        "folder": folder, "saved": saved, "seeded": seeded, "torch": torch,
    }  # fmt: skip
    exec(f"from {package} import {', '.join(sorted(set(NAMES.findall(line))))}\nfound = {line}", room)
    found = room["found"]
    pairs = found.items() if hasattr(found, "items") else [("", found)]
    return {name: value for name, value in pairs if isinstance(value, torch.Tensor)}


@pytest.mark.parametrize("row", MAPPING)
def test_the_import_alone_differs(row, folder_of, tmp_path):
    task, line = MAPPING[row]
    with torch.no_grad():
        stock = answer("transformers", line, folder_of(task), tmp_path)
        ours = answer("hfcompat", line, folder_of(task), tmp_path)
    assert stock
    assert stock.keys() == ours.keys()
    for name, value in stock.items():
        assert value.dtype == ours[name].dtype
        assert torch.equal(value, ours[name]), name


def test_stock_objects_come_back(folder_of):
    model = hfcompat.AutoModelForCausalLM.from_pretrained(folder_of("causal"))
    assert type(model) is transformers.LlamaForCausalLM
    assert vars(model).keys() == vars(transformers.LlamaForCausalLM.from_pretrained(folder_of("causal"))).keys()
    assert model.forward.__func__ is transformers.LlamaForCausalLM.forward
    assert not hfcompat.report(model).swaps


@pytest.mark.parametrize(("task", "auto"), [
    ("causal", "AutoModelForCausalLM"), ("seq2seq", "AutoModelForSeq2SeqLM"),
    ("sequence", "AutoModelForSequenceClassification"), ("image", "AutoModelForImageTextToText"),
])  # fmt: skip
def test_an_untouched_model_runs_stock_code(folder_of, task, auto):
    """Classes of the modules, and their code, but for the methods that a row names as its target."""
    hfcompat.revert()
    stock = getattr(transformers, auto).from_pretrained(folder_of(task))
    methods = [(type(part), name) for part in stock.modules() for name in ("forward", "__call__")]
    functions = {(owner, name): getattr(owner, name) for owner, name in methods}
    codes = {key: function.__code__ for key, function in functions.items()}
    ours = getattr(hfcompat, auto).from_pretrained(folder_of(task))
    assert [type(part) for part in ours.modules()] == [type(part) for part in stock.modules()]
    assert not any("forward" in vars(part) for part in ours.modules())
    wrapped = {
        str(record.target): record.key for record in hfcompat.report().records if record.status is Status.INSTALLED
    }
    rows = set()
    for (owner, name), function in functions.items():
        lies_in = next(base for base in owner.__mro__ if name in vars(base))
        row = wrapped.get(f"{lies_in.__module__}:{lies_in.__qualname__}.{name}")
        assert (getattr(owner, name) is function) is (row is None), f"{owner.__name__}.{name}, {row}"
        rows.add(row)
    assert None in rows
    hfcompat.revert()
    for (owner, name), code in codes.items():
        assert getattr(owner, name) is functions[owner, name]
        assert getattr(owner, name).__code__ is code


def test_force_hf_applies_nothing(folder_of):
    hfcompat.AutoModelForCausalLM.from_pretrained(folder_of("causal"), force_hf=True)
    hfcompat.AutoConfig.from_pretrained(folder_of("causal"), force_hf=True)
    assert hfcompat.api.LEDGER.policy is None
    with pytest.raises(TypeError):
        hfcompat.AutoModelForCausalLM.from_pretrained(folder_of("causal"), force_hf=True, sdpa_method="math")


def test_keywords_of_both_generations(folder_of):
    path = folder_of("causal")
    load = hfcompat.AutoModelForCausalLM.from_pretrained
    for name in ("dtype", "torch_dtype"):
        for value in (torch.bfloat16, "bfloat16"):
            assert load(path, **{name: value}).dtype is torch.bfloat16
        assert load(path, **{name: "auto"}).dtype is torch.float32
    assert load(path, dtype=torch.bfloat16, torch_dtype=torch.bfloat16).dtype is torch.bfloat16
    with pytest.raises(ValueError, match=r"dtype=.* and .*dtype=.* are both given"):
        load(path, dtype=torch.bfloat16, torch_dtype=torch.float32)
    assert load(path, use_auth_token="x", trust_remote_code=True, low_cpu_mem_usage=True).training is False
    with pytest.raises(ValueError, match=r"both given"):
        load(path, use_auth_token="x", token="y")
    config = hfcompat.AutoConfig.from_pretrained(path)
    for name in ("dtype", "torch_dtype"):
        made = hfcompat.AutoModelForCausalLM.from_config(config, **{name: torch.bfloat16})
        assert made.dtype is torch.bfloat16


def test_a_dtype_and_its_name_are_one_value(folder_of):
    for value in (torch.bfloat16, "bfloat16"):
        model = hfcompat.AutoModelForCausalLM.from_pretrained(
            folder_of("causal"), dtype=torch.bfloat16, torch_dtype=value
        )
        assert model.dtype is torch.bfloat16


def test_a_subclass_of_somebodys_own(folder_of):
    class Mine(hfcompat.AutoModelForCausalLM):
        pass

    class Ours(hfcompat.AutoModelForMultimodalLM):
        pass

    assert type(Mine.from_pretrained(folder_of("causal"))) is transformers.LlamaForCausalLM
    assert type(Ours.from_pretrained(folder_of("audio"))).__name__ == "Qwen2AudioForConditionalGeneration"
    assert Mine._model_mapping is transformers.AutoModelForCausalLM._model_mapping


def test_models_of_somebodys_own(folder_of):
    """A subclass, or the class itself, that is given a `_model_mapping` goes by it, as that of transformers does."""
    path, config = folder_of("causal"), transformers.AutoConfig.from_pretrained(folder_of("causal"))

    def of(**models: str) -> Any:
        return auto_factory._LazyAutoMapping(configuration_auto.CONFIG_MAPPING_NAMES, OrderedDict(models))

    for package in (transformers, hfcompat):
        mine = type("Mine", (package.AutoModelForCausalLM,), {"_model_mapping": of(llama="LlamaModel")})
        assert type(mine.from_pretrained(path)) is type(mine.from_config(config)) is transformers.LlamaModel
        other = type("Other", (package.AutoModelForCausalLM,), {"_model_mapping": of(bert="BertModel")})
        for load in (lambda other=other: other.from_pretrained(path), lambda other=other: other.from_config(config)):
            with pytest.raises(ValueError, match=r"this kind of AutoModel: Other\.\s.*should be one of BertConfig"):
                load()

        class NewConfig(transformers.LlamaConfig):
            model_type = "new_family"

        class NewModel(transformers.LlamaModel):
            config_class = NewConfig

        other.register(NewConfig, NewModel)
        assert other._model_mapping[NewConfig] is NewModel
        assert NewConfig not in transformers.AutoModelForCausalLM._model_mapping


def test_the_mapping_of_the_class_itself(folder_of, monkeypatch):
    bare = auto_factory._LazyAutoMapping(
        configuration_auto.CONFIG_MAPPING_NAMES, OrderedDict(llama="LlamaForSequenceClassification")
    )
    monkeypatch.setattr(hfcompat.AutoModelForSeq2SeqLM, "_model_mapping", bare, raising=False)
    made = hfcompat.AutoModelForSeq2SeqLM.from_config(transformers.AutoConfig.from_pretrained(folder_of("causal")))
    assert type(made) is transformers.LlamaForSequenceClassification


def test_a_subclass_that_is_instantiated():
    """The class of transformers raises in `__init__`, which a subclass may have of its own."""

    class Loader(hfcompat.AutoModelForCausalLM):
        def __init__(self, path: str) -> None:
            self.path = path

    class Mine(hfcompat.AutoModelForCausalLM):
        pass

    loader = Loader("folder")
    assert isinstance(loader, hfcompat.AutoModelForCausalLM)
    assert loader.path == "folder"
    with pytest.raises(OSError, match=r"Mine\.from_pretrained"):
        Mine()


@pytest.mark.parametrize("attn", [{}, {"attn_implementation": "sdpa"}], ids=["", "sdpa"])
@pytest.mark.parametrize("task", ["causal", "audio"])
def test_what_is_no_configuration(folder_of, task, attn):
    """`from_pretrained` of transformers passes over it and reads the file; `from_config` says what it wants."""
    auto = {"causal": hfcompat.AutoModelForCausalLM, "audio": hfcompat.AutoModelForMultimodalLM}[task]
    path = folder_of(task)
    expected = type(auto.from_pretrained(path))
    for config in (5, {"model_type": "llama"}, str(folder_of("sequence")), "no/such"):
        assert type(auto.from_pretrained(path, config=config, **attn)) is expected
    for config in (5, None, str(path)):
        with pytest.raises((ValueError, AttributeError), match="Unrecognized configuration class|_name_or_path"):
            auto.from_config(config, **attn)


def test_an_adapter_is_of_the_family_of_its_base(folder_of, tmp_path):
    """A folder of PEFT's has no config.json; the Auto class that stands in before 5.0 goes by that of the base."""
    base = folder_of("audio")
    (tmp_path / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": str(base)}))
    config = families.look(tmp_path, {})
    assert config["model_type"] == "qwen2_audio"
    assert stock(hfcompat.AutoModelForMultimodalLM, config) is stock(
        hfcompat.AutoModelForMultimodalLM, families.look(base, {})
    )
    for name in (str(tmp_path), None, 7):
        (tmp_path / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": name}))
        assert families.look(tmp_path, {}) == {}


def test_the_rest_is_the_stock_class_own(folder_of):
    assert hfcompat.AutoModelForCausalLM._model_mapping is transformers.AutoModelForCausalLM._model_mapping
    with pytest.raises(AttributeError, match="no_such_thing"):
        _ = hfcompat.AutoModel.no_such_thing
    with pytest.raises(OSError, match="from_pretrained"):
        hfcompat.AutoModel()
    with pytest.raises(ImportError):
        exec("from hfcompat import AutoModelForNothing", {})


def test_multimodal_where_the_name_is_missing(folder_of):
    """The name is new in 5.0; audio families are in other mappings before it."""
    for task, expected in (("image", "LlavaForConditionalGeneration"), ("audio", "Qwen2AudioForConditionalGeneration")):
        model = hfcompat.AutoModelForMultimodalLM.from_pretrained(folder_of(task))
        assert type(model).__name__ == expected
        again = hfcompat.AutoModelForMultimodalLM.from_config(model.config)
        assert type(again) is type(model)


def test_checkpointer(folder_of, tmp_path):
    """What `checkpointer="dual"` saves says both vocabularies, and loads equal; without one nothing has changed."""
    model = hfcompat.AutoModelForCausalLM.from_pretrained(folder_of("causal"))
    model.config.rope_theta = 5e5
    saved = model.save_pretrained(tmp_path / "dual", checkpointer="dual")
    assert saved.path == tmp_path / "dual"
    config = json.loads((tmp_path / "dual/config.json").read_text())
    assert config["rope_theta"] == config["rope_parameters"]["rope_theta"]
    model.save_pretrained(tmp_path / "4", checkpointer=hfcompat.checkpoints.Checkpointer("4.57"), max_shard_size="20KB")
    assert "rope_parameters" not in json.loads((tmp_path / "4/config.json").read_text())
    assert len(list((tmp_path / "4").glob("*.safetensors"))) > 1
    for name in ("dual", "4"):
        again = hfcompat.AutoModelForCausalLM.from_pretrained(tmp_path / name)
        assert all(torch.equal(value, again.state_dict()[key]) for key, value in model.state_dict().items())
    with pytest.raises(TypeError, match="variant"):
        model.save_pretrained(tmp_path / "no", checkpointer="dual", variant="fp16")
    with pytest.raises(ValueError, match="no dialect 'tripel'"):
        model.save_pretrained(tmp_path / "no", checkpointer="tripel")
    assert not (tmp_path / "no").exists()
    assert model.save_pretrained(tmp_path / "no", False, checkpointer="dual") is None
    assert not (tmp_path / "no").exists()


REMOTE = """
from transformers import PretrainedConfig

class Config(PretrainedConfig):
    model_type = "{name}"

class Thing:
    __slots__ = ()

class Model:
    config_class = Config

    @classmethod
    def register_for_auto_class(cls, auto_class=None):
        pass

    @classmethod
    def from_pretrained(cls, *args, **kwargs):
        return {made}

    _from_config = from_pretrained
"""


@pytest.mark.parametrize(("name", "made"), [("slotted", "Thing()"), ("nothing", "()")])
def test_whatever_remote_code_returns(tmp_path, name, made):
    (tmp_path / f"modeling_{name}.py").write_text(REMOTE.format(name=name, made=made))
    code = {"AutoConfig": f"modeling_{name}.Config", "AutoModel": f"modeling_{name}.Model"}
    (tmp_path / "config.json").write_text(json.dumps({"model_type": name, "auto_map": code}))
    stock, ours = (
        package.AutoModel.from_pretrained(tmp_path, trust_remote_code=True) for package in (transformers, hfcompat)
    )
    assert type(ours).__name__ == type(stock).__name__ == {"slotted": "Thing", "nothing": "tuple"}[name]
    config = hfcompat.AutoConfig.from_pretrained(tmp_path, trust_remote_code=True)
    assert type(hfcompat.AutoModel.from_config(config, trust_remote_code=True)).__name__ == type(ours).__name__


def test_copies(folder_of):
    model = hfcompat.AutoModelForCausalLM.from_pretrained(folder_of("causal"))
    for again in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert torch.equal(model(IDS).logits, again(IDS).logits)


def test_nothing_heavy_is_imported():
    code = (
        "import sys, hfcompat; hfcompat.AutoModelForCausalLM, hfcompat.AutoTokenizer, hfcompat.AutoProcessor\n"
        "import hfcompat.kernels\n"
        "assert not {'torch', 'transformers'} & sys.modules.keys(), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ)


def test_what_is_not_there_is_for_transformers_to_say(tmp_path):
    with pytest.raises((OSError, ValueError), match=r"config\.json"):
        hfcompat.AutoModelForCausalLM.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text('{"model_type": "no_such_family"}')
    with pytest.raises((ValueError, KeyError), match="no_such_family"):
        hfcompat.AutoModelForCausalLM.from_pretrained(tmp_path)
