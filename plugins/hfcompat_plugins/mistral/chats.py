"""Conversations in the words of transformers, as mistral-common takes them."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from mistral_common.protocol.instruct.request import ChatCompletionRequest


def each(conversation: Any) -> tuple[bool, list[Any]]:
    """Whether it is a list of conversations, and each of them: lists of messages."""
    items = list(getattr(conversation, "messages", conversation))
    batched = bool(items) and (isinstance(items[0], (list, tuple)) or hasattr(items[0], "messages"))
    return batched, [getattr(item, "messages", item) for item in items] if batched else [items]


def rendered(
    tokenizer: Any, messages: Any, tools: list[Any] | None, prompted: bool, continued: bool, kwargs: Mapping[str, Any]
) -> Any:
    """What mistral-common makes of one conversation: ids, text, images, audio."""
    said = [_message(message) for message in messages]
    if prompted and said and said[-1].get("role") == "assistant":
        raise ValueError("the last message is the assistant's: say continue_final_message, not add_generation_prompt")
    asked = {name: value for name, value in kwargs.items() if value is not None}
    request = ChatCompletionRequest.from_openai(
        messages=said, tools=_tools(tools), continue_final_message=continued, **asked
    )
    return tokenizer.encode_chat_completion(request)


def _tools(tools: list[Any] | None) -> list[dict[str, Any]] | None:
    """JSON schemas; of functions, those that transformers makes of their docstrings."""
    if not tools:
        return None
    from transformers.utils import get_json_schema

    found = [tool if isinstance(tool, dict) else get_json_schema(tool) for tool in tools]
    return [tool if "function" in tool else {"type": "function", "function": tool} for tool in found]


def _message(message: Any) -> dict[str, Any]:
    if not isinstance(message, Mapping):
        return dict(message.to_openai()) if hasattr(message, "to_openai") else dict(message)
    said = dict(message)
    if isinstance(said.get("content"), (list, tuple)):
        said["content"] = [_part(part) for part in said["content"]]
    return said


def _part(part: Any) -> Any:
    kind = part.get("type") if isinstance(part, Mapping) else None
    if kind == "image":
        return {"type": "image_url", "image_url": {"url": _image(part)}}
    if kind == "audio":
        return _audio(part)
    return part


def _image(part: Mapping[str, Any]) -> str:
    """An image as an address; one that is in memory as a PNG, which loses nothing."""
    image = next((part[key] for key in ("image", "url", "path", "base64") if part.get(key) is not None), None)
    if image is None:
        raise ValueError("an image of a message has none of the keys image, url, path, base64")
    if hasattr(image, "save"):
        buffer = io.BytesIO()
        image.save(buffer, format="PNG")
        return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
    text = str(image)
    if part.get("base64") is not None and image is part["base64"]:
        return text if text.startswith("data:image") else f"data:image/unk;base64,{text}"
    if "://" in text or text.startswith("data:"):
        return text
    return Path(text).resolve().as_uri()


def _audio(part: Mapping[str, Any]) -> dict[str, Any]:
    if part.get("base64") is not None:
        return {"type": "audio_url", "audio_url": {"url": part["base64"]}}
    place = part.get("url") or part.get("path") or part.get("audio")
    if not isinstance(place, (str, Path)):
        raise ValueError("an audio of a message has none of the keys url, path, base64")
    from transformers import audio_utils

    if not hasattr(audio_utils, "load_audio_as"):
        raise ValueError("audio by its address needs transformers 4.54 or later; give it as base64")
    sound = audio_utils.load_audio_as(str(place), return_format="dict", force_mono=True)
    return {"type": "input_audio", "input_audio": sound}


def with_media(encoded: Any, conversations: list[Any], return_tensors: Any) -> Any:
    """The same with images, on one canvas where they are tensors, and with audio."""
    images = [image for one in conversations for image in one.images]
    audios = [audio.audio_array for one in conversations for audio in getattr(one, "audios", None) or ()]
    kind = getattr(return_tensors, "value", return_tensors)
    if images:
        sizes = [list(image.shape[-2:]) for image in images]
        encoded.data["pixel_values"] = _tensor(_stacked(images), kind) if kind else images
        encoded.data["image_sizes"] = _tensor(np.array(sizes, dtype=np.int64), kind) if kind else sizes
    if audios:
        if kind:
            raise ValueError("audio has no common length: say return_tensors=None, and get a list of arrays")
        encoded.data["audio"] = audios
    return encoded


def _stacked(images: list[Any]) -> Any:
    """Smaller images get zeros below and to the right, as PixtralImageProcessor pads."""
    height, width = (max(image.shape[axis] for image in images) for axis in (-2, -1))
    padded = np.zeros((len(images), images[0].shape[0], height, width), dtype=images[0].dtype)
    for canvas, image in zip(padded, images, strict=True):
        canvas[:, : image.shape[-2], : image.shape[-1]] = image
    return padded


def _tensor(array: Any, kind: str) -> Any:
    if kind == "np":
        return array
    if kind != "pt":
        raise ValueError(f"images are given as 'pt' or 'np', not {kind!r}")
    import torch

    return torch.from_numpy(array)
