"""Adapters: BERT under another head, with the attention of the library's own and docstrings put together from upstream's."""

from typing import Any


def run(probe: Any) -> None:
    import torch
    from transformers import BertConfig

    with probe.step("import"):
        from adapters import BertAdapterModel
    config = BertConfig(vocab_size=96, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96)
    with probe.step("build"):
        model = BertAdapterModel(config)
        model.add_adapter("reviews")
        model.add_classification_head("reviews", num_labels=2)
        model.set_active_adapters("reviews")
    probe.fill(model)
    with probe.step("forward"), torch.no_grad():
        probe.result("logits", probe.row(model(input_ids=torch.arange(5, 12)[None]).logits))
