"""FlagEmbedding: a reranker that puts its inputs together with prepare_for_model."""

from typing import Any


def run(probe: Any) -> None:
    with probe.step("import"):
        from FlagEmbedding import FlagReranker
    from transformers import BertConfig, BertForSequenceClassification

    folder = str(probe.folder / "model")
    probe.wordpiece_tokenizer("hello world what is").save_pretrained(folder)
    config = BertConfig(
        vocab_size=16,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=96,
        num_labels=1,
    )
    probe.fill(BertForSequenceClassification(config)).save_pretrained(folder)
    with probe.step("FlagReranker"):
        reranker = FlagReranker(folder, use_fp16=False, devices=["cpu"])
    with probe.step("compute_score"):
        scores = reranker.compute_score([["what is hello", "hello world"], ["what is", "world"]])
    probe.result("scores", [round(float(score), 3) for score in scores])
