"""What a dialect changes, and what is left when a patch is taken back."""

from __future__ import annotations

import dataclasses
import importlib.util
import warnings
from importlib.metadata import version

import pytest
from packaging.version import Version
from trainer_cases import CPU, words

import hfcompat

RUNTIME = Version(version("transformers"))
V5 = Version("5.0.0.dev0") <= RUNTIME
since_5 = pytest.mark.skipif(not V5, reason=f"transformers {RUNTIME} takes it itself")


def test_derived_dataclasses_are_told_and_forget():
    from transformers import TrainingArguments

    @dataclasses.dataclass
    class Before(TrainingArguments):
        beta: float = 0.1

    plain = vars(Before)["__init__"]
    with hfcompat.applied(), warnings.catch_warnings():
        warnings.simplefilter("ignore")

        @dataclasses.dataclass
        class After(TrainingArguments):
            beta: float = 0.1

        assert [cls("out", **CPU, evaluation_strategy="epoch").eval_strategy.value for cls in (Before, After)] == [
            "epoch"
        ] * 2
    for cls in (Before, After):
        assert cls("out", **CPU).beta == 0.1
        if V5:
            with pytest.raises(TypeError, match="evaluation_strategy"):
                cls("out", **CPU, evaluation_strategy="epoch")
    assert vars(Before)["__init__"] is plain


@pytest.mark.skipif(Version("5.0.0.dev0") > RUNTIME, reason="report_to means all trackers here")
@pytest.mark.parametrize("prefix", ["", "Seq2Seq"])
def test_trackers_by_dialect(monkeypatch, prefix):
    import transformers
    from transformers import HfArgumentParser, integrations

    cls = getattr(transformers, f"{prefix}TrainingArguments")

    @dataclasses.dataclass
    class Derived(cls):
        pass

    @dataclasses.dataclass
    class Decided(cls):
        report_to: str = "none"

    monkeypatch.setattr(integrations, "get_available_reporting_integrations", lambda: ["tracker"])
    assert cls("out", **CPU).report_to == []
    with hfcompat.applied(dialect="4.57"):
        assert [c("out", **CPU).report_to for c in (cls, Derived, Decided)] == [["tracker"], ["tracker"], []]
        assert [c("out", **CPU, report_to="none").report_to for c in (cls, Derived)] == [[], []]
        line = ["--output_dir", "out", "--use_cpu"]
        parser = HfArgumentParser(cls)
        assert parser.parse_args_into_dataclasses(line, look_for_args_file=False)[0].report_to == ["tracker"]
        assert (
            parser.parse_args_into_dataclasses([*line, "--report_to", "none"], look_for_args_file=False)[0].report_to
            == []
        )


def test_defaults_by_dialect():
    from transformers import TrainingArguments

    names = (
        "optim average_tokens_across_devices run_name local_rank fsdp lr_scheduler_kwargs place_model_on_device".split()
    )

    def read(dialect):
        with hfcompat.applied(dialect=dialect):
            args = TrainingArguments("out", **CPU)
            return [getattr(value, "value", value) for value in (getattr(args, name) for name in names)]

    assert read("4.49") == ["adamw_torch", False, "out", 0, [], {}, True]
    if Version("4.57") <= RUNTIME:
        assert read("4.57") == ["adamw_torch_fused", True, None, 0, [], None, True]


@since_5
def test_an_image_to_text_pipeline_by_dialect():
    if importlib.util.find_spec("PIL") is None:
        pytest.skip("Pillow is not installed")
    from transformers import (
        GPT2Config,
        VisionEncoderDecoderConfig,
        VisionEncoderDecoderModel,
        ViTConfig,
        ViTImageProcessor,
    )
    from transformers import pipeline as stock

    del stock
    sizes = dict(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    encoder = ViTConfig(**sizes, image_size=16, patch_size=8)
    decoder = GPT2Config(vocab_size=13, n_positions=16, n_embd=16, n_layer=1, n_head=2, bos_token_id=1, eos_token_id=1)
    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(encoder, decoder)
    config.decoder_start_token_id = config.pad_token_id = 0
    model = VisionEncoderDecoderModel(config).eval()
    from PIL import Image

    with hfcompat.applied(dialect="4.57"):
        from transformers import pipeline

        pipe = pipeline(
            "image-to-text",
            model=model,
            tokenizer=words(),
            image_processor=ViTImageProcessor(size={"height": 16, "width": 16}),
        )
        found = pipe(Image.new("RGB", (16, 16)), max_new_tokens=3)
    assert pipe.task == "image-to-text"
    assert [sorted(entry) for entry in found] == [["generated_text"]]
