"""What the recordings cannot say: refusals, things that are left alone, and what is put back."""

from __future__ import annotations

import dataclasses
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


@pytest.mark.usefixtures("patched")
def test_a_field_of_a_subclass_has_no_default_unless_it_says_so(arguments):
    @dataclasses.dataclass(kw_only=True)
    class Named(arguments):
        use_ipex: str
        no_cuda: str
        mine: int

    fields = {field.name: field.default for field in dataclasses.fields(Named)}
    taken = {"use_ipex", "no_cuda"} & {field.name for field in dataclasses.fields(arguments)}  # 4.x has them itself
    lacking = {"use_ipex", "no_cuda", "mine"} - taken
    assert {name for name, default in fields.items() if default is dataclasses.MISSING} >= lacking
    assert Named(output_dir="out", use_ipex="a", no_cuda="b", mine=3, use_cpu=True).use_ipex == "a"


@since_5
@pytest.mark.usefixtures("patched")
@pytest.mark.parametrize("before", [True, False])
def test_a_subclass_keeps_its_own_tokenizer(before):
    from transformers import Trainer

    class Own(Trainer):
        def __init__(self, *args, mine, **kwargs):
            if before:
                self.tokenizer = mine
            super().__init__(*args, **kwargs)
            if not before:
                self.tokenizer = mine

    tokenizer = words()
    trainer = trained(Own, num_train_epochs=1, more={"mine": "another", "processing_class": tokenizer})
    assert (trainer.tokenizer, trainer.processing_class) == ("another", tokenizer)
    assert trained(Own, num_train_epochs=1, more={"mine": "another"}).processing_class is None
    del trainer.tokenizer
    assert trainer.tokenizer is tokenizer


@pytest.mark.usefixtures("patched")
def test_a_callback_with_a_variable_of_that_name_is_given_nothing_more():
    from transformers import TrainerCallback

    class Hands(TrainerCallback):
        def on_train_end(self, args, state, control, **kwargs):
            tokenizer = kwargs.get("processing_class")
            self.take(tokenizer, **kwargs)

        def take(self, tokenizer, **kwargs):
            self.given = sorted(kwargs)

    callback = Hands()
    trained(num_train_epochs=1, more={"callbacks": [callback]})
    assert "tokenizer" not in callback.given


@since_5
@pytest.mark.usefixtures("patched")
def test_a_pipeline_that_is_registered_by_position_has_its_type():
    from transformers.pipelines import PIPELINE_REGISTRY, Pipeline

    class Own(Pipeline):
        pass

    try:
        PIPELINE_REGISTRY.register_pipeline("own-task", Own, None, None, "text")
        assert PIPELINE_REGISTRY.supported_tasks["own-task"]["type"] == "text"
        assert "default" not in PIPELINE_REGISTRY.supported_tasks["own-task"]
    finally:
        PIPELINE_REGISTRY.supported_tasks.pop("own-task", None)


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


@pytest.mark.usefixtures("patched")
@since_5
def test_tensorboard_writes_where_the_arguments_say(arguments, monkeypatch):
    from transformers.integrations import TensorBoardCallback
    from transformers.trainer_callback import TrainerControl, TrainerState

    if Version("5.15.0.dev0") > RUNTIME:
        pytest.skip(f"transformers {RUNTIME} takes logging_dir and leaves it, unless a dialect says more")
    folders = []
    callback = TensorBoardCallback.__new__(TensorBoardCallback)
    callback._SummaryWriter, callback.tb_writer, callback.logging_dir = (
        lambda log_dir: folders.append(log_dir),
        None,
        None,
    )
    for given in ({"logging_dir": "here"}, {}):
        callback.logging_dir = None
        callback.on_train_begin(
            arguments("out", **CPU, **given), TrainerState(is_world_process_zero=True), TrainerControl()
        )
    assert folders[0] == "here"
    assert folders[1].startswith("out/runs/")


def test_what_push_to_hub_took():
    from hfcompat_plugins.trainer.hub import pushing

    push = pushing(lambda self, repo_id, **more: (repo_id, more))
    assert push(None, "me/model", True, "message", use_auth_token="t") == (
        "me/model",
        {"commit_message": "message", "token": "t"},
    )
    assert push(None, "model", organization="us", safe_serialization=False) == ("us/model", {})
    assert push(None, repo_url="https://huggingface.co/us/model") == ("us/model", {})


def test_whose_token():
    from hfcompat_plugins.trainer.hub import fetching
    from hfcompat_plugins.trainer.pipelines import taking_auth_token

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert fetching(lambda **more: more)(use_auth_token="t") == {"token": "t"}
        assert fetching(lambda **more: more)(use_auth_token="t", token="mine") == {"token": "mine"}
        assert taking_auth_token(lambda **more: more)(model_kwargs={"use_auth_token": "t"}) == {
            "model_kwargs": {},
            "token": "t",
        }


@pytest.mark.usefixtures("patched")
def test_wav2vec2_knows_its_tokenizer(tmp_path):
    from transformers import Wav2Vec2Processor

    (tmp_path / "preprocessor_config.json").write_text('{"feature_extractor_type": "Wav2Vec2FeatureExtractor"}')
    (tmp_path / "vocab.json").write_text('{"<pad>": 0, "<s>": 1, "</s>": 2, "<unk>": 3, "|": 4, "a": 5, "b": 6}')
    processor = Wav2Vec2Processor.from_pretrained(str(tmp_path))
    assert type(processor.tokenizer).__name__ == "Wav2Vec2CTCTokenizer"
    assert processor.tokenizer.batch_decode([[5, 5, 0, 5, 4, 6]]) == ["aa b"]
