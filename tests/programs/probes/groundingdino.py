"""GroundingDINO: BERT under a wrapper that calls its mask helpers and its encoder by hand."""

from typing import Any


def run(probe: Any) -> None:
    import torch

    root = "groundingdino"
    probe.leave_out_operators()
    probe.bare(root, f"{root}.models", f"{root}.models.GroundingDINO", f"{root}.util")
    with probe.step("import"):
        from groundingdino.models.GroundingDINO.bertwarper import BertModelWarper
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=96,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=96,
        attn_implementation="eager",
    )
    bert = probe.fill(BertModel(config))
    with probe.step("BertModelWarper"):
        warped = BertModelWarper(bert_model=bert)
    ids = torch.arange(5, 12)[None]
    with probe.step("forward"), torch.no_grad():
        hidden = warped(
            input_ids=ids,
            attention_mask=torch.ones(1, 7, 7, dtype=torch.bool),
            position_ids=torch.arange(7)[None],
            token_type_ids=torch.zeros_like(ids),
        ).last_hidden_state
    probe.result("hidden", probe.row(hidden))
