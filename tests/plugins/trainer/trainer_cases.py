"""What programs of the 4.x days ask of training and pipelines, each as a function that answers in plain data.

`record.py` runs them on the version that each is written for; the tests run them on the installed one, patched.
"""

from __future__ import annotations

import dataclasses
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from transformers import HfArgumentParser, Seq2SeqTrainingArguments, Trainer, TrainerCallback, TrainingArguments

CPU = {"use_cpu": True}


@dataclass
class Case:
    call: Callable[[], Any]
    version: str  #: it was written for
    dialect: bool = False  #: whether it needs one to be answered the same
    dialect_of_early_5: bool = (
        False  #: whether it does on 5.0 to 5.14, which take warmup_ratio and logging_dir their own way
    )


CASES: dict[str, Case] = {}


def case(version: str, **more: bool) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    def add(call: Callable[[], Any]) -> Callable[[], Any]:
        CASES[call.__name__.replace("_", " ")] = Case(call, version, **more)
        return call

    return add


def plain(value: Any) -> Any:
    if isinstance(value, torch.Tensor):
        return plain(value.tolist())
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        return value.item()
    return getattr(value, "value", value)


# ---- models and data, the same on every version


def filled(model: Any) -> Any:
    """Weights that depend on nothing but their names."""
    generator = torch.Generator().manual_seed(0)
    state = model.state_dict()
    for name in sorted(state):
        if state[name].is_floating_point():
            state[name].copy_(torch.randn(state[name].shape, generator=generator) * 0.3)
    return model.eval()


SMALL = dict(vocab_size=24, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)


def classifier(**more: Any) -> Any:
    from transformers import BertConfig, BertForSequenceClassification

    config = BertConfig(**SMALL, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0, **more)
    return filled(BertForSequenceClassification(config))


def llama() -> Any:
    from transformers import LlamaConfig, LlamaForCausalLM

    return filled(LlamaForCausalLM(LlamaConfig(**SMALL, max_position_embeddings=16, pad_token_id=0)))


def sentences(count: int = 8, length: int = 6) -> list[dict[str, Any]]:
    """For the classifier; lengths differ."""
    generator = torch.Generator().manual_seed(1)
    rows = []
    for place in range(count):
        ids = torch.randint(1, 24, (length - place % 3,), generator=generator).tolist()
        rows.append({"input_ids": ids, "attention_mask": [1] * len(ids), "labels": place % 2})
    return rows


def texts(count: int = 8) -> list[dict[str, Any]]:
    """For the language model; some labels are masked."""
    generator = torch.Generator().manual_seed(2)
    rows = []
    for place in range(count):
        ids = torch.randint(1, 24, (6,), generator=generator)
        labels = ids.clone()
        labels[: place % 4] = -100
        rows.append({"input_ids": ids, "attention_mask": torch.ones_like(ids), "labels": labels})
    return rows


def padded(rows: list[dict[str, Any]]) -> dict[str, torch.Tensor]:
    length = max(len(row["input_ids"]) for row in rows)
    fill = lambda row, name: list(row[name]) + [0] * (length - len(row[name]))  # noqa: E731
    batch = {name: torch.tensor([fill(row, name) for row in rows]) for name in ("input_ids", "attention_mask")}
    return {**batch, "labels": torch.tensor([row["labels"] for row in rows])}


def trained(
    cls: type = Trainer,
    arguments: type = TrainingArguments,
    model: Any = None,
    data: Any = None,
    folder: str | None = None,
    more: dict[str, Any] | None = None,
    **given: Any,
) -> Any:
    """A trainer that has trained two epochs of four batches."""
    said = {
        "per_device_train_batch_size": 2,
        "num_train_epochs": 2,
        "logging_steps": 1,
        "save_strategy": "no",
        "learning_rate": 1e-2,
        "disable_tqdm": True,
        "report_to": [],
        **CPU,
        **given,
    }
    collator = {"data_collator": padded} if data is None else {}
    trainer = cls(
        model=classifier() if model is None else model,
        args=arguments(folder or tempfile.mkdtemp(), **said),
        train_dataset=sentences() if data is None else data,
        **collator,
        **(more or {}),
    )
    trainer.train()
    return trainer


def losses(trainer: Any) -> list[float]:
    return [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]


def rates(trainer: Any) -> list[float]:
    return [entry["learning_rate"] for entry in trainer.state.log_history if "loss" in entry]


def words() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {
        word: place
        for place, word in enumerate("[PAD] [EOS] [UNK] [CLS] [SEP] who what is was here the cat dog".split())
    }
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    special = {
        "pad_token": "[PAD]",
        "eos_token": "[EOS]",
        "unk_token": "[UNK]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
    }
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special)


# ---- arguments

READ = (
    "eval_strategy evaluation_strategy use_cpu no_cuda per_device_train_batch_size per_device_eval_batch_size train_batch_size"
    " save_safetensors include_for_metrics include_inputs_for_metrics hub_token push_to_hub_token hub_model_id"
    " push_to_hub_organization overwrite_output_dir warmup_ratio warmup_steps past_index ray_scope jit_mode_eval use_ipex"
    " torch_compile_backend torchdynamo fsdp_min_num_params fsdp_transformer_layer_cls_to_wrap optim group_by_length"
    " mp_parameters fp16_backend half_precision_backend fp16_opt_level tpu_num_cores tpu_metrics_debug debug framework"
    " use_legacy_prediction_loop use_mps_device dispatch_batches split_batches include_tokens_per_second logging_dir"
).split()


def read(args: Any, *names: str) -> dict[str, Any]:
    return plain({name: getattr(args, name) for name in names})


@case("4.49", dialect_of_early_5=True)
def arguments_by_default():
    names = set(READ) - {"evaluation_strategy", "optim", "use_cpu", "no_cuda", "logging_dir"}  # those have other cases
    return read(TrainingArguments("out", **CPU), *sorted(names))


@case("4.49")
def arguments_with_an_equal():
    args = TrainingArguments(
        "out",
        evaluation_strategy="steps",
        no_cuda=True,
        per_gpu_train_batch_size=3,
        per_gpu_eval_batch_size=5,
        include_inputs_for_metrics=True,
        push_to_hub_token="secret",
        group_by_length=True,
        adafactor=True,
        tpu_metrics_debug=True,
        logging_dir="somewhere",
    )
    return read(
        args,
        *"eval_strategy eval_steps do_eval use_cpu no_cuda train_batch_size eval_batch_size include_for_metrics hub_token".split(),
        *"group_by_length debug logging_dir optim".split(),
    )


@case("4.49")
def arguments_for_accelerate():
    args = TrainingArguments("out", dispatch_batches=True, split_batches=True, **CPU)
    return [args.accelerator_config.dispatch_batches, args.accelerator_config.split_batches]


@case("4.49")
def arguments_for_the_hub():
    both = TrainingArguments("out", push_to_hub_model_id="model", push_to_hub_organization="me", **CPU)
    return [both.hub_model_id, TrainingArguments("folder/out", push_to_hub_organization="me", **CPU).hub_model_id]


@case("4.49", dialect_of_early_5=True)
def arguments_that_are_kept():
    args = TrainingArguments(
        "out",
        overwrite_output_dir=True,
        save_safetensors=False,
        warmup_ratio=0.25,
        fp16_backend="auto",
        jit_mode_eval=False,
        **CPU,
    )
    args.warmup_ratio = 0.5
    return read(
        args, *"overwrite_output_dir save_safetensors warmup_ratio warmup_steps fp16_backend jit_mode_eval".split()
    )


@case("4.49", dialect_of_early_5=True)
def arguments_set_afterwards():
    args = TrainingArguments("out", group_by_length=True, **CPU)
    args.group_by_length = False
    args.warmup_ratio = 0.1
    args.logging_dir = "elsewhere"
    return [args.group_by_length, args.get_warmup_steps(55), args.logging_dir]


@case("4.49")
def arguments_of_seq2seq():
    args = Seq2SeqTrainingArguments(
        "out", evaluation_strategy="epoch", predict_with_generate=True, no_cuda=True, warmup_ratio=0.1
    )
    return read(args, *"eval_strategy use_cpu predict_with_generate warmup_ratio".split())


@case("4.49")
def arguments_of_a_derived_dataclass():
    @dataclass
    class Mine(TrainingArguments):
        beta: float = 0.1
        logging_dir: str = "mine"
        report_to: str = "none"

    args = Mine("out", evaluation_strategy="epoch", no_cuda=True, save_safetensors=False, beta=0.2)
    return read(args, *"eval_strategy use_cpu save_safetensors beta logging_dir report_to".split())


@case("4.49")
def arguments_of_a_constructor_of_ones_own():
    class Mine(TrainingArguments):
        def __init__(self, *args, beta=0.1, **kwargs):
            super().__init__(*args, **kwargs)
            self.beta = beta

    return read(Mine("out", evaluation_strategy="epoch", no_cuda=True, beta=0.2), "eval_strategy", "use_cpu", "beta")


@case("4.49")
def arguments_from_a_dict_of_arguments():
    args = TrainingArguments("out", save_safetensors=False, warmup_ratio=0.25, overwrite_output_dir=True, no_cuda=True)
    again = TrainingArguments(**json.loads(args.to_json_string()))
    return read(again, *"save_safetensors warmup_ratio overwrite_output_dir use_cpu".split())


@case("4.49")
def arguments_from_a_command_line():
    line = "--output_dir out --evaluation_strategy steps --no_cuda --no_save_safetensors --warmup-ratio=0.2 --group_by_length True"
    args, more = HfArgumentParser((TrainingArguments, Extra)).parse_args_into_dataclasses(
        [*line.split(), "--name", "x"], look_for_args_file=False
    )
    return [read(args, *"eval_strategy use_cpu save_safetensors warmup_ratio group_by_length".split()), more.name]


@dataclass
class Extra:
    name: str = "nobody"


@case("4.49")
def arguments_from_a_json_file():
    path = os.path.join(tempfile.mkdtemp(), "args.json")
    with open(path, "w") as file:
        json.dump({"output_dir": "out", "evaluation_strategy": "epoch", "no_cuda": True, "name": "y"}, file)
    args, more = HfArgumentParser((Seq2SeqTrainingArguments, Extra)).parse_json_file(path)
    return [read(args, "eval_strategy", "use_cpu"), more.name]


# ---- training


@case("4.57")
def warmup_by_ratio():
    trainer = trained(warmup_ratio=0.5)
    return [losses(trainer), rates(trainer)]


@case("4.57", dialect=True)
def warmup_of_all_steps():
    return rates(trained(warmup_ratio=1.0))


@case("4.57", dialect=True)
def warmup_steps_before_ratio():
    return rates(trained(warmup_ratio=0.0, warmup_steps=2))


@case("4.57")
def grouped_by_length():
    return losses(trained(group_by_length=True))


class OldLoss(Trainer):
    def compute_loss(self, model, inputs, return_outputs=False):
        outputs = model(**inputs)
        return (outputs.loss, outputs) if return_outputs else outputs.loss


class OwnSamples(OldLoss):
    """`get_batch_samples` of TRL up to 0.11, which samples from a model; since 4.46 the training loop gets its batches by that name."""

    def get_batch_samples(self, model, batch):
        return [type(model).__name__, sorted(batch)]

    def evaluation_loop(self, *args, **kwargs):
        self.sampled = self.get_batch_samples(self.model, self.train_dataset[0])
        return super().evaluation_loop(*args, **kwargs)


@case("4.44")
def a_method_by_the_name_of_a_later_one():
    trainer = trained(OwnSamples, gradient_accumulation_steps=2)
    trainer.evaluate(sentences(4))
    return [losses(trainer), trainer.sampled]


class OldStep(Trainer):
    def training_step(self, model, inputs):
        model.train()
        loss = self.compute_loss(model, self._prepare_inputs(inputs))
        self.accelerator.backward(loss)
        return loss.detach() / self.args.gradient_accumulation_steps


class OldStepCallingUp(Trainer):
    def training_step(self, model, inputs):
        return super().training_step(model, inputs)


class OldRest(Trainer):
    said: list = []  # noqa: RUF012

    def log(self, logs):
        self.said.append(sorted(set(logs) & {"loss", "learning_rate"}))
        super().log(logs)

    def _get_train_sampler(self):
        return torch.utils.data.SequentialSampler(self.train_dataset)

    def create_optimizer(self):
        self.optimizer = torch.optim.SGD(self.model.parameters(), lr=self.args.learning_rate)
        return self.optimizer


def accumulated(cls: type) -> list[float]:
    return losses(trained(cls, model=llama(), data=texts(), gradient_accumulation_steps=2))


@case("4.44")
def loss_overridden():
    return accumulated(OldLoss)


@case("4.44")
def step_overridden():
    return accumulated(OldStep)


@case("4.44")
def step_overridden_calling_up():
    return accumulated(OldStepCallingUp)


@case("4.44")
def log_sampler_and_optimizer_overridden():
    OldRest.said = []
    trainer = trained(OldRest)
    return [losses(trainer), OldRest.said]


@case("4.44")
def evaluation_with_the_loss_overridden():
    trainer = trained(OldLoss, num_train_epochs=1)
    return trainer.evaluate(sentences(4))["eval_loss"]


@case("4.44", dialect=True)
def mean_of_the_means():
    trainer = trained(model=llama(), data=texts(), gradient_accumulation_steps=2)
    return [losses(trainer), rates(trainer)]


@case("4.57", dialect=True)
def loss_over_all_labels():
    return losses(trained(model=llama(), data=texts(), gradient_accumulation_steps=2))


@case("4.57", dialect=True)
def smoothed_loss():
    return losses(trained(model=llama(), data=texts(), label_smoothing_factor=0.1))


@case("4.57", dialect=True)
def smoothed_loss_accumulated():
    return losses(trained(model=llama(), data=texts(), label_smoothing_factor=0.1, gradient_accumulation_steps=2))


@case("4.57", dialect=True)
def cache_of_a_trained_model():
    model = llama()
    trained(model=model, data=texts(), num_train_epochs=1)
    made = Trainer(model_init=llama, args=TrainingArguments(tempfile.mkdtemp(), report_to=[], **CPU))
    return [model.config.use_cache, made.model.config.use_cache]


@case("4.49")
def tokenizer_of_a_trainer():
    tokenizer, other = words(), words()
    trainer = Trainer(classifier(), TrainingArguments(tempfile.mkdtemp(), report_to=[], **CPU), tokenizer=tokenizer)
    seen = [trainer.tokenizer is tokenizer, type(trainer.data_collator).__name__]
    trainer.tokenizer = other
    return [*seen, trainer.tokenizer is other]


@case("4.49")
def tokenizer_of_a_seq2seq_trainer():
    from transformers import Seq2SeqTrainer

    tokenizer = words()
    args = Seq2SeqTrainingArguments(tempfile.mkdtemp(), report_to=[], **CPU)
    return Seq2SeqTrainer(classifier(), args, tokenizer=tokenizer).tokenizer is tokenizer


class Named(TrainerCallback):
    seen = None

    def on_train_begin(self, args, state, control, model=None, tokenizer=None, **kwargs):
        self.seen = tokenizer


class Looking(TrainerCallback):
    seen = None

    def on_train_end(self, args, state, control, **kwargs):
        self.seen = kwargs["tokenizer"]


@case("4.44")
def tokenizer_for_callbacks():
    tokenizer, callbacks = words(), [Named(), Looking()]
    trainer = trained(num_train_epochs=1, more={"tokenizer": tokenizer, "callbacks": callbacks})
    held = trainer.callback_handler
    return [
        *(callback.seen is tokenizer for callback in callbacks),
        held.tokenizer is tokenizer,
        *(c in held.callbacks for c in callbacks),
    ]


@case("4.44", dialect=True)
def positional_arguments():
    def metrics(prediction):
        return {"count": len(prediction.label_ids)}

    args = TrainingArguments(tempfile.mkdtemp(), report_to=[], **CPU)
    trainer = Trainer(classifier(), args, padded, None, sentences(4), None, None, metrics, [Looking()])
    return [trainer.compute_metrics is metrics, any(isinstance(c, Looking) for c in trainer.callback_handler.callbacks)]


class Keeping(Trainer):
    def _rotate_checkpoints(self, use_mtime=False, output_dir=None):
        """Keeps everything."""


class Metrics(Trainer):
    def _save_checkpoint(self, model, trial, metrics=None):
        super()._save_checkpoint(model, trial, metrics=metrics)


def checkpoints(cls: type, **given: Any) -> list[str]:
    folder = tempfile.mkdtemp()
    trained(cls, folder=folder, save_strategy="steps", save_steps=2, save_total_limit=1, **given)
    return sorted(name for name in os.listdir(folder) if name.startswith("checkpoint"))


@case("4.44")
def checkpoints_kept_by_an_override():
    return checkpoints(Keeping)


@case("4.44")
def checkpoints_rotated():
    return checkpoints(Metrics)


@case("4.57")
def saved_in_pytorchs_format():
    folder = tempfile.mkdtemp()
    trainer = trained(folder=folder, save_safetensors=False, save_strategy="epoch", num_train_epochs=1)
    trainer.save_model()
    saved = torch.load(os.path.join(folder, "pytorch_model.bin"), weights_only=True)
    step = os.path.join(folder, "checkpoint-4")
    again = trained(folder=folder, num_train_epochs=2, max_steps=4, save_safetensors=False)
    weights = sorted(name for name in os.listdir(step) if name.startswith(("model", "pytorch_model")))
    again.train(resume_from_checkpoint=step)
    return [weights, sorted(saved), saved["classifier.weight"].abs().sum(), losses(again)[:4]]


@case("4.57")
def model_path_of_train():
    folder = tempfile.mkdtemp()
    trained(folder=folder, save_strategy="epoch", num_train_epochs=1, warmup_steps=0)
    trainer = Trainer(
        classifier(),
        TrainingArguments(
            folder,
            num_train_epochs=2,
            per_device_train_batch_size=2,
            report_to=[],
            disable_tqdm=True,
            save_strategy="no",
            **CPU,
        ),
        padded,
        sentences(),
    )
    trainer.train(model_path=os.path.join(folder, "checkpoint-4"))
    return trainer.state.global_step


@case("4.49")
def members_of_a_trainer():
    trainer = trained(num_train_epochs=1, neftune_noise_alpha=5.0)
    loader = trainer.get_train_dataloader()
    output = trainer.prediction_loop(trainer.get_eval_dataloader(sentences(4)), "evaluation")
    gathered = trainer._nested_gather((torch.ones(2), [torch.zeros(1)]))
    trainer._activate_neftune(trainer.model)
    hooks = len(trainer.model.get_input_embeddings()._forward_hooks)
    trainer._deactivate_neftune(trainer.model)
    return plain(
        [
            trainer.num_tokens(loader, 3),
            sorted(output.metrics),
            output.num_samples,
            gathered,
            [hooks, len(trainer.model.get_input_embeddings()._forward_hooks)],
            trainer._gather_and_numpify(torch.ones(2), "x").tolist(),
            trainer.use_apex,
            trainer.use_cpu_amp,
        ]
    )


@case("4.49")
def checkpoints_sorted_by_a_trainer():
    folder = tempfile.mkdtemp()
    for step in (10, 2, 30):
        os.makedirs(os.path.join(folder, f"checkpoint-{step}"))
    trainer = Trainer(classifier(), TrainingArguments(folder, save_total_limit=1, report_to=[], **CPU))
    trainer.state.best_model_checkpoint = os.path.join(folder, "checkpoint-2")
    found = [os.path.basename(path) for path in trainer._sorted_checkpoints(output_dir=folder)]
    trainer._rotate_checkpoints(output_dir=folder)
    return [found, sorted(os.listdir(folder))]


@case("4.49")
def optimizer_of_transformers_own():
    from transformers.training_args import OptimizerNames

    trainer = trained(optim="adamw_hf", weight_decay=0.1)
    return [losses(trainer), trainer.args.optim == OptimizerNames.ADAMW_HF, trainer.args.to_dict()["optim"]]


@case("4.57")
def optimizers_whose_package_is_missing():
    def tried(name: str) -> bool:
        try:
            Trainer.get_optimizer_cls_and_kwargs(TrainingArguments("out", optim=name, **CPU))
        except ValueError:
            return True
        return False

    return [tried("adamw_apex_fused"), tried("adamw_bnb_8bit")]


@case("4.57", dialect=True)
def evaluated_by_steps():
    more = {"eval_dataset": sentences(2)}
    trainer = trained(num_train_epochs=1, eval_strategy="steps", eval_steps=3, more=more)
    return [entry["step"] for entry in trainer.state.log_history if "eval_loss" in entry]


# ---- processors and the hub


def own_processor() -> Any:
    from transformers import ProcessorMixin, Wav2Vec2FeatureExtractor

    class Mine(ProcessorMixin):
        attributes = ["feature_extractor", "tokenizer"]  # noqa: RUF012
        tokenizer_class = "PreTrainedTokenizerFast"
        feature_extractor_class = "Wav2Vec2FeatureExtractor"

    return Mine(Wav2Vec2FeatureExtractor(), words())


@case("4.49")
def processor_of_ones_own():
    processor = own_processor()
    parts = [type(getattr(processor, name)).__name__ for name in processor.attributes]
    processor.feature_extractor._set_processor_class("Mine")
    return [parts[0], processor.feature_extractor._processor_class]


@case("4.57", dialect=True)
def processor_saved():
    folder = tempfile.mkdtemp()
    own_processor().save_pretrained(folder)
    return sorted(set(os.listdir(folder)) & {"preprocessor_config.json", "tokenizer.json", "tokenizer_config.json"})


@case("4.57")
def processor_written_as_of_old():
    return "processor_class" in own_processor().to_dict(legacy_serialization=False)


@case("4.49")
def file_fetched_by_position():
    from transformers.utils.hub import cached_file

    folder = tempfile.mkdtemp()
    with open(os.path.join(folder, "config.json"), "w") as file:
        file.write("{}")
    return os.path.relpath(cached_file(folder, "config.json", None, False), folder)


# ---- pipelines


def seq2seq() -> Any:
    from transformers import T5Config, T5ForConditionalGeneration

    config = T5Config(
        vocab_size=13,
        d_model=16,
        d_kv=8,
        d_ff=16,
        num_layers=1,
        num_heads=2,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
    )
    return filled(T5ForConditionalGeneration(config))


@case("4.57")
def pipelines_of_texts():
    from transformers import pipeline

    model, tokenizer = seq2seq(), words()
    answers = []
    for task in ("summarization", "text2text-generation", "translation", "translation_en_to_fr"):
        pipe = pipeline(task, model=model, tokenizer=tokenizer, framework="pt")
        answers.append([type(pipe).__name__, pipe.framework, pipe("what is the cat", max_new_tokens=5, num_beams=1)])
    return answers


@case("4.57", dialect=True)  # the tokenizer's token_type_ids
def pipeline_of_questions():
    from transformers import BertConfig, BertForQuestionAnswering, pipeline

    model = filled(BertForQuestionAnswering(BertConfig(**SMALL)))
    answer = pipeline("question-answering", model=model, tokenizer=words())(
        question="who is here", context="the cat was here"
    )
    return plain(answer)


def scores(**given: Any) -> Any:
    from transformers import pipeline

    return plain(
        pipeline("text-classification", model=classifier(num_labels=3), tokenizer=words(), **given)("the cat is here")
    )


@case("4.57", dialect=True)
def pipeline_with_all_scores():
    return scores(return_all_scores=True)


@case("4.57")
def pipeline_with_grouped_entities():
    from transformers import BertConfig, BertForTokenClassification, pipeline

    model = filled(BertForTokenClassification(BertConfig(**SMALL, num_labels=3)))
    found = pipeline("ner", model=model, tokenizer=words(), grouped_entities=True, ignore_labels=[])("the cat is here")
    return [[entry["entity_group"], float(entry["score"]), entry["word"]] for entry in found]


@case("4.57")
def pipeline_of_ones_own():
    from transformers import AutoModelForSequenceClassification, Pipeline, pipeline
    from transformers.pipelines import PIPELINE_REGISTRY

    class Mine(Pipeline):
        def _sanitize_parameters(self, **kwargs):
            return {}, {}, {}

        def preprocess(self, text):
            return self.tokenizer(text, return_tensors=self.framework)

        def _forward(self, inputs):
            return self.model(**inputs)

        def postprocess(self, outputs):
            return outputs.logits.tolist()

    PIPELINE_REGISTRY.register_pipeline(
        "mine",
        pipeline_class=Mine,
        pt_model=AutoModelForSequenceClassification,
        tf_model=None,
        default={"pt": ("me/model", "main")},
        type="text",
    )
    try:
        pipe = pipeline("mine", model=classifier(), tokenizer=words())
        return [pipe("the cat"), pipe.modelcard]
    finally:
        del PIPELINE_REGISTRY.supported_tasks["mine"]


def answer(name: str) -> Any:
    transformers.logging.set_verbosity_error()
    torch.set_num_threads(1)
    return json.loads(json.dumps(plain(CASES[name].call())))
