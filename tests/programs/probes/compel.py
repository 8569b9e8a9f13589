"""Compel: weighted prompts, which reach into the text encoder of CLIP."""

import json
import string
from typing import Any


def run(probe: Any) -> None:
    with probe.step("import"):
        from compel import Compel, ReturnedEmbeddingsType
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    letters = [*string.ascii_lowercase, *(letter + "</w>" for letter in string.ascii_lowercase)]
    vocabulary = {token: i for i, token in enumerate([*letters, "<|startoftext|>", "<|endoftext|>"])}
    (probe.folder / "vocab.json").write_text(json.dumps(vocabulary))
    (probe.folder / "merges.txt").write_text("#version: 0.2\n")
    tokenizer = CLIPTokenizer(str(probe.folder / "vocab.json"), str(probe.folder / "merges.txt"), model_max_length=16)
    config = CLIPTextConfig(
        vocab_size=64,
        hidden_size=32,
        intermediate_size=37,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=16,
        bos_token_id=52,
        eos_token_id=53,
    )
    encoder = CLIPTextModel(config).eval()
    # By the names that the parameters have today: they lost their prefix in 5.6.
    probe.fill(getattr(encoder, "text_model", encoder))
    for name in ("LAST_HIDDEN_STATES_NORMALIZED", "PENULTIMATE_HIDDEN_STATES_NORMALIZED"):
        with probe.step(name.split("_")[0].lower()):
            compel = Compel(
                tokenizer=tokenizer,
                text_encoder=encoder,
                returned_embeddings_type=ReturnedEmbeddingsType[name],
                truncate_long_prompts=True,
            )
            probe.result(name.split("_")[0].lower(), probe.row(compel("hello++ world")))
