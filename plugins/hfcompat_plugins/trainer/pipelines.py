"""`pipeline()` with the tasks and the arguments that it took in v4, and what classes derived from `Pipeline` read."""

from __future__ import annotations

import importlib
import inspect
import warnings
from typing import Any

__all__ = [
    "checking_removed_tasks",
    "framework",
    "generation_config",
    "image_to_text_as_it_was",
    "keeping_image_to_text",
    "keeping_removed_tasks",
    "modelcard",
    "registering_with_frameworks",
    "stopping_at_first_token",
    "taking_all_scores",
    "taking_auth_token",
    "taking_chat_images",
    "taking_framework",
    "taking_grouped_entities",
    "taking_safe_serialization",
]

_SYMBOLS = "hfcompat_plugins.symbols"

# task: where its class is, its auto class, the default model and revision, what goes in
TASKS: dict[str, tuple[str, str, Any, str]] = {
    "summarization": (
        f"{_SYMBOLS}.text2text:SummarizationPipeline",
        "AutoModelForSeq2SeqLM",
        {"model": ("sshleifer/distilbart-cnn-12-6", "a4f8f3e")},
        "text",
    ),
    "translation": (
        f"{_SYMBOLS}.text2text:TranslationPipeline",
        "AutoModelForSeq2SeqLM",
        {("en", to): {"model": ("google-t5/t5-base", "a9723ea")} for to in ("fr", "de", "ro")},
        "text",
    ),
    "text2text-generation": (
        f"{_SYMBOLS}.text2text:Text2TextGenerationPipeline",
        "AutoModelForSeq2SeqLM",
        {"model": ("google-t5/t5-base", "a9723ea")},
        "text",
    ),
    "question-answering": (
        f"{_SYMBOLS}.question_answering:QuestionAnsweringPipeline",
        "AutoModelForQuestionAnswering",
        {"model": ("distilbert/distilbert-base-cased-distilled-squad", "564e9b5")},
        "text",
    ),
    "visual-question-answering": (
        "hfcompat_plugins.trainer.visual_question_answering:VisualQuestionAnsweringPipeline",
        "AutoModelForVisualQuestionAnswering",
        {"model": ("dandelin/vilt-b32-finetuned-vqa", "d0a1f6a")},
        "multimodal",
    ),
    "image-to-image": (
        f"{_SYMBOLS}.image_to_image:ImageToImagePipeline",
        "AutoModelForImageToImage",
        {"model": ("caidas/swin2SR-classical-sr-x2-64", "cee1c92")},
        "image",
    ),
    "image-to-text": (
        f"{_SYMBOLS}.image_to_text:ImageToTextPipeline",
        "AutoModelForImageTextToText",
        {"model": ("ydshieh/vit-gpt2-coco-en", "5bebf1e")},
        "multimodal",
    ),
}
"""Tasks of 4.57 that have gone, in 5.0 or in 5.3."""

_ALIASES = {"vqa": "visual-question-answering"}


def _name(task: Any) -> tuple[str, Any]:
    """The task behind a name, and its languages if the name has any."""
    words = str(task).split("_")
    if len(words) == 4 and words[0] == "translation" and words[2] == "to":
        return "translation", (words[1], words[3])
    return _ALIASES.get(task, task), None


def _entry(name: str) -> dict[str, Any]:
    import transformers

    where, auto, default, kind = TASKS[name]
    module, _, attribute = where.partition(":")
    impl = getattr(importlib.import_module(module), attribute)
    return {"impl": impl, "pt": (getattr(transformers, auto),), "default": default, "type": kind}


def checking_removed_tasks(original: Any) -> Any:
    """`check_task`, which knows a task of v4 where the registry does not."""

    def check_task(task: Any) -> Any:
        name, languages = _name(task)
        if name not in TASKS or name == "image-to-text":
            return original(task)
        try:
            return original(task)
        except KeyError:
            return name, _entry(name), languages

    return check_task


def keeping_removed_tasks(original: Any) -> Any:
    """The check that says since 5.20 what to use in place of a task that has gone."""

    def _resolve_deprecated_task(task: Any) -> Any:
        name = _name(task)[0]
        return task if name in TASKS and name != "image-to-text" else original(task)

    return _resolve_deprecated_task


def image_to_text_as_it_was(original: Any) -> Any:
    """`check_task("image-to-text")`: captions, where it is taken for another task today."""

    def check_task(task: Any) -> Any:
        return (task, _entry(task), None) if task == "image-to-text" else original(task)

    return check_task


def keeping_image_to_text(original: Any) -> Any:
    """The same, where the name is looked up before."""

    def _resolve_deprecated_task(task: Any) -> Any:
        return task if task == "image-to-text" else original(task)

    return _resolve_deprecated_task


def taking_auth_token(original: Any) -> Any:
    """`pipeline(use_auth_token=...)`, which is `token` now."""

    def pipeline(*args: Any, **kwargs: Any) -> Any:
        model_kwargs = kwargs.get("model_kwargs") or {}
        if "use_auth_token" in kwargs:
            _tell("use_auth_token", "token")
            value = kwargs.pop("use_auth_token")
            kwargs["token"] = value if kwargs.get("token") is None else kwargs["token"]
        elif "use_auth_token" in model_kwargs:
            _tell("use_auth_token", "token")
            kwargs["model_kwargs"] = {k: v for k, v in model_kwargs.items() if k != "use_auth_token"}
            kwargs["token"] = model_kwargs["use_auth_token"] if kwargs.get("token") is None else kwargs["token"]
        return original(*args, **kwargs)

    return pipeline


def taking_framework(original: Any) -> Any:
    """`Pipeline(framework="pt", modelcard=...)`: PyTorch is the only one, and nothing reads a card."""

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        own = inspect.signature(type(self)._sanitize_parameters).parameters
        if "framework" in kwargs and "framework" not in own:
            asked = kwargs.pop("framework")
            if asked not in (None, "pt"):
                raise ValueError(f"framework={asked!r} is gone: pipelines of transformers 5 run on PyTorch only")
        if "modelcard" in kwargs and "modelcard" not in own:
            vars(self)["modelcard"] = kwargs.pop("modelcard")
        original(self, *args, **kwargs)

    return __init__


def taking_safe_serialization(original: Any) -> Any:
    """`pipe.save_pretrained(folder, False)`: the format by position."""

    def save_pretrained(self: Any, save_directory: Any, *args: Any, **kwargs: Any) -> Any:
        if args:
            kwargs["safe_serialization"], args = args[0], args[1:]
        return original(self, save_directory, *args, **kwargs)

    return save_pretrained


def registering_with_frameworks(original: Any) -> Any:
    """`register_pipeline(..., tf_model=..., default={"pt": ...})`."""

    def register_pipeline(self: Any, *args: Any, **kwargs: Any) -> Any:
        given = dict(zip(("task", "pipeline_class", "pt_model"), args[:3], strict=False)) | kwargs
        rest = list(args[3:])
        if (
            len(rest) == 3
            or any(isinstance(one, dict) for one in rest[1:])
            or (rest and not isinstance(rest[0], dict | None))
        ):
            rest = rest[1:]  # tf_model
        given |= dict(zip(("default", "type"), rest, strict=False))
        given.pop("tf_model", None)
        default = given.get("default")
        if isinstance(default, dict):
            inner = default.get("model", default)
            if isinstance(inner, dict) and "pt" in inner:
                given["default"] = {**{k: v for k, v in default.items() if k not in ("pt", "tf")}, "model": inner["pt"]}
        return original(self, **given)

    return register_pipeline


def taking_all_scores(original: Any) -> Any:
    """`return_all_scores=True` of text classification, as an argument or in the config: every label."""

    def _sanitize_parameters(self: Any, *args: Any, return_all_scores: Any = None, **kwargs: Any) -> Any:
        found = original(self, *args, **kwargs)
        if return_all_scores is not None:
            _tell("return_all_scores", "top_k=None, or top_k=1")
        else:
            return_all_scores = getattr(self.model.config, "return_all_scores", None)
        if return_all_scores is not None:
            found[2].setdefault("top_k", None if return_all_scores else 1)
        return found

    return _sanitize_parameters


def taking_grouped_entities(original: Any) -> Any:
    """`grouped_entities` and `ignore_subwords` of token classification, as strategies of aggregation."""

    def _sanitize_parameters(
        self: Any, *args: Any, grouped_entities: Any = None, ignore_subwords: Any = None, **kwargs: Any
    ) -> Any:
        if grouped_entities is not None or ignore_subwords is not None:
            strategy = ("first" if ignore_subwords else "simple") if grouped_entities else "none"
            _tell("grouped_entities and ignore_subwords", f"aggregation_strategy={strategy!r}")
            if kwargs.get("aggregation_strategy") is None:
                kwargs["aggregation_strategy"] = strategy
        return original(self, *args, **kwargs)

    return _sanitize_parameters


def stopping_at_first_token(original: Any) -> Any:
    """`stop_sequence` of text generation: up to 5.19 its tokens end the text, each of them."""

    def _sanitize_parameters(self: Any, *args: Any, stop_sequence: Any = None, **kwargs: Any) -> Any:
        found = original(self, *args, **kwargs)
        if stop_sequence is not None:
            found[1]["eos_token_id"] = self.tokenizer.encode(stop_sequence, add_special_tokens=False)
        return found

    return _sanitize_parameters


def taking_chat_images(original: Any) -> Any:
    """Images beside a chat: they belong where the chat says that there is an image."""

    def __call__(self: Any, images: Any = None, text: Any = None, **kwargs: Any) -> Any:
        if images is None or not isinstance(text, (list, tuple)) or not text:
            return original(self, images, text, **kwargs)
        if isinstance(text[0], dict):
            return original(self, None, _with_images(text, images), **kwargs)
        if isinstance(text[0], (list, tuple)):
            pairs = zip(text, images, strict=False)
            return original(self, None, [_with_images(chat, image) for chat, image in pairs], **kwargs)
        return original(self, images, text, **kwargs)

    return __call__


def _with_images(chat: Any, images: Any) -> Any:
    left = list(images) if isinstance(images, (list, tuple)) else [images]
    wrong = f"{len(left)} images were passed, and the chat has another number of places for them"
    for message in chat:
        for part in message["content"] if isinstance(message["content"], (list, tuple)) else ():
            empty = isinstance(part, dict) and part.get("type") == "image"
            if empty and not {"image", "url", "path", "base64"} & part.keys():
                if not left:
                    raise ValueError(wrong)
                part["image"] = left.pop(0)
    if left:
        raise ValueError(wrong)
    return chat


class _Value:
    """An attribute that `Pipeline.__init__` used to set. Setting it works as ever."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        return self.value


class _GenerationConfig:
    """What a generating pipeline hands to `generate`: the model's, with the pipeline's defaults and arguments.

    A copy, made once for each pipeline. There is none where nothing is generated.
    """

    def __get__(self, obj: Any, owner: Any = None) -> Any:
        import copy

        if obj is None:
            return self
        if not hasattr(obj, "_generation_defaults"):
            raise AttributeError(f"{type(obj).__name__} has no generation_config: it does not generate")
        config = vars(obj).get("generation_config")
        if config is None:
            asked = dict(obj._generate_kwargs)
            base = asked.pop("generation_config", None) or obj.model.generation_config
            config = copy.deepcopy(base)
            config.update(**obj._prepare_generate_kwargs(asked))
            vars(obj)["generation_config"] = config
        return config


framework = _Value("pt")
modelcard = _Value(None)
generation_config = _GenerationConfig()


def _tell(name: str, instead: str) -> None:
    warnings.warn(f"{name} is gone from pipelines. Use {instead}.", FutureWarning, stacklevel=3)
