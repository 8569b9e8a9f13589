"""LAVIS: the Q-Former, a BERT of the package's own that generates from images."""

import sys
import types
from typing import Any


def run(probe: Any) -> None:
    import torch

    probe.leave_out_operators()
    probe.bare("lavis", "lavis.models", "lavis.models.blip2_models", "lavis.common")
    registry = types.ModuleType("lavis.common.registry")
    registry.registry = types.SimpleNamespace(register_model=lambda name: lambda cls: cls)  # type: ignore[attr-defined]
    sys.modules[registry.__name__] = registry
    with probe.step("import"):
        from lavis.models.blip2_models.Qformer import BertConfig, BertLMHeadModel
    with probe.step("build"):
        config = BertConfig(
            vocab_size=96,
            hidden_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            intermediate_size=96,
            is_decoder=True,
        )
        config.encoder_width, config.add_cross_attention, config.cross_attention_freq, config.query_length = (
            48,
            True,
            1,
            4,
        )
        model = BertLMHeadModel(config)
    probe.fill(model)
    image = {
        "encoder_hidden_states": torch.linspace(-1, 1, 5 * 48).reshape(1, 5, 48),
        "encoder_attention_mask": torch.ones(1, 5),
    }
    query = torch.linspace(-1, 1, 4 * 64).reshape(1, 4, 64)
    with probe.step("forward"), torch.no_grad():
        probe.result("hidden", probe.row(model.bert(query_embeds=query, **image, return_dict=True).last_hidden_state))
    with probe.step("generate"), torch.no_grad():
        generated = model.generate(
            input_ids=torch.arange(5, 12)[None],
            query_embeds=query,
            **image,
            max_new_tokens=4,
            do_sample=False,
            eos_token_id=3,
            pad_token_id=0,
        )
    probe.result("generated", generated[0].tolist())
