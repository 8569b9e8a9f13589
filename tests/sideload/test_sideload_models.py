"""Families of 5.23.0 on 4.56 and 4.57: answers that 5.23.0 gave, and what the runtime's own code asks of a model."""

import copy
import importlib
import importlib.util
import json
import multiprocessing
import pickle
import shutil
import sys

import pytest
from sideload_models import FAMILIES, IDS, RECORDED, answers

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
from safetensors.torch import load_file  # noqa: E402

import hfcompat  # noqa: E402
from hfcompat import sideload  # noqa: E402
from hfcompat.origin import is_native  # noqa: E402
from hfcompat.sideload import policy, support  # noqa: E402
from hfcompat.sideload.relocation import ALIAS  # noqa: E402

pytestmark = pytest.mark.usefixtures("wheel")

ONE = "qwen3_5_moe_text"
"""Linear attention, and experts that are fused in memory and apart on disk."""


@pytest.fixture(params=FAMILIES)
def folder(request):
    return RECORDED / request.param


def load(name=ONE, **kwargs):
    return hfcompat.AutoModelForCausalLM.from_pretrained(RECORDED / name, **kwargs)


def logits(model):
    with torch.no_grad():
        return model(input_ids=torch.tensor(IDS)).logits


def recorded(name=ONE):
    return load_file(RECORDED / name / "answers.safetensors")


def test_answers(folder):
    model, told = load(folder.name, output_loading_info=True)
    assert not any(told.values()), told
    meant, found = recorded(folder.name), answers(model, torch.tensor(IDS))
    assert found.keys() == meant.keys()
    for name, value in meant.items():
        if value.is_floating_point():
            torch.testing.assert_close(
                found[name], value, rtol=1e-5, atol=1e-6, msg=lambda told, name=name: f"{name}: {told}"
            )
        else:
            assert torch.equal(found[name], value), name


def test_bfloat16(folder):
    model = load(folder.name, dtype=torch.bfloat16)
    assert model.dtype == torch.bfloat16
    meant = load_file(folder / "bfloat16.safetensors")["logits"]
    torch.testing.assert_close(logits(model), meant, rtol=2e-2, atol=2e-2)


def test_without_a_dtype_it_is_the_default_of_the_runtime(tmp_path):
    load(dtype=torch.bfloat16).save_pretrained(tmp_path)
    assert hfcompat.AutoModelForCausalLM.from_pretrained(tmp_path).dtype == torch.float32
    assert hfcompat.AutoModelForCausalLM.from_pretrained(tmp_path, dtype="auto").dtype == torch.bfloat16


def test_compiled(folder):
    model = load(folder.name)
    torch.testing.assert_close(logits(torch.compile(model, backend="eager")), logits(model))


def test_saved_as_5_has_it(folder, tmp_path):
    """Names, tensors and words of the configuration are those that 5.23.0 wrote."""
    load(folder.name).save_pretrained(tmp_path)
    meant, found = load_file(folder / "model.safetensors"), load_file(tmp_path / "model.safetensors")
    assert found.keys() == meant.keys()
    assert all(torch.equal(found[name], meant[name]) for name in meant)
    ours, theirs = (json.loads((where / "config.json").read_text()) for where in (tmp_path, folder))
    assert ours == theirs


def test_in_shards(folder, tmp_path):
    load(folder.name).save_pretrained(tmp_path, max_shard_size="5KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 2
    model = hfcompat.AutoModelForCausalLM.from_pretrained(tmp_path, device_map="cpu")
    torch.testing.assert_close(logits(model), recorded(folder.name)["logits"], rtol=1e-5, atol=1e-6)


def test_a_state_dict_as_it_was_saved(folder):
    """Trainer resumes by `load_state_dict(..., strict=False)`, which would leave out what has another name."""
    model = load(folder.name)
    other = type(model)(copy.deepcopy(model.config)).eval()
    told = other.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    assert set(told.missing_keys) <= {"lm_head.weight"}
    assert not told.unexpected_keys
    assert torch.equal(logits(other), logits(model))


def test_a_state_dict_that_does_not_fit():
    with pytest.raises(RuntimeError, match=r"Missing key|Unexpected key"):
        load().load_state_dict({"another.weight": torch.ones(1)})


def test_what_it_is():
    model = load()
    assert isinstance(model, transformers.PreTrainedModel)
    assert isinstance(model, transformers.GenerationMixin)
    assert isinstance(model.config, transformers.PretrainedConfig)
    assert isinstance(model.generation_config, transformers.GenerationConfig)
    assert isinstance(model(input_ids=torch.tensor(IDS)), transformers.utils.ModelOutput)
    assert type(model).__module__ == f"{ALIAS}.models.qwen3_5_moe.modeling_qwen3_5_moe"
    assert is_native(model)
    assert type(model.config) in transformers.AutoModelForCausalLM._model_mapping


def test_models_of_the_runtime_go_on(tmp_path):
    """Both versions put names of the same kind on classes of torch."""
    load()
    words = dict(vocab_size=40, hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2)
    own = transformers.AutoModelForCausalLM.from_config(transformers.LlamaConfig(**words))
    own.save_pretrained(tmp_path)
    again = transformers.AutoModelForCausalLM.from_pretrained(tmp_path)
    assert torch.equal(logits(again), logits(own))
    assert torch.equal(logits(load()), logits(load()))


def test_the_runtimes_generation_config():
    model, ids = load(), torch.tensor(IDS)
    said = transformers.GenerationConfig(max_new_tokens=6, do_sample=False, pad_token_id=0)
    assert torch.equal(model.generate(ids, generation_config=said), recorded()["greedy"])
    other = transformers.GenerationConfig(max_new_tokens=6, do_sample=False, pad_token_id=0, repetition_penalty=50.0)
    assert not torch.equal(model.generate(ids, generation_config=other), recorded()["greedy"])


@pytest.mark.parametrize("kind", ["DynamicCache", "StaticCache"])
def test_a_cache_of_the_runtime(kind):
    """A program's own loop over tokens hands over the runtime's classes."""
    sizes = dict(vocab_size=64, hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=2)
    config = hfcompat.AutoConfig.for_model("cwm", **sizes, num_key_value_heads=2)
    model = hfcompat.AutoModelForCausalLM.from_config(config).eval()
    cache = getattr(transformers, kind)(**({"config": config, "max_cache_len": 32} if kind == "StaticCache" else {}))
    ids = torch.tensor(IDS)
    with torch.no_grad():
        model(input_ids=ids[:, :3], past_key_values=cache, use_cache=True)
        last = model(input_ids=ids[:, 3:], past_key_values=cache, use_cache=True).logits
    torch.testing.assert_close(last, logits(model)[:, 3:], rtol=1e-4, atol=1e-5)
    assert int(cache.get_seq_length()) == ids.shape[1]


def test_an_attention_function_of_the_runtime():
    calls, eager = [], load(attn_implementation="eager")

    def doubled(module, query, key, value, attention_mask, scaling, dropout=0.0, **kwargs):
        calls.append(query.shape)
        key, value = (x.repeat_interleave(module.num_key_value_groups, dim=1) for x in (key, value))
        found = torch.nn.functional.scaled_dot_product_attention(query, key, value, scale=scaling, is_causal=True)
        return found.transpose(1, 2).contiguous(), None

    transformers.AttentionInterface.register("doubled", doubled)
    try:
        found = logits(load(attn_implementation="doubled"))
    finally:
        del transformers.AttentionInterface._global_mapping["doubled"]
    assert len(calls) == 1
    torch.testing.assert_close(found, logits(eager), rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="nobody"):
        type(eager)._from_config(copy.deepcopy(eager.config), attn_implementation="nobody")


def _module_of(pickled, answer):
    answer.put(type(pickle.loads(pickled)).__module__)


def test_a_child_that_was_spawned_finds_the_classes():
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    child = context.Process(target=_module_of, args=(pickle.dumps(load().config), answer))
    child.start()
    assert answer.get(timeout=300) == f"{ALIAS}.models.qwen3_5_moe.configuration_qwen3_5_moe"
    child.join()


def test_gradient_checkpointing(folder):
    def gradients(model):
        model.train()
        model(input_ids=torch.tensor(IDS), labels=torch.tensor(IDS)).loss.backward()
        return [parameter.grad for parameter in model.parameters() if parameter.grad is not None]

    plain, less = load(folder.name), load(folder.name)
    less.gradient_checkpointing_enable()
    assert less.is_gradient_checkpointing
    for one, other in zip(gradients(plain), gradients(less), strict=True):
        torch.testing.assert_close(one, other)


def test_adapters():
    peft = pytest.importorskip("peft", reason="peft is no dependency of hfcompat")
    config = peft.LoraConfig(r=2, target_modules=["q_proj", "in_proj_qkv"], init_lora_weights=False)
    model = peft.get_peft_model(load(), config)
    changed = logits(model)
    assert not torch.equal(changed, recorded()["logits"])
    torch.testing.assert_close(logits(model.merge_and_unload()), changed, rtol=1e-4, atol=1e-5)


def test_a_pipeline_of_the_runtime():
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = Tokenizer(models.WordLevel({f"w{index}": index for index in range(40)}, unk_token="w0"))
    words.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=words, pad_token="w0", unk_token="w0")
    pipe = transformers.pipeline("text-generation", model=load(), tokenizer=tokenizer)
    text = " ".join(f"w{index}" for index in IDS[0])
    found = pipe(text, max_new_tokens=6, do_sample=False)[0]["generated_text"]
    assert tokenizer(found)["input_ids"] == recorded()["greedy"][0].tolist()


def test_names_of_the_top_level():
    top = importlib.import_module(ALIAS)
    assert top.CLIPTokenizerFast is top.CLIPTokenizer
    assert top.CLIPVisionModel.__module__ == f"{ALIAS}.models.clip.modeling_clip"
    assert top.Qwen2VLImageProcessorPil.__module__ == f"{ALIAS}.models.qwen2_vl.image_processing_pil_qwen2_vl"
    assert top.Glm46VForConditionalGeneration.__module__ == f"{ALIAS}.models.glm46v.modeling_glm46v"
    assert top.AutoModel.__module__ == f"{ALIAS}.models.auto.modeling_auto"
    assert top.is_torch_available()
    with pytest.raises(AttributeError):
        top.TransfoXLModel  # noqa: B018


def test_families_of_the_runtime_are_its_own():
    mapping = importlib.import_module("transformers.models.auto.configuration_auto").CONFIG_MAPPING
    load()
    assert mapping["llama"] is transformers.LlamaConfig
    assert not sideload.brought("llama")
    assert sideload.brought("qwen3_5_moe_text")
    assert sideload.brought("qwen3_5_moe")


def test_a_family_that_is_in_neither():
    assert not sideload.bring("no_such_family")
    with pytest.raises(ValueError, match="no_such_family"):
        hfcompat.AutoConfig.for_model("no_such_family")


@pytest.fixture
def nothing_fetched(monkeypatch, tmp_path):
    monkeypatch.setenv("HFCOMPAT_CACHE", str(tmp_path))


@pytest.mark.usefixtures("nothing_fetched")
def test_not_fetched():
    with pytest.raises(sideload.SideloadError, match=r"does not have 'dots3_note': .* run: hfcompat sideload fetch"):
        sideload.bring("dots3_note")
    assert not sideload.bring("no_such_family")


@pytest.mark.usefixtures("nothing_fetched")
def test_code_that_comes_with_the_checkpoint_needs_no_wheel(tmp_path):
    from hfcompat.auto import families

    words = {"model_type": "dots3_note", "auto_map": {"AutoConfig": "configuration_own.Config"}}
    (tmp_path / "config.json").write_text(json.dumps(words))
    assert families.look(tmp_path, {}) == words
    del words["auto_map"]
    (tmp_path / "config.json").write_text(json.dumps(words))
    with pytest.raises(sideload.SideloadError):
        families.look(tmp_path, {})


def test_a_package_that_is_missing_is_named(monkeypatch):
    def register(kinds):
        try:
            importlib.import_module("no_such_package")
        except ModuleNotFoundError as error:
            raise ModuleNotFoundError("Could not import module") from error

    monkeypatch.setattr(support.registration, "register", register)
    with pytest.raises(sideload.SideloadError, match=r"needs no_such_package.*pip install no_such_package"):
        sideload.bring("higgs_audio_v2_tokenizer")
    assert not sideload.brought("higgs_audio_v2_tokenizer")


@pytest.mark.skipif(importlib.util.find_spec("torchaudio") is not None, reason="torchaudio is installed")
def test_a_model_that_needs_torchaudio():
    config = hfcompat.AutoConfig.for_model("higgs_audio_v2_tokenizer")
    with pytest.raises(ImportError, match="torchaudio"):
        transformers.AutoModel.from_config(config)


def test_nothing_else_of_the_process_is_changed():
    """Each of these tables would be the easy place for a bridge."""
    import huggingface_hub.dataclasses as strict

    load()
    assert {validator.__module__ for validator in strict._BASIC_TYPE_VALIDATORS.values()} == {strict.__name__}
    assert [finder for finder in sys.meta_path if type(finder).__module__.startswith("hfcompat.sideload")][1:] == []
    for module, name in (("modeling_utils", "PreTrainedModel"), ("configuration_utils", "PretrainedConfig")):
        own = vars(getattr(importlib.import_module(f"transformers.{module}"), name))
        assert not [
            key for key, value in own.items() if str(getattr(value, "__module__", "")).startswith("hfcompat.sideload")
        ]


def test_each_family_imports(wheel):
    """All modeling files of families that the runtime does not have."""
    there = importlib.import_module("transformers.models.auto.configuration_auto").CONFIG_MAPPING._mapping
    new = sorted({family for kind, family in support.families().items() if kind not in there})
    failed = {}
    for family in new:
        for file in sorted(wheel.joinpath("models", family).glob("modeling_*.py")):
            try:
                importlib.import_module(f"{ALIAS}.models.{family}.{file.stem}")
            except ModuleNotFoundError as error:
                failed[family] = error.name
    assert len(new) >= 160
    assert set(failed.values()) <= {"torchaudio"}, failed


@pytest.mark.parametrize("row", policy.NAMES, ids=lambda row: f"{row.module}:{row.name}")
def test_each_bridge_bridges_a_name_of_the_wheel(row, wheel):
    source = wheel.joinpath(*row.module.split("."))
    source = source / "__init__.py" if source.is_dir() else source.with_suffix(".py")
    assert any(line.startswith((f"class {row.name}", f"def {row.name}")) for line in source.read_text().splitlines())
    assert row.reason.endswith(".")
    there = getattr(importlib.import_module(f"{ALIAS}.{row.module}"), row.name)
    if row.impl.endswith(("identity:output", ":base", ":mixin")) or ".identity:" in row.impl:
        assert [base for base in there.__mro__ if base.__module__.split(".")[0] == "transformers"]


@pytest.mark.parametrize("row", policy.MODULES, ids=lambda row: row.pattern)
def test_each_row_of_modules_says_why(row):
    assert row.reason.endswith(".")
    assert bool(row.impl) is (row.source is policy.Source.BRIDGE)
    if row.impl:
        importlib.import_module(row.impl)


def test_copies_of_a_checkpoint_are_not_touched(tmp_path):
    shutil.copytree(RECORDED / ONE, tmp_path / "copy")
    before = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "copy").iterdir()}
    hfcompat.AutoModelForCausalLM.from_pretrained(tmp_path / "copy")
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "copy").iterdir()} == before
