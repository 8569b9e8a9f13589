"""`dtype=`, before 4.56 had it."""

from __future__ import annotations

import pytest
import torch
from packaging.version import Version
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

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
