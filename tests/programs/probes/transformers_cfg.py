"""transformers-cfg: generation held to a grammar, over the bytes of a slow GPT-2 tokenizer."""

import json
from typing import Any


def run(probe: Any) -> None:
    import torch

    with probe.step("import"):
        from transformers_cfg.generation.logits_process import GrammarConstrainedLogitsProcessor
        from transformers_cfg.grammar_utils import IncrementalGrammarConstraint
    from tokenizers import pre_tokenizers
    from transformers import AutoTokenizer, GPT2Config, GPT2LMHeadModel, GPT2TokenizerFast

    vocabulary = {byte: i for i, byte in enumerate([*sorted(pre_tokenizers.ByteLevel.alphabet()), "<|endoftext|>"])}
    (probe.folder / "vocab.json").write_text(json.dumps(vocabulary))
    (probe.folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = GPT2TokenizerFast(str(probe.folder / "vocab.json"), str(probe.folder / "merges.txt"))
    tokenizer.pad_token = tokenizer.eos_token
    tokenizer.save_pretrained(str(probe.folder / "tokenizer"))
    tokenizer = AutoTokenizer.from_pretrained(str(probe.folder / "tokenizer"))
    config = GPT2Config(
        vocab_size=len(tokenizer), n_positions=64, n_embd=64, n_layer=2, n_head=4, eos_token_id=tokenizer.eos_token_id
    )
    model = probe.fill(GPT2LMHeadModel(config))
    with probe.step("constraint"):
        constraint = IncrementalGrammarConstraint('root ::= "a" [0-9] [0-9] "b"\n', "root", tokenizer)
        processor = GrammarConstrainedLogitsProcessor(constraint)
    with probe.step("generate"), torch.no_grad():
        output = model.generate(
            **tokenizer("x:", return_tensors="pt"),
            max_new_tokens=6,
            do_sample=False,
            logits_processor=[processor],
            repetition_penalty=1.1,
        )
    probe.result("text", tokenizer.decode(output[0], skip_special_tokens=True))
