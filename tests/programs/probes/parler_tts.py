"""Parler-TTS: text to sound, with a `generate` of its own that leans on the helpers of transformers' own."""

import sys
import types
from typing import Any


def run(probe: Any) -> None:
    import torch
    from transformers import EncodecConfig, T5Config

    codec = types.ModuleType("dac.model")  # of another codec, which is not used here
    codec.DAC = object
    sys.modules.update({"dac": types.ModuleType("dac"), "dac.model": codec})
    with probe.step("import"):
        from parler_tts import (
            ParlerTTSConfig,
            ParlerTTSDecoderConfig,
            ParlerTTSForCausalLM,
            ParlerTTSForConditionalGeneration,
        )

    sizes = dict(
        vocab_size=40, max_position_embeddings=64, num_hidden_layers=2, ffn_dim=32, num_attention_heads=4, hidden_size=32,
        num_codebooks=2, pad_token_id=32, bos_token_id=33, eos_token_id=32,
    )  # fmt: skip
    text = T5Config(vocab_size=32, d_model=32, d_kv=8, d_ff=32, num_layers=2, num_heads=4)
    sound = EncodecConfig(
        num_filters=4, hidden_size=16, codebook_size=32, codebook_dim=16, upsampling_ratios=[4, 2], num_lstm_layers=1,
        target_bandwidths=[150.0],
    )  # fmt: skip
    codes = torch.arange(24).reshape(4, 6)
    inputs = {"input_ids": torch.arange(3, 11)[None], "prompt_input_ids": torch.arange(5, 9)[None]}
    labels = torch.arange(10).reshape(1, 5, 2)
    said = {"decoder_start_token_id": 33, "pad_token_id": 32, "bos_token_id": 33, "eos_token_id": 32}
    for name, rotary in (("sinusoidal", False), ("rotary", True)):
        decoder = ParlerTTSDecoderConfig(**sizes, rope_embeddings=rotary)
        with probe.step(f"{name}_decoder"), torch.no_grad():
            model = probe.fill(ParlerTTSForCausalLM(decoder))
            probe.result(f"{name}_decoder", probe.row(model(input_ids=codes).logits))
        with probe.step(f"{name}_build"):
            config = ParlerTTSConfig.from_sub_models_config(text, sound, decoder)
            config.vocab_size, config.pad_token_id, config.decoder_start_token_id = 32, 0, 33
            model = probe.fill(ParlerTTSForConditionalGeneration(config))
        with probe.step(f"{name}_backward"):
            loss = model(**inputs, labels=labels).loss
            loss.backward()
            probe.result(f"{name}_loss", round(float(loss.detach()), 3))
        with probe.step(f"{name}_generate"), torch.no_grad():
            for key, value in said.items():
                setattr(model.generation_config, key, value)
            heard = listen(model.audio_encoder)
            mask = torch.ones(1, 8, dtype=torch.long)
            model.generate(**inputs, attention_mask=mask, do_sample=False, min_new_tokens=8, max_new_tokens=10)
            probe.result(f"{name}_codes", heard[0].flatten().tolist())
            del model.audio_encoder.decode
    probe.reload(
        model,
        ParlerTTSForConditionalGeneration.from_pretrained,
        lambda loaded: loaded(**inputs, labels=labels).logits,
    )


def listen(codec: Any) -> list[Any]:
    """The codes that it is asked to decode from now on."""
    heard, decode = [], codec.decode

    def listening(audio_codes: Any, *args: Any, **kwargs: Any) -> Any:
        heard.append(audio_codes)
        return decode(audio_codes, *args, **kwargs)

    codec.decode = listening
    return heard
