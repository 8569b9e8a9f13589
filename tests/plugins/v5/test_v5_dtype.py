"""`dtype=`, before 4.56 had it."""

from __future__ import annotations

import pytest
import torch
from packaging.version import Version
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PretrainedConfig, PreTrainedModel

import hfcompat
from hfcompat.environment import Environment

pytestmark = pytest.mark.skipif(Version("4.56.0.dev0") <= Environment().transformers, reason="4.56 takes it itself")
SIZES = {"vocab_size": 11, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2}


@pytest.fixture
def folder(tmp_path):
    LlamaForCausalLM(LlamaConfig(**SIZES)).save_pretrained(tmp_path)
    return tmp_path


def test_it_is_heeded(folder):
    with hfcompat.applied():
        made = [
            LlamaForCausalLM.from_pretrained(folder, dtype=torch.float16),
            AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float16),
            AutoModelForCausalLM.from_pretrained(folder, dtype="float16"),
            AutoModelForCausalLM.from_config(LlamaConfig(**SIZES), dtype=torch.float16),
            LlamaForCausalLM._from_config(LlamaConfig(**SIZES), dtype=torch.float16),
        ]
        assert [model.dtype for model in made] == [torch.float16] * 5
        assert AutoModelForCausalLM.from_pretrained(folder, dtype="auto").dtype == torch.float32
        assert LlamaForCausalLM.from_pretrained(folder).dtype == torch.float32
        assert AutoModelForCausalLM.from_pretrained(folder, torch_dtype=torch.bfloat16).dtype == torch.bfloat16


def test_it_is_taken_by_pipelines(folder):
    import transformers
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.WordLevel({"a": 0}, unk_token="a")))
    with hfcompat.applied():
        made = transformers.pipeline("text-generation", model=str(folder), tokenizer=tokenizer, dtype=torch.float16)
    assert made.model.dtype == torch.float16


def test_stock_does_not(folder):
    with pytest.raises(TypeError):
        LlamaForCausalLM.from_pretrained(folder, dtype=torch.float16)


class OwnConfig(PretrainedConfig):
    model_type = "own_dtype"

    def __init__(self, dtype="float32", **kwargs):
        super().__init__(**kwargs)
        self.dtype = dtype


class PlainConfig(PretrainedConfig):
    model_type = "no_dtype"

    def __init__(self, size=2, dtype=None, **kwargs):
        super().__init__(**kwargs)
        self.size = size


class Own(PreTrainedModel):
    config_class = PlainConfig

    def __init__(self, config, dtype=None):
        super().__init__(config)
        self.layer = torch.nn.Linear(config.size, config.size, dtype=dtype)
        self.given = dtype

    def _init_weights(self, module):
        pass


def test_classes_with_a_dtype_of_their_own_keep_it(tmp_path):
    OwnConfig().save_pretrained(tmp_path / "config")
    Own(PlainConfig()).save_pretrained(tmp_path / "model")
    with hfcompat.applied():
        assert OwnConfig.from_pretrained(tmp_path / "config", dtype="bfloat16").dtype == "bfloat16"
        assert OwnConfig.from_pretrained(tmp_path / "config").dtype == "float32"
        _, left = PlainConfig.from_pretrained(tmp_path / "model", return_unused_kwargs=True, dtype=torch.float64)
        assert left == {"dtype": torch.float64}
        made = [Own.from_pretrained(tmp_path / "model", dtype=torch.float64)]
        made += [Own._from_config(PlainConfig(), dtype=torch.float64)]
        assert [(model.given, model.layer.weight.dtype) for model in made] == [(torch.float64, torch.float64)] * 2
