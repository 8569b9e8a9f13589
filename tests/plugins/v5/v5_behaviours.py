"""Calls that 4.x and 5.x both have and answer otherwise: run by record.py on 5.23.0, by the tests with the dialect."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import torch
from v5_names import error_of

_TEMPLATE = "{% for m in messages %}{{ m['role'] }} {{ m['content'] }} {% endfor %}"


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    words = "user assistant hello world again <pad>".split()
    backend = Tokenizer(models.WordLevel({word: place for place, word in enumerate(words)}, unk_token="<pad>"))
    backend.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(tokenizer_object=backend, pad_token="<pad>", chat_template=_TEMPLATE)


def chats() -> Any:
    tokenizer, chat = _tokenizer(), [{"role": "user", "content": "hello world"}]
    batch = tokenizer.apply_chat_template(chat)
    two = tokenizer.apply_chat_template([chat, chat], return_tensors="pt")
    return [
        type(batch).__name__, batch["input_ids"], batch["attention_mask"], two["input_ids"].tolist(), tokenizer.apply_chat_template(chat, tokenize=False),
        tokenizer.apply_chat_template(chat, return_dict=False), tokenizer.apply_chat_template(chat, tokenize=False, return_dict=True),
    ]  # fmt: skip


def decoding() -> Any:
    tokenizer = _tokenizer()
    ids = [[2, 3], [4]]
    return [
        tokenizer.decode(ids), tokenizer.decode(torch.tensor([[2, 3], [4, 5]]), skip_special_tokens=True), tokenizer.decode(ids[0]), tokenizer.decode(2),
        tokenizer.batch_decode(ids), tokenizer.batch_decode([2, 3]), tokenizer.batch_decode(torch.tensor([2, 5]), skip_special_tokens=True), tokenizer.decode([]),
    ]  # fmt: skip


def loading() -> Any:
    from transformers import AutoModel, AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

    sizes = {
        "vocab_size": 11,
        "hidden_size": 8,
        "intermediate_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
    }
    with tempfile.TemporaryDirectory() as folder:
        LlamaForCausalLM(LlamaConfig(**sizes)).to(torch.bfloat16).save_pretrained(folder)
        found = [str(cls.from_pretrained(folder).dtype) for cls in (LlamaForCausalLM, AutoModelForCausalLM, AutoModel)]
        found += [
            str(LlamaForCausalLM.from_pretrained(folder, dtype=dtype).dtype)
            for dtype in ("float16", torch.float32, "auto", None)
        ]
        found += [str(AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float16).dtype)]
        found += [str(AutoModelForCausalLM.from_config(LlamaConfig(**sizes), dtype=torch.float16).dtype)]
        config = json.loads(Path(folder, "config.json").read_text())
        for key in ("dtype", "torch_dtype"):
            config.pop(key, None)
        Path(folder, "config.json").write_text(json.dumps(config))
        found += [str(AutoModelForCausalLM.from_pretrained(folder).dtype)]
        told = LlamaForCausalLM.from_pretrained(folder, output_loading_info=True)[1]
        found += [type(told[key]).__name__ for key in ("missing_keys", "unexpected_keys", "mismatched_keys")]
    return found


def cropping() -> Any:
    from transformers import DynamicCache

    cache = DynamicCache()
    cache.update(torch.ones(1, 1, 3, 2), torch.ones(1, 1, 3, 2), 0)
    cache.crop(0)
    before = int(cache.get_seq_length())
    cache.crop(-1)
    return [before, int(cache.get_seq_length())]


def reporting() -> Any:
    from transformers import TrainingArguments

    with tempfile.TemporaryDirectory() as folder:
        return [
            TrainingArguments(folder, use_cpu=True).report_to,
            error_of(lambda: TrainingArguments(folder, use_cpu=True, report_to=[])),
        ]


CASES = {run.__name__: run for run in (chats, decoding, loading, cropping, reporting)}
