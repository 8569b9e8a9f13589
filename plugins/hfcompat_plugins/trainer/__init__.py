"""Training and pipelines: arguments, methods and defaults of `Trainer`, `pipeline` and processors that have gone.

What an old name meant is what it does; where nothing of today is equal, using it raises the name of its replacement.
Changed defaults come back with `apply(dialect=...)`, each by a row of its own.
"""

from __future__ import annotations

from hfcompat import Kind, Patch, hookimpl

_HERE = "hfcompat_plugins.trainer"
_TESTED = "<5.24"

_PULL = "https://github.com/huggingface/transformers/pull/"
_TREE = "https://github.com/huggingface/transformers/blob/"
_GUIDE = _TREE + "main/MIGRATION_GUIDE_V5.md#trainer"
_ARGUMENTS_4_49 = _TREE + "v4.49.0/src/transformers/training_args.py"
_ARGUMENTS_4_56 = _TREE + "v4.56.2/src/transformers/training_args.py"
_TRAINER_5_1 = _TREE + "v5.1.0/src/transformers/trainer.py"
_ARGUMENTS_5_1 = _TREE + "v5.1.0/src/transformers/training_args.py"


def _row(
    kind: Kind,
    id: str,
    target: str,
    impl: str,
    since: str,
    reason: str,
    upstream: str,
    *,
    until: str | None = None,
    dialect: str | None = None,
    after: tuple[str, ...] = (),
) -> Patch:
    """A row of host-side code, which torch.compile never meets."""
    span = f">={since}.dev0" + (
        f",<{until}.dev0" if until else "" if kind in (Kind.ADD, Kind.REGISTER) else f",{_TESTED}"
    )
    when = {"transformers": span} | ({"dialect": f"<{dialect}.dev0"} if dialect else {})
    return Patch(
        id=id,
        target=f"transformers.{target}",
        kind=kind,
        impl=impl if impl.startswith("transformers") else f"{_HERE}.{impl}",
        when=when,
        reason=reason,
        upstream=upstream,
        traced=False,
        behavioural=dialect is not None,
        after=after,
    )


def _add(id: str, target: str, impl: str, since: str, reason: str, upstream: str, **more: object) -> Patch:
    return _row(Kind.ADD, id, target, impl, since, reason, upstream, **more)  # type: ignore[arg-type]


def _wrap(id: str, target: str, impl: str, since: str, reason: str, upstream: str, **more: object) -> Patch:
    return _row(Kind.WRAP, id, target, impl, since, reason, upstream, **more)  # type: ignore[arg-type]


# What the constructors take. Every name is listed, with its meaning, in arguments.py.
CONSTRUCTORS = [
    _wrap("arguments", "training_args:TrainingArguments.__init__", "subclasses:base_taking_removed", "4.49.0",
          "TrainingArguments(evaluation_strategy=..., no_cuda=...) and 30 more arguments of v4 stop with TypeError.", _GUIDE),
    _wrap("seq2seq-arguments", "training_args_seq2seq:Seq2SeqTrainingArguments.__init__", "arguments:taking_removed", "4.49.0",
          "Seq2SeqTrainingArguments(evaluation_strategy=...) stops with TypeError.", _GUIDE),
    Patch("derived-arguments", "dataclasses:_process_class", Kind.WRAP, f"{_HERE}.subclasses:decorated",
          when={"transformers": f">=4.49.0.dev0,{_TESTED}", "python": "<3.15"}, traced=False, upstream=_GUIDE,
          reason="A dataclass that a package derives from TrainingArguments has a constructor of its own, which refuses the arguments of v4."),
    _wrap("arguments-to-dict", "training_args:TrainingArguments.to_dict", "arguments:with_removed", "4.49.0",
          "Arguments that were made with a removed name lose it in to_dict() and to_json_string(), and cannot be made from them again.", _GUIDE),
    _wrap("warmup-ratio-steps", "training_args:TrainingArguments.get_warmup_steps", "schedule:of_the_ratio", "5.15.0",
          "A warmup_ratio that is set on the arguments is not read: training starts without a warmup, in silence.", _GUIDE),
    _wrap("command-line", "hf_argparser:HfArgumentParser.parse_args_into_dataclasses", "parsing:parsed_into_dataclasses", "4.49.0",
          "`train.py --evaluation_strategy steps` stops with ValueError: the parser knows the fields of today only.", _GUIDE),
    _wrap("command-line-options", "hf_argparser:HfArgumentParser.parse_known_args", "parsing:known_args", "4.49.0",
          "Options of v4 are left over when the command line has been read.", _GUIDE),
    _wrap("command-line-dict", "hf_argparser:HfArgumentParser.parse_dict", "parsing:parsed_dict", "4.49.0",
          "A json or yaml file of arguments with evaluation_strategy in it stops with ValueError.", _GUIDE),
]  # fmt: skip

# What can be read from the arguments, and the version that dropped it.
ATTRIBUTES = [
    _add(f"arguments.{name.replace('_', '-')}", f"training_args:TrainingArguments.{name}", f"attributes:{name}", since,
         f"Code that reads args.{name} stops with AttributeError.", upstream)
    for since, upstream, names in (
        ("4.51.0", _ARGUMENTS_4_49, "evaluation_strategy dispatch_batches split_batches"),
        ("4.52.0", _TREE + "v4.51.3/src/transformers/training_args.py", "tp_size"),
        ("4.57.0", _ARGUMENTS_4_56, "use_ipex"),
        ("5.0.0", _GUIDE, "adafactor fp16_backend fp16_opt_level framework fsdp_min_num_params fsdp_transformer_layer_cls_to_wrap"
         " half_precision_backend include_inputs_for_metrics include_tokens_per_second jit_mode_eval mp_parameters no_cuda"
         " overwrite_output_dir past_index per_gpu_eval_batch_size per_gpu_train_batch_size push_to_hub_model_id"
         " push_to_hub_organization push_to_hub_token ray_scope save_safetensors torchdynamo tpu_metrics_debug tpu_num_cores"
         " use_legacy_prediction_loop use_mps_device"),
        ("5.2.0", _ARGUMENTS_5_1, "group_by_length"),
        ("5.15.0", _GUIDE, "logging_dir warmup_ratio"),
    )
    for name in names.split()
]  # fmt: skip

TRAINERS = [
    _wrap("tokenizer-argument", "trainer:Trainer.__init__", "trainers:taking_tokenizer", "5.0.0",
          "Trainer(tokenizer=...) stops with TypeError.", _GUIDE),
    _wrap("seq2seq-tokenizer-argument", "trainer_seq2seq:Seq2SeqTrainer.__init__", "trainers:taking_tokenizer", "5.0.0",
          "Seq2SeqTrainer(tokenizer=...) stops with TypeError.", _GUIDE),
    _wrap("old-overrides", "trainer:Trainer.__init__", "trainers:fitting_overrides", "4.49.0",
          "A subclass with compute_loss(self, model, inputs, return_outputs=False), training_step(self, model, inputs), log(self, logs) or"
          " _get_train_sampler(self) stops with TypeError in its first step: they are given more.", _PULL + "34191", after=("tokenizer-argument",)),
    _wrap("old-training-step", "trainer:Trainer.training_step", "overrides:with_plain_accumulation", "4.49.0",
          "A training_step that was written before 4.46 leaves the division by the accumulation steps to accelerate, which does not do it any more.",
          _PULL + "34191"),
    _wrap("model-path", "trainer:Trainer.train", "trainers:taking_model_path", "5.0.0",
          "trainer.train(model_path=...) stops with TypeError.", _GUIDE),
    _wrap("checkpoint-metrics", "trainer:Trainer._save_checkpoint", "trainers:ignoring_metrics", "4.49.0",
          "A subclass that calls super()._save_checkpoint(model, trial, metrics=metrics) stops with TypeError.",
          _TREE + "v4.46.3/src/transformers/trainer.py"),
    _wrap("overridden-rotation", "trainer:Trainer._save_checkpoint", "saving:rotating_as_overridden", "5.2.0",
          "A subclass's own _rotate_checkpoints or _sorted_checkpoints is not called any more, and checkpoints that it keeps are deleted, in silence.",
          _TRAINER_5_1, after=("checkpoint-metrics",)),
    _wrap("save-safetensors", "trainer:Trainer._save", "saving:without_safetensors", "5.0.0",
          "TrainingArguments(save_safetensors=False) is refused, and what reads pytorch_model.bin finds none.", _GUIDE),
    _wrap("callback-tokenizer", "trainer_callback:CallbackHandler.call_event", "callbacks:event_with_tokenizer", "4.49.0",
          "A callback that was written before 4.46 gets tokenizer=None, or a KeyError: events give processing_class.",
          _TREE + "v4.45.2/src/transformers/trainer_callback.py"),
    _add("callback-handler-tokenizer", "trainer_callback:CallbackHandler.tokenizer", "callbacks:tokenizer", "4.49.0",
         "Code that reads trainer.callback_handler.tokenizer stops with AttributeError.", _TREE + "v4.45.2/src/transformers/trainer_callback.py"),
    _add("tokenizer", "trainer:Trainer.tokenizer", "trainers:tokenizer", "5.0.0",
         "Code that reads or sets trainer.tokenizer stops with AttributeError, or sets what nobody reads.", _GUIDE),
]  # fmt: skip

# Methods and attributes of `Trainer`: name, code, and the version that dropped it.
MEMBERS = [
    _add(f"trainer.{name.strip('_').replace('_', '-')}", f"trainer:Trainer.{name}", f"members:{code}", since,
         f"A subclass or package that asks a trainer for {name} stops with AttributeError.", upstream)
    for since, upstream, names in (
        ("4.53.0", _TREE + "v4.52.4/src/transformers/trainer.py", {"ipex_optimize_model": "ipex_optimize_model"}),
        ("5.0.0", _TREE + "v4.57.6/src/transformers/trainer.py", {
            "_gather_and_numpify": "gather_and_numpify", "prediction_loop": "prediction_loop", "torch_jit_model_eval": "torch_jit_model_eval",
            "use_apex": "use_apex", "use_cpu_amp": "use_cpu_amp", "amp_dtype": "amp_dtype", "jit_compilation_time": "jit_compilation_time",
            "_past": "past",
        }),
        ("5.2.0", _TRAINER_5_1, {
            "_nested_gather": "nested_gather", "num_tokens": "num_tokens", "_sorted_checkpoints": "sorted_checkpoints",
            "_rotate_checkpoints": "rotate_checkpoints", "_activate_neftune": "activate_neftune", "_deactivate_neftune": "deactivate_neftune",
            "_align_special_tokens": "align_special_tokens", "compare_trainer_and_checkpoint_args": "compare_trainer_and_checkpoint_args",
            "_is_attention_mask_causal": "is_attention_mask_causal", "propagate_args_to_deepspeed": "propagate_args_to_deepspeed",
            "_save_tpu": "save_tpu",
        }),
    )
    for name, code in names.items()
]  # fmt: skip

# Changed defaults of the arguments. The constructor is wrapped where nobody gave a value, `__post_init__` where a value was made.
_DEFAULTS = (
    ("report-to", "reports_to_all", "5.0.0", "5.0.0", "An argument report_to that nobody gave meant every tracker that is installed; now it means none.", _GUIDE),
    ("optim", "adamw_torch", "4.54.0", "4.54.0", "The default optimizer was adamw_torch; with PyTorch 2.8 it is the fused one now.",
     _TREE + "v4.53.3/src/transformers/training_args.py"),
    ("average-tokens", "tokens_averaged_per_device", "4.54.0", "4.54.0",
     "Losses were averaged over the tokens of each device; now over those of all devices.", _TREE + "v4.53.3/src/transformers/training_args.py"),
    ("trackio-space", "trackio_space", "5.6.0", "5.6.0", "Trackio was given a space named trackio; now it logs to this machine only.",
     _TREE + "v5.5.4/src/transformers/training_args.py"),
)  # fmt: skip

_CONSTRUCTOR = (
    ("", "training_args:TrainingArguments", "arguments"),
    ("seq2seq-", "training_args_seq2seq:Seq2SeqTrainingArguments", "seq2seq-arguments"),
)

DEFAULTS = [
    *(
        _wrap(f"default-{prefix}{id}", f"{owner}.__init__", f"defaults:{impl}", since, reason, upstream, dialect=dialect,
              after=(around, *(f"default-{prefix}{before}" for before, *_ in _DEFAULTS[:place])))
        for prefix, owner, around in _CONSTRUCTOR
        for place, (id, impl, since, dialect, reason, upstream) in enumerate(_DEFAULTS)
    ),
    *(
        _wrap(f"default-{id}", "training_args:TrainingArguments.__post_init__", f"defaults:{impl}", since, reason, upstream, dialect=dialect,
              until=until, after=after)
        for id, impl, since, until, dialect, after, reason, upstream in (
            ("run-name", "run_named_by_folder", "4.55.0", None, "4.55", (),
             "A run that nobody named was named by its output_dir; now args.run_name is None.", _TREE + "v4.54.1/src/transformers/training_args.py"),
            ("scheduler-kwargs", "scheduler_kwargs_empty", "4.57.0", None, "4.57", ("default-run-name",),
             "args.lr_scheduler_kwargs was an empty dict; now it is None, and code that unpacks it stops with TypeError.", _ARGUMENTS_4_56),
            ("local-rank", "local_rank_of_process", "5.0.0", None, "5.0", ("default-run-name", "default-scheduler-kwargs"),
             "args.local_rank was 0 in a program of one process; now it is -1, so `if args.local_rank == 0` is never true.",
             _TREE + "v4.57.6/src/transformers/training_args.py"),
            ("warmup", "warmup_steps_win", "5.0.0", "5.15.0", "5.0", ("default-run-name", "default-scheduler-kwargs", "default-local-rank"),
             "warmup_steps came before warmup_ratio; in 5.0 to 5.14 warmup_ratio=0.0 takes every warmup step away.", _GUIDE),
            ("logging-dir", "logging_folder", "5.0.0", "5.15.0", "5.0",
             ("default-run-name", "default-scheduler-kwargs", "default-local-rank", "default-warmup"),
             "args.logging_dir was a folder below output_dir; in 5.0 to 5.14 it is None.", _GUIDE),
            ("fsdp", "fsdp_empty", "5.10.0", None, "5.0",
             ("default-run-name", "default-scheduler-kwargs", "default-local-rank", "default-warmup", "default-logging-dir"),
             "args.fsdp was an empty list and args.fsdp_config a dict; now they are None, and len(args.fsdp) stops with TypeError.",
             _TREE + "v5.9.0/src/transformers/training_args.py"),
        )
    ),
    _wrap("default-warmup-steps", "training_args:TrainingArguments.get_warmup_steps", "schedule:of_the_ratio", "5.0.0",
          "In 5.0 to 5.14 warmup_ratio=1.0 is one step of warmup, and a ratio that is set on the arguments is not read.", _GUIDE,
          until="5.15.0", dialect="5.0"),
    _wrap("default-place-model", "training_args:TrainingArguments.place_model_on_device", "defaults:placed_on_device", "5.2.0",
          "args.place_model_on_device was True; now it is None, and code that asks before it moves a model leaves it where it is.",
          _TRAINER_5_1.replace("trainer.py", "training_args.py"), dialect="5.0"),
]  # fmt: skip

# What training does otherwise.
BEHAVIOURS = [
    _wrap("use-cache", "trainer:Trainer.__init__", "behaviours:cache_as_configured", "5.0.0",
          "Trainer sets use_cache=False in the config of the model, which is saved with it: generation without a cache ever after.", _GUIDE,
          dialect="5.0", after=("tokenizer-argument", "old-overrides")),
    _wrap("loss-of-4.45", "trainer:Trainer.__init__", "behaviours:mean_of_means", "4.49.0",
          "The loss of an accumulated step was the mean of the losses of its batches; now it is the mean over all their tokens.", _PULL + "34191",
          dialect="4.46", after=("tokenizer-argument", "old-overrides", "use-cache")),
    _wrap("positional-arguments", "trainer:Trainer.__init__", "trainers:positional_of_4_45", "4.49.0",
          "Trainer(model, args, collator, train, eval, tokenizer, None, compute_metrics): since compute_loss_func came between, metrics are taken for a loss.",
          _PULL + "34198", dialect="4.46", after=("tokenizer-argument", "old-overrides", "use-cache", "loss-of-4.45")),
    _wrap("loss-over-all-labels", "trainer:Trainer._get_num_items_in_batch", "behaviours:counting_all_labels", "5.11.0",
          "A causal loss was divided by the number of labels; now the first label of each row is not counted, and the loss is higher.",
          _TREE + "v5.10.0/src/transformers/trainer.py", dialect="5.0"),
    _wrap("smoothed-loss", "trainer_pt_utils:LabelSmoother.__call__", "behaviours:smoothing_means", "5.15.0",
          "A smoothed loss was the mean of its batch; now it is divided by the tokens of the accumulated step.",
          _TREE + "v5.14.0/src/transformers/trainer_pt_utils.py", dialect="5.0"),
    _wrap("evaluation-at-the-end", "trainer_callback:DefaultFlowCallback.on_step_end", "behaviours:not_evaluating_at_the_end", "5.4.0",
          "Evaluation by steps has one more after the last step, and the best model may be another one.",
          _TREE + "v5.3.0/src/transformers/trainer_callback.py", dialect="5.0"),
    _wrap("logged-learning-rate", "trainer:Trainer._maybe_log_save_evaluate", "behaviours:learning_rate_after_the_step", "4.51.0",
          "The learning rate in the log was that of the next step; now it is that of the step that was made.",
          _TREE + "v4.50.3/src/transformers/trainer.py", dialect="4.51"),
]  # fmt: skip

_OPTIMIZERS = _TREE + "v4.49.0/src/transformers/training_args.py"

OPTIMIZERS = [
    _wrap("optimizers", "trainer:Trainer.get_optimizer_cls_and_kwargs", "optimizers:making_removed", "4.50.0",
          "optim='adamw_hf' (until 4.49) and 'adamw_apex_fused' (until 5.7) are unknown, and a missing package is no ValueError.", _OPTIMIZERS),
    _wrap("optimizer-names", "training_args:OptimizerNames._missing_", "optimizers:knowing_removed", "4.50.0",
          "TrainingArguments(optim='adamw_hf') stops with ValueError.", _OPTIMIZERS),
    _add("optimizer.adamw-hf", "training_args:OptimizerNames.ADAMW_HF", "optimizers:adamw_hf", "4.50.0",
         "Code that says OptimizerNames.ADAMW_HF stops with AttributeError.", _OPTIMIZERS),
    _add("optimizer.adamw-apex-fused", "training_args:OptimizerNames.ADAMW_APEX_FUSED", "optimizers:adamw_apex_fused", "5.8.0",
         "Code that says OptimizerNames.ADAMW_APEX_FUSED stops with AttributeError.", _TREE + "v5.7.0/src/transformers/training_args.py"),
    *(
        _wrap(f"bitsandbytes{id}", f"{module}:is_bitsandbytes_available", "optimizers:bitsandbytes_by_any_way", since,
              "A bitsandbytes that is imported but not installed as a distribution (a build of one's own) is not believed in.",
              _TREE + "v4.57.6/src/transformers/trainer.py", until=until)
        for id, module, since, until in (("-of-5.1", "trainer", "5.0.0", "5.2.0"), ("", "trainer_optimizer", "5.2.0", None))
    ),
]  # fmt: skip

_PIPELINES = _TREE + "v4.57.6/src/transformers/pipelines/"
_PIPELINES_GUIDE = _TREE + "main/MIGRATION_GUIDE_V5.md#pipelines"

PIPELINES = [
    _wrap("removed-tasks", "pipelines:check_task", "pipelines:checking_removed_tasks", "5.0.0",
          "pipeline('summarization'), 'translation_en_to_fr', 'text2text-generation' and, since 5.3, 'question-answering', 'visual-question-answering'"
          " and 'image-to-image' stop with KeyError.", _PIPELINES_GUIDE),
    _wrap("removed-tasks-resolved", "pipelines:_resolve_deprecated_task", "pipelines:keeping_removed_tasks", "5.20.0",
          "Since 5.20 a task that has gone is refused before anybody looks for it.", _PIPELINES_GUIDE),
    _wrap("pipeline-auth-token", "pipelines:pipeline", "pipelines:taking_auth_token", "5.0.0",
          "pipeline(use_auth_token=...) hands the token to the model or the tokenizer, and private models are not found.", _PULL + "41666"),
    _wrap("pipeline-framework", "pipelines.base:Pipeline.__init__", "pipelines:taking_framework", "5.0.0",
          "pipeline(..., framework='pt') hands the word on to generate or to the tokenizer, which refuse it.", _PIPELINES + "base.py"),
    _wrap("pipeline-safe-serialization", "pipelines.base:Pipeline.save_pretrained", "pipelines:taking_safe_serialization", "5.0.0",
          "pipe.save_pretrained(folder, False) stops with TypeError.", _PIPELINES + "base.py"),
    _add("pipeline.framework", "pipelines.base:Pipeline.framework", "pipelines:framework", "5.0.0",
         "A pipeline of somebody's own that says return_tensors=self.framework stops with AttributeError.", _PIPELINES + "base.py"),
    _add("pipeline.modelcard", "pipelines.base:Pipeline.modelcard", "pipelines:modelcard", "5.0.0",
         "Code that reads pipe.modelcard stops with AttributeError.", _PIPELINES + "base.py"),
    _add("pipeline.generation-config", "pipelines.base:Pipeline.generation_config", "pipelines:generation_config", "5.20.0",
         "A pipeline of somebody's own that says generate(generation_config=self.generation_config) stops with AttributeError.",
         _TREE + "v5.19.0/src/transformers/pipelines/base.py"),
    _wrap("register-pipeline", "pipelines.base:PipelineRegistry.register_pipeline", "pipelines:registering_with_frameworks", "5.0.0",
          "PIPELINE_REGISTRY.register_pipeline(..., tf_model=...) stops with TypeError, and a default {'pt': ...} is not found.", _PIPELINES + "base.py"),
    _wrap("grouped-entities", "pipelines.token_classification:TokenClassificationPipeline._sanitize_parameters", "pipelines:taking_grouped_entities", "5.0.0",
          "pipeline('ner', grouped_entities=True) stops with TypeError.", _PIPELINES + "token_classification.py"),
    _wrap("chat-images", "pipelines.image_text_to_text:ImageTextToTextPipeline.__call__", "pipelines:taking_chat_images", "5.0.0",
          "An image-text-to-text pipeline refuses images beside a chat.", _PULL + "42359"),
    _wrap("image-to-text", "pipelines:check_task", "pipelines:image_to_text_as_it_was", "5.0.0",
          "pipeline('image-to-text') is unknown in 5.0, and another task with other outputs since 5.20.", _PULL + "43306", dialect="5.0",
          after=("removed-tasks",)),
    _wrap("image-to-text-resolved", "pipelines:_resolve_deprecated_task", "pipelines:keeping_image_to_text", "5.20.0",
          "Since 5.20 pipeline('image-to-text') is taken for image-text-to-text.", _PULL + "43306", dialect="5.0", after=("removed-tasks-resolved",)),
    _wrap("all-scores", "pipelines.text_classification:TextClassificationPipeline._sanitize_parameters", "pipelines:taking_all_scores", "5.0.0",
          "return_all_scores=True of text classification is handed to the tokenizer, and only the best label comes back, in silence.",
          _PIPELINES + "text_classification.py", dialect="5.0"),
    _wrap("stop-sequence", "pipelines.text_generation:TextGenerationPipeline._sanitize_parameters", "pipelines:stopping_at_first_token", "5.20.0",
          "stop_sequence of text generation ended the text at any of its tokens; now at the whole string.",
          _TREE + "v5.19.0/src/transformers/pipelines/text_generation.py", dialect="5.0"),
]  # fmt: skip

_TENSORBOARD = "integrations.integration_utils:TensorBoardCallback.on_train_begin"

LOGGING = [
    _wrap("logging-dir", _TENSORBOARD, "tensorboard:writing_to_logging_dir", "5.15.0",
          "TensorBoard's events go below output_dir, whatever logging_dir says.", _GUIDE),
    _wrap("logging-dir-of-5.0", _TENSORBOARD, "tensorboard:writing_to_logging_dir", "5.0.0",
          "In 5.0 to 5.14 a logging_dir is taken, and not used.", _GUIDE, until="5.15.0", dialect="5.0"),
]  # fmt: skip

_PROCESSORS = _TREE + "v4.57.6/src/transformers/processing_utils.py"

PROCESSORS = [
    _wrap("processor-attributes", "processing_utils:ProcessorMixin.get_attributes", "processors:as_declared", "5.0.0",
          "A processor class of somebody's own declares its parts in `attributes`; their order is guessed now, and parts are taken for one another.",
          _PROCESSORS),
    _add("processor.attributes", "processing_utils:ProcessorMixin.attributes", "processors:attributes", "5.0.0",
         "Code that asks a processor for its `attributes` stops with AttributeError.", _PROCESSORS),
    *(
        _wrap(f"processor-legacy-{method.replace('_', '-')}", f"processing_utils:ProcessorMixin.{method}", "processors:ignoring_legacy_serialization",
              "5.0.0", f"{method}(legacy_serialization=...) of a processor stops with TypeError.", _PROCESSORS)
        for method in ("to_dict", "to_json_string", "to_json_file")
    ),
    _wrap("processor-files", "processing_utils:ProcessorMixin.save_pretrained", "processors:saving_parts", "5.0.0",
          "A processor is saved into one file, and what reads preprocessor_config.json finds none.", _PULL + "41474", dialect="5.0"),
    *(
        _add(f"{id}.set-processor-class", f"{owner}._set_processor_class", "processors:set_processor_class", "5.0.0",
             "A processor of somebody's own that saves its parts calls _set_processor_class on them, and stops with AttributeError.", _PULL + "41474")
        for id, owner in (
            ("image-processor", "image_processing_base:ImageProcessingMixin"), ("feature-extractor", "feature_extraction_utils:FeatureExtractionMixin"),
        )
    ),
    _add("image-processor.is-fast", "image_processing_utils:BaseImageProcessor.is_fast", "processors:is_fast", "5.4.0",
         "Code that asks an image processor whether it is a fast one stops with AttributeError.",
         _TREE + "v5.3.0/src/transformers/image_processing_utils.py"),
    _wrap("wav2vec2-tokenizer", "models.wav2vec2.processing_wav2vec2:Wav2Vec2Processor.from_pretrained", "processors:with_ctc_tokenizer", "5.0.0",
          "A folder with vocab.json, and no file that names a tokenizer class, is no longer read by Wav2Vec2Processor.",
          _TREE + "v4.57.6/src/transformers/models/wav2vec2/processing_wav2vec2.py"),
    _wrap("register-image-processor", "models.auto.image_processing_auto:AutoImageProcessor.register", "processors:registering_one_class", "5.0.0",
          "AutoImageProcessor.register(config, image_processor_class=...) stops with TypeError.",
          _TREE + "v4.57.6/src/transformers/models/auto/image_processing_auto.py"),
]  # fmt: skip

_HUB_FILE = _TREE + "v4.57.6/src/transformers/utils/hub.py"

HUB = [
    _wrap("cached-file", "utils.hub:cached_file", "hub:fetching_one", "4.50.0",
          "cached_file(path, name, cache_dir) stops with TypeError: it takes no more than two arguments by position.",
          _TREE + "v4.49.0/src/transformers/utils/hub.py"),
    _wrap("cached-files", "utils.hub:cached_files", "hub:fetching", "5.0.0",
          "use_auth_token is swallowed where files are fetched, and private ones are not found.", _PULL + "41666"),
    *(
        _wrap(f"push-to-hub{id}", f"{owner}.push_to_hub", "hub:pushing", "5.0.0",
              "push_to_hub(name, use_temp_dir=..., organization=..., use_auth_token=...) stops with TypeError.", _PULL + "42391")
        for id, owner in (
            # Not on their mixin: modules of transformers copy the function from there.
            ("-of-models", "modeling_utils:PreTrainedModel"), ("-of-configurations", "configuration_utils:PretrainedConfig"),
            ("-of-tokenizers", "tokenization_utils_base:PreTrainedTokenizerBase"), ("-of-processors", "processing_utils:ProcessorMixin"),
            ("-of-feature-extractors", "feature_extraction_utils:FeatureExtractionMixin"),
        )
    ),
]  # fmt: skip

PATCHES = [
    *CONSTRUCTORS, *ATTRIBUTES, *TRAINERS, *MEMBERS, *DEFAULTS, *BEHAVIOURS, *OPTIMIZERS, *PIPELINES, *LOGGING, *PROCESSORS, *HUB,
]  # fmt: skip


@hookimpl
def hfcompat_patches() -> list[Patch]:
    return PATCHES
