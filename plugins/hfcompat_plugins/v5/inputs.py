"""Inputs of processors, brought into one shape."""

from __future__ import annotations

from typing import Any

__all__ = [
    "conv1d_output_length",
    "make_audio_chat_template_content",
    "make_list_of_audio_chat_template",
    "prepare_keyword_inputs",
    "prepare_language_inputs",
    "prepare_prompt_input",
]


def conv1d_output_length(module: Any, input_length: int) -> int:
    """How long the output of a Conv1d is."""
    reach = module.dilation[0] * (module.kernel_size[0] - 1) + 1
    return int((input_length + 2 * module.padding[0] - reach) / module.stride[0] + 1)


def make_list_of_audio_chat_template(audio: Any) -> Any:
    """A list of audios, or of the paths and addresses where they are."""
    if isinstance(audio, str):
        return [audio]
    if isinstance(audio, (list, tuple)) and audio and all(isinstance(one, str) for one in audio):
        return list(audio)
    from transformers.audio_utils import make_list_of_audio

    return make_list_of_audio(audio)


def make_audio_chat_template_content(audio_item: Any) -> dict[str, Any]:
    """An audio as a part of a message."""
    return {"type": "audio", "path" if isinstance(audio_item, str) else "audio": audio_item}


def prepare_prompt_input(inputs: Any, batch_size: int, input_name: str = "inputs") -> list[Any]:
    """One a sample.

    Raises:
        ValueError: there are more, or fewer.
        TypeError: it is neither a text, nor a sequence, nor None.
    """
    if inputs is None or isinstance(inputs, str):
        return [inputs] * batch_size
    if not isinstance(inputs, (list, tuple)):
        raise TypeError(f"`{input_name}` must be a string, a sequence of strings, or `None`.")
    if len(inputs) != batch_size:
        raise ValueError(f"Received {len(inputs)} {input_name} for {batch_size} audio sample(s); counts must match.")
    return list(inputs)


def prepare_keyword_inputs(keywords: Any, batch_size: int) -> list[Any]:
    """A list of keywords for each sample; one list is for all of them."""
    keywords = [keywords] if isinstance(keywords, str) else keywords
    if isinstance(keywords, (list, tuple)) and all(isinstance(word, str) for word in keywords):
        keywords = [list(keywords)] * batch_size
    return prepare_prompt_input(keywords, batch_size, input_name="keywords")


def prepare_language_inputs(
    language: Any,
    batch_size: int,
    code_to_name: dict[str, str],
    allow_broadcast: bool = False,
    return_code: bool = True,
) -> list[Any]:
    """The code, or the name, of a language for each sample.

    Raises:
        ValueError: a language is unknown, or there are not as many as samples.
        TypeError: it is neither a text, nor a sequence, nor None.
    """
    if language is None:
        return [None] * batch_size
    if not isinstance(language, (str, list, tuple)):
        raise TypeError("`language` must be a string, a list of strings, or `None`.")
    given = [language] if isinstance(language, str) else list(language)
    if isinstance(language, str) or (allow_broadcast and len(given) == 1):
        given = given * batch_size
    if len(given) != batch_size:
        raise ValueError(f"Got {len(given)} language(s) for {batch_size} sample(s); counts must match.")
    return [_resolved(one, code_to_name, return_code) for one in given]


def _resolved(language: str, code_to_name: dict[str, str], return_code: bool) -> str:
    wanted = language.lower()
    for code, name in code_to_name.items():
        if wanted in (code.lower(), name.lower()):
            return code if return_code else name
    raise ValueError(
        f"Unsupported language: {language!r}. Supported codes: {sorted(code_to_name)}. "
        f"Supported names: {sorted(set(code_to_name.values()))}."
    )
