"""LLM2Vec: decoders that attend both ways, by subclasses that override `_update_causal_mask` and make their layers themselves."""

import json
from typing import Any


def run(probe: Any) -> None:
    import torch
    import transformers

    with probe.step("import"):
        from llm2vec import LLM2Vec
        from llm2vec.models import GemmaBiForMNTP, LlamaBiForMNTP, MistralBiForMNTP

    sizes = dict(
        vocab_size=16, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64, pad_token_id=2,
    )  # fmt: skip
    tokenizer = probe.word_tokenizer("hello big world of words".split())
    texts = ["hello big world of words", "hello world"]
    ids = torch.tensor([[3, 4, 5, 6, 7, 8], [2, 2, 5, 4, 3, 9]])
    inputs = {"input_ids": ids, "attention_mask": (ids != 2).long()}
    families = (
        ("llama", LlamaBiForMNTP, transformers.LlamaConfig(**sizes)),
        ("mistral", MistralBiForMNTP, transformers.MistralConfig(**sizes)),
        ("gemma", GemmaBiForMNTP, transformers.GemmaConfig(**sizes, head_dim=16)),
    )
    for name, cls, config in families:
        for attention in ("eager", "sdpa"):
            config._attn_implementation = attention
            with probe.step(f"{name}_{attention}"):
                model = probe.fill(cls(config))
                with torch.no_grad():
                    probe.result(f"{name}_{attention}", probe.row(model.model(**inputs).last_hidden_state[:, :3]))
                loss = model(**inputs, labels=ids.masked_fill(ids == 2, -100)).loss
                loss.backward()
                probe.result(f"{name}_{attention}_loss", round(float(loss.detach()), 3))
        folder = str(probe.folder / name)
        with probe.step(f"{name}_encode"):
            model.model.save_pretrained(folder)
            tokenizer.save_pretrained(folder)
            said = probe.folder / name / "tokenizer_config.json"
            said.write_text(
                json.dumps({**json.loads(said.read_text()), "model_input_names": ["input_ids", "attention_mask"]})
            )
            encoder = LLM2Vec.from_pretrained(folder, torch_dtype=torch.float32)
            probe.result(f"{name}_encoded", probe.row(encoder.encode(texts, show_progress_bar=False)))
