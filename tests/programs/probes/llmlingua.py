"""LLMLingua: prompts compressed by what a small language model makes of them, with the cache cut and handed back."""

import types
from typing import Any

VOCABULARY = (
    ". ? : the quick brown fox jumps over lazy dog and then runs away from a very big bear in forest what did do "
    "question answer"
)
CONTEXT = "the quick brown fox jumps over the lazy dog and then runs away from a very big bear in the forest . " * 6


def run(probe: Any) -> None:
    import tiktoken
    from transformers import LlamaConfig, LlamaForCausalLM

    # tiktoken would download; it counts tokens for the report on savings only.
    words = types.SimpleNamespace(encode=lambda text, **_: text.split())
    tiktoken.encoding_for_model = tiktoken.get_encoding = lambda *_: words

    folder = str(probe.folder / "model")
    probe.word_tokenizer(["\n", *VOCABULARY.split()]).save_pretrained(folder)
    config = LlamaConfig(
        vocab_size=64,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=256,
    )
    probe.fill(LlamaForCausalLM(config)).save_pretrained(folder)

    with probe.step("import"):
        from llmlingua import PromptCompressor
    with probe.step("PromptCompressor"):
        compressor = PromptCompressor(folder, device_map="cpu")
    with probe.step("compress_prompt"):
        compressed = compressor.compress_prompt(
            [CONTEXT], instruction="", question="what did fox do ?", target_token=40, iterative_size=20
        )
    probe.result("compressed_tokens", compressed["compressed_tokens"])
    with probe.step("get_ppl_kv"):
        _, cache = compressor.get_ppl("the quick brown fox jumps", granularity="token", return_kv=True)
        losses, _ = compressor.get_ppl(
            "the quick brown fox jumps over the lazy dog", granularity="token", past_key_values=cache, return_kv=True
        )
    probe.result("ppl", [round(float(loss), 2) for loss in losses])
