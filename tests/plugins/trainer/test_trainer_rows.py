"""What the recordings cannot say: refusals, things that are left alone, and what is put back."""

from __future__ import annotations

import dataclasses
import importlib.util
import warnings
from importlib.metadata import version

import pytest
from packaging.version import Version
from trainer_cases import CPU, Looking, OldLoss, classifier, llama, padded, sentences, texts, trained, words

import hfcompat

RUNTIME = Version(version("transformers"))
V5 = Version("5.0.0.dev0") <= RUNTIME
since_5 = pytest.mark.skipif(not V5, reason=f"transformers {RUNTIME} takes it itself")


@pytest.fixture(scope="module")
def patched():
    with hfcompat.applied(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.fixture
def arguments():
    from transformers import TrainingArguments

    return TrainingArguments


@since_5
@pytest.mark.usefixtures("patched")
@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"past_index": 1}, "past_index"),
        ({"half_precision_backend": "apex"}, "torch.amp"),
        ({"tp_size": 2}, "tp_plan"),
    ],
)
def test_what_has_no_equal_is_refused_by_name(arguments, given, named):
    with pytest.raises(TypeError, match=named):
        arguments("out", **CPU, **given)


@pytest.mark.usefixtures("patched")
def test_a_warmup_ratio_above_one_is_refused(arguments):
    if Version("5.0.0.dev0") <= RUNTIME < Version("5.15.0.dev0"):
        pytest.skip(f"transformers {RUNTIME} takes it itself, and reads it as steps")
    with pytest.raises(ValueError, match="warmup_ratio"):
        arguments("out", **CPU, warmup_ratio=1.5)


@pytest.mark.usefixtures("patched")
def test_an_argument_that_never_was_is_still_unknown(arguments):
    from transformers import HfArgumentParser

    with pytest.raises(TypeError, match="no_such_argument"):
        arguments("out", **CPU, no_such_argument=1)
    with pytest.raises(ValueError, match="no_such_argument"):
        HfArgumentParser(arguments).parse_args_into_dataclasses(["--no_such_argument", "1"], look_for_args_file=False)


@pytest.mark.usefixtures("patched")
@since_5
def test_a_parser_that_is_asked_for_the_rest_gives_it(arguments):
    from transformers import HfArgumentParser

    line = ["--output_dir", "out", "--use_cpu", "--evaluation_strategy", "steps"]
    args, rest = HfArgumentParser(arguments).parse_args_into_dataclasses(
        line, return_remaining_strings=True, look_for_args_file=False
    )
    assert (args.eval_strategy.value, rest) == ("no", line[-2:])


@pytest.mark.usefixtures("patched")
def test_arguments_of_today_are_as_they_were(arguments):
    args = arguments("out", **CPU)
    names = {field.name for field in dataclasses.fields(arguments)}
    assert set(args.to_dict()) <= names
    assert not {name for name in vars(args) if name.startswith("_v4")}


def test_derived_dataclasses_are_told_and_forget(arguments):
    @dataclasses.dataclass
    class Before(arguments):
        beta: float = 0.1

    plain = vars(Before)["__init__"]
    with hfcompat.applied(), warnings.catch_warnings():
        warnings.simplefilter("ignore")

        @dataclasses.dataclass
        class After(arguments):
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


def test_defaults_by_dialect(arguments):
    names = (
        "optim average_tokens_across_devices run_name local_rank fsdp lr_scheduler_kwargs place_model_on_device".split()
    )

    def read(dialect):
        with hfcompat.applied(dialect=dialect):
            args = arguments("out", **CPU)
            return [getattr(value, "value", value) for value in (getattr(args, name) for name in names)]

    assert read("4.49") == ["adamw_torch", False, "out", 0, [], {}, True]
    if Version("4.57") <= RUNTIME:
        assert read("4.57") == ["adamw_torch_fused", True, None, 0, [], None, True]


@pytest.mark.usefixtures("patched")
def test_a_loss_that_takes_the_number_of_items_is_given_it():
    from transformers import Trainer

    class New(Trainer):
        seen = ()

        def compute_loss(self, model, inputs, return_outputs=False, num_items_in_batch=None):
            self.seen = (*self.seen, int(num_items_in_batch))
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch=num_items_in_batch)

    trainer = trained(New, model=llama(), data=texts(), num_train_epochs=1)
    assert len(trainer.seen) == 4
    assert trainer.model_accepts_loss_kwargs
    assert "compute_loss" not in vars(trainer)
    assert "compute_loss" in vars(trained(OldLoss, num_train_epochs=1))


@pytest.mark.usefixtures("patched")
def test_a_callback_may_leave_in_the_middle_of_an_event():
    class Leaving(Looking):
        def on_train_end(self, args, state, control, **kwargs):
            super().on_train_end(args, state, control, **kwargs)
            handler.remove_callback(Other)

    class Other(Looking):
        def on_train_end(self, args, state, control, **kwargs):
            pass

    from transformers import Trainer, TrainingArguments

    args = TrainingArguments("out", report_to=[], num_train_epochs=1, disable_tqdm=True, save_strategy="no", **CPU)
    tokenizer = words()
    trainer = Trainer(
        classifier(), args, padded, sentences(2), processing_class=tokenizer, callbacks=[Leaving(), Other()]
    )
    handler = trainer.callback_handler
    trainer.train()
    assert [callback.seen is tokenizer for callback in handler.callbacks if isinstance(callback, Looking)] == [True]


@since_5
def test_an_image_to_text_pipeline_by_dialect():
    if importlib.util.find_spec("PIL") is None:
        pytest.skip("Pillow is not installed")
    from transformers import (
        GPT2Config,
        ViTConfig,
        ViTImageProcessor,
        VisionEncoderDecoderConfig,
        VisionEncoderDecoderModel,
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
