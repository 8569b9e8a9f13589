"""Surya: an encoder and a decoder of the package's own, with the old pruning helpers and tie_weights(self)."""

from typing import Any


def run(probe: Any) -> None:
    import torch

    with probe.step("import"):
        from surya.model.recognition.config import DonutSwinConfig, SuryaOCRDecoderConfig
        from surya.model.recognition.decoder import SuryaOCRDecoder
        from surya.model.recognition.encoder import DonutSwinModel
    with probe.step("build_encoder"):
        encoder = DonutSwinModel(
            DonutSwinConfig(
                image_size=(32, 64),
                patch_size=4,
                num_channels=3,
                embed_dim=16,
                depths=[1, 1],
                num_heads=[2, 2],
                num_kv_heads=[2, 2],
                window_size=4,
                encoder_length=32,
            )
        )
    probe.fill(encoder)
    with probe.step("build_decoder"):
        decoder = SuryaOCRDecoder(
            SuryaOCRDecoderConfig(
                num_hidden_layers=2,
                vocab_size=96,
                hidden_size=64,
                intermediate_size=96,
                encoder_hidden_size=32,
                num_attention_heads=4,
                encoder_cross_attn_layers=(0, 1),
                self_attn_layers=(0, 1),
                global_attn_layers=(0, 1),
                attention_dropout=0.0,
                num_key_value_heads=2,
            )
        )
    probe.result("tied", decoder.lm_head.weight is decoder.model.embed_tokens.weight)
    pixels = torch.linspace(-1, 1, 3 * 32 * 64).reshape(1, 3, 32, 64)
    with probe.step("forward"), torch.no_grad():
        probe.result("hidden", probe.row(encoder(pixels).last_hidden_state))
    probe.reload(encoder, DonutSwinModel.from_pretrained, lambda loaded: loaded(pixels).last_hidden_state)
