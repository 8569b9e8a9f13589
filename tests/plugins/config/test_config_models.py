"""What a configuration says is what a model does: eager, compiled, generating, saved and loaded."""

from __future__ import annotations

import json
import warnings

import pytest
import torch
import transformers
from config_cases import BaseFirstConfig, RemoteConfig
from packaging.version import Version
from transformers import (
    AutoConfig,
    AutoTokenizer,
    GenerationConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PretrainedConfig,
    PreTrainedModel,
)

import hfcompat

RUNTIME = Version(transformers.__version__)
SIZES = {
    "vocab_size": 32,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "num_key_value_heads": 2,
    "max_position_embeddings": 64,
    "pad_token_id": 0,
    "eos_token_id": None,
}


@pytest.fixture(autouse=True, scope="module")
def applied():
    with warnings.catch_warnings(), hfcompat.applied():
        warnings.simplefilter("ignore")
        yield


class Reading(torch.nn.Module):
    """Asks its configuration as remote models do, in forward."""

    def __init__(self, config):
        super().__init__()
        self.config = config

    def forward(self, x):
        config = self.config
        if config.rope_scaling is None:
            x = x + 1
        if config.is_decoder or config.torchscript or config.output_attentions:
            x = x + 10
        if config.pad_token_id is None and config.tie_encoder_decoder is False:
            x = x + 100
        if getattr(config, "use_cache", True):
            x = x + 1000
        if hasattr(config, "sliding_window"):
            x = x + 10000
        return x * config.rope_theta + config.max_length


@pytest.mark.parametrize(
    ("cls", "arguments"),
    [(RemoteConfig, {"use_cache": False}), (BaseFirstConfig, {"rope_scaling": {"type": "linear"}})],
)
def test_read_in_a_compiled_forward(cls, arguments):
    config = cls(**arguments)
    model, x = Reading(config), torch.zeros(2)
    expected = (101 if config.rope_scaling is None else 1100) * config.rope_theta + 20
    assert model(x).tolist() == [expected, expected]
    torch._dynamo.reset()
    assert torch.compile(model, backend="eager", fullgraph=True)(x).tolist() == [expected, expected]


class Warned(torch.nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config

    def forward(self, x):
        return (x + 1 if self.config.use_return_dict else x + 2).to(self.config.torch_dtype)


@pytest.mark.parametrize("cls", [RemoteConfig, LlamaConfig])
def test_deprecated_properties_in_a_compiled_forward(cls):
    model, x = Warned(cls(torch_dtype="float16")), torch.zeros(1)
    torch._dynamo.reset()
    found = torch.compile(model, backend="eager", fullgraph=True)(x)
    assert (found.item(), found.dtype) == (1.0, torch.float16)
    assert (model(x).item(), model(x).dtype) == (1.0, torch.float16)


def test_no_return_dict_for_torchscript():
    assert RemoteConfig(torchscript=True).use_return_dict is False
    assert RemoteConfig().use_return_dict is True


class Chosen(torch.nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config

    def forward(self, x):
        return x + {"eager": 1, "sdpa": 2}[self.config._attn_implementation]


def test_attention_is_eager_unless_said():
    """As up to 4.53, for code that is said to be that old."""
    x = torch.zeros(1)
    with hfcompat.applied(dialect="4.53"):
        for implementation, expected in ((None, 1.0), ("eager", 1.0), ("sdpa", 2.0)):
            config = RemoteConfig(attn_implementation=implementation)
            assert Chosen(config)(x).item() == expected
            torch._dynamo.reset()
            assert torch.compile(Chosen(config), backend="eager", fullgraph=True)(x).item() == expected


def test_compiled_models_of_transformers_do_not_notice():
    config = LlamaConfig(**SIZES)

    class Asking(torch.nn.Module):
        def forward(self, x):
            return x + hasattr(config, "nothing") + getattr(config, "is_cross", 3) + len(config.rope_parameters)

    config.__dict__.setdefault("rope_parameters", {"rope_type": "default", "rope_theta": 1.0})
    torch._dynamo.reset()
    assert torch.compile(Asking(), backend="eager", fullgraph=True)(torch.zeros(1)).tolist() == [5.0]


@pytest.fixture
def model():
    torch.manual_seed(0)
    return LlamaForCausalLM(LlamaConfig(**SIZES)).eval()


PROMPT = torch.tensor([[3, 4, 5]])


def test_generate_follows_the_configuration(model):
    expected = model.generate(PROMPT, max_length=9, num_beams=3)
    assert expected.shape == (1, 9)
    model.config.max_length, model.config.num_beams = 9, 3
    assert model.generate(PROMPT).tolist() == expected.tolist()
    assert model.generate(PROMPT, max_length=6).shape == (1, 6)


def test_a_generation_config_of_ones_own_is_followed_instead(model):
    model.generation_config = GenerationConfig(max_new_tokens=2, pad_token_id=0)
    model.config.max_length = 9
    assert model.generate(PROMPT).shape == (1, 5)


def test_saving_moves_the_settings_to_the_generation_config(model, tmp_path):
    model.config.num_beams = 3
    model.save_pretrained(tmp_path)
    again = LlamaForCausalLM.from_pretrained(tmp_path)
    assert again.generation_config.num_beams == 3
    assert again.config.num_beams in (None, 1)
    assert again.generate(PROMPT, max_length=9).tolist() == model.generate(PROMPT, max_length=9, num_beams=3).tolist()


def test_rope_theta_written_is_rope_theta_used():
    config, other = LlamaConfig(**SIZES), LlamaConfig(**SIZES, rope_theta=7.0)
    config.rope_theta = 7.0
    torch.manual_seed(0)
    one = LlamaForCausalLM(config).eval()
    two = LlamaForCausalLM(other).eval()
    two.load_state_dict(one.state_dict())
    assert torch.equal(one(PROMPT).logits, two(PROMPT).logits)
    three = LlamaForCausalLM(LlamaConfig(**SIZES)).eval()
    three.load_state_dict(one.state_dict())
    assert not torch.allclose(one(PROMPT).logits, three(PROMPT).logits)


def test_loading_with_another_rope(model, tmp_path):
    model.save_pretrained(tmp_path)
    scaled = LlamaForCausalLM.from_pretrained(tmp_path, rope_theta=7.0, rope_scaling={"type": "linear", "factor": 4.0})
    config = LlamaConfig(**SIZES, rope_theta=7.0, rope_scaling={"type": "linear", "factor": 4.0})
    other = LlamaForCausalLM(config).eval()
    other.load_state_dict(model.state_dict())
    assert torch.equal(scaled.eval()(PROMPT).logits, other(PROMPT).logits)


class RemoteModel(PreTrainedModel):
    config_class = RemoteConfig

    def __init__(self, config):
        super().__init__(config)
        self.embed = torch.nn.Embedding(config.vocab_size, config.hidden_size)
        self.scale = 1.0 if config.rope_scaling is None else config.rope_scaling["factor"]
        self.theta = config.rope_theta

    def _init_weights(self, module):
        pass

    def forward(self, input_ids):
        return self.embed(input_ids) * self.scale * self.theta


def test_a_remote_model_saved_and_loaded(tmp_path):
    model = RemoteModel(RemoteConfig(rope_scaling={"type": "linear", "factor": 3.0}, rope_theta=9.0, use_cache=False))
    model.save_pretrained(tmp_path)
    again = RemoteModel.from_pretrained(tmp_path)
    assert torch.equal(again(PROMPT), model(PROMPT))
    assert (again.config.use_cache, again.config.rope_scaling) == (False, {"type": "linear", "factor": 3.0})


def test_nothing_is_left_in_a_configuration():
    config, other = RemoteConfig(rope_scaling={"type": "linear", "factor": 3.0}), LlamaConfig(**SIZES)
    assert (config.max_length, other.max_length) == (20, 20)
    assert "hfcompat_plugins" not in repr([vars(config), vars(other), vars(RemoteConfig)])


def test_own_configurations_keep_settings_of_generation():
    """Up to 4.57 of themselves; then for code that is said to be older."""
    arguments = {**SIZES, "num_beams": 3, "max_length": 9}
    with hfcompat.applied(dialect="4.57"):
        config = LlamaConfig(**arguments)
        assert (config.num_beams, config.max_length, config.to_diff_dict()["num_beams"]) == (3, 9, 3)
        torch.manual_seed(0)
        model = LlamaForCausalLM(config).eval()
        expected = model.generate(PROMPT, num_beams=3, max_length=9)
        assert model.generate(PROMPT).tolist() == expected.tolist()


def test_a_family_by_the_name_of_the_checkpoint(tmp_path):
    folder = tmp_path / "tiny-roberta"
    folder.mkdir()
    (folder / "config.json").write_text('{"hidden_size": 48}')
    config, left = AutoConfig.from_pretrained(folder, num_labels=3, other=1, return_unused_kwargs=True)
    assert (config.model_type, config.hidden_size, config.num_labels, left) == ("roberta", 48, 3, {"other": 1})


@pytest.mark.skipif(
    Version("5.0.0.dev0") <= RUNTIME < Version("5.2.0.dev0"), reason="5.0 and 5.1 guess it by the name themselves"
)
def test_a_folder_without_a_configuration_is_of_no_family(tmp_path):
    """`mpt` is in `empty`, of which 5.x would make a tokenizer without a vocabulary, and 4.x makes none."""
    folder = tmp_path / "empty"
    folder.mkdir()
    with pytest.raises((ValueError, OSError, AttributeError)):
        AutoTokenizer.from_pretrained(folder)


def test_a_family_that_is_not_known_is_refused_whatever_the_name(tmp_path):
    folder = tmp_path / "tiny-roberta"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "no such family"}')
    with pytest.raises(ValueError, match="no such family"):
        AutoConfig.from_pretrained(folder)


def test_settings_of_generation_are_saved_with_a_warning(tmp_path):
    with hfcompat.applied(dialect="4.57"):
        config = LlamaConfig(**SIZES, min_length=3)
        with pytest.warns(UserWarning, match="min_length"):
            config.save_pretrained(tmp_path)
    assert json.loads((tmp_path / "config.json").read_text())["min_length"] == 3


def test_a_configuration_of_others_is_saved(tmp_path):
    """As up to 4.51, where it says `is_composition`; it cannot be made of nothing, to see what differs."""

    class Composed(PretrainedConfig):
        model_type = "composed-of-others"
        is_composition = True

        def __init__(self, **kwargs):
            if "part" not in kwargs:
                raise ValueError("a part is needed")
            super().__init__(**kwargs)

    class Single(PretrainedConfig):
        model_type = "of-one-piece"

    config = Composed(part={"size": 3})
    config.save_pretrained(tmp_path)
    assert Composed.from_pretrained(tmp_path).part == {"size": 3}
    assert json.loads((tmp_path / "config.json").read_text())["part"] == {"size": 3}
    assert "part" in repr(config)
    assert not getattr(Single, "has_no_defaults_at_init", False)
