"""ColBERT: a model class of its own around BERT, which calls init_weights() but never post_init()."""

import json
from typing import Any


def run(probe: Any) -> None:
    import torch

    with probe.step("import"):
        from colbert.infra import ColBERTConfig
        from colbert.modeling.colbert import ColBERT
    from transformers import BertConfig, BertModel

    folder = probe.folder / "model"
    folder.mkdir()
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "world", ".", *(f"[unused{i}]" for i in range(4))]
    (folder / "vocab.txt").write_text("\n".join(words))
    tokenizer = {"tokenizer_class": "BertTokenizer", "do_lower_case": True}
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer))
    config = BertConfig(vocab_size=16, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96)
    probe.fill(BertModel(config)).save_pretrained(folder)

    with probe.step("build"):
        model = ColBERT(name=str(folder), colbert_config=ColBERTConfig(dim=32)).eval()
    with probe.step("query"), torch.no_grad():
        # The projection is new, hence random; what comes before it was loaded.
        ids, mask = torch.tensor([[2, 5, 6, 3]]), torch.ones(1, 4, dtype=torch.long)
        vectors = model.query(ids, mask)
        hidden = model.bert(ids, attention_mask=mask)[0]
    probe.result("shape", list(vectors.shape))
    probe.result("bert", [round(float(x), 2) for x in hidden[0, -1, :6]])
