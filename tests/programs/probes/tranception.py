"""Tranception: a GPT-2 of 4.17 for proteins, saved as it was then."""

from typing import Any


def run(probe: Any) -> None:
    with probe.step("import"):
        from tranception.config import TranceptionConfig
        from tranception.model_pytorch import TranceptionLMHeadModel
    with probe.step("build"):
        config = TranceptionConfig(
            vocab_size=25,
            n_positions=64,
            n_ctx=64,
            n_embd=64,
            n_layer=2,
            n_head=4,
            bos_token_id=1,
            eos_token_id=2,
            activation_function="squared_relu",
        )
        model = TranceptionLMHeadModel(config)
    probe.language_model(
        model,
        lambda saved: TranceptionLMHeadModel.from_pretrained(saved, config=config),
        save={"safe_serialization": False},
    )
