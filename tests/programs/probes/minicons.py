"""minicons: scores of sentences under a causal language model."""

from typing import Any


def run(probe: Any) -> None:
    with probe.step("import"):
        from minicons import scorer
    from transformers import GPT2Config, GPT2LMHeadModel

    folder = str(probe.folder / "model")
    probe.word_tokenizer(["the", "quick", "brown", "fox", "jumps", "over", "lazy", "dog"]).save_pretrained(folder)
    config = GPT2Config(vocab_size=32, n_positions=64, n_embd=64, n_layer=2, n_head=4)
    probe.fill(GPT2LMHeadModel(config)).save_pretrained(folder)

    with probe.step("IncrementalLMScorer"):
        model = scorer.IncrementalLMScorer(folder, "cpu")
    with probe.step("score"):
        scores = model.sequence_score(["the quick brown fox", "lazy dog jumps"])
    probe.result("score", [round(float(score), 2) for score in scores])
