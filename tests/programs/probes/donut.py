"""Donut: the text decoder of a document-understanding model, and tokens added to it."""

import json
from typing import Any


def run(probe: Any) -> None:
    probe.leave_out_operators()
    with probe.step("import"):
        from donut.model import BARTDecoder, DonutConfig, DonutModel  # noqa: F401

    folder = probe.folder / "decoder"
    folder.mkdir()
    sentencepiece_model(probe.folder / "corpus.txt", folder / "sentencepiece.bpe")
    (folder / "tokenizer_config.json").write_text(json.dumps({"tokenizer_class": "XLMRobertaTokenizer"}))

    with probe.step("BARTDecoder"):
        decoder = BARTDecoder(max_position_embeddings=32, decoder_layer=1, name_or_path=str(folder))
    with probe.step("special_tokens"):
        before = len(decoder.tokenizer)
        decoder.add_special_tokens(["<s_x>", "</s_x>"])
    probe.result("tokens_added", len(decoder.tokenizer) - before)
    probe.result("embeddings_follow", decoder.model.get_input_embeddings().num_embeddings == len(decoder.tokenizer))


def sentencepiece_model(corpus: Any, prefix: Any) -> None:
    """Writes `prefix`.model, of 30 pieces."""
    import sentencepiece

    lines = ["hello world this is a small corpus", "the quick brown fox jumps over the lazy dog"] * 30
    corpus.write_text("\n".join(lines))
    trainer = sentencepiece.SentencePieceTrainer
    trainer.train(input=str(corpus), model_prefix=str(prefix), vocab_size=30, minloglevel=2)
