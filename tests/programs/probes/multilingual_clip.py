"""Multilingual-CLIP: a model that loads another one in its __init__."""

from typing import Any


def run(probe: Any) -> None:
    import torch
    from transformers import BertConfig, BertModel

    base = str(probe.folder / "base")
    tokenizer = probe.wordpiece_tokenizer("hello world")
    config = BertConfig(vocab_size=16, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=96)
    probe.fill(BertModel(config)).save_pretrained(base)
    with probe.step("import"):
        from multilingual_clip.Config_MCLIP import MCLIPConfig
        from multilingual_clip.pt_multilingual_clip import MultilingualCLIP
    with probe.step("build"):
        model = MultilingualCLIP(MCLIPConfig(modelBase=base, transformerDimSize=64, imageDimSize=32))
    probe.fill(model)
    with probe.step("forward"), torch.no_grad():
        probe.result("embedding", probe.row(model(["hello world", "hello"], tokenizer)))
    probe.reload(model, MultilingualCLIP.from_pretrained, lambda loaded: loaded(["hello world", "hello"], tokenizer))
