"""Granite TSFM: a forecaster whose classes never call post_init()."""

from typing import Any


def run(probe: Any) -> None:
    import torch

    with probe.step("import"):
        from tsfm_public.models.tinytimemixer import TinyTimeMixerConfig, TinyTimeMixerForPrediction
    with probe.step("build"):
        config = TinyTimeMixerConfig(
            context_length=32,
            prediction_length=8,
            patch_length=8,
            patch_stride=8,
            d_model=16,
            num_layers=2,
            num_input_channels=2,
            decoder_num_layers=1,
            dropout=0.0,
            head_dropout=0.0,
        )
        model = TinyTimeMixerForPrediction(config)
    probe.fill(model)
    series = torch.sin(torch.arange(64.0)).reshape(1, 32, 2)
    with probe.step("forward"), torch.no_grad():
        probe.result("forecast", probe.row(model(past_values=series).prediction_outputs))
    probe.reload(
        model,
        TinyTimeMixerForPrediction.from_pretrained,
        lambda loaded: loaded(past_values=series).prediction_outputs,
    )
